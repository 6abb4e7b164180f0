const SHOWN_MS = 2000;

/** Buttons with `data-copy="id"` copy the value of that field and say so. */
export function copyOnPress(root: Document): void {
  root.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[data-copy]");
    const source = button && root.getElementById(button.dataset["copy"] ?? "");
    if (!button || !source) return;
    const text = source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement ? source.value : source.innerText;
    await navigator.clipboard.writeText(text);
    const label = button.textContent;
    button.textContent = button.dataset["done"] ?? "✓";
    setTimeout(() => (button.textContent = label), SHOWN_MS);
  });
}
