/** Ask the question in `data-confirm` before such a form is sent. */
export function askBeforeSubmit(root: Document): void {
  root.addEventListener("submit", (event) => {
    const question = (event.target as HTMLFormElement).dataset["confirm"];
    if (question && !window.confirm(question)) event.preventDefault();
  });
}

/** Let a form be sent once: a second press waits for the answer to the first. */
export function submitOnce(root: Document): void {
  root.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset["sent"]) event.preventDefault();
    form.dataset["sent"] = "yes";
  });
  // A page that comes back from the history may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of root.forms) delete form.dataset["sent"];
  });
}
