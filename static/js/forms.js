// Forms: range and number in step, focus on what is wrong, a question before unsaved work is left.
(() => {
  "use strict";
  const fill = (range) => range.style.setProperty("--p", `${((range.value - range.min) / (range.max - range.min)) * 100}%`);

  document.addEventListener("input", (event) => {
    const field = event.target;
    const twin = field.dataset && field.dataset.pair && document.getElementById(field.dataset.pair);
    if (twin) twin.value = field.value;
    for (const one of [field, twin]) if (one && one.type === "range") fill(one);
    const typed = field.closest && field.closest("[data-type-to-confirm]");
    if (typed) confirmable(typed);
  });

  document.addEventListener("htmx:load", (event) => boot(event.detail.elt));
  function boot(root) {
    if (!root.querySelectorAll) return;
    root.querySelectorAll("input[type=range]").forEach(fill);
    root.querySelectorAll("[data-type-to-confirm]").forEach(confirmable);
    const wrong = root.matches("[data-focus]") ? root : root.querySelector("[data-focus]");
    if (wrong) wrong.focus();
  }

  // The server compares as well; the button only tells when it would agree.
  function confirmable(form) {
    const field = form.querySelector("[name=typed]");
    const button = form.querySelector("[type=submit]");
    const typed = field && ("anyCase" in form.dataset ? field.value.toLowerCase() : field.value).trim();
    if (field && button) button.disabled = typed !== form.dataset.typeToConfirm;
  }

  // Plain posts are sent once, however often the button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sending) event.preventDefault();
    form.dataset.sending = "yes";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sending]").forEach((form) => { delete form.dataset.sending; });
  });

  window.addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("form[data-keep]")].some(window.isDirty)) event.preventDefault();
  });
})();
