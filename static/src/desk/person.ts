import { formatTime } from "../live/figures.ts";
import { part, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Row } from "./protocol.ts";
import { atDesk } from "./verdict.ts";

interface Parts {
  texts: Texts;
  undo: (row: Row, reason: string) => void;
  checkIn: (row: Row) => void;
}

/** The dialog about one person who is present: since when, and undo with a reason. */
export class PersonDialog {
  readonly #parts: Parts;
  readonly #dialog = part<HTMLDialogElement>("person");
  readonly #reason = part<HTMLInputElement>("undo-reason");
  #row: Row | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    part("undo-reasons").addEventListener("click", (event) => {
      const chosen = (event.target as Element).closest("button");
      if (!chosen) return;
      this.#reason.value = chosen.textContent ?? "";
      this.#complain(false);
      this.#reason.focus();
    });
    part("undo-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#carryOut();
    });
    part("person-close").addEventListener("click", () => this.close());
    part("person-here").addEventListener("click", () => {
      const row = this.#row;
      this.close();
      if (row) parts.checkIn(row);
    });
  }

  open(row: Row, isHere: boolean, zone: string): void {
    const { texts } = this.#parts;
    this.#row = row;
    write(part("person-name"), row.name);
    write(part("person-about"), [row.position, row.unit].filter(Boolean).join(" · "));
    const time = row.since ? formatTime(row.since, zone) : "–";
    const since = say(texts, isHere ? "present_since" : "present_elsewhere_since", { time });
    write(part("person-since"), [since, ...atDesk(row.desk, texts)].join(" "));
    part("person-here").hidden = isHere;
    this.#reason.value = "";
    this.#complain(false);
    this.#dialog.showModal();
  }

  close(): void {
    if (this.#dialog.open) this.#dialog.close();
  }

  #carryOut(): void {
    const reason = this.#reason.value.trim();
    if (!reason || !this.#row) return this.#complain(true);
    this.close();
    this.#parts.undo(this.#row, reason);
  }

  #complain(wrong: boolean): void {
    part("undo-error").hidden = !wrong;
    this.#reason.setAttribute("aria-invalid", String(wrong));
    if (wrong) this.#reason.focus();
  }
}
