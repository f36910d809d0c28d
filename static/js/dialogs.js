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

  // A form whose act waited for a password comes back as it was filled in, now or when its panel has come. Where there
  // was nothing to fill in, the act goes on: the button is pressed again, the file is fetched.
  document.addEventListener("htmx:load", () => {
    const waiting = document.getElementById("waiting");
    if (!waiting) return;
    const { act, goes, file } = waiting.dataset;
    if (file !== undefined) {
      waiting.remove();
      location.assign(act);
      return;
    }
    const form = document.querySelector(["action", "hx-post"].map((name) => `[${name}="${CSS.escape(act)}"]`).join());
    if (!form) return;
    waiting.remove();
    if (form.matches("form")) fill(form, [...waiting.children]);
    const button = form.matches("form") ? form.querySelector("[type=submit], button:not([type])") : form;
    const dialog = form.closest("dialog");
    if (dialog) open(dialog);
    else button?.focus();
    if (goes !== undefined) button?.click();
  });

  // What was not sent was not ticked or chosen.
  function fill(form, typed) {
    for (const field of form.elements) {
      const values = typed.filter(({ name }) => name === field.name).map(({ value }) => value);
      if (!field.name || field.disabled || field.type === "file") continue;
      if (["checkbox", "radio"].includes(field.type)) field.checked = values.includes(field.value);
      else if (field.multiple && field.options) for (const one of field.options) one.selected = values.includes(one.value);
      else if (values.length) field.value = values[0];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // The dates of a period are shut like a dialog, though nothing waits for them.
  document.addEventListener("keydown", (event) => {
    const box = event.key === "Escape" && event.target.closest(".period details[open]");
    if (!box) return;
    box.open = false;
    box.querySelector("summary").focus();
  });

  // A dialog whose form was accepted has done its work.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, requestConfig, xhr } = event.detail;
    const dialog = elt.closest && elt.closest("dialog[open]");
    if (dialog && requestConfig.verb !== "get" && xhr.status >= 200 && xhr.status < 300) dialog.close();
  });
})();
