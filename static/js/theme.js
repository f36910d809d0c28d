// The theme turns at once; the cookie lets the server write it into the next page, so nothing flashes.
(() => {
  "use strict";
  const ORDER = ["auto", "light", "dark"];

  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("[data-theme-toggle]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const root = document.documentElement;
    const next = ORDER[(ORDER.indexOf(root.dataset.theme) + 1) % ORDER.length];
    const label = `Theme: ${next === "auto" ? "automatic" : next}`;
    root.dataset.theme = next;
    document.cookie = `theme=${next};path=/;max-age=31536000;samesite=lax`;
    button.setAttribute("aria-label", label);
    document.dispatchEvent(new CustomEvent("say", { detail: label }));
  }, true);
})();
