// Short messages, with Undo where the server offers it. Other files call them by events on the document:
// "toast" with {text, undo, link: [words, address]}, "say" with a sentence for screen readers only.
(() => {
  "use strict";
  const LIFE = 6000;

  document.addEventListener("say", (event) => say(event.detail));
  document.addEventListener("toast", (event) => show(event.detail));
  // What was to be done once more is done
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && detail.requestConfig.verb !== "get") document.querySelectorAll("[data-until-done]").forEach((notice) => notice.remove());
  });

  function say(text) {
    const live = document.getElementById("live");
    live.textContent = "";
    requestAnimationFrame(() => { live.textContent = text; });
  }

  function show({ text, undo, link }) {
    const box = document.getElementById("toasts");
    // What was said before makes room, unless it offers Undo
    box.querySelectorAll(".toast:not([data-undo])").forEach((old) => old.remove());
    const toast = document.createElement("div");
    const words = document.createElement("span");
    toast.className = "toast";
    words.textContent = text;
    toast.append(words);
    if (link) toast.append(anchor(...link));
    if (undo) {
      box.querySelectorAll("[data-undo]").forEach((old) => old.remove());
      toast.dataset.undo = undo;
      toast.append(button("Undo", "", () => window.htmx.ajax("POST", undo, { swap: "none" })));
    }
    toast.append(button("Dismiss", "dismiss"));
    box.append(toast);
    // Shown again, so that it lies above a dialog that opened meanwhile.
    if (box.matches(":popover-open")) box.hidePopover();
    box.showPopover();
    say(text);
    // A toast with an action waits until it is dismissed or replaced (WCAG 2.2.1).
    if (!undo && !link) leaveLater(toast);
  }

  function anchor(label, address) {
    const made = document.createElement("a");
    made.textContent = label;
    made.href = address;
    return made;
  }

  function button(label, name, action) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.className = name;
    made.addEventListener("click", () => {
      if (action) action();
      made.closest(".toast").remove();
    });
    return made;
  }

  function leaveLater(toast) {
    let timer = setTimeout(() => toast.remove(), LIFE);
    const wait = () => clearTimeout(timer);
    const leave = () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), LIFE / 2);
    };
    for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, wait);
    for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, leave);
  }
})();
