// Single keys, which can be switched off (WCAG 2.1.4), and Ctrl or Command with K.
(() => {
  "use strict";
  const GO = { o: "/admin/", b: "/admin/billing/", u: "/admin/users/", j: "/admin/jobs/" };
  const TYPING = "input:not([type=checkbox]),textarea,select,dialog,[contenteditable]";
  let pressedG = 0;

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if (!document.getElementById("palette")) return;
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("palette"));
      return;
    }
    const busy = event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING);
    if (busy || localStorage.getItem("keys") === "0" || document.querySelector("dialog[open]")) return;
    if (Date.now() - pressedG < 1200 && GO[event.key]) jump(GO[event.key]);
    else if (event.key === "g") { pressedG = Date.now(); return; }
    else if (event.key === "/") focusFilter(event);
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    else if (event.key === "x") document.activeElement.closest("tr")?.querySelector(".chk input")?.click();
    else if (event.key === "ArrowLeft") follow("[data-period-back]", event);
    else if (event.key === "ArrowRight") follow("[data-period-on]", event);
    pressedG = 0;
  });

  // Only to sections that the sidebar offers this viewer.
  function jump(address) {
    const link = document.querySelector(`.side a[href="${address}"]`);
    if (link) link.click();
  }

  function focusFilter(event) {
    const field = document.querySelector("[data-slash]");
    if (!field) return;
    event.preventDefault();
    field.focus();
  }

  function step(by) {
    const rows = [...document.querySelectorAll("tbody tr th[scope=row] a")].filter((link) => link.offsetParent);
    const now = rows.findIndex((link) => link.closest("tr").contains(document.activeElement));
    (rows[now + by] || rows[now < 0 ? 0 : now])?.focus();
  }

  function follow(selector, event) {
    if (event.target.closest("[tabindex]:not(main),a,button,input,.scroll")) return;
    document.querySelector(selector)?.click();
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-on]")) localStorage.setItem("keys", event.target.checked ? "1" : "0");
  });
  const box = document.querySelector("[data-keys-on]");
  if (box) box.checked = localStorage.getItem("keys") !== "0";
})();
