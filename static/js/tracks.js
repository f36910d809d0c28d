// Music: Space plays the track under the focus, A approves it, R rejects it. One track plays at a time.
(() => {
  "use strict";
  const TYPING = "input:not([type=checkbox]),textarea,select,dialog,button,audio,[contenteditable]";

  document.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-track]");
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
    if (localStorage.getItem("keys") === "0" || document.querySelector("dialog[open]")) return;
    if (event.key === " ") {
      event.preventDefault();
      const sound = row.querySelector("audio");
      // A sound that is stopped before it has begun says so by a refusal: that is no fault
      if (sound.paused) sound.play().catch((refusal) => { if (refusal.name !== "AbortError") throw refusal; });
      else sound.pause();
    } else if (event.key === "a") row.querySelector("[data-approve]")?.click();
    else if (event.key === "r") row.querySelector("[data-reject]")?.click();
  });

  document.addEventListener("play", (event) => {
    document.querySelectorAll("audio").forEach((other) => { if (other !== event.target) other.pause(); });
  }, true);
})();
