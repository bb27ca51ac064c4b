// Shows a form-js form and sends what was entered.
//
//   <div data-form-src="…json" data-form-target="…" data-form-next="…" data-form-submit="Abschließen" data-form-readonly></div>
//
// The source gives {schema, data}. The answers go to the target as {data: {…}}; when it accepts them the page moves on to
// data-form-next (without it: the same page, loaded again). When it refuses, the causes of its problem+json appear at the
// fields their pointers name, and in a linked summary at the top. Whatever goes wrong, what was typed stays.
//
// With data-form-draft what is typed is saved there while it is typed, and loaded again from the source's `entwurf`; with
// data-form-files files are put there; data-form-stand says what changed after a lost race; data-form-signin and
// data-form-login are the way back after the session has ended. #freigabe[data-seen] is the draft the answers approve.
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "./form.css";

import { Form } from "@bpmn-io/form-js-viewer";
import flatpickr from "flatpickr";
import { German } from "flatpickr/dist/esm/l10n/de.js";

import { alertBox, element } from "./alert.js";
import { getJson, postFile, postJson, remove } from "./answers.js";
import { whatChanged } from "./conflict.js";
import { Drafts } from "./drafts.js";
import { errorsAt, fieldsOf, focusable, laidOver, spread, typed } from "./fields.js";
import { german } from "./german.js";
import { signInAgain } from "./session.js";
import { uploads } from "./filefield.js";
import { LOCALE, _, either } from "./words.js";

flatpickr.localize(either({ firstDayOfWeek: 1 }, German));

const EXPIRED = 401;
const CONFLICT = 409;

function button(text, look, onClick) {
  const made = element("button", { type: "button", class: `kern-btn kern-btn--${look}` },
    element("span", { class: "kern-label" }, text));
  made.addEventListener("click", onClick);
  return made;
}

function moment(at) {
  const day = new Date(at).toLocaleDateString(LOCALE, { day: "numeric", month: "long", year: "numeric" });
  const time = new Date(at).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit" });
  return _("%(at)s Uhr", { at: `${day}, ${time}` });
}

class Page {
  constructor(place) {
    this.place = place;
    this.summary = document.createElement("div");
    this.note = document.createElement("div");
    this.body = document.createElement("div");
    this.status = element("p", { class: "kern-body kern-body--small aw-draft" });
    this.alarm = element("p", { class: "kern-body kern-body--small aw-draft", role: "status" });
    place.replaceChildren(this.summary, this.note, this.body, this.status, this.alarm);
    this.sending = false;
  }

  get readonly() {
    return this.place.hasAttribute("data-form-readonly");
  }

  async open() {
    const { schema, data, entwurf, dokumente } = await getJson(this.place.dataset.formSrc);
    this.opened = data ?? {};
    const files = uploads({ send: (file, onProgress) => this.upload(file, onProgress), documents: dokumente ?? [] });
    // Without a delay for typing: else a quick click on the button sends what stood there 0.3 s ago.
    this.form = new Form({ container: this.body, additionalModules: [german, files], debounce: false });
    this.prepareDrafts();
    const unsent = this.unsent(entwurf);
    await this.form.importSchema(schema, this.opened);
    this.drafts?.begin();
    if (unsent) await this.form.importSchema(schema, laidOver(this.opened, unsent.data));
    if (unsent && !this.readonly) this.tellOf(unsent);
    if (this.readonly) this.form.setProperty("readOnly", true);
    else this.offerSubmit(schema);
    this.form.on("submit", ({ data: answers, errors }) => this.submitted(answers, errors));
    this.form.on("changed", () => this.drafts?.changed());
    this.drafts?.changed(); // what only this tab knew goes to the server
    this.place.dataset.formReady = "true";
  }

  // --- drafts ---

  prepareDrafts() {
    const { formDraft, formLogin } = this.place.dataset;
    if (!formDraft || this.readonly) return;
    this.drafts = new Drafts({
      target: formDraft,
      name: formDraft,
      login: formLogin,
      read: () => typed(this.form),
      say: (text, loud) => {
        this.status.textContent = loud ? "" : text;
        this.alarm.textContent = loud ? text : "";
      },
      expired: () => this.signIn(),
      lost: (refusal) => this.lost(refusal),
    });
    const flush = () => document.visibilityState === "hidden" && this.drafts.save({ leaving: true });
    document.addEventListener("visibilitychange", flush);
    this.body.addEventListener("focusout", () => this.drafts.save());
  }

  /** What was typed before and not sent: from this tab if that is newer, else from the server. */
  unsent(entwurf) {
    const kept = this.drafts?.kept.get();
    if (kept && (!entwurf || kept.at > entwurf.saved_at)) return { data: kept.data, at: kept.at };
    this.drafts?.kept.clear();
    return entwurf ? { data: entwurf.data, at: entwurf.saved_at } : null;
  }

  tellOf({ at }) {
    const discard = button(_("Entwurf verwerfen"), "tertiary", () => this.discard());
    const text = element("p", { class: "kern-body" }, _("Entwurf vom %(at)s geladen.", { at: moment(at) }));
    this.note.replaceChildren(element("div", { class: "aw-loaded", role: "status" }, text, discard));
  }

