// A call to action counts when at least half of it has come into view: once per place and page.
(() => {
  "use strict";
  const told = new Set();
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        if (!told.has(target.dataset.seen)) navigator.sendBeacon(target.dataset.seen);
        told.add(target.dataset.seen);
      }
    },
    { threshold: 0.5 },
  );
  const look = (root) => root.querySelectorAll("[data-seen]").forEach((cta) => watch.observe(cta));
  addEventListener("DOMContentLoaded", () => look(document));
  document.addEventListener("htmx:load", (event) => look(event.detail.elt));
})();
