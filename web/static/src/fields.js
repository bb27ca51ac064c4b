// The fields of a form-js form that is on a page: where each stands in the data, in the errors, on the screen.
import { _ } from "./words.js";

/** Every field on the page: its place in the data, its place in form-js's errors, its element and what people call it. */
export function fieldsOf(form) {
  const definitions = form.get("formFieldRegistry");
  return form
    .get("formFieldInstanceRegistry")
    .getAllKeyed()
    .map(({ id, valuePath, indexes }) => {
      const rows = Object.values(indexes ?? {});
      const definition = definitions.get(id);
      const name = definition.label || definition.dateLabel || definition.timeLabel || definition.key;
      return {
        path: valuePath.map(String),
        place: [id, ...rows],
        element: ["fjs-form", form._id, [id, ...rows].join("_")].join("-"),
        // In a list the number of the entry tells fields of one name apart.
        label: rows.length ? `${name} (${rows.map((row) => row + 1).join(".")})` : name,
        definition,
      };
    });
}

/** The element that takes the focus: groups of boxes and dates carry the field's id only as a beginning. */
export function focusable(container, { element }) {
  const exact = container.querySelector(`#${CSS.escape(element)}:is(input, select, textarea, button)`);
  return (exact ?? container.querySelector(`[id^="${CSS.escape(element)}-"]:is(input, select, textarea)`))?.id;
}

export function errorsAt(errors, place) {
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

/** The causes of a refusal, at their fields and as lines that lead to them. */
export function spread(fields, causes) {
  const errors = {};
  const lines = causes.map(({ message, hint, pointer }) => {
    const text = hint ? `${message} ${hint}` : message;
    const field = fieldAt(fields, pointer);
    if (field) put(errors, field.place, text);
    return { text: field ? `${field.label}: ${text}` : text, field };
  });
  return { errors, lines };
}

export function at(data, path) {
  return path.reduce((level, key) => level?.[key], data);
}

/** What has been typed: the answers of all fields that can be changed, in the form of the data. */
export function typed(form) {
  const data = form._getState().data;
  const answers = {};
  for (const { path, definition } of fieldsOf(form)) {
    if (definition.disabled === true || definition.readonly === true || definition.type === "expression") continue;
    const value = at(data, path);
    if (value === undefined) continue;
    let level = answers;
    path.slice(0, -1).forEach((key, depth) => {
      level = level[key] ??= /^\d+$/.test(path[depth + 1]) ? [] : {};
    });
    level[path.at(-1)] = value;
  }
  return answers;
}

/** Values with what was typed laid over them; entries of a list only where it has as many as it had. */
export function laidOver(values, answers) {
  if (Array.isArray(values) && Array.isArray(answers)) {
    if (values.length !== answers.length) return answers;
    return answers.map((answer, index) => laidOver(values[index], answer));
  }
  if (isObject(values) && isObject(answers)) {
    const both = { ...values };
    for (const [key, answer] of Object.entries(answers)) both[key] = laidOver(values[key], answer);
    return both;
  }
  return answers;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An answer as one reads it: what was chosen by its label, days as days. */
export function readable(value, definition = {}) {
  if (value === null || value === undefined || value === "") return _("keine Angabe");
  if (typeof value === "boolean") return value ? _("ja") : _("nein");
  if (Array.isArray(value)) return value.map((item) => readable(item, definition)).join(", ") || _("keine Angabe");
  if (isObject(value)) return Object.entries(value).map(([key, inner]) => `${key}: ${readable(inner)}`).join("; ");
  const option = (definition.values ?? []).find((each) => each.value === value);
  if (option) return option.label;
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  return day ? `${day[3]}.${day[2]}.${day[1]}` : String(value);
}
