// Relative times grow older while the page is open; their title keeps the absolute time that the server wrote.
// A countdown (`data-countdown`) names the event that its end is to panels.
(() => {
  "use strict";
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  // [below this many seconds, seconds in the unit, unit]; the same steps as ui/format.py, which writes a date beyond them
  const STEPS = [[45, Infinity, "second"], [3570, 60, "minute"], [84600, 3600, "hour"], [2.2e6, 86400, "day"]];

  // A day by its number, in the zone of the titles: tomorrow begins at midnight, not in 24 hours.
  let calendar;
  function dayOf(moment) {
    calendar ??= new Intl.DateTimeFormat("sv", { timeZone: document.querySelector("[data-zone]")?.dataset.zone });
    return Date.parse(calendar.format(moment)) / 86400000;
  }

  function relative(time) {
    const moment = new Date(time.dateTime);
    const seconds = (moment - Date.now()) / 1000;
    const step = STEPS.find(([limit]) => Math.abs(seconds) < limit);
    if (!step) return;
    let [, length, unit] = step;
    let number = length === Infinity ? 0 : Math.round(seconds / length) || Math.sign(seconds);
    if (unit === "day") {
      const days = dayOf(moment) - dayOf(Date.now());
      [number, unit] = days ? [days, unit] : [Math.round(seconds / 3600), "hour"]; // none: both ends of one day
    }
    time.textContent = words.format(number, unit);
  }

  // By the seconds that the server counted: the clock of this machine may be wrong.
  function countdown(time) {
    time.ends ??= performance.now() + 1000 * time.dataset.left;
    const seconds = Math.ceil((time.ends - performance.now()) / 1000);
    if (seconds > 0) time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    else {
      document.body.dispatchEvent(new CustomEvent(time.dataset.countdown));
      time.removeAttribute("data-countdown");
    }
  }

  setInterval(() => document.querySelectorAll("time[data-countdown]").forEach(countdown), 1000);
  document.addEventListener("htmx:load", () => document.querySelectorAll("time[data-countdown]").forEach(countdown));
  setInterval(() => document.querySelectorAll("time[data-relative]").forEach(relative), 60000);
})();
