// Somebody else was faster: what changed, and what one had typed, to copy.
import { element } from "./alert.js";
import { getJson, getPart } from "./answers.js";
import { at, fieldsOf, readable } from "./fields.js";
import { _ } from "./words.js";

const heads = () => [_("Feld"), _("Vorher"), _("Jetzt")];

/** A row of the table; on a phone each cell says itself what it is. */
function row(...texts) {
  const names = heads();
  return element("tr", {}, ...texts.map((text, at) =>
    element(at ? "td" : "th", { "data-label": names[at], ...(at ? {} : { scope: "row" }) }, element("span", {}, text))));
}

/** The fields whose value in the Vorgang is another than when the form was opened; null if none is. */
function changes(fields, opened, now) {
  const rows = fields
    .map(({ path, label, definition }) => [label, readable(at(opened, path), definition), readable(at(now, path), definition)])
    .filter(([, before, after]) => before !== after)
    .map((texts) => row(...texts));
  if (!rows.length) return null;
  const head = element("thead", {}, element("tr", {}, ...heads().map((text) => element("th", { scope: "col" }, text))));
  return element("table", { class: "aw-table" },
    element("caption", { class: "kern-title kern-title--small" }, _("Was im Vorgang jetzt anders ist")), head,
    element("tbody", {}, ...rows));
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
  document.querySelector("[data-outdated]")?.remove();
  const fields = fieldsOf(form);
  const found = element("section", { class: "aw-conflict", "aria-label": _("Was sich geändert hat") }, part);
  const table = changes(fields, opened, now.data);
  if (table) found.append(table);
  if (keep) found.append(copy(fields, answers, `eingegeben-${form._id}`));
  return found;
}
