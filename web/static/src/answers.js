// Talking to our own server: JSON in and out, and what went wrong as a sentence with causes.

/** Something the server or the way to it refused; `causes` as in problem+json. */
export class Refusal extends Error {
  constructor(sentence, { causes = [], status = 0 } = {}) {
    super(sentence);
    this.causes = causes;
    this.status = status;
  }
}

/** The header that proves a request comes from a page of ours. */
export function csrfHeader() {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  return token ? { "X-CSRFToken": token } : {};
}

async function refusalOf(response) {
  let problem = {};
  if ((response.headers.get("content-type") ?? "").includes("json")) {
    problem = await response.json().catch(() => ({}));
  }
  const sentence = problem.detail ?? problem.title ?? `Der Server antwortet mit ${response.status}.`;
  return new Refusal(sentence, { causes: problem.causes ?? [], status: response.status });
}

async function fetched(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch {
    throw new Refusal("Der Server ist gerade nicht zu erreichen. Bitte später erneut versuchen.");
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

export async function getText(url) {
  return (await fetched(url)).text();
}

export async function getJson(url) {
  return (await fetched(url, { headers: { Accept: "application/json" } })).json();
}

export async function postJson(url, body) {
  return fetched(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...csrfHeader() },
    body: JSON.stringify(body),
  });
}
