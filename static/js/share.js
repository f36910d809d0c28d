/* Sharing a cut: the system's own share sheet where there is one, and a count of what was handed on. */
addEventListener("DOMContentLoaded", () => offer(document));
document.addEventListener("htmx:load", (event) => offer(event.detail.elt));

function offer(root) {
  if (!navigator.share) return;
  for (const button of root.querySelectorAll("[data-share]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const field = event.target.closest("[data-select]");
  if (field) field.select();
  const links = event.target.closest("[data-count-share]");
  const pressed = event.target.closest("[data-share], [data-copy], a");
  if (!links || !pressed) return;
  if (pressed.dataset.share) {
    navigator.share({ title: pressed.dataset.shareTitle, url: pressed.dataset.share }).catch(() => {}); // they thought better of it
  }
  const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers")) };
  fetch(links.dataset.countShare, { method: "POST", headers, keepalive: true });
});
