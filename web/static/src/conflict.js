// Somebody else was faster: what changed, and what one had typed, to copy.
import { element } from "./alert.js";
import { getJson, getPart } from "./answers.js";
import { at, fieldsOf, readable } from "./fields.js";
import { _ } from "./words.js";

function cell(tag, text, scope) {
  return element(tag, { class: tag === "th" ? "kern-table__header" : "kern-table__cell", ...(scope ? { scope } : {}) }, text);
}

/** The fields whose value in the Vorgang is another than when the form was opened; null if none is. */
function changes(fields, opened, now) {
  const changed = fields.filter(({ path }) => JSON.stringify(at(opened, path)) !== JSON.stringify(at(now, path)));
  if (!changed.length) return null;
  const rows = changed.map(({ path, label, definition }) =>
    element("tr", { class: "kern-table__row" }, cell("th", label, "row"),
      cell("td", readable(at(opened, path), definition)), cell("td", readable(at(now, path), definition))));
  const head = element("thead", {}, element("tr", { class: "kern-table__row" },
    cell("th", _("Feld"), "col"), cell("th", _("Als Sie das Formular öffneten"), "col"), cell("th", _("Jetzt"), "col")));
  const table = element("table", { class: "kern-table" },
    element("caption", { class: "kern-title kern-title--small" }, _("Was im Vorgang jetzt anders ist")), head,
    element("tbody", { class: "kern-table__body" }, ...rows));
  return element("div", { class: "aw-wide", role: "region", "aria-label": _("Geänderte Werte"), tabindex: "0" }, table);
}

/** What was typed, as text to copy. */
function copy(fields, answers, id) {
  const lines = fields
    .map(({ path, label, definition }) => [label, at(answers, path), definition])
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([label, value, definition]) => `${label}: ${readable(value, definition)}`);
  const text = element("textarea", { id, class: "kern-form-input__input aw-copy", readonly: "", rows: String(Math.min(12, lines.length + 1)) });
  text.value = lines.join("\n");
  text.addEventListener("focus", () => text.select());
  return element("div", { class: "kern-form-input" },
    element("label", { class: "kern-label", for: id }, _("Was Sie eingegeben hatten, zum Kopieren")), text);
}

/** Everything to see after a lost race: how the task stands, which values are new and, if `keep`, what had been typed. */
export async function whatChanged({ form, stand, source, opened, answers, keep }) {
  const [part, now] = await Promise.all([getPart(stand), getJson(source)]);
  const fields = fieldsOf(form);
  const found = element("section", { class: "aw-conflict", "aria-label": _("Was sich geändert hat") }, part);
  const table = changes(fields, opened, now.data);
  if (table) found.append(table);
  if (keep) found.append(copy(fields, answers, `eingegeben-${form._id}`));
  return found;
}
