// What every page loads: KERN UX with its fonts, our own few rules, and htmx.
import "@kern-ux/native/dist/fonts/fira-sans.css";
import "@kern-ux/native/dist/kern.css";
import "./app.css";

import htmx from "htmx.org";

import { alertBox } from "./alert.js";
import { csrfHeader } from "./answers.js";
import { forgetOnSignOut } from "./session.js";
import "./rows.js";
import { _ } from "./words.js";

// htmx can run text of an attribute as JavaScript (hx-on, js: values, trigger filters). Nothing of ours needs that, and a
// page that shows what citizens wrote must not be able to.
function refuse() {
  throw new Error("Amtsweg runs no JavaScript from attributes.");
}
htmx.registerExtension("no-eval", { init: (api) => api.initSecurity(null, refuse, refuse) });

document.addEventListener("htmx:config:request", (event) => {
  Object.assign(event.detail.ctx.request.headers, csrfHeader());
});

forgetOnSignOut();
// What the server refuses stands as a sentence where the answer would have stood.
function sentenceOf(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return null;
  }
}
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  ctx.text = alertBox(sentenceOf(ctx.text) ?? _("Der Server antwortet mit %(status)s.", { status: ctx.response.status })).outerHTML;
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  const away = alertBox(_("Der Server ist gerade nicht zu erreichen. Bitte später erneut versuchen."));
  if (ctx?.select) ctx.target?.prepend(away);
  else ctx?.target?.replaceChildren(away);
});
// Where a part of a page was asked for (hx-select), a refusal and the login after a session has ended are other pages: the
// browser goes there, as it would without scripts.
document.addEventListener("htmx:before:response", (event) => {
  const { request, response, select } = event.detail.ctx;
  const elsewhere = new URL(response.raw.url, location.href).pathname.endsWith("/anmelden");
  if (!select || (response.status < 400 && !elsewhere)) return;
  event.preventDefault();
  if (request.form && request.method === "POST") request.form.submit();
  else location.assign(request.action);
});

globalThis.htmx = htmx;
