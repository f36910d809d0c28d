// Uploads: chosen files show before they are sent, then go one after the other, each with its progress and its answer.
// The form works without this as a plain POST. <form data-uploads data-image data-music data-video> names the limits.
(() => {
  "use strict";
  const KINDS = { image: "image", audio: "music", video: "video" };
  const LEFT = new Set(["queued", "failed"]);
  const TRIES = 60; // of a file that finds no turn, some seconds apart
  const kindOf = (file) => KINDS[file.type.split("/")[0]];
  const listOf = (form) => form.querySelector(".uploads");

  document.addEventListener("change", (event) => {
    const input = event.target;
    const form = input.closest && input.closest("[data-uploads]");
    if (!form || input.type !== "file") return;
    for (const file of input.files) listOf(form).append(row(form, file));
    input.value = "";
    tell(form);
  });

  // In the capture phase: the form is not a plain one any more, which forms.js would send once only.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-uploads]")) return;
    event.preventDefault();
    event.stopPropagation();
    send(form);
  }, true);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-drop-file]");
    if (!button) return;
    const form = button.closest("form");
    button.closest("li").remove();
    tell(form);
  });

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("[data-uploads][aria-busy=true]")) event.preventDefault();
  });

  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const drop = event.target.closest && event.target.closest(".drop");
      if (drop) drop.classList.toggle("over", name === "dragenter" || name === "dragover");
    });
  }

  function row(form, file) {
    const item = form.querySelector("template").content.firstElementChild.cloneNode(true);
    item.file = file;
    item.querySelector("strong").textContent = file.name;
    item.querySelector(".size").textContent = bytes(file.size);
    item.querySelector("button").setAttribute("aria-label", `Leave out ${file.name}`);
    preview(item, file);
    const limit = Number(form.dataset[kindOf(file)]);
    if (!file.size) say(item, "refused", "The file is empty.");
    else if (limit && file.size > limit) say(item, "refused", `Larger than ${bytes(limit)}, which is the most that is taken.`);
    else say(item, "queued", "");
    return item;
  }

  function preview(item, file) {
    const kind = kindOf(file);
    if (!kind || file.type === "image/svg+xml") return;
    const shown = document.createElement({ image: "img", music: "audio", video: "video" }[kind]);
    shown.src = URL.createObjectURL(file);
    if (kind === "image") shown.alt = "";
    else shown.preload = "metadata";
    if (kind === "music") shown.controls = true;
    if (kind === "video") shown.muted = true;
    const place = item.querySelector(kind === "music" ? ".upload-t" : ".thumb");
    const icon = kind === "music" ? [] : [...place.childNodes];
    icon.forEach((node) => node.remove());
    shown.addEventListener("error", () => shown.replaceWith(...icon));
    place.append(shown);
  }

  async function send(form) {
    const waiting = [...listOf(form).children].filter((item) => LEFT.has(item.dataset.state));
    if (!waiting.length) return toast("Choose a file first.");
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    let added = 0;
    for (const item of waiting) if (await sendInTurn(form, item)) added += 1;
    form.setAttribute("aria-busy", "false");
    tell(form);
    if (added) document.body.dispatchEvent(new CustomEvent(form.dataset.changed || "catalog-changed"));
    toast(added === waiting.length ? `${added} ${added === 1 ? "file" : "files"} added.` : `${added} of ${waiting.length} added.`);
  }

  // The answer tells when to come again where too many files are looked at just now.
  async function sendInTurn(form, item) {
    for (let tries = 1; ; tries += 1) {
      const request = await sendOne(form, item);
      const seconds = Number(request.getResponseHeader("Retry-After"));
      if (request.status !== 503 || !seconds || tries === TRIES) return answered(item, request);
      say(item, "sending", "Waiting for its turn…");
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    }
  }

  function sendOne(form, item) {
    return new Promise((resolve) => {
      const body = new FormData(form);
      body.delete("files");
      body.append("files", item.file);
      const request = new XMLHttpRequest();
      const bar = item.querySelector("progress");
      request.open("POST", form.action);
      request.setRequestHeader("HX-Request", "true");
      request.upload.addEventListener("progress", (event) => {
        bar.value = event.total ? event.loaded / event.total : 0;
        if (bar.value === 1) say(item, "sending", "Looking at it…");
      });
      request.addEventListener("loadend", () => resolve(request));
      bar.hidden = false;
      say(item, "sending", "On its way…");
      request.send(body);
    });
  }

  function answered(item, request) {
    item.querySelector("progress").hidden = true;
    if (request.getResponseHeader("HX-Redirect")) window.location.assign(request.getResponseHeader("HX-Redirect"));
    if (request.status === 200 || request.status === 422) {
      item.dataset.state = request.status === 200 ? "added" : "refused";
      const answer = new DOMParser().parseFromString(request.responseText, "text/html");
      item.querySelector(".says").replaceChildren(...answer.body.childNodes);
    } else {
      say(item, "failed", request.status === 413 ? "The file is too large." : "That did not work. Send it again.");
    }
    return request.status === 200;
  }

  function say(item, state, words) {
    item.dataset.state = state;
    item.querySelector(".says").textContent = words;
  }

  function tell(form) {
    const items = [...listOf(form).children];
    const count = (test) => items.filter((item) => test(item.dataset.state)).length;
    const waiting = count((state) => LEFT.has(state));
    const added = count((state) => state === "added");
    const words = waiting ? `${waiting} ${waiting === 1 ? "file" : "files"} to upload` : `${added} of ${items.length} added`;
    form.querySelector("[data-chosen]").textContent = items.length ? words : "No file selected";
  }

  function bytes(size) {
    if (!size) return "0 kB";
    return size < 1e6 ? `${Math.max(size / 1e3, .1).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
  }

  function toast(text) {
    document.dispatchEvent(new CustomEvent("toast", { detail: { text } }));
  }
})();
