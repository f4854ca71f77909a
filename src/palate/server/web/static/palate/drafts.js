// Keeps what is filled in: in the browser at once, on the server a moment later; tries again until it is there.
import { said } from "./texts.js";

const form = document.querySelector("#page");
const saved = document.querySelector("#saved");
const PREFIX = "palate-draft-";
const KEPT_FOR = 2 * 24 * 3600 * 1000;
const place = PREFIX + form.dataset.page;
let changes = 0;
let waiting = 0;
let attempts = 0;
let sending = false;

function entries() {
  return [...new FormData(form)].filter(([name]) => /^t\d+-/.test(name));
}

function tell(text, trouble = false) {
  if (saved.textContent !== text) saved.textContent = text;
  saved.classList.toggle("trouble", trouble);
}

function keepHere() {
  try {
    localStorage.setItem(place, JSON.stringify({ at: Date.now(), entries: entries() }));
  } catch {
    // a browser that stores nothing still sends
  }
}

function soon(delay) {
  clearTimeout(waiting);
  waiting = setTimeout(send, delay);
}

async function send() {
  if (sending) return soon(300);
  sending = true;
  const sent = changes;
  const outcome = await post();
  sending = false;
  if (outcome.ok) {
    attempts = 0;
    if (sent === changes) {
      localStorage.removeItem(place);
      tell(said("Saved"));
    } else soon(300);
    if ("seconds" in outcome) document.dispatchEvent(new CustomEvent("seconds", { detail: outcome.seconds }));
  } else if (outcome.problem) {
    tell(outcome.problem, true);
  } else {
    attempts += 1;
    tell(said("Offline, will save"), true);
    soon(Math.min(30000, 1000 * 2 ** (attempts - 1)));
  }
}

async function post() {
  try {
    const response = await fetch(saved.dataset.url, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" }, redirect: "manual",
    });
    if (response.type === "opaqueredirect") return { ok: false, problem: said("You are logged out. Log in in another tab.") };
    if (response.status >= 500) return { ok: false };
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    if (!isJson) return { ok: false, problem: said("Not saved. Reload the page.") };
    return { ok: response.ok, ...(await response.json()) };
  } catch {
    return { ok: false };
  }
}

function restore() {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    const at = JSON.parse(localStorage.getItem(key))?.at ?? 0;
    if (Date.now() - at > KEPT_FOR) localStorage.removeItem(key);
  }
  const kept = JSON.parse(localStorage.getItem(place) ?? "null");
  if (!kept || kept.at < Number(form.dataset.drafted)) return;
  for (const field of [...form.elements].filter((one) => /^t\d+-/.test(one.name) && one.type !== "submit")) {
    const values = kept.entries.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else if (field.type !== "hidden") field.value = values[0] ?? "";
  }
  for (const list of form.querySelectorAll(".ordering")) {
    const order = kept.entries.filter(([name]) => name === list.querySelector("input").name).map(([, value]) => value);
    const rank = (row) => order.indexOf(row.querySelector("input").value);
    list.append(...[...list.children].sort((a, b) => rank(a) - rank(b)));
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function changed(event) {
  if (event.target !== form && !/^t\d+-/.test(event.target.name ?? "")) return;
  changes += 1;
  keepHere();
  soon(600);
}

form.addEventListener("change", changed);
form.addEventListener("input", changed);
addEventListener("online", () => changes && soon(0));
addEventListener("offline", () => tell(said("Offline, will save"), true));
addEventListener("pagehide", () => {
  if (localStorage.getItem(place) && form.dataset.sent !== "yes") {
    navigator.sendBeacon(saved.dataset.url, new URLSearchParams(new FormData(form)));
  }
});
form.addEventListener("submit", () => clearTimeout(waiting));
try {
  restore();
} catch {
  // storage is closed to us, or holds what we did not write: the server's draft is shown
}