  async discard() {
    this.drafts.stop();
    try {
      await remove(this.place.dataset.formDraft);
      this.drafts.done();
      location.reload();
    } catch (refusal) {
      this.drafts.resume();
      if (refusal.status === EXPIRED) this.signIn().then(() => this.discard());
      else this.complain(refusal.message, []);
    }
  }

  signIn() {
    const { formSignin, formLogin } = this.place.dataset;
    return signInAgain({ place: this.summary, signIn: formSignin ?? "", login: formLogin });
  }

  async upload(file, onProgress) {
    try {
      return await postFile(this.place.dataset.formFiles, file, onProgress);
    } catch (refusal) {
      if (refusal.status !== EXPIRED) throw refusal;
      await this.signIn();
      return this.upload(file, onProgress);
    }
  }

  // --- sending ---

  /** A form without a submit button of its own gets one. */
  offerSubmit(schema) {
    const own = (schema.components ?? []).some(({ type, action }) => type === "button" && action !== "reset");
    if (own) return;
    this.submit = button(this.place.dataset.formSubmit || _("Abschließen"), "primary", () => this.form.submit());
    this.place.append(this.submit);
  }

  submitted(answers, errors) {
    const lines = fieldsOf(this.form).flatMap((field) =>
      errorsAt(errors, field.place).map((text) => ({ text: `${field.label}: ${text}`, field })),
    );
    if (this.body.querySelector("progress")) this.complain(_("Bitte warten, bis alle Dateien hochgeladen sind."), []);
    else if (lines.length) this.complain(_("Bitte die Angaben prüfen."), lines);
    else this.send(answers);
  }

  async send(answers) {
    if (this.sending) return; // a double click sends once
    this.sending = true;
    this.place.setAttribute("aria-busy", "true");
    this.drafts?.stop();
    try {
      await this.drafts?.sending;
      await postJson(this.place.dataset.formTarget, { data: answers, ...this.seen() });
      this.drafts?.done();
      this.summary.replaceChildren();
      location.assign(this.place.dataset.formNext || location.href);
      return; // and stays busy: a second click would send again while the page is leaving
    } catch (refusal) {
      this.drafts?.resume();
      this.refused(refusal, answers);
    }
    this.sending = false;
    this.place.removeAttribute("aria-busy");
  }

  /** The hash of the draft that stands on this page, where the answers approve one. */
  seen() {
    const hash = document.getElementById("freigabe")?.dataset.seen;
    return hash ? { gesehen: hash } : {};
  }

  refused(refusal, answers) {
    if (refusal.status === EXPIRED && this.place.dataset.formSignin) {
      if (this.drafts) {
        this.drafts.unsafe = true;
        this.drafts.keep();
      }
      this.signIn().then(() => this.send(answers));
    } else if (refusal.status === CONFLICT && this.place.dataset.formStand) {
      this.lost(refusal);
    } else {
      const { errors, lines } = spread(fieldsOf(this.form), refusal.causes ?? []);
      this.form._setState({ errors });
      this.complain(refusal.message, lines);
    }
  }

  /** Somebody else was faster. What was typed stays: to be sent again if the task is still ours, else to copy from. */
  async lost(refusal) {
    const { formStand, formSrc, formLogin } = this.place.dataset;
    const { state, holder } = refusal.fresh ?? {};
    const ours = state === "offen" && (!holder || holder === formLogin);
    const answers = typed(this.form);
    this.complain(refusal.message, []);
    if (!ours) this.close();
    try {
      const found = await whatChanged({
        form: this.form, stand: formStand, source: formSrc, opened: this.opened, answers, keep: !ours,
      });
      this.showDraft(found);
      this.summary.append(found);
    } catch (problem) {
      this.summary.append(element("p", { class: "kern-body" }, problem.message));
    }
    if (this.drafts && !ours) this.drafts.kept.clear();
  }

  /** A draft that changed takes the place of the one that was read. */
  showDraft(found) {
    const fresh = found.querySelector("#freigabe");
    const shown = document.querySelector("main > #freigabe");
    fresh?.remove();
    if (!fresh || !shown || fresh.dataset.seen === shown.dataset.seen) return;
    shown.replaceWith(fresh);
    found.append(element("p", { class: "kern-body" },
      element("a", { class: "kern-link", href: "#freigabe" }, _("Zum geänderten Entwurf"))));
  }

  close() {
    this.drafts?.stop();
    this.form.setProperty("readOnly", true);
    this.submit?.remove();
    for (const own of this.body.querySelectorAll("button[type=submit]")) own.disabled = true;
  }

  complain(title, lines) {
    const linked = lines.map(({ text, field }) => ({ text, target: field && focusable(this.body, field) }));
    const box = alertBox(title, linked);
    this.summary.replaceChildren(...this.summary.querySelectorAll("[data-signin]"), box);
    box.focus();
  }
}

// A page that the browser kept and shows again may be long out of date.
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

document.querySelectorAll("[data-form-src]").forEach(async (place) => {
  const page = new Page(place);
  try {
    await page.open();
  } catch (refusal) {
    page.complain(_("Das Formular lässt sich nicht anzeigen. %(why)s", { why: refusal.message }), []);
    place.dataset.formReady = "false";
  }
});
