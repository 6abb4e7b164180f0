import { within, write } from "../live/page_parts.ts";

/** A dialog that fills a phone. Whatever closes it, what was typed stays in its form. */
export class Sheet {
  readonly #dialog: HTMLDialogElement;

  constructor(dialog: HTMLDialogElement, closed: () => void = () => undefined) {
    this.#dialog = dialog;
    within(dialog, ".sheet-close").addEventListener("click", () => this.close());
    dialog.addEventListener("close", closed);
    for (const chips of dialog.querySelectorAll<HTMLElement>("[data-chips]")) offerChips(chips);
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  open(): void {
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
  }

  close(): void {
    if (this.#dialog.open) this.#dialog.close();
  }
}

/** What is wrong with one field; an empty text where nothing is. */
export interface Wrong {
  input: HTMLInputElement;
  text: string;
}

/** Put what is wrong beside each field and go to the first of them; whether there was anything. */
export function complain(fields: readonly Wrong[]): boolean {
  for (const { input, text } of fields) {
    const line = document.getElementById(`${input.id}-error`);
    if (line) {
      write(line, text);
      line.hidden = !text;
    }
    input.setAttribute("aria-invalid", String(Boolean(text)));
    input.closest(".field")?.classList.toggle("wrong", Boolean(text));
  }
  const first = fields.find(({ text }) => text);
  first?.input.focus();
  return Boolean(first);
}

/** A press on a chip writes its words into the field that the chips belong to. */
function offerChips(chips: HTMLElement): void {
  chips.addEventListener("click", (event) => {
    const chosen = (event.target as Element).closest("button");
    const input = document.getElementById(chips.dataset["chips"] ?? "") as HTMLInputElement | null;
    if (!chosen || !input) return;
    input.value = chosen.textContent ?? "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
}
