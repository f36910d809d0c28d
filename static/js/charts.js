// Charts answer pointer and arrow keys with the numbers of the table that the server wrote below them.
(() => {
  "use strict";
  const parts = new WeakMap();

  function read(figure) {
    if (!parts.has(figure)) {
      parts.set(figure, {
        box: figure.querySelector(".area-box"),
        tip: figure.querySelector(".tip"),
        cursor: figure.querySelector(".cursor"),
        rows: [...figure.querySelectorAll("tbody tr")],
        names: [...figure.querySelectorAll("thead th")].slice(1).map((head) => head.textContent),
        at: -1,
      });
    }
    return parts.get(figure);
  }

  function show(figure, wanted) {
    const chart = read(figure);
    const last = chart.rows.length - 1;
    if (last < 0) return "";
    chart.at = Math.max(0, Math.min(last, wanted));
    const share = last ? chart.at / last : 0;
    const row = chart.rows[chart.at];
    const label = row.querySelector("th").textContent;
    const values = [...row.querySelectorAll("td")].map((cell) => cell.textContent);
    chart.cursor.removeAttribute("hidden");
    chart.cursor.setAttribute("d", `M${share * 1000} 0V300`);
    chart.tip.hidden = false;
    chart.tip.replaceChildren(make("b", label), ...chart.names.map((name, i) => line(name, values[i])));
    const width = chart.box.clientWidth;
    const tipWidth = chart.tip.offsetWidth;
    const left = share * width + (share > 0.6 ? -tipWidth - 12 : 12);
    chart.tip.style.transform = `translate(${Math.max(0, Math.min(width - tipWidth, left))}px, 4px)`;
    return `${label}: ${chart.names.map((name, i) => `${name} ${values[i]}`).join(", ")}`;
  }

  function hide(figure) {
    const chart = read(figure);
    chart.tip.hidden = true;
    chart.cursor.setAttribute("hidden", "");
  }

  function make(tag, text) {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  }

  function line(name, value) {
    const row = document.createElement("span");
    row.append(make("i", name), make("strong", value));
    return row;
  }

  const figureOf = (event) => event.target.closest && event.target.closest("[data-chart]");

  document.addEventListener("pointermove", (event) => {
    const figure = figureOf(event);
    if (!figure || !event.target.closest(".area-box")) return;
    const { box, rows } = read(figure);
    const edge = box.getBoundingClientRect();
    show(figure, Math.round(((event.clientX - edge.left) / edge.width) * (rows.length - 1)));
  });
  document.addEventListener("pointerout", (event) => {
    const box = event.target.closest && event.target.closest(".area-box");
    if (box && !box.contains(event.relatedTarget)) hide(box.closest("[data-chart]"));
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches(".plot")) hide(figureOf(event));
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches || !event.target.matches(".plot")) return;
    const figure = figureOf(event);
    const { at, rows } = read(figure);
    const now = at < 0 ? rows.length : at;
    const wanted = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === "Escape") hide(figure);
    if (wanted === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    document.dispatchEvent(new CustomEvent("say", { detail: show(figure, wanted) }));
  });
})();
