/* A chip fills in its test card; a form that pays is sent once. Without script both still work on the server. */
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-card]");
  if (!chip) return;
  event.preventDefault();
  const card = document.querySelector("input[name=method][value=card]");
  card.checked = true;
  document.querySelector("input[name=number]").value = chip.dataset.card;
  document.querySelectorAll("[data-card]").forEach((other) => other.classList.toggle("chip--on", other === chip));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  form.classList.add("is-busy");
});

// Coming back with the browser's button shows the page as it was: let it be sent again, the server pays once.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-once]").forEach((form) => {
    delete form.dataset.sent;
    form.classList.remove("is-busy");
  });
});
