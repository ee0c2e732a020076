/* Passkeys. A form with data-passkey="get" or "create" is shown where the browser has them: it asks the server at
   data-begin for a challenge, the browser for an answer, and then sends itself with both. */
(() => {
  const maker = window.PublicKeyCredential;
  if (!maker || !maker.parseRequestOptionsFromJSON || !maker.parseCreationOptionsFromJSON) return;
  const ask = async (form) => {
    const asked = await fetch(form.dataset.begin, {
      method: "POST",
      body: new URLSearchParams({ idempotency: form.elements.idempotency.value }),
    });
    if (!asked.ok) throw asked;
    const { challenge, options } = await asked.json();
    const answer = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: maker.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: maker.parseRequestOptionsFromJSON(options) });
    form.elements.challenge.value = challenge;
    form.elements.response.value = JSON.stringify(answer.toJSON());
    HTMLFormElement.prototype.submit.call(form);
  };
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    const status = form.querySelector("[role=status]");
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      if (form.dataset.busy) return;
      form.dataset.busy = "yes";
      status.textContent = "";
      ask(form).catch(() => {
        delete form.dataset.busy;
        status.textContent = "That didn’t work. Nothing was changed. Try again, or use another way.";
      });
    });
  });
})();
