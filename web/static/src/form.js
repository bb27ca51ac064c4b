// Shows a form-js form and sends what was entered.
//
//   <div data-form-src="…json" data-form-target="…" data-form-next="…" data-form-submit="Abschließen" data-form-readonly></div>
//
// The source gives {schema, data}. The answers go to the target as {data: {…}}; when it accepts them the page moves on to
// data-form-next (without it: the same page, loaded again). When it refuses, the causes of its problem+json appear at the
// fields their pointers name, and in a linked summary at the top.
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "./form.css";

import { Form } from "@bpmn-io/form-js-viewer";
import flatpickr from "flatpickr";
import { German } from "flatpickr/dist/esm/l10n/de.js";

import { alertBox } from "./alert.js";
import { getJson, postJson } from "./answers.js";
import { german } from "./german.js";

flatpickr.localize(German);

/** Every field on the page: its place in the data, its place in form-js's errors, its element and what people call it. */
function fieldsOf(form) {
  const definitions = form.get("formFieldRegistry");
  return form
    .get("formFieldInstanceRegistry")
    .getAllKeyed()
    .map(({ id, valuePath, indexes }) => {
      const rows = Object.values(indexes ?? {});
      const definition = definitions.get(id);
      return {
        path: valuePath.map(String),
        place: [id, ...rows],
        element: ["fjs-form", form._id, [id, ...rows].join("_")].join("-"),
        label: definition.label || definition.dateLabel || definition.timeLabel || definition.key,
      };
    });
}

/** The element that takes the focus: groups of boxes and dates carry the field's id only as a beginning. */
function focusable(container, { element }) {
  const exact = container.querySelector(`#${CSS.escape(element)}:is(input, select, textarea, button)`);
  return (exact ?? container.querySelector(`[id^="${CSS.escape(element)}-"]:is(input, select, textarea)`))?.id;
}

function errorsAt(errors, place) {
  const found = place.reduce((level, key) => level?.[key], errors);
  return Array.isArray(found) ? found : [];
}

function put(errors, [key, ...rest], message) {
  if (rest.length) put((errors[key] ??= {}), rest, message);
  else (errors[key] ??= []).push(message);
}

function tokens(pointer) {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The field a pointer names; it may point into the request ({data: {…}}) or into the data itself, or below a field. */
function fieldAt(fields, pointer) {
  const path = tokens(pointer ?? "");
  const fits = (candidate) => fields.find((field) => field.path.every((token, index) => token === candidate[index]));
  return (path[0] === "data" ? fits(path.slice(1)) : undefined) ?? fits(path);
}

function spread(fields, causes) {
  const errors = {};
  const lines = causes.map(({ message, hint, pointer }) => {
    const text = hint ? `${message} ${hint}` : message;
    const field = fieldAt(fields, pointer);
    if (field) put(errors, field.place, text);
    return { text: field ? `${field.label}: ${text}` : text, field };
  });
  return { errors, lines };
}

class Page {
  constructor(place) {
    this.place = place;
    this.summary = document.createElement("div");
    this.body = document.createElement("div");
    place.replaceChildren(this.summary, this.body);
    this.sending = false;
  }

  async open() {
    const { schema, data } = await getJson(this.place.dataset.formSrc);
    // Without a delay for typing: else a quick click on the button sends what stood there 0.3 s ago.
    this.form = new Form({ container: this.body, additionalModules: [german], debounce: false });
    await this.form.importSchema(schema, data ?? {});
    if (this.place.hasAttribute("data-form-readonly")) this.form.setProperty("readOnly", true);
    else this.offerSubmit(schema);
    this.form.on("submit", ({ data: answers, errors }) => this.submitted(answers, errors));
    this.place.dataset.formReady = "true";
  }

  /** A form without a submit button of its own gets one. */
  offerSubmit(schema) {
    const own = (schema.components ?? []).some(({ type, action }) => type === "button" && action !== "reset");
    if (own) return;
    const label = document.createElement("span");
    label.className = "kern-label";
    label.textContent = this.place.dataset.formSubmit || "Abschließen";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "kern-btn kern-btn--primary";
    button.append(label);
    button.addEventListener("click", () => this.form.submit());
    this.place.append(button);
  }

  submitted(answers, errors) {
    const lines = fieldsOf(this.form).flatMap((field) =>
      errorsAt(errors, field.place).map((text) => ({ text: `${field.label}: ${text}`, field })),
    );
    if (lines.length) this.complain("Bitte die Angaben prüfen.", lines);
    else this.send(answers);
  }

  async send(answers) {
    if (this.sending) return; // a double click sends once
    this.sending = true;
    this.place.setAttribute("aria-busy", "true");
    try {
      await postJson(this.place.dataset.formTarget, { data: answers });
      this.summary.replaceChildren();
      location.assign(this.place.dataset.formNext || location.href);
    } catch (refusal) {
      const { errors, lines } = spread(fieldsOf(this.form), refusal.causes ?? []);
      this.form._setState({ errors });
      this.complain(refusal.message, lines);
    } finally {
      this.sending = false;
      this.place.removeAttribute("aria-busy");
    }
  }

  complain(title, lines) {
    const linked = lines.map(({ text, field }) => ({ text, target: field && focusable(this.body, field) }));
    const box = alertBox(title, linked);
    this.summary.replaceChildren(box);
    box.focus();
  }
}

document.querySelectorAll("[data-form-src]").forEach(async (place) => {
  const page = new Page(place);
  try {
    await page.open();
  } catch (refusal) {
    page.complain(`Das Formular lässt sich nicht anzeigen. ${refusal.message}`, []);
    place.dataset.formReady = "false";
  }
});
