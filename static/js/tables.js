// Tables: a selection with its bar of actions, the choice of columns, and the chosen chip in sight.
(() => {
  "use strict";
  const panelOf = (element) => element.closest(".panel") || document.body;

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-all]")) {
      panelOf(box).querySelectorAll("tbody .chk input").forEach((row) => { row.checked = box.checked; });
      count(panelOf(box));
    } else if (box.matches("tbody .chk input")) count(panelOf(box));
    else if (box.matches("[data-col]")) {
      column(panelOf(box), box.dataset.col, box.checked);
      remember(panelOf(box));
    }
  });

  document.addEventListener("click", (event) => {
    const clear = event.target.closest("[data-clear]");
    if (!clear) return;
    const panel = panelOf(clear);
    panel.querySelectorAll("tbody .chk input").forEach((box) => { box.checked = false; });
    count(panel);
  });

  function count(panel) {
    const boxes = [...panel.querySelectorAll("tbody .chk input")];
    const chosen = boxes.filter((box) => box.checked).length;
    const bar = panel.querySelector(".bulk");
    if (bar) {
      bar.hidden = !chosen;
      bar.querySelectorAll("[data-count]").forEach((place) => { place.textContent = chosen; });
    }
    panel.querySelectorAll("[data-all]").forEach((all) => {
      all.indeterminate = chosen > 0 && chosen < boxes.length;
      all.checked = chosen > 0 && chosen === boxes.length;
    });
  }

  function column(panel, key, shown) {
    panel.querySelectorAll(`.col-${CSS.escape(key)}`).forEach((cell) => { cell.hidden = !shown; });
    const csv = panel.querySelector("[data-csv]");
    if (!csv) return;
    const address = new URL(csv.href);
    const hidden = [...panel.querySelectorAll("[data-col]:not(:checked)")].map((box) => box.dataset.col);
    if (hidden.length) address.searchParams.set("hide", hidden.join(","));
    else address.searchParams.delete("hide");
    csv.href = address.pathname + address.search;
  }

  // The choice of columns is kept on this browser, per table.
  function remember(panel) {
    const chooser = panel.querySelector("[data-columns]");
    if (!chooser) return;
    const hidden = [...chooser.querySelectorAll("[data-col]:not(:checked)")].map((box) => box.dataset.col);
    localStorage.setItem(`columns:${chooser.dataset.columns}`, hidden.join(","));
  }

  document.addEventListener("htmx:load", (event) => {
    const root = event.detail.elt;
    if (!root.querySelectorAll) return;
    apply(root);
    root.querySelectorAll(".chips [aria-current]").forEach(reveal);
  });

  // Where the chips are one line that scrolls, the chosen one comes into its middle.
  function reveal(chip) {
    const line = chip.parentElement;
    const [inner, outer] = [chip.getBoundingClientRect(), line.getBoundingClientRect()];
    line.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }

  function apply(root) {
    root.querySelectorAll("[data-columns]").forEach((chooser) => {
      const hidden = (localStorage.getItem(`columns:${chooser.dataset.columns}`) || "").split(",").filter(Boolean);
      chooser.querySelectorAll("[data-col]").forEach((box) => {
        if (box.disabled || !hidden.includes(box.dataset.col)) return;
        box.checked = false;
        column(panelOf(box), box.dataset.col, false);
      });
    });
  }
})();
