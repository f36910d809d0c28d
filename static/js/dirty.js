// Whether a form holds something that was typed and not sent. Used by panels.js and forms.js.
(() => {
  "use strict";

  function changed(field) {
    if (field.type === "hidden" || field.type === "submit" || field.defaultValue === undefined && !field.options) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (!field.options) return field.value !== field.defaultValue;
    if (field.multiple) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    const preset = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(preset, 0);
  }

  window.isDirty = (form) => !form.dataset.sending && !form.hasAttribute("data-sent") && [...form.elements].some(changed);
})();
