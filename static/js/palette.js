// Search or jump: sections come from the sidebar at once, people and records from the server.
(() => {
  "use strict";
  const palette = () => document.getElementById("palette");
  const field = () => document.getElementById("palette-q");
  const options = () => [...document.querySelectorAll("#palette-list [role=option]")].filter((one) => !one.hidden);

  document.addEventListener("palette", open);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]") || !palette()) return;
    event.preventDefault();
    open();
  });

  function open() {
    if (!palette() || palette().open) return;
    const sections = document.getElementById("palette-sections");
    if (!sections.children.length) {
      document.querySelectorAll(".side li a").forEach((link, i) => {
        const copy = link.cloneNode(true);
        copy.setAttribute("role", "option");
        copy.id = `section-${i}`;
        copy.removeAttribute("aria-current");
        sections.append(copy);
      });
    }
    palette().showModal();
    field().select();
    filter();
  }

  document.addEventListener("input", (event) => {
    if (event.target.id === "palette-q") filter();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "palette-hits") pick(0);
  });

  function filter() {
    const words = field().value.toLowerCase().trim();
    document.querySelectorAll("#palette-sections a").forEach((link) => {
      link.hidden = Boolean(words) && !link.textContent.toLowerCase().includes(words);
    });
    pick(0);
  }

  function pick(wanted) {
    const found = options();
    found.forEach((one, i) => one.setAttribute("aria-selected", String(i === wanted)));
    document.querySelector(".palette-none").hidden = found.length > 0;
    if (found[wanted]) {
      found[wanted].scrollIntoView({ block: "nearest" });
      field().setAttribute("aria-activedescendant", found[wanted].id);
    } else field().removeAttribute("aria-activedescendant");
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "palette-q") return;
    const found = options();
    const now = found.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") pick(Math.min(found.length - 1, now + 1));
    else if (event.key === "ArrowUp") pick(Math.max(0, now - 1));
    else if (event.key === "Enter") { if (found[now]) found[now].click(); }
    else return;
    event.preventDefault();
  });
})();
