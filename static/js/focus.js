// Whoever acts by keyboard stays where they were: when what had the focus is swapped away, the same act of the same row
// gets it, by the row's id, or of the row that stands in its place, else the heading above. (What has an id itself, htmx
// finds again.) An act with data-next comes after one that is gone.
(() => {
  "use strict";
  const ROWS = "tr, li";
  const ACTS = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea";
  let lost = null; // {panel, row, id, words, fromEnd, name}

  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    const held = opener(document.activeElement);
    if (!target || !target.contains(held) || held === document.body || !event.detail.shouldSwap) return;
    const panel = target.closest("[data-panel], main");
    if (!panel) return; // a part of the frame, such as the banner
    const row = held.closest(ROWS);
    const acts = row ? actsOf(row) : [];
    const number = row ? rowsOf(panel).indexOf(row) : -1;
    lost = { panel: panel.id, row: number, id: row?.id, words: words(held), fromEnd: acts.length - acts.indexOf(held), name: name(held) };
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!lost) return;
    const place = lost;
    lost = null;
    if (document.activeElement && document.activeElement !== document.body) return;
    const panel = document.getElementById(place.panel) || document.querySelector("main");
    const rows = place.row < 0 ? [] : rowsOf(panel);
    const row = (place.id && rows.find(({ id }) => id === place.id)) || rows[Math.min(place.row, rows.length - 1)];
    const acts = row ? actsOf(row) : [];
    const same = place.words && acts.find((act) => words(act) === place.words);
    focus(same || acts.find((act) => "next" in act.dataset) || acts.at(-place.fromEnd) || sameBeside(panel, place) || headingOf(panel));
  });

  // A filter that opens the page anew is found again there, if it was chosen by keyboard
  document.addEventListener("click", (event) => {
    const chip = event.target.closest(".chips a:not([hx-get])");
    if (chip && event.detail === 0 && !event.ctrlKey && !event.metaKey) sessionStorage.setItem("chip", location.pathname + name(chip));
  });
  document.addEventListener("DOMContentLoaded", () => {
    const chosen = sessionStorage.getItem("chip");
    sessionStorage.removeItem("chip");
    if (chosen) focus([...document.querySelectorAll(".chips a")].find((chip) => location.pathname + name(chip) === chosen));
  });

  const rowsOf = (panel) => [...panel.querySelectorAll(ROWS)].filter((row) => row.querySelector(ACTS));
  const actsOf = (row) => [...row.querySelectorAll(ACTS)].filter((act) => opener(act) === act);
  // Of what stands in a menu, the button that opens it: the menu is shut when it comes back
  const opener = (act) => document.querySelector(`[popovertarget="${CSS.escape(act.closest("[popover]")?.id ?? "")}"]`) || act;
  // A chip, a download: above the rows; the pager below them leads back to the heading, where the next page begins
  const sameBeside = (panel, { row, name: wanted }) =>
    row < 0 && wanted && [...panel.querySelectorAll(`.toolbar :is(${ACTS})`)].find((act) => name(act) === wanted);
  const headingOf = (panel) => (panel.matches("main") ? panel : panel.closest("section, main")).querySelector("h1, h2");

  // What an act says, without the name of its row
  function words(act) {
    return [...act.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim()).join(" ");
  }

  // What tells it from the others beside it; a field by what it sends
  const name = (act) =>
    act.matches("input, select, textarea") ? act.name : act.getAttribute("aria-label") || act.textContent.trim();

  function focus(element) {
    if (!element) return;
    if (!element.matches(ACTS)) element.tabIndex = -1;
    element.focus();
  }
})();
