// Buttons with data-dialog open the dialog of that id; one with data-close closes the dialog around it.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const closer = event.target.closest("[data-close]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && !dialog.open) open(dialog);
    }
    if (closer) closer.closest("dialog").close();
  });

  // One that asks for something begins with its first field, not with the button that closes it.
  function open(dialog) {
    dialog.showModal();
    dialog.querySelector("form :is(input:not([type=hidden]), select, textarea)")?.focus();
  }

  // One whose act waited for a password opens again, as it was filled in: now, or when its panel has come.
  document.addEventListener("htmx:load", () => {
    const waiting = document.getElementById("waiting");
    const form = waiting && document.querySelector(`dialog form[action="${CSS.escape(waiting.dataset.act)}"]`);
    if (!form) return;
    for (const { name, value } of waiting.children) fill(form.elements[name], value);
    waiting.remove();
    open(form.closest("dialog"));
  });

  function fill(field, value) {
    if (!field || field.type === "file") return;
    if (field.type === "checkbox") field.checked = field.value === value;
    else field.value = value;
  }

  // A dialog whose form was accepted has done its work.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, requestConfig, xhr } = event.detail;
    const dialog = elt.closest && elt.closest("dialog[open]");
    if (dialog && requestConfig.verb !== "get" && xhr.status >= 200 && xhr.status < 300) dialog.close();
  });
})();
