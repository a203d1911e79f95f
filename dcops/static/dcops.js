// "/" goes to the search box, as in every tool technicians use.
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
  const search = document.getElementById("search");
  if (event.key === "/" && !typing && search) {
    event.preventDefault();
    search.focus();
  }
});

// A form marked data-confirm asks once before it is sent.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// A select marked data-submit sends its form when it changes.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A box marked data-all ticks every box of that name.
document.addEventListener("change", (event) => {
  const name = event.target.dataset.all;
  if (!name) return;
  for (const box of event.target.form.querySelectorAll(`input[name="${name}"]`)) box.checked = event.target.checked;
});

// An element marked data-load gets its content from that address: once the <details> around it opens, or at once;
// data-after waits so many milliseconds first, data-into names the element to fill instead of itself.
async function load(element) {
  const target = element.dataset.into ? element.closest(element.dataset.into) : element;
  const address = element.dataset.load;
  element.removeAttribute("data-load");
  target.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address);
    if (answer.redirected) return window.location.reload(); // to the login page
    if (!answer.ok) throw new Error(answer.statusText);
    target.innerHTML = await answer.text();
    target.dispatchEvent(new Event("dcops:loaded", { bubbles: true }));
    loadAll(target);
  } catch {
    const told = element.querySelector("[data-state]") || element;
    told.textContent = "Le calcul n’a pas abouti : rechargez la page.";
  } finally {
    target.removeAttribute("aria-busy");
  }
}

function loadAll(root) {
  for (const element of root.querySelectorAll("[data-load]")) {
    const closed = element.closest("details:not([open])");
    if (closed) closed.addEventListener("toggle", () => load(element), { once: true });
    else window.setTimeout(load, Number(element.dataset.after || 0), element);
  }
}
document.addEventListener("DOMContentLoaded", () => loadAll(document));

// A form marked data-once is sent once: its button says what it waits for.
document.addEventListener("submit", (event) => {
  const wait = event.target.dataset.once;
  const button = event.submitter;
  if (!wait || !button || button.name) return; // a named button goes elsewhere
  window.setTimeout(() => {
    button.disabled = true;
    button.textContent = wait;
  });
});
