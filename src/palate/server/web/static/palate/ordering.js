// Lists to put in order: buttons and dragging move entries without loading the page again.
import { said } from "./texts.js";

const form = document.querySelector("#page");
const announcer = document.querySelector("#announcer");

function tell(row) {
  const rows = [...row.parentElement.children];
  const title = row.querySelector(".title")?.textContent ?? said("Entry");
  announcer.textContent = said("{title}: {n} of {total}", { title, n: rows.indexOf(row) + 1, total: rows.length });
}

function changed(row) {
  row.querySelector("input").dispatchEvent(new Event("change", { bubbles: true }));
  tell(row);
}

form.addEventListener("click", (event) => {
  const button = event.target.closest(".moves button");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("li");
  const other = button.value.startsWith("up:") ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (button.value.startsWith("up:")) other.before(row);
  else other.after(row);
  button.focus();
  changed(row);
});

form.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".grip");
  if (!grip || event.button) return;
  event.preventDefault();
  const row = grip.closest("li");
  const list = row.parentElement;
  row.classList.add("dragged");
  grip.setPointerCapture(event.pointerId);

  function drag(moved) {
    const others = [...list.children].filter((one) => one !== row);
    const below = others.find((one) => {
      const box = one.getBoundingClientRect();
      return moved.clientY < box.top + box.height / 2;
    });
    if (below !== row.nextElementSibling) list.insertBefore(row, below ?? null);
    if (!grip.hasPointerCapture(moved.pointerId)) grip.setPointerCapture(moved.pointerId);
  }

  function drop() {
    row.classList.remove("dragged");
    grip.removeEventListener("pointermove", drag);
    grip.removeEventListener("pointerup", drop);
    grip.removeEventListener("pointercancel", drop);
    changed(row);
  }

  grip.addEventListener("pointermove", drag);
  grip.addEventListener("pointerup", drop);
  grip.addEventListener("pointercancel", drop);
});
