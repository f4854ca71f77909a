// Managers' pages: parts of a page follow what is typed or what happens, without reloading it.
const pause = 400;
const rhythm = 5000;

async function pageFrom(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function replacePart(id, page) {
  const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
  if (!old || !fresh) return;
  const open = [...old.querySelectorAll("details")].map((one) => one.open);
  const [focused, at] = [document.activeElement, old.scrollTop];
  const within = old.contains(focused) ? focused : null;
  old.replaceChildren(...fresh.childNodes);
  old.querySelectorAll("details").forEach((one, place) => { if (open[place]) one.open = true; });
  old.scrollTop = at;
  if (within) focusAgain(old, within);
}

function focusAgain(part, before) {
  const same = (before.id && document.getElementById(before.id))
    || [...part.querySelectorAll("[name]")].find((one) => one.name === before.name && one.value === before.value)
    || part.querySelector("input, select, textarea, button");
  same?.focus();
}

const form = document.querySelector("form[data-live]");
if (form) {
  let latest = 0;
  const refresh = async (ids, extra) => {
    const turn = ++latest;
    const data = new FormData(form);
    data.set("action", "preview");
    if (extra?.name) data.set(extra.name, extra.value);
    const page = await pageFrom(form.getAttribute("action") || location.href, { method: "POST", body: data }).catch(() => null);
    if (!page || turn !== latest) return;
    replacePart("form-problem", page);
    if (!page.querySelector("#form-problem > *")) for (const id of ids) replacePart(id, page);
  };
  const partOf = (element) => element.closest("section[id]")?.id;
  let waiting;
  form.addEventListener("input", (event) => {
    if (event.target.closest("[data-refresh]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => refresh([form.dataset.live]), pause);
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("select[data-refresh]")) refresh([partOf(event.target), form.dataset.live]);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-refresh]");
    if (!button) return;
    event.preventDefault();
    refresh([partOf(button), form.dataset.live], button);
  });
}

const live = document.querySelector("[data-poll]:not([data-still])");
if (live) {
  let busy = false;
  const poll = async () => {
    const working = live.contains(document.activeElement) && document.activeElement !== document.body;
    if (document.hidden || busy || working || getSelection().toString()) return;
    busy = true;
    try {
      const page = await pageFrom(live.dataset.poll);
      if (page) {
        const scrolled = [...live.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
        live.replaceChildren(...page.body.childNodes);
        live.querySelectorAll(".scroll").forEach((one, place) => { one.scrollLeft = scrolled[place] ?? 0; });
      }
    } catch {
      // Without a connection the next turn tries again.
    }
    busy = false;
  };
  setInterval(poll, rhythm);
  document.addEventListener("visibilitychange", poll);
}

for (const sent of document.querySelectorAll('form[method="post"]:not([data-live])')) {
  sent.addEventListener("submit", (event) => {
    if (sent.dataset.sent) event.preventDefault();
    sent.dataset.sent = "yes";
  });
}
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const sent of document.querySelectorAll("form[data-sent]")) delete sent.dataset.sent;
});
