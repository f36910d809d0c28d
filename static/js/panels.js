// Panels: busy until loaded, an honest word and "Try again" when that fails, and no refresh under the viewer's hand.
(() => {
  "use strict";
  const TEXT = "input:not([type=checkbox],[type=radio],[type=range]),textarea";
  const panelOf = (element) => element && element.closest && element.closest("[data-panel]");

  // What a panel shows after filtering is what it reloads later.
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, verb } = event.detail;
    if (verb === "get" && elt.matches("[data-panel]") && elt.dataset.shows) event.detail.path = elt.dataset.shows;
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    if (!elt.matches("[data-panel]")) return;
    const why = requestConfig.triggeringEvent;
    if (!loaded(elt)) return;
    if (!why && document.hidden) event.preventDefault();
    else if (inUse(elt)) {
      event.preventDefault();
      elt.dataset.stale = "yes";
    }
  });

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, requestConfig, xhr } = event.detail;
    if (requestConfig.verb !== "get" && xhr.status < 300) elt.setAttribute("data-sent", "");
  });

  // A double click acts once: while an action is on its way, the same button starts no other.
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.verb !== "get" && event.detail.elt.classList.contains("htmx-request")) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig, xhr } = event.detail;
    const field = document.activeElement;
    if (!target || !target.matches("[data-panel]")) return;
    target.unfolded = [...target.querySelectorAll("details[id][open]")].map(({ id }) => id);
    if (requestConfig.verb === "get" && xhr.status < 300) target.dataset.shows = requestConfig.path + query(requestConfig);
    // Letters typed while the answer was on its way are put back into the new field.
    if (field && field.id && target.contains(field) && field.matches(TEXT)) {
      target.typed = { id: field.id, value: field.value, sent: requestConfig.parameters[field.name] };
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (!target.matches("[data-panel]")) return;
    for (const id of target.unfolded || []) target.querySelector(`details[id="${id}"]`)?.setAttribute("open", "");
    target.setAttribute("aria-busy", "false");
    delete target.dataset.stale;
    delete target.dataset.failed;
  });

  document.addEventListener("htmx:afterOnLoad", ({ detail: { target, successful } }) => {
    if (!target || !successful) return;
    target.updated = new Date();
    target.mark?.remove();
    delete target.late;
  });

  // Only now does the new field answer to typing: an earlier event would reach nobody.
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.target;
    const typed = target && target.typed;
    if (!typed) return;
    delete target.typed;
    if (typed.sent === undefined || typed.value === typed.sent) return;
    const field = document.getElementById(typed.id);
    if (!field) return;
    if (field.value === typed.sent) field.value = typed.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, fail);

  function fail(event) {
    const { elt, target, xhr } = event.detail;
    const words = sentence(xhr);
    if (elt.matches("[data-optimistic]")) turnBack(elt, words);
    else if (target && target.matches("[data-panel]") && !loaded(target)) {
      explain(target, words || why(xhr));
    } else if (target && elt.matches("[hx-trigger*=every]") && !event.detail.requestConfig.triggeringEvent) {
      late(target, words); // it asks by itself, and will again
    } else toast(words || "That did not work. Try again in a moment.");
  }

  // Said once, at the second time in a row: the first may be a page that is being left. On a panel a mark stays.
  function late(target, words) {
    target.late = (target.late || 0) + 1;
    if (target.late !== 2) return;
    toast(words || "This part of the page could not be updated. It keeps trying.");
    if (target.matches("[data-panel]")) markOld(target);
  }

  function markOld(panel) {
    const since = panel.updated || new Date(performance.timeOrigin);
    panel.mark = document.createElement("p");
    panel.mark.className = "warn-ink";
    panel.mark.textContent = `Not updated since ${since.toISOString().slice(11, 16)} UTC. It keeps trying.`;
    panel.prepend(panel.mark);
  }

  // 409 and 422 carry a form back, which is no error to htmx; to a switch without a form it is one.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = event.detail;
    if (elt.matches("[data-optimistic]") && elt.isConnected && (xhr.status === 409 || xhr.status === 422)) {
      turnBack(elt, sentence(xhr));
    }
  });

  function turnBack(field, words) {
    field.checked = !field.checked;
    toast(`Not saved: ${words || "the server did not answer."} The switch is back where it was.`);
  }

  // The button that was pressed stays, or the one in its place has the focus; what then loads, focus.js leads to.
  function explain(panel, words) {
    const box = document.getElementById("failed").content.firstElementChild.cloneNode(true);
    const again = box.querySelector("button");
    const title = document.getElementById(`h-${panel.id}`)?.lastChild.textContent.trim();
    const held = panel.contains(document.activeElement);
    if (title) box.querySelector(".sr").textContent = `${title}: `;
    box.querySelector("p").textContent = words;
    again.addEventListener("click", () => {
      if (panel.getAttribute("aria-busy") === "true") return;
      again.setAttribute("aria-disabled", "true"); // were it disabled, the focus would be lost
      panel.setAttribute("aria-busy", "true");
      load(panel);
    });
    panel.replaceChildren(box);
    if (held) again.focus();
    panel.setAttribute("aria-busy", "false");
    panel.dataset.failed = "yes";
  }

  // A refresh that was held back happens as soon as the hand is gone.
  for (const name of ["focusout", "change", "reset"]) {
    document.addEventListener(name, (event) => {
      const panel = panelOf(event.target);
      if (panel && panel.dataset.stale) setTimeout(() => refresh(panel), 200);
    });
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.querySelectorAll("[data-panel][hx-trigger*=every]").forEach(refresh);
  });

  function refresh(panel) {
    if (panel.isConnected && !inUse(panel)) load(panel);
  }

  function load(panel) {
    window.htmx.ajax("GET", panel.dataset.shows || panel.getAttribute("hx-get"), { source: panel, target: panel });
  }

  function inUse(panel) {
    if (panel.querySelector(".chk :checked, dialog[open], :popover-open")) return true;
    const forms = [...panel.querySelectorAll("form")];
    return forms.some((form) => (form.method === "post" || form.hasAttribute("hx-post")) && window.isDirty(form));
  }

  function loaded(panel) {
    return panel.getAttribute("aria-busy") === "false" && !panel.dataset.failed;
  }

  function query({ path, parameters }) {
    const pairs = new URLSearchParams(parameters).toString();
    return pairs ? (path.includes("?") ? "&" : "?") + pairs : "";
  }

  // Refusals of the server come to a panel as one plain sentence.
  function sentence(xhr) {
    const type = (xhr && xhr.getResponseHeader && xhr.getResponseHeader("Content-Type")) || "";
    return type.startsWith("text/plain") && xhr.responseText.length < 300 ? xhr.responseText : "";
  }

  function why({ status }) {
    const known = { 401: "You are signed out: load the page anew.", 403: "You may not see this.", 429: "Too many requests: wait a minute." };
    if (status) return known[status] || (status < 500 ? "" : "Something went wrong on our side.");
    return navigator.onLine ? "The server did not answer." : "You are offline.";
  }

  function toast(text) {
    document.dispatchEvent(new CustomEvent("toast", { detail: { text } }));
  }
})();
