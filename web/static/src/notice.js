// The notice workshop: the preview follows the text, a session that ends loses nothing, leaving with changes is asked about.
import "./notice.css";

import { signInAgain } from "./session.js";
import { _ } from "./words.js";

const AFTER_MS = 1500;
const VIEW = "#navpanes=0&view=FitH"; // how a browser shows a PDF: without its list of pages, as wide as the frame
const form = document.getElementById("werkstatt");
const said = document.getElementById("vorschau-stand");
const frame = document.querySelector('iframe[name="vorschau-bild"]');

let timer = null;
let asking = false;
let again = false;
let leaving = false;
let going = false;
let dirty = form.hasAttribute("data-dirty");

/** Ask first whether it can be set, so that a refusal is a sentence and the last picture stays; then show it. */
async function preview() {
  if (!frame.offsetParent) return; // a phone shows none
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  frame.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.preview, { method: "POST", credentials: "same-origin", body,
      headers: { Accept: "application/problem+json" } });
    if (answer.ok) {
      show();
      said.textContent = _("Die Vorschau zeigt den Text, wie er jetzt dasteht. Gespeichert ist er damit nicht.");
    } else if (answer.status === 401) {
      await back();
      again = true;
    } else {
      const problem = await answer.json().catch(() => ({}));
      const causes = (problem.causes ?? []).map(({ message }) => message).join(" ");
      said.textContent = _("Keine Vorschau: %(why)s", { why: `${problem.detail ?? ""} ${causes}` });
    }
  } catch {
    said.textContent = _("Der Server ist gerade nicht zu erreichen; die Vorschau folgt später.");
  }
  frame.removeAttribute("aria-busy");
  asking = false;
  if (again) {
    again = false;
    preview();
  }
}

/** The same request once more, into the frame: the browser shows a PDF only where it has loaded it itself. */
function show() {
  const { action, target } = form;
  form.action = form.dataset.preview + VIEW;
  form.target = frame.name;
  HTMLFormElement.prototype.submit.call(form);
  form.action = action;
  form.target = target;
}

function back() {
  const { signin, login } = form.dataset;
  return signInAgain({ place: form.querySelector("[data-session]"), signIn: signin, login });
}

/** Whether the session still lives; asked before the page is given away. */
async function alive() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", credentials: "same-origin", redirect: "manual" });
    return answer.type !== "opaqueredirect" && answer.status !== 401;
  } catch {
    said.textContent = _("Der Server ist gerade nicht zu erreichen. Ihr Text ist noch da; bitte gleich noch einmal.");
    return null;
  }
}

form.addEventListener("input", () => {
  dirty = true;
  clearTimeout(timer);
  timer = setTimeout(preview, AFTER_MS);
});

form.addEventListener("submit", async (event) => {
  const pressed = event.submitter;
  if (pressed?.hasAttribute("data-own-tab") || going) return;
  event.preventDefault();
  if (leaving) return; // a double click sends once
  leaving = true;
  const living = await alive();
  if (living === false) await back();
  if (living === null) {
    leaving = false;
    return;
  }
  clearTimeout(timer);
  going = true;
  form.requestSubmit(pressed);
});

addEventListener("beforeunload", (event) => {
  if (dirty && !leaving) event.preventDefault();
});

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});

if (dirty) preview();
