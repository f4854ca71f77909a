// Which tasks are answered: marks them, counts them, and leads to the next open one.
import { said } from "./texts.js";

const form = document.querySelector("#page");
const tasks = [...form.querySelectorAll(".task")];
const bar = document.querySelector("#progress");
const words = document.querySelector("#answered");
const nextOpen = document.querySelector("#next-open");

function isAnswered(task) {
  const text = task.querySelector("textarea");
  if (text) return text.value.trim() !== "";
  const confirm = task.querySelector("[data-confirm]");
  if (confirm) return confirm.checked;
  const chosen = task.querySelectorAll("input:checked");
  const least = Number(task.querySelector("[data-least]")?.dataset.least ?? 1);
  return chosen.length >= Math.max(1, least) || [...chosen].some((input) => "alone" in input.dataset);
}

function count() {
  for (const task of tasks) {
    const answered = isAnswered(task);
    task.classList.toggle("answered", answered);
    task.toggleAttribute("data-open", !answered && !("optional" in task.dataset));
    if (answered) task.querySelector("p.error")?.remove();
  }
  const done = tasks.filter((task) => task.classList.contains("answered")).length;
  const open = tasks.some((task) => "open" in task.dataset);
  bar.value = done;
  words.textContent = said("{n} of {total}", { n: done, total: tasks.length });
  nextOpen.hidden = !open;
  form.toggleAttribute("data-complete", !open);
}

// A choice that stands alone takes the others back, and they take it back.
function takeBack(input) {
  const group = [...(input.closest("fieldset")?.querySelectorAll("input[type=checkbox]:not([data-confirm])") ?? [])];
  if (!input.checked || !group.some((other) => "alone" in other.dataset)) return;
  for (const other of group) {
    if (other !== input && ("alone" in input.dataset || "alone" in other.dataset)) other.checked = false;
  }
}

form.addEventListener("change", (event) => {
  if (event.target.type === "checkbox") takeBack(event.target);
  count();
});
form.addEventListener("input", count);
addEventListener("pageshow", count);
nextOpen.addEventListener("click", () => {
  const after = tasks.indexOf(form.querySelector(".current"));
  const open = tasks.filter((task) => "open" in task.dataset);
  (open.find((task) => tasks.indexOf(task) > after) ?? open[0])?.dispatchEvent(new CustomEvent("go", { bubbles: true }));
});
bar.hidden = false;
count();
