import { formatTime } from "../live/figures.ts";
import { part, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Choice, Place } from "./choices.ts";
import { clean } from "./fold.ts";
import type { Row } from "./protocol.ts";
import { complain, Sheet } from "./sheet.ts";
import { atDesk } from "./verdict.ts";

export type Correction = "undo_check_in" | "undo_leave" | "withdraw_substitute";

interface Parts {
  texts: Texts;
  checkIn: (row: Row) => void;
  leave: (row: Row) => void;
  substitute: (row: Row) => void;
  correct: (row: Row, correction: Correction, reason: string) => void;
  closed: () => void;
}

/** One person as the dialog shows them. */
export interface Subject {
  row: Row;
  place: Place;
  /** Something about the person is not sent yet. */
  unsent: boolean;
  choices: readonly Choice[];
  zone: string;
}

const HERE: readonly Choice[] = ["check_in", "check_in_here", "come_back"];
const CORRECTIONS: readonly Correction[] = ["undo_check_in", "undo_leave", "withdraw_substitute"];

/** The dialog about one person: where they stand, what can be done, and corrections with a reason. */
export class PersonDialog {
  readonly #parts: Parts;
  readonly #sheet: Sheet;
  readonly #form = part<HTMLFormElement>("undo-form");
  readonly #reason = part<HTMLInputElement>("undo-reason");
  #row: Row | null = null;
  #correction: Correction | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sheet = new Sheet(part<HTMLDialogElement>("person"), parts.closed);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#correct();
    });
    part("undo-cancel").addEventListener("click", () => this.close());
    part("person-undo").addEventListener("click", () => this.#askReason(true));
    for (const [id, act] of [["person-here", parts.checkIn], ["person-leave", parts.leave], ["person-substitute", parts.substitute]] as const) {
      part(id).addEventListener("click", () => {
        const row = this.#row;
        this.close();
        if (row) act(row);
      });
    }
  }

  /** Show the person; with `correcting` the reason is asked for at once. */
  open({ row, place, unsent, choices, zone }: Subject, correcting = false): void {
    const { texts } = this.#parts;
    this.#row = row;
    this.#correction = CORRECTIONS.find((correction) => choices.includes(correction));
    write(part("person-name"), row.name);
    write(part("person-about"), [row.position, row.unit].filter(Boolean).join(" · "));
    write(part("person-since"), this.#standing(row, place, unsent, zone).join(" "));
    const here = HERE.find((choice) => choices.includes(choice));
    part("person-here").hidden = !here;
    write(part("person-here"), here ? say(texts, `do_${here}`) : "");
    part("person-leave").hidden = !choices.includes("leave");
    part("person-substitute").hidden = !choices.includes("substitute");
    part("person-undo").hidden = !this.#correction;
    part("person-choices").hidden = !choices.length;
    write(part("undo-submit"), this.#correction ? say(texts, `do_${this.#correction}`) : "");
    this.#reason.value = "";
    complain([{ input: this.#reason, text: "" }]);
    this.#sheet.open();
    this.#askReason(correcting && this.#correction !== undefined);
  }

  close(): void {
    this.#sheet.close();
  }

  #standing(row: Row, place: Place, unsent: boolean, zone: string): string[] {
    const { texts } = this.#parts;
    const time = row.since ? formatTime(row.since, zone) : "–";
    const said = place === "substituted" && row.by ? say(texts, "replaced_by_since", { name: row.by, time }) : say(texts, `about_${place === "online" ? "present" : place}`, { time, site: row.at_site ?? "–" });
    return [
      ...(unsent ? [say(texts, "about_waiting")] : [said, ...(place === "not_yet" ? [] : atDesk(row.desk, texts))]),
      ...(row.late ? [`${say(texts, "late")}.`] : []),
      ...(row.origin === "substitute" && row.by ? [say(texts, "in_place_of", { name: row.by })] : []),
      ...(place === "substituted" && !this.#correction ? [say(texts, "about_substituted_elsewhere")] : []),
    ];
  }

  #askReason(asking: boolean): void {
    this.#form.hidden = !asking;
    part("person-undo").setAttribute("aria-expanded", String(asking));
    if (asking) this.#reason.focus();
  }

  #correct(): void {
    const reason = clean(this.#reason.value);
    if (complain([{ input: this.#reason, text: reason ? "" : say(this.#parts.texts, "wrong_reason") }])) return;
    const [row, correction] = [this.#row, this.#correction];
    this.close();
    if (row && correction) this.#parts.correct(row, correction, reason);
  }
}
