// What opens above the page: a picture in large, the instructions; and the report of a broken task.
const zoom = document.querySelector("#zoom");
const help = document.querySelector("#help-dialog");
const report = document.querySelector("#report");

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.classList.contains("zoom")) {
    const picture = new Image();
    picture.src = link.href;
    picture.alt = link.querySelector("img").alt;
    zoom.querySelector("div").replaceChildren(picture);
    zoom.showModal();
  } else if (link.id === "help") {
    help.querySelector("div").replaceChildren(document.querySelector("#instructions > div").cloneNode(true));
    help.showModal();
  } else if (link.dataset.task) {
    report.open = true;
    report.querySelector("select").value = link.dataset.task;
    report.querySelector("textarea").focus();
  } else {
    return;
  }
  event.preventDefault();
});

for (const dialog of [zoom, help]) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
