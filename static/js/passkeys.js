// Passkeys: a form with data-passkey lets the browser make one ("create") or use one ("get"), then goes on its way.
(() => {
  "use strict";
  const REFUSED = "The browser did not use a passkey. Try again, or take another way.";
  const THERE = "This device has a passkey for this account already.";

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.passkey || form.dataset.proved) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const said = form.querySelector("[data-passkey-error]");
    said.hidden = true;
    try {
      form.querySelector("[name=credential]").value = JSON.stringify(await ceremony(form));
    } catch (error) {
      said.textContent = error.name === "InvalidStateError" ? THERE : REFUSED;
      said.hidden = false;
      return;
    }
    form.dataset.proved = "yes";
    form.requestSubmit();
  }, true);

  async function ceremony(form) {
    const options = await offered(form);
    if (form.dataset.passkey === "get") return window.webauthnJSON.get(options.request_options);
    const wanted = options.creation_options;
    Object.assign(wanted.publicKey.authenticatorSelection, {
      residentKey: "required", requireResidentKey: true, userVerification: "required",
    });
    return window.webauthnJSON.create(wanted);
  }

  // What the server asks the device: in the page, or, where nobody is known yet, fetched when it is needed.
  async function offered(form) {
    if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) throw new Error("no options");
    return answer.json();
  }
})();
