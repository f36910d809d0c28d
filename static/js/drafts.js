// Drafts: what was typed into a form[data-draft] is kept on this browser until it is saved.
// Hidden fields are kept with it, so that a draft of an older version meets the newer one as a conflict.
(() => {
  "use strict";
  const keyOf = (form) => `draft:${form.dataset.draft}`;
  const fields = (form) => [...form.elements].filter((field) => field.name && field.name !== "csrfmiddlewaretoken");
  const valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value);

  document.addEventListener("input", (event) => keep(event.target.closest && event.target.closest("form[data-draft]")));

  function keep(form) {
    if (!form) return;
    if (!window.isDirty(form)) return drop(form);
    localStorage.setItem(keyOf(form), JSON.stringify(Object.fromEntries(fields(form).map((field) => [field.name, valueOf(field)]))));
    note(form, "Not saved yet; kept on this browser.");
  }

  document.addEventListener("htmx:load", (event) => {
    const root = event.detail.elt;
    if (root.querySelectorAll) root.querySelectorAll("form[data-draft]:not([data-refused])").forEach(restore);
  });

  function restore(form) {
    const draft = read(form);
    if (!draft) return;
    for (const field of fields(form)) {
      if (!(field.name in draft)) continue;
      if (field.type === "checkbox") field.checked = draft[field.name];
      else field.value = draft[field.name];
    }
    if (!window.isDirty(form)) return drop(form);
    preview(form);
    note(form, "Your draft is back; it is not saved yet.");
  }

  // Previews follow typing; what is put into the fields here is as good as typed.
  function preview(form) {
    const typed = fields(form).find((field) => field.type === "textarea");
    if (typed) typed.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function read(form) {
    try {
      return JSON.parse(localStorage.getItem(keyOf(form)));
    } catch {
      return null;
    }
  }

  function drop(form) {
    localStorage.removeItem(keyOf(form));
    note(form, "");
  }

  // Saved. (After a plain post the next page shows what the draft says, and drops it.)
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = event.detail;
    if (elt.matches("form[data-draft]") && xhr.status >= 200 && xhr.status < 300) drop(elt);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-discard]");
    if (!button) return;
    const form = button.closest("form");
    drop(form);
    form.reset();
    preview(form);
  });

  function note(form, words) {
    const place = form.querySelector("[data-draft-note]");
    if (!place) return;
    place.hidden = !words;
    place.querySelector("span").textContent = words;
  }
})();
