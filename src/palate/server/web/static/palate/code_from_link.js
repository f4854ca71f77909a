// A link carries its code behind "#", which browsers send to no server. Put it into the form and take it out of the
// address; keep it for this tab while the person logs in first.
const KEPT = "palate-code";
const field = document.querySelector("[data-code-from-link]");
const place = KEPT + location.pathname;

if (field) {
  const code = location.hash.slice(1);
  if (code && code !== "main") {
    sessionStorage.setItem(place, code);
    history.replaceState(null, "", location.pathname + location.search);
  }
  if (!field.value) field.value = sessionStorage.getItem(place) ?? "";
  if (field.value) field.form.querySelector("input:not([type=hidden], [data-code-from-link])")?.focus();
  field.form.addEventListener("submit", () => sessionStorage.removeItem(place));
}
