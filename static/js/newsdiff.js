// Keys on the page of a comparison. Everything they do is a link there too: without this script nothing is lost.
(() => {
  "use strict";

  const SWITCH = "newsdiff-keys"; // "off" where the reader switched single-letter keys off (WCAG 2.1.4)
  const box = document.getElementById("keys");
  if (!box) return;
  const help = document.getElementById("keys-help");
  const toggle = document.getElementById("keys-on");

  // Storage may be closed to us; then the switch lasts as long as the page.
  const recall = () => { try { return localStorage.getItem(SWITCH) !== "off"; } catch { return true; } };
  const keep = (on) => { try { localStorage.setItem(SWITCH, on ? "on" : "off"); } catch { /* see above */ } };

  box.hidden = false;
  toggle.checked = recall();
  toggle.addEventListener("change", () => keep(toggle.checked));
  document.getElementById("keys-show").addEventListener("click", () => help.showModal());

  const changes = [...document.querySelectorAll("[id^=c]")].filter((row) => /^c\d+$/.test(row.id));
  let current = changes.findIndex((row) => `#${row.id}` === location.hash);

  function goTo(step) {
    if (!changes.length) return;
    current = Math.min(Math.max(current + step, 0), changes.length - 1);
    const row = changes[current];
    location.replace(`#${row.id}`); // unlike replaceState this also moves the mark, CSS's :target
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  }

  function turn(rel) {
    const link = document.querySelector(`a[rel=${rel}]`);
    if (link) location.assign(link.href);
  }

  // A change has the same name in each view: whoever goes to another stays where they are.
  const views = [...document.querySelectorAll("a[data-view]")];
  for (const link of views) link.addEventListener("click", () => { link.hash = location.hash; });

  function nextView() {
    const at = views.findIndex((link) => link.hasAttribute("aria-current"));
    if (views.length) views[(at + 1) % views.length].click();
  }

  const actions = {
    j: () => goTo(1),
    k: () => goTo(-1),
    l: () => turn("next"),
    h: () => turn("prev"),
    v: nextView,
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || help.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  addEventListener("hashchange", () => {
    current = changes.findIndex((row) => `#${row.id}` === location.hash);
  });
})();
