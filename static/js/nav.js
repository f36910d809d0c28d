// On a small screen the sidebar slides in over the page, which is inert meanwhile.
(() => {
  "use strict";
  const isOpen = () => document.body.classList.contains("nav-open");

  function turn(open) {
    const button = document.querySelector("[data-nav]");
    document.body.classList.toggle("nav-open", open);
    document.querySelector(".shell > .body").inert = open;
    button.setAttribute("aria-expanded", String(open));
    const first = document.querySelector(".side a[aria-current]") || document.querySelector(".side a");
    (open && first ? first : button).focus();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-nav]")) turn(true);
    else if (isOpen() && !event.target.closest(".side")) turn(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) turn(false);
  });
})();
