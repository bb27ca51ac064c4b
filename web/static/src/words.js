// What scripts say, in the language of the page. The German stands in the code; the English is of the same catalogue as that
// of the pages (web/translations/en), and bundled with the scripts that say it.
import english from "texts:en";

const inEnglish = document.documentElement.lang === "en";

/** Days, times and numbers are written as it is usual in this language. */
export const LOCALE = inEnglish ? "en-GB" : "de-DE";

/** A text in the language of the page; `values` stand for its %(name)s. */
export function _(text, values = {}) {
  const said = inEnglish ? (english[text] ?? text) : text;
  return said.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

/** What others have written in English and we in German: theirs or ours. */
export function either(english, german) {
  return inEnglish ? english : german;
}
