import { formatNumber } from "../live/figures.ts";
import { part, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import { Draft } from "./draft.ts";
import { clean } from "./fold.ts";
import type { Roster } from "./roster.ts";
import { complain, Sheet } from "./sheet.ts";

const MOST = 100000;

interface Parts {
  texts: Texts;
  language: string;
  roster: Roster;
  countHeads: (count: number, note: string) => void;
  closed: () => void;
}

/** The form of a headcount of this hall. */
export class HeadsDialog {
  readonly #parts: Parts;
  readonly #sheet: Sheet;
  readonly #form = part<HTMLFormElement>("heads-form");
  readonly #draft = new Draft(this.#form);
  readonly #count = part<HTMLInputElement>("heads-count");
  readonly #note = part<HTMLInputElement>("heads-reason");

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sheet = new Sheet(part<HTMLDialogElement>("heads"), parts.closed);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#carryOut();
    });
  }

  /** What was begun and not carried out, as words of the button that leads back to it. */
  get unfinished(): string | null {
    return this.#draft.unfinished === undefined || this.#sheet.isOpen ? null : say(this.#parts.texts, "resume_headcount");
  }

  resume(): void {
    this.open();
  }

  open(): void {
    const { roster, texts, language } = this.#parts;
    const before = roster.counts?.headcount ?? null;
    part("heads-before").hidden = before === null;
    write(part("heads-before"), before === null ? "" : say(texts, "heads_now", { n: formatNumber(before, language) }));
    this.#draft.open("");
    complain([{ input: this.#count, text: "" }]);
    this.#sheet.open();
    this.#count.focus();
  }

  close(): void {
    this.#sheet.close();
  }

  #carryOut(): void {
    const typed = this.#count.value.trim();
    const isNumber = /^\d{1,6}$/.test(typed) && Number(typed) <= MOST;
    if (complain([{ input: this.#count, text: isNumber ? "" : say(this.#parts.texts, "wrong_count") }])) return;
    const note = clean(this.#note.value);
    this.#draft.drop();
    this.close();
    this.#parts.countHeads(Number(typed), note);
  }
}
