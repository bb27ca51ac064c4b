// Shows a process diagram and where a Vorgang stands in it.
//
//   <div data-bpmn-src="…xml" data-bpmn-state="…json" data-bpmn-refresh="5"></div>
//
// The state is {tokens: [ids], passed: [ids], incidents: [ids]} with ids of flow nodes and, in passed, sequence flows.
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

// The mark is a sign and a word, never colour alone.
const KINDS = {
  passed: { marker: "amtsweg-passed" },
  tokens: { marker: "amtsweg-token", sign: "▶", word: "Hier steht der Vorgang" },
  incidents: { marker: "amtsweg-incident", sign: "!", word: "Störung" },
};

function nameOf(shape) {
  return shape.businessObject.name || shape.id;
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
}

function sentence(viewer, state) {
  const registry = viewer.get("elementRegistry");
  const names = (ids) => [...new Set(ids)].map((id) => (registry.get(id) ? nameOf(registry.get(id)) : id)).join(", ");
  return ["tokens", "incidents"]
    .filter((kind) => state[kind]?.length)
    .map((kind) => `${KINDS[kind].word}: ${names(state[kind])}.`)
    .join(" ");
}

function frame(place) {
  const canvas = document.createElement("div");
  canvas.className = "amtsweg-canvas";
  canvas.setAttribute("role", "group");
  canvas.setAttribute("aria-label", "Prozessdiagramm");
  const where = document.createElement("p");
  where.className = "kern-body amtsweg-where";
  where.setAttribute("role", "status");
  place.replaceChildren(canvas, where);
  return { canvas, where };
}

function show(viewer, where, state) {
  mark(viewer, state);
  const text = sentence(viewer, state);
  if (where.textContent !== text) where.textContent = text; // announced only when something has changed
}

function keepFresh(place, viewer, where) {
  const seconds = Number(place.dataset.bpmnRefresh);
  if (!(seconds > 0)) return;
  const timer = setInterval(async () => {
    if (!place.isConnected) return clearInterval(timer);
    if (document.hidden) return;
    try {
      show(viewer, where, await getJson(place.dataset.bpmnState));
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
    const { canvas, where } = frame(place);
    const viewer = new NavigatedViewer({ container: canvas });
    await viewer.importXML(xml);
    viewer.get("canvas").zoom("fit-viewport", "auto");
    show(viewer, where, state);
    tieList(viewer, place, where);
    if (bpmnState) keepFresh(place, viewer, where);
    place.dataset.bpmnReady = "true";
  } catch (refusal) {
    place.replaceChildren(alertBox(`Das Diagramm lässt sich nicht anzeigen. ${refusal.message}`));
    place.dataset.bpmnReady = "false";
  }
}

document.querySelectorAll("[data-bpmn-src], [data-bpmn-xml]").forEach(draw);
