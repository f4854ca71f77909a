// What scripts say, in the language of the page: the page brings the texts where it is not in English.
const texts = JSON.parse(document.querySelector("#page")?.dataset.texts ?? "{}");

export function said(text, values = {}) {
  return (texts[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
