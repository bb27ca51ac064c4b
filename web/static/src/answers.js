// Talking to our own server: JSON in and out, and what went wrong as a sentence with causes.
import { _ } from "./words.js";

/** Something the server or the way to it refused; `causes` as in problem+json, `fresh` how things are after a lost race. */
export class Refusal extends Error {
  constructor(sentence, { causes = [], status = 0, fresh = null } = {}) {
    super(sentence);
    this.causes = causes;
    this.status = status;
    this.fresh = fresh;
  }
}

const BAD_TOKEN = 400;

function metaOf(page) {
  return page.querySelector('meta[name="csrf-token"]');
}

/** The header that proves a request comes from a page of ours. */
export function csrfHeader() {
  const token = metaOf(document)?.content;
  return token ? { "X-CSRFToken": token } : {};
}

/** Take the token of the session as it is now, and say whose session that is; null if nobody is signed in. */
export async function refreshToken() {
  const response = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
  const fresh = metaOf(new DOMParser().parseFromString(await response.text(), "text/html"));
  if (!fresh) return null;
  const meta = metaOf(document);
  if (meta) meta.content = fresh.content;
  for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = fresh.content;
  return fresh.dataset.login;
}

function refusalFrom(status, type, text) {
  let problem = {};
  if ((type ?? "").includes("json")) {
    try {
      problem = JSON.parse(text);
    } catch {
      problem = {};
    }
  }
  const sentence = problem.detail ?? problem.title ?? _("Der Server antwortet mit %(status)s.", { status });
  return new Refusal(sentence, { causes: problem.causes ?? [], status, fresh: problem.fresh ?? null });
}

const AWAY = _("Der Server ist gerade nicht zu erreichen. Bitte später erneut versuchen.");

async function fetched(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch {
    throw new Refusal(AWAY);
  }
  if (!response.ok) throw refusalFrom(response.status, response.headers.get("content-type"), await response.text());
  return response;
}

export async function getText(url) {
  return (await fetched(url)).text();
}

export async function getJson(url) {
  return (await fetched(url, { headers: { Accept: "application/json" } })).json();
}

/** A part of a page, as an element; what is in it was escaped by the server. */
export async function getPart(url) {
  const text = await (await fetched(url, { headers: { Accept: "text/html" } })).text();
  return document.importNode(new DOMParser().parseFromString(text, "text/html").body.firstElementChild, true);
}

/**
 * Send something that changes something. A page that was open while its person signed in anew has a token of the former
 * session: then once more with the new one, if it is the same person.
 */
async function sent(url, method, body, options = {}) {
  const login = metaOf(document)?.dataset.login;
  const request = () =>
    fetched(url, {
      method,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...csrfHeader(),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...options,
    });
  try {
    return await request();
  } catch (refusal) {
    const stale = refusal.status === BAD_TOKEN && refusal.causes.length === 0;
    if (stale && login && (await refreshToken().catch(() => null)) === login) return request();
    throw refusal;
  }
}

export async function postJson(url, body) {
  return sent(url, "POST", body);
}

export async function putJson(url, body, options) {
  return sent(url, "PUT", body, options);
}

export async function remove(url) {
  return sent(url, "DELETE");
}

/** Send a file as the part `datei`; `onProgress` hears how much of it has gone, from 0 to 1. */
export function postFile(url, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("datei", file);
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(csrfHeader())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total ? loaded / total : 0));
    request.addEventListener("error", () => reject(new Refusal(AWAY)));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(refusalFrom(request.status, request.getResponseHeader("content-type"), request.responseText));
    });
    request.send(form);
  });
}
