// Passwords: a button that shows what is typed, and how many characters a new one still needs.
(() => {
  "use strict";

  document.addEventListener("DOMContentLoaded", () => boot(document));
  document.addEventListener("htmx:load", (event) => boot(event.detail.elt));
  function boot(root) {
    if (root.querySelectorAll) root.querySelectorAll("input[type=password]:not(.secret *)").forEach(wrap);
  }

  function wrap(field) {
    const box = document.createElement("span");
    const button = document.createElement("button");
    box.className = "secret";
    button.type = "button";
    button.textContent = "Show";
    button.setAttribute("aria-label", "Show the password");
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-controls", field.id);
    field.replaceWith(box);
    box.append(field, button);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".secret > button");
    if (!button) return;
    const field = button.previousElementSibling;
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
  });

  document.addEventListener("input", (event) => {
    const least = Number(event.target.dataset && event.target.dataset.minLength);
    const hint = least && document.getElementById(`d-${event.target.id}`);
    if (!hint) return;
    hint.dataset.rule = hint.dataset.rule || hint.textContent;
    const missing = least - [...event.target.value].length;
    if (!event.target.value) hint.textContent = hint.dataset.rule;
    else if (missing > 0) hint.textContent = `${missing} more ${missing === 1 ? "character" : "characters"}.`;
    else hint.textContent = "Long enough.";
  });
})();
