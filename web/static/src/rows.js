// Lists whose rows one walks with keys: [data-rows] holds rows, each with a link as its title and acts with [data-key].
// The keys count only while the focus is in such a list and not in a field, so they are in nobody's way.

const NEXT = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

const titleOf = (row) => row?.querySelector(".aw-row__title");

function walk(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const row = event.target.closest?.("[data-rows] > li");
  const opened = event.target.closest?.(".aw-row__more");
  if (event.key === "Escape" && opened) {
    opened.replaceChildren();
    titleOf(row)?.focus();
  }
  if (!row || event.target.closest("input, select, textarea, [contenteditable]")) return;
  const rows = [...row.parentElement.children];
  if (event.key in NEXT) {
    titleOf(rows[rows.indexOf(row) + NEXT[event.key]])?.focus();
    event.preventDefault();
  } else if (/^[a-z]$/.test(event.key)) {
    const act = row.querySelector(`[data-key="${event.key}"]`);
    act?.click();
    if (act) event.preventDefault();
  }
}
document.addEventListener("keydown", walk);

// After an act the list is a new one. The focus goes on in the same row, or where it was; else it would be lost.
let place = null;
document.addEventListener("htmx:before:swap", () => {
  const row = document.activeElement?.closest("[data-rows] > li");
  place = row && { id: row.id, number: [...row.parentElement.children].indexOf(row) };
});
document.addEventListener("htmx:after:swap", () => {
  show();
  if (!place || document.activeElement !== document.body) return;
  const rows = [...document.querySelectorAll("[data-rows] > li")];
  (titleOf(document.getElementById(place.id) ?? rows[place.number] ?? rows.at(-1)) ?? document.querySelector("main"))?.focus();
  place = null;
});

// What the keys do is said only where they work.
function show() {
  for (const hint of document.querySelectorAll(".aw-keys")) hint.hidden = false;
}
show();
