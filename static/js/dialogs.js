// Buttons with data-dialog open the dialog of that id; one with data-close closes the dialog around it.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const closer = event.target.closest("[data-close]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && !dialog.open) dialog.showModal();
    }
    if (closer) closer.closest("dialog").close();
  });

  // A dialog whose form was accepted has done its work.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, requestConfig, xhr } = event.detail;
    const dialog = elt.closest && elt.closest("dialog[open]");
    if (dialog && requestConfig.verb !== "get" && xhr.status >= 200 && xhr.status < 300) dialog.close();
  });
})();
