import type { Desk } from "./desk.ts";
import type { Row } from "./protocol.ts";
import type { Entry, Outcome } from "./queue.ts";
import type { Recent } from "./recent.ts";
import type { Screen } from "./screen.ts";
import type { Sounds } from "./sounds.ts";
import { foreignSight, type Sight, sightOf, waitingSight } from "./verdict.ts";
import { part } from "../live/page_parts.ts";
import type { Texts } from "../live/texts.ts";

/** After this long without an answer the operator is told that the act waits. */
const PATIENCE_MS = 1500;
/** An answer later than this is no longer about the person at the desk: it does not take the screen. */
const FOREGROUND_MS = 6000;

interface Parts {
  desk: Desk;
  texts: Texts;
  screen: Screen;
  recent: Recent;
  sounds: Sounds;
  askUndo: (row: Row) => void;
}

/** Says to the operator what becomes of each act: at once, as waiting, or late. */
export class Acts {
  readonly #parts: Parts;
  readonly #begun = new Map<string, { at: number; timer: number }>();
  readonly #refusals = new Map<number, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Why the last act on this person was refused. */
  refusalOf(delegateId: number): string | undefined {
    return this.#refusals.get(delegateId);
  }

  checkIn(row: Row): void {
    this.#begin(this.#parts.desk.checkInByName(row.id), row);
  }

  scan(token: string): void {
    this.#begin(this.#parts.desk.checkInByCode(token));
  }

  undo(row: Row, reason: string): void {
    this.#begin(this.#parts.desk.undo(row.id, reason), row);
  }

  /** A code that is no pass: told, never sent. */
  refuseCode(mangled: boolean): void {
    this.#parts.screen.show(foreignSight(this.#parts.texts, mangled));
  }

  /** To be called with every answer. */
  answered(entry: Entry, outcome: Outcome): void {
    const { desk, texts, screen, sounds, askUndo } = this.#parts;
    const ref = entry.payload.client_ref;
    const begun = this.#begun.get(ref);
    this.#begun.delete(ref);
    clearTimeout(begun?.timer);
    const known = entry.delegate_id === null ? undefined : desk.roster.row(entry.delegate_id);
    const sight = sightOf(entry, outcome, texts, this.#zone, known);
    this.#note(ref, sight);
    if (sight.tone === "refused" && entry.delegate_id !== null) this.#refusals.set(entry.delegate_id, sight.notes.join(" "));
    if (begun && performance.now() - begun.at <= FOREGROUND_MS) {
      const row = outcome.ok ? outcome.answer.row : null;
      const mayUndo = row && entry.event === "check_in" && (sight.tone === "good" || sight.tone === "moved");
      screen.show(sight, mayUndo ? () => askUndo(desk.roster.row(row.id) ?? row) : null);
    } else if (sight.tone === "refused") {
      sounds.play("refused");
      part<HTMLDetailsElement>("recent").open = true;
    }
  }

  #begin(entry: Entry, row?: Row): void {
    const ref = entry.payload.client_ref;
    if (row) this.#refusals.delete(row.id);
    const timer = window.setTimeout(() => {
      const sight = waitingSight(this.#parts.texts, row);
      this.#note(ref, sight);
      this.#parts.screen.show(sight);
    }, this.#parts.desk.connection === "online" ? PATIENCE_MS : 0);
    this.#begun.set(ref, { at: performance.now(), timer });
  }

  #note(ref: string, sight: Sight): void {
    this.#parts.recent.put(ref, sight, new Date(), this.#zone);
  }

  get #zone(): string {
    return this.#parts.desk.roster.conference?.timezone ?? "UTC";
  }
}
