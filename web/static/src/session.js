// A session may end while somebody is typing. Nothing typed is lost: the page stays, says so, and goes on after a login in
// another tab.
import { element } from "./alert.js";
import { refreshToken } from "./answers.js";
import { _ } from "./words.js";

let asking = null;

/**
 * Show the way to sign in again, and wait until that has happened. Whoever asks while the box is there waits with it.
 * `place` takes the box; `signIn` is the address of the login; `login` who must come back.
 */
export function signInAgain({ place, signIn, login }) {
  asking ??= new Promise((resolve) => {
    const said = element("p", { class: "kern-body", role: "status" });
    const button = element("button", { type: "button", class: "kern-btn kern-btn--secondary" },
      element("span", { class: "kern-label" }, _("Ich bin wieder angemeldet")));
    const box = boxOf(signIn, button, said);
    const check = async () => {
      const now = await refreshToken().catch(() => null);
      if (now === login) return done();
      if (now) {
        said.textContent =
          _("Angemeldet ist jetzt %(now)s. Was hier steht, hat %(login)s eingegeben; bitte damit anmelden.", { now, login });
      }
      return undefined;
    };
    const asked = async () => {
      said.textContent = "";
      if ((await check()) === undefined && !said.textContent) said.textContent = _("Noch nicht angemeldet.");
    };
    const seen = () => document.visibilityState === "visible" && check();
    const done = () => {
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("focus", seen);
      box.remove();
      asking = null;
      resolve();
      return true;
    };
    button.addEventListener("click", asked);
    document.addEventListener("visibilitychange", seen);
    addEventListener("focus", seen);
    place.prepend(box);
    box.focus();
  });
  return asking;
}

function boxOf(signIn, button, said) {
  const link = element("a", { class: "kern-link", href: signIn, target: "_blank", rel: "noopener" },
    _("In einem neuen Tab anmelden"));
  return element(
    "div",
    { class: "kern-alert kern-alert--warning aw-said", role: "alert", tabindex: "-1", "data-signin": "" },
    element("div", { class: "kern-alert__header" },
      element("span", { class: "kern-icon kern-icon--warning", "aria-hidden": "true" }),
      element("span", { class: "kern-title" }, _("Ihre Anmeldung ist abgelaufen"))),
    element("div", { class: "kern-alert__body" },
      element("p", { class: "kern-body" },
        _("Was Sie eingegeben haben, ist noch da. Melden Sie sich wieder an; danach geht es hier von selbst weiter.")),
      element("p", { class: "kern-body" }, link),
      button, said),
  );
}

// --- what this tab keeps for itself ---------------------------------------------------------------------------------

/** Text that could not be sent yet, kept by the browser tab until it is, for one address and one person. */
export class Kept {
  constructor(name, login) {
    this.key = `amtsweg:${name}:${login}`;
  }

  get() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  set(value) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(value));
    } catch {
      // Full or forbidden: the page itself still holds it.
    }
  }

  clear() {
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // Nothing was kept.
    }
  }
}

/** Who signs out leaves nothing behind in this tab. */
export function forgetOnSignOut() {
  document.querySelector(".aw-head__out")?.addEventListener("submit", () => {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("amtsweg:")) sessionStorage.removeItem(key);
  });
}
