// A form whose answer takes a while, for it sends a file or has much made: while it is sent that is said. With a file, what is
// too large is said before it is sent.
//
//   <form data-busy="…" data-max-bytes="20971520" data-too-large="…"><input type="file"> … <p role="status" data-status></p></form>
import { alertBox } from "./alert.js";
import { _ } from "./words.js";

function tooLarge(form) {
  const files = [...form.querySelectorAll('input[type="file"]')].flatMap((input) => [...input.files]);
  return files.some((file) => file.size > Number(form.dataset.maxBytes));
}

function ready(form) {
  form.querySelector("[data-status]").textContent = "";
  form.querySelectorAll('button[type="submit"]').forEach((button) => button.removeAttribute("aria-disabled"));
  delete form.dataset.sending;
}

document.querySelectorAll("form[data-busy]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    form.parentElement.querySelectorAll(".kern-alert").forEach((box) => box.remove());
    if (form.dataset.sending) return event.preventDefault(); // a double click sends once
    if (tooLarge(form)) {
      event.preventDefault();
      const target = form.querySelector('input[type="file"]').id;
      const box = alertBox(form.dataset.tooLarge, [{ text: _("Bitte eine kleinere Datei wählen."), target }]);
      form.before(box);
      return box.focus();
    }
    form.dataset.sending = "true";
    form.querySelectorAll('button[type="submit"]').forEach((button) => button.setAttribute("aria-disabled", "true"));
    form.querySelector("[data-status]").textContent = form.dataset.busy;
  });
  // Back from the answer, the browser may show the page as it was left.
  addEventListener("pageshow", () => ready(form));
});
