const PAUSE_MS = 250;

/** Look for delegates while the name of a presenter is typed; the button does the same without this. */
export function findPresenters(page: Document): void {
  const group = page.querySelector<HTMLElement>("[data-presenters]");
  const input = group?.querySelector<HTMLInputElement>("input[name=presenter_name]");
  const people = group?.querySelector<HTMLElement>("[data-people]");
  if (!group || !input || !people) return;
  let timer = 0;
  let asked = new AbortController();
  input.addEventListener("input", () => {
    clearTimeout(timer);
    asked.abort();
    asked = new AbortController();
    timer = window.setTimeout(() => void ask(asked.signal), PAUSE_MS);
  });
  people.addEventListener("change", (event) => {
    const name = (event.target as Element).closest("label")?.querySelector("b")?.textContent;
    if (name) input.value = name;
  });

  async function ask(signal: AbortSignal): Promise<void> {
    const address = `${group?.dataset["presenters"]}?q=${encodeURIComponent(input?.value ?? "")}`;
    try {
      const answer = await fetch(address, { signal });
      if (answer.ok && !answer.redirected && people) people.innerHTML = await answer.text();
    } catch {
      // The button still asks; an aborted search is followed by the next one.
    }
  }
}
