// The file field of form-js, as Amtsweg has it: a file is sent when it is chosen, the answer holds the ids of documents of
// the Vorgang. form-js's own field only remembers files until the form is sent, and forgets what the Vorgang already had.
import { Errors, Label } from "@bpmn-io/form-js-viewer";
import { h } from "preact";
import { useRef, useState } from "preact/hooks";

import { LOCALE, _ } from "./words.js";

const MB = 1024 * 1024;

function sizeOf(bytes) {
  if (bytes < 1024) return _("%(count)s Byte", { count: bytes });
  const [amount, unit] = bytes < MB ? [bytes / 1024, "KB"] : [bytes / MB, "MB"];
  return `${amount.toLocaleString(LOCALE, { maximumFractionDigits: 1 })} ${unit}`;
}

function holds(switchValue) {
  return switchValue === true || (typeof switchValue === "string" && switchValue.startsWith("="));
}

function Small({ text, name, onClick }) {
  return h("button", { type: "button", class: "kern-btn kern-btn--tertiary kern-btn--x-small", "aria-label": `${text}: ${name}`, onClick },
    h("span", { class: "kern-label" }, text));
}

/** One line of the list: a document that is there, with a button to take it out of the answer. */
function Line({ name, size, onTakeOut }) {
  return h("li", { class: "aw-upload" },
    h("span", { class: "aw-upload__name" }, name, size ? ` (${size})` : ""),
    onTakeOut && h(Small, { text: _("Entfernen"), name, onClick: onTakeOut }));
}

/** A file on its way, or one that was refused. */
function Going({ file, share, refused, onForget }) {
  return h("li", { class: "aw-upload" },
    h("span", { class: "aw-upload__name" }, `${file.name} (${sizeOf(file.size)})`),
    refused
      ? h("span", { class: "fjs-form-field-error", role: "alert" }, refused)
      : h("progress", { max: 100, value: Math.round(share * 100), "aria-label": _("%(name)s wird hochgeladen", { name: file.name }) }),
    refused && h(Small, { text: _("Ausblenden"), name: file.name, onClick: onForget }));
}

/** A module for form-js with our field; `send(file, onProgress)` gives the document, `documents` are those that are there. */
export function uploads({ send, documents }) {
  const known = new Map(documents.map((document) => [document.id, document]));

  function FilePicker({ field, onChange, domId, errors = [], disabled, readonly, value }) {
    const [going, setGoing] = useState([]);
    const ids = Array.isArray(value) ? value : [];
    const now = useRef(ids);
    now.current = ids;
    const change = (next) => {
      now.current = next;
      onChange({ value: next });
    };
    const update = (file, values) =>
      setGoing((list) => list.map((one) => (one.file === file ? { ...one, ...values } : one)));
    const forget = (file) => setGoing((list) => list.filter((one) => one.file !== file));
    const many = holds(field.multiple);

    async function take(file) {
      setGoing((list) => [...list, { file, share: 0 }]);
      try {
        const document = await send(file, (share) => update(file, { share }));
        known.set(document.id, document);
        change(many ? [...now.current, document.id] : [document.id]);
        forget(file);
      } catch (refusal) {
        update(file, { refused: refusal.message });
      }
    }

    const onChosen = async ({ target }) => {
      const files = [...target.files];
      target.value = ""; // the same file may be chosen again
      for (const file of many ? files : files.slice(0, 1)) await take(file);
    };
    const locked = disabled || readonly;
    const nameOf = (id) => known.get(id)?.name ?? _("Dokument");
    return h("div", { class: `fjs-form-field fjs-form-field-filepicker${errors.length ? " fjs-has-errors" : ""}` },
      h(Label, { htmlFor: domId, label: field.label, required: field.validate?.required }),
      // The browser's own button speaks the browser's language, so ours stands in its place.
      h("input", { type: "file", id: domId, class: "kern-sr-only aw-upload__input", disabled: locked, multiple: many || undefined,
        accept: typeof field.accept === "string" && !field.accept.startsWith("=") ? field.accept : undefined,
        "aria-describedby": `${domId}-hinweis ${domId}-error-message`, onChange: onChosen }),
      !locked && h("label", { class: "kern-btn kern-btn--secondary aw-upload__button", for: domId },
        h("span", { class: "kern-label" }, many ? _("Dateien wählen") : _("Datei wählen"))),
      h("p", { class: "kern-body kern-body--small", id: `${domId}-hinweis` },
        _("Eine Datei gehört ab dem Hochladen zum Vorgang und bleibt bei seinen Dokumenten, auch wenn Sie sie hier entfernen.")),
      h("ul", { class: "aw-uploads", "aria-label": _("Dateien: %(label)s", { label: field.label ?? "" }) },
        ids.map((id) => h(Line, { key: id, name: nameOf(id), size: known.get(id) && sizeOf(known.get(id).size),
          onTakeOut: locked ? undefined : () => change(now.current.filter((other) => other !== id)) })),
        going.map((one) => h(Going, { key: one.file, ...one, onForget: () => forget(one.file) }))),
      h(Errors, { id: `${domId}-error-message`, errors }));
  }
  FilePicker.config = {
    type: "filepicker",
    keyed: true,
    label: _("Dateien"),
    group: "basic-input",
    emptyValue: null,
    sanitizeValue: ({ value }) => (Array.isArray(value) ? value.map((each) => each?.dokument ?? each) : null),
    create: (options = {}) => ({ ...options }),
  };

  function Register(formFields) {
    formFields.register("filepicker", FilePicker);
  }
  Register.$inject = ["formFields"];
  return { __init__: ["amtswegUploads"], amtswegUploads: ["type", Register] };
}
