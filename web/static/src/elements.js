// A list of the elements of a diagram, beside it: who chooses an entry sees the element in the middle, and marked.
//
//   <div data-bpmn-src="…" data-bpmn-list="elemente"></div>
//   <ol id="elemente"><li><button data-element="pruefen" data-name="Antrag prüfen">…</button></li></ol>
//
// An entry with data-severity and data-text is a finding: the element bears a sign that says so. With data-file on entries
// and data-bpmn-file on the diagram, a list serves several diagrams.
import { _ } from "./words.js";

const SIGNS = { error: "!", warning: "▲", advice: "i" };
const RANK = ["error", "warning", "advice"];
const CHOSEN = "amtsweg-chosen";
const READABLE = 0.8;

function entriesOf(place) {
  const list = document.getElementById(place.dataset.bpmnList);
  const file = place.dataset.bpmnFile;
  const entries = [...(list?.querySelectorAll("[data-element]") ?? [])];
  return entries.filter((entry) => !file || !entry.dataset.file || entry.dataset.file === file);
}

function sign(entries, choose) {
  const [gravest] = entries.map((entry) => entry.dataset.severity).sort((a, b) => RANK.indexOf(a) - RANK.indexOf(b));
  const made = document.createElement("button");
  made.type = "button";
  made.tabIndex = -1; // the list is the way for keys
  made.className = `amtsweg-badge amtsweg-${gravest}-badge`;
  made.textContent = SIGNS[gravest];
  made.title = entries.map((entry) => entry.dataset.text).join("\n");
  made.addEventListener("click", () => choose(entries[0], true));
  return made;
}

function group(entries) {
  const found = new Map();
  for (const entry of entries) found.set(entry.dataset.element, [...(found.get(entry.dataset.element) ?? []), entry]);
  return found;
}

function signs(viewer, byElement, choose) {
  for (const [id, entries] of byElement) {
    const shape = viewer.get("elementRegistry").get(id);
    const findings = entries.filter((entry) => entry.dataset.severity);
    if (!shape || !findings.length) continue;
    viewer.get("canvas").addMarker(shape, `amtsweg-${findings[0].dataset.severity}`);
    const middle = shape.waypoints?.[Math.floor(shape.waypoints.length / 2)];
    const position = middle ? { top: middle.y - shape.y - 12, left: middle.x - shape.x - 12 } : { top: -12, right: 12 };
    viewer.get("overlays").add(shape, "amtsweg-finding", { position, html: sign(findings, choose) });
  }
}

/** Ties the list of a place to its diagram; `where` is told what is shown. */
export function tieList(viewer, place, where) {
  const entries = entriesOf(place);
  if (!entries.length) return;
  const canvas = viewer.get("canvas");
  const byElement = group(entries);
  let marked;

  function choose(entry, intoList) {
    for (const other of document.querySelectorAll("[data-element][aria-current]")) other.removeAttribute("aria-current");
    entry.setAttribute("aria-current", "true");
    if (marked) canvas.removeMarker(marked, CHOSEN);
    marked = viewer.get("elementRegistry").get(entry.dataset.element);
    if (intoList) entry.focus();
    if (!marked) {
      where.textContent = _("„%(name)s“ ist nicht gezeichnet.", { name: entry.dataset.name });
      return;
    }
    if (!intoList) {
      if (canvas.zoom() < READABLE) canvas.zoom(READABLE);
      const { width, height } = canvas.getSize();
      canvas.scrollToElement(marked, { top: height / 3, bottom: height / 3, left: width / 3, right: width / 3 });
      place.scrollIntoView({ block: "nearest" });
    }
    canvas.addMarker(marked, CHOSEN);
    where.textContent = _("Im Diagramm gezeigt: %(name)s", { name: entry.dataset.name });
  }

  for (const entry of entries) entry.addEventListener("click", () => choose(entry, false));
  viewer.on("element.click", ({ element }) => {
    const found = byElement.get(element.labelTarget?.id ?? element.id);
    if (found) choose(found[0], true);
  });
  signs(viewer, byElement, choose);
}
