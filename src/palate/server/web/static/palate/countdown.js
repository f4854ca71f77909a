// The time left, from the server's clock; warns politely, and lets people have more time.
import { said } from "./texts.js";

const form = document.querySelector("#page");
const timer = document.querySelector("#timer");
const announcer = document.querySelector("#announcer");
const extend = document.querySelector("#extend");
let end = 0;
let last = Infinity;

function left() {
  return Math.max(0, Math.round((end - Date.now()) / 1000));
}

function set(seconds) {
  end = Date.now() + seconds * 1000;
  if (seconds > last) last = seconds;
  show();
}

function say(text) {
  announcer.textContent = text;
}

function show() {
  const seconds = left();
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  if (!parts[0]) parts.shift();
  const time = parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
  timer.textContent = said("{time} left", { time });
  timer.classList.toggle("soon", seconds <= 120);
  const more = extend?.isConnected ? ` ${said("You can have more time once.")}` : "";
  if (seconds <= 0 && last > 0) over();
  else if (seconds <= 30 && last > 30) say(said("At most 30 seconds left.") + more);
  else if (seconds <= 120 && last > 120) say(said("At most 2 minutes left.") + more);
  last = seconds;
}

function over() {
  say(said("The time for this page is over."));
  timer.textContent = said("Time is over");
  form.dispatchEvent(new CustomEvent("over"));
}

document.addEventListener("seconds", (event) => {
  if (left() > 0 || event.detail > 0) set(event.detail);
});

extend?.addEventListener("click", async (event) => {
  event.preventDefault();
  const response = await fetch(extend.formAction, {
    method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
  }).catch(() => null);
  const answer = response?.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
  if (response?.ok && "seconds" in answer) {
    set(answer.seconds);
    say(said("You have {n} minutes now.", { n: Math.floor(answer.seconds / 60) }));
    extend.remove();
  } else {
    say(answer.problem ?? said("More time could not be had: there is no connection."));
  }
});

set(Number(timer.dataset.seconds));
setInterval(show, 1000);
