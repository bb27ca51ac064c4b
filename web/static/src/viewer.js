// Shows a process diagram and where a Vorgang stands in it.
//
//   <div data-bpmn-src="…xml" data-bpmn-state="…json" data-bpmn-refresh="5"></div>
//
// The state is {tokens: [ids], passed: [ids], incidents: [ids], nodes: [{element, name, state, count, done, total}]} with ids of
// flow nodes and, in passed, sequence flows. Who is to follow it hears `amtsweg-changed` at the body.
// With data-bpmn-refresh the state is asked for again every so many seconds while the page is visible. Instead of an address
// the page itself may hold the diagram: data-bpmn-xml names a <script type="application/json"> with its text. With
// data-bpmn-list a list of elements beside it shows each in the diagram (elements.js).
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./viewer.css";

import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import { alertBox } from "./alert.js";
import { getJson, getText } from "./answers.js";
import { tieList } from "./elements.js";
import { _ } from "./words.js";

// The mark is a sign and a word, never colour alone.
const KINDS = {
  passed: { marker: "amtsweg-passed" },
  tokens: { marker: "amtsweg-token", sign: "▶", word: _("Hier steht der Vorgang") },
  incidents: { marker: "amtsweg-incident", sign: "!", word: _("Störung") },
};

function nameOf(shape) {
  return shape.businessObject.name || shape.id;
}

/** How often an element was done, where that says something: done of total while it loops over a list, else from twice on. */
function turns({ count, done, total }) {
  if (total) return { text: `${done}/${total}`, word: _("%(done)s von %(total)s erledigt", { done, total }) };
  return count > 1 ? { text: `${count}×`, word: _("%(count)s-mal erledigt", { count }) } : undefined;
}

function counter(node) {
  const said = turns(node);
  if (!said) return undefined;
  const made = document.createElement("span");
  made.className = "amtsweg-count";
  made.textContent = said.text;
  made.title = said.word;
  return made;
}

function badge({ marker, sign, word }) {
  const made = document.createElement("span");
  made.className = `amtsweg-badge ${marker}-badge`;
  made.textContent = sign;
  made.title = word;
  return made;
}

function clear(viewer) {
  const canvas = viewer.get("canvas");
  for (const shape of viewer.get("elementRegistry").getAll()) {
    for (const { marker } of Object.values(KINDS)) canvas.removeMarker(shape, marker);
  }
  viewer.get("overlays").remove({ type: "amtsweg" });
}

function mark(viewer, state) {
  clear(viewer);
  const registry = viewer.get("elementRegistry");
  for (const [kind, look] of Object.entries(KINDS)) {
    for (const id of new Set(state[kind] ?? [])) {
      const shape = registry.get(id);
      if (!shape) continue; // drawn in no diagram: the sentence below names it all the same
      viewer.get("canvas").addMarker(shape, look.marker);
      if (look.sign && !shape.waypoints) {
        viewer.get("overlays").add(shape, "amtsweg", { position: { top: -12, right: 12 }, html: badge(look) });
      }
    }
  }
  for (const node of state.nodes ?? []) {
    const [shape, html] = [registry.get(node.element), counter(node)];
    if (shape && html) viewer.get("overlays").add(shape, "amtsweg", { position: { bottom: 12, left: -8 }, html });
  }
}

function sentence(viewer, state) {
  const registry = viewer.get("elementRegistry");
  const told = new Map((state.nodes ?? []).map(({ element, name }) => [element, name]));
  const nameFor = (id) => (registry.get(id) ? nameOf(registry.get(id)) : (told.get(id) ?? id));
  const names = (ids) => [...new Set(ids)].map(nameFor).join(", ");
  return ["tokens", "incidents"]
    .filter((kind) => state[kind]?.length)
    .map((kind) => `${KINDS[kind].word}: ${names(state[kind])}.`)
    .join(" ");
}

function frame(place) {
  const canvas = document.createElement("div");
  canvas.className = "amtsweg-canvas";
  canvas.setAttribute("role", "group");
  canvas.setAttribute("aria-label", _("Prozessdiagramm"));
  const where = document.createElement("p");
  where.className = "kern-body amtsweg-where";
  where.setAttribute("role", "status");
  const tools = document.createElement("div");
  tools.className = "amtsweg-tools";
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", _("Ansicht des Diagramms"));
  place.replaceChildren(tools, canvas, where);
  return { canvas, where, tools };
}

