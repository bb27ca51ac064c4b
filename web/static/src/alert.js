// The box at the top that says what is wrong, in KERN's form; it is announced, takes the focus and links to the fields.

/** An element with attributes and children. */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function line({ text, target }) {
  if (!target) return element("li", {}, text);
  const link = element("a", { class: "kern-link", href: `#${target}` }, text);
  link.addEventListener("click", (event) => {
    const field = document.getElementById(target);
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus();
  });
  return element("li", {}, link);
}

/** An alert with a title and lines {text, target}; target is the id of the field a line is about. */
export function alertBox(title, lines = []) {
  const header = element(
    "div",
    { class: "kern-alert__header" },
    element("span", { class: "kern-icon kern-icon--danger", "aria-hidden": "true" }),
    element("span", { class: "kern-title" }, title),
  );
  const box = element("div", { class: "kern-alert kern-alert--danger", role: "alert", tabindex: "-1" }, header);
  if (lines.length) {
    box.append(element("div", { class: "kern-alert__body" }, element("ul", { class: "kern-list" }, ...lines.map(line))));
  }
  return box;
}
