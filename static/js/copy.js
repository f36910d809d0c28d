// Buttons with data-copy put that text on the clipboard, and say so.
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: "Copied" } }));
    } catch {
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: "The browser does not let us copy: select the text instead" } }));
    }
  });
})();