function tool(text, word, act) {
  const label = document.createElement("span");
  label.className = "kern-label";
  label.textContent = text;
  const made = document.createElement("button");
  made.type = "button";
  made.className = "kern-btn kern-btn--secondary kern-btn--x-small";
  if (word) made.setAttribute("aria-label", word);
  made.append(label);
  made.addEventListener("click", act);
  return made;
}

function equip(tools, viewer, current) {
  const canvas = viewer.get("canvas");
  const zoom = (factor) => () => canvas.zoom(Math.min(4, Math.max(0.1, canvas.zoom() * factor)));
  tools.append(
    tool("+", _("Vergrößern"), zoom(1.25)),
    tool("−", _("Verkleinern"), zoom(0.8)),
    tool(_("Einpassen"), "", () => canvas.zoom("fit-viewport", "auto")),
  );
  if (current) tools.append(tool(_("Zum Stand"), "", () => goTo(viewer, current())));
}

const READABLE = 0.6;

/** Shows the place where the case stands, large enough to be read. */
function goTo(viewer, state) {
  const [canvas, registry] = [viewer.get("canvas"), viewer.get("elementRegistry")];
  const shape = [...(state.incidents ?? []), ...(state.tokens ?? [])].map((id) => registry.get(id)).find(Boolean);
  if (!shape) return canvas.zoom("fit-viewport", "auto");
  canvas.zoom(Math.max(canvas.zoom(), READABLE + 0.15));
  return canvas.scrollToElement(shape, { top: 120, bottom: 120, left: 120, right: 120 });
}

/** The whole diagram if it can be read like that, else the place where the case stands. */
function firstView(viewer, state) {
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  if (canvas.zoom() < READABLE) goTo(viewer, state);
}

function show(viewer, where, state) {
  mark(viewer, state);
  const text = sentence(viewer, state);
  if (where.textContent !== text) where.textContent = text; // announced only when something has changed
}

/** Tells the rest of the page that the case has moved. */
function announce() {
  document.body.dispatchEvent(new CustomEvent("amtsweg-changed"));
}

function keepFresh(place, known, showState) {
  const seconds = Number(place.dataset.bpmnRefresh);
  if (!(seconds > 0)) return;
  let seen = JSON.stringify(known);
  const timer = setInterval(async () => {
    if (!place.isConnected) return clearInterval(timer);
    if (document.hidden) return;
    try {
      const state = await getJson(place.dataset.bpmnState);
      if (JSON.stringify(state) === seen) return;
      seen = JSON.stringify(state);
      showState(state);
      announce();
    } catch (refusal) {
      // Away for a moment: the next round asks again. Anything else will not change by asking.
      if (refusal.status >= 400 && refusal.status < 500) clearInterval(timer);
    }
  }, seconds * 1000);
}

function source({ bpmnSrc, bpmnXml }) {
  return bpmnXml ? JSON.parse(document.getElementById(bpmnXml).textContent) : getText(bpmnSrc);
}

async function draw(place) {
  const { bpmnState } = place.dataset;
  try {
    const [xml, state] = await Promise.all([source(place.dataset), bpmnState ? getJson(bpmnState) : {}]);
    const { canvas, where, tools } = frame(place);
    const viewer = new NavigatedViewer({ container: canvas });
    await viewer.importXML(xml);
    let current = state;
    const showState = (fresh) => show(viewer, where, (current = fresh));
    showState(state);
    firstView(viewer, state);
    equip(tools, viewer, bpmnState && (() => current));
    tieList(viewer, place, where);
    if (bpmnState) keepFresh(place, state, showState);
    place.dataset.bpmnReady = "true";
  } catch (refusal) {
    place.replaceChildren(alertBox(_("Das Diagramm lässt sich nicht anzeigen. %(why)s", { why: refusal.message })));
    place.dataset.bpmnReady = "false";
  }
}

document.querySelectorAll("[data-bpmn-src], [data-bpmn-xml]").forEach(draw);
