// Work by keyboard: one task is current; keys on labels answer it, others move and submit.
const form = document.querySelector("#page");
const tasks = [...form.querySelectorAll(".task")];
const toggle = document.querySelector("#single-keys");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let current = -1;

function mark(index) {
  tasks[current]?.classList.remove("current");
  tasks[current]?.removeAttribute("aria-current");
  current = index;
  tasks[current].classList.add("current");
  tasks[current].setAttribute("aria-current", "true");
  form.dataset.current = tasks[current].id;
}

function go(index) {
  if (index < 0 || index >= tasks.length) return;
  mark(index);
  const task = tasks[index];
  task.focus({ preventScroll: true });
  const fits = task.offsetHeight < innerHeight - 160;
  task.scrollIntoView({ block: fits ? "center" : "start", behavior: calm.matches ? "instant" : "smooth" });
}

function goToOpen() {
  const open = tasks.findIndex((task, index) => index > current && "open" in task.dataset);
  go(open >= 0 ? open : tasks.findIndex((task) => "open" in task.dataset));
}

// The letter on the key; where the layout gives none of ours, what the key says on a common keyboard.
function pressed(event) {
  const typed = event.key.toLowerCase();
  if (/^[a-z0-9]$/.test(typed)) return [typed];
  return [typed, event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase()];
}

function answer(event) {
  const names = pressed(event);
  const input = [...tasks[current].querySelectorAll("[aria-keyshortcuts]")].find((one) =>
    names.includes(one.getAttribute("aria-keyshortcuts").toLowerCase()));
  if (!input) return false;
  input.click();
  if (input.type === "radio" && current < tasks.length - 1) go(current + 1);
  else if (input.type === "radio") input.focus({ preventScroll: true });
  return true;
}

function enter(target) {
  if (target.closest("button, a, summary, select, [role=dialog]")) return false;
  if ("complete" in form.dataset) form.requestSubmit(document.querySelector("#submit"));
  else goToOpen();
  return true;
}

function move(event, single) {
  const onRadio = event.target.type === "radio";
  if (event.key === "ArrowDown" && !onRadio || single && event.key === "j") go(current + 1);
  else if (event.key === "ArrowUp" && !onRadio || single && event.key === "k") go(current - 1);
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.defaultPrevented || event.altKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]")) return;
  const writing = target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  if (event.key === "Enter" && (event.ctrlKey || !writing)) {
    if (enter(target)) event.preventDefault();
    return;
  }
  if (event.ctrlKey || writing || !(target === document.body || target.id === "main" || target.closest(".task"))) return;
  const single = form.dataset.keys === "on" && !event.repeat;
  if (single && answer(event) || move(event, single)) event.preventDefault();
});

form.addEventListener("focusin", (event) => {
  const task = event.target.closest(".task");
  if (task) mark(tasks.indexOf(task));
});
form.addEventListener("go", (event) => go(tasks.indexOf(event.target)));

toggle.disabled = false;
toggle.addEventListener("change", () => {
  form.dataset.keys = toggle.checked ? "on" : "off";
  const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  if (toggle.checked) body.set("single_keys", "on");
  fetch(toggle.dataset.url, { method: "POST", body }).catch(() => {});
});

const first = tasks.findIndex((task) => task.querySelector("p.error"));
mark(Math.max(first, 0));
