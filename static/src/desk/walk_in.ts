import { part, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { WalkInEntry } from "./acting.ts";
import { Draft } from "./draft.ts";
import { clean, fold } from "./fold.ts";
import type { Row } from "./protocol.ts";
import type { Roster } from "./roster.ts";
import { complain, Sheet } from "./sheet.ts";

interface Parts {
  texts: Texts;
  roster: Roster;
  walkIn: (who: WalkInEntry) => void;
  /** Somebody of this name is on the list after all. */
  show: (row: Row) => void;
  closed: () => void;
}

/** The form about somebody who is on no list. */
export class WalkInDialog {
  readonly #parts: Parts;
  readonly #sheet: Sheet;
  readonly #form = part<HTMLFormElement>("walk-in-form");
  readonly #draft = new Draft(this.#form);
  readonly #name = part<HTMLInputElement>("walk-in-name");
  readonly #position = part<HTMLInputElement>("walk-in-position");
  readonly #unit = part<HTMLInputElement>("walk-in-unit");
  #onTheList: Row | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sheet = new Sheet(part<HTMLDialogElement>("walk-in"), parts.closed);
    this.#name.addEventListener("input", () => this.#compare());
    part("on-the-list-open").addEventListener("click", () => {
      const row = this.#onTheList;
      this.#draft.drop();
      this.close();
      if (row) parts.show(row);
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#carryOut();
    });
  }

  /** What was begun and not carried out, as words of the button that leads back to it. */
  get unfinished(): string | null {
    const subject = this.#draft.unfinished;
    if (subject === undefined || this.#sheet.isOpen) return null;
    return say(this.#parts.texts, "resume_walk_in", { name: this.#draft.typed(subject)["walk-in-name"] ?? "" });
  }

  resume(): void {
    this.open();
  }

  /** `typed`: what is known of the person already. */
  open(typed?: Partial<WalkInEntry>): void {
    const { roster, texts } = this.#parts;
    const rule = roster.conference?.walk_ins ?? "open";
    this.#draft.open("");
    if (typed?.name) this.#draft.replace({ "walk-in-name": typed.name, "walk-in-position": typed.position ?? "", "walk-in-unit": typed.unit ?? "" });
    part("walk-in-refused").hidden = rule !== "refuse";
    this.#form.hidden = rule === "refuse";
    part("walk-in-asks").hidden = rule !== "ask";
    write(part("walk-in-submit"), say(texts, rule === "ask" ? "walk_in_ask" : "walk_in_open"));
    const units = [...new Set(roster.rows.map((row) => row.unit))].filter(Boolean).sort((a, b) => a.localeCompare(b, "vi"));
    part("units").replaceChildren(...units.map((unit) => new Option(unit, unit)));
    complain([this.#name, this.#unit].map((input) => ({ input, text: "" })));
    this.#compare();
    this.#sheet.open();
    if (rule !== "refuse") this.#name.focus();
  }

  close(): void {
    this.#sheet.close();
  }

  /** Whether the name is on the list after all: then nobody is to be recorded twice. */
  #compare(): void {
    const typed = fold(this.#name.value);
    this.#onTheList = typed ? this.#parts.roster.rows.find((row) => row.fold === typed) : undefined;
    const row = this.#onTheList;
    part("on-the-list").hidden = !row;
    const name = row ? [row.name, row.position, row.unit].filter(Boolean).join(" · ") : "";
    write(part("on-the-list-words"), row ? say(this.#parts.texts, "on_the_list", { name }) : "");
  }

  #carryOut(): void {
    const { texts, walkIn } = this.#parts;
    const [name, position, unit] = [this.#name, this.#position, this.#unit].map((input) => clean(input.value)) as [string, string, string];
    const missing = say(texts, "wrong_required");
    const isWrong = complain([
      { input: this.#name, text: name ? "" : missing },
      { input: this.#unit, text: unit ? "" : missing },
    ]);
    if (isWrong) return;
    this.#draft.drop();
    this.close();
    walkIn({ name, position, unit });
  }
}
