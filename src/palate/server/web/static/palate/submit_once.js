// One click submits once; without a connection nothing is sent, so that nothing typed is lost.
import { said } from "./texts.js";

const form = document.querySelector("#page");
const announcer = document.querySelector("#announcer");
const saved = document.querySelector("#saved");

form.addEventListener("submit", (event) => {
  if (form.dataset.sent === "yes") {
    event.preventDefault();
    return;
  }
  if (!navigator.onLine) {
    event.preventDefault();
    announcer.textContent = saved.textContent = said("You are offline. Submit when the connection is back; your answers are kept.");
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button")) button.disabled = false;
});

form.addEventListener("over", () => {
  for (const button of form.querySelectorAll(".bar button, .page-end button")) button.disabled = true;
});
