import type { Texts } from "../live/texts.ts";
import type { SubstituteEntry, WalkInEntry } from "./acting.ts";
import type { Desk } from "./desk.ts";
import type { Begun, Entry, Outcome, Pending } from "./entry.ts";
import type { Row } from "./protocol.ts";
import type { Screen } from "./screen.ts";
import type { Sounds } from "./sounds.ts";
import { foreignSight, keptSight, type Known, type Sight, sightOf, unkeptSight } from "./verdict.ts";

/** After this long without an answer the operator is told what this device makes of the act. */
const PATIENCE_MS = 1500;
/** An answer later than this is no longer about the person at the desk: it does not take the screen. */
const FOREGROUND_MS = 6000;
/** Many refusals may come in at once: they are one alarm. */
const ALARM_EVERY_MS = 2000;

interface Parts {
  desk: Desk;
  texts: Texts;
  screen: Screen;
  sounds: Sounds;
  changed: () => void;
  /** Ask for what is needed to take back what was just done, where it can be taken back. */
  undoOf: (entry: Entry, row: Row | null) => (() => void) | null;
}

interface Doing {
  at: number;
  row: Row | undefined;
  timer: number;
  /** What this device has made of it. */
  kept?: Sight;
}

/** Says to the operator what becomes of each act: judged here, answered at once, or answered late. */
export class Acts {
  readonly #parts: Parts;
  readonly #doing = new Map<string, Doing>();
  readonly #sights = new Map<string, Sight>();
  readonly #refusals = new Map<number, string>();
  #latest = "";
  #alarmed = -Infinity;

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

  leave(row: Row): void {
    this.#begin(this.#parts.desk.leave(row.id), row);
  }

  scanLeaving(token: string): void {
    this.#begin(this.#parts.desk.leaveByCode(token));
  }

  undo(row: Row, reason: string): void {
    this.#begin(this.#parts.desk.undo(row.id, reason), row);
  }

  undoLeave(row: Row, reason: string): void {
    this.#begin(this.#parts.desk.undoLeave(row.id, reason), row);
  }

  substitute(row: Row, who: SubstituteEntry): void {
    this.#begin(this.#parts.desk.substitute(row.id, who), row);
  }

  withdraw(substitution: string, row: Row | undefined, reason: string): void {
    this.#begin(this.#parts.desk.withdrawSubstitute(substitution, reason), row);
  }

  walkIn(who: WalkInEntry): void {
    this.#begin(this.#parts.desk.walkIn(who));
  }

  countHeads(count: number, note: string): void {
    this.#begin(this.#parts.desk.countHeads(count, note));
  }

  /** A code that is no pass: told, never sent. */
  refuseCode(mangled: boolean): void {
    this.#parts.screen.show(foreignSight(this.#parts.texts, mangled));
  }

  /** To be called with every answer. */
  answered(entry: Entry, outcome: Outcome): void {
    const { desk, screen, sounds, undoOf } = this.#parts;
    const ref = entry.payload.client_ref;
    const doing = this.#doing.get(ref);
    this.#doing.delete(ref);
    clearTimeout(doing?.timer);
    const sight = sightOf(entry, outcome, this.#known(entry, doing?.row));
    this.#sights.set(ref, sight);
    if (sight.tone === "refused" && entry.delegate_id !== null) this.#refusals.set(entry.delegate_id, sight.notes.join(" "));
    const kept = doing?.kept;
    const repeatsKept = kept?.tone === sight.tone;
    const isFresh = doing !== undefined && ref === this.#latest && performance.now() - doing.at <= FOREGROUND_MS;
    if (isFresh && (!repeatsKept || screen.shows(ref))) {
      // Who was let in by this device's own judgement has to be found again.
      if (sight.tone === "refused" && (!kept || repeatsKept)) desk.dismiss(ref);
      screen.show(sight, { ref, undo: outcome.ok ? undoOf(entry, outcome.answer.row) : null, quiet: repeatsKept });
    } else if (sight.tone === "refused") {
      // The operator has turned the person away already where this device had refused the act, too.
      if (repeatsKept) desk.dismiss(ref);
      else if (performance.now() - this.#alarmed > ALARM_EVERY_MS) {
        this.#alarmed = performance.now();
        sounds.play("refused");
      }
    } else if (screen.shows(ref)) screen.show(sight, { ref, quiet: true });
  }

  /** What there is to say about an act, whether it waits or not. */
  sight(pending: Pending): Sight {
    const { entry, outcome } = pending;
    const ref = entry.payload.client_ref;
    const known = this.#sights.get(ref);
    if (known && Boolean(known.unsent) === (outcome === null)) return known;
    const sight = outcome ? sightOf(entry, outcome, this.#known(entry)) : keptSight(entry, { kind: "unjudged", hours: "open" }, this.#known(entry));
    this.#sights.set(ref, sight);
    return sight;
  }

  /** What was said last about the act `ref`. */
  lastSight(ref: string): Sight | undefined {
    return this.#sights.get(ref);
  }

  /** The refusals nobody has dealt with yet, oldest first. */
  get troubles(): Pending[] {
    return this.#parts.desk.pending.filter(({ entry, state, dealt }) => state === "refused" && !dealt && !this.#doing.has(entry.payload.client_ref));
  }

  #begin({ entry, judgement }: Begun, row?: Row): void {
    const ref = entry.payload.client_ref;
    const { desk } = this.#parts;
    const doing: Doing = { at: performance.now(), row: row ?? desk.roster.row(entry.delegate_id ?? -1), timer: 0 };
    if (entry.delegate_id !== null) this.#refusals.delete(entry.delegate_id);
    this.#doing.set(ref, doing);
    this.#latest = ref;
    void judgement.then((judged) => {
      if (this.#doing.get(ref) !== doing) return;
      if (judged.kind === "person") doing.row ??= judged.row;
      const kept = keptSight(entry, judged, this.#known(entry, doing.row));
      this.#sights.set(ref, kept);
      this.#parts.changed();
      doing.timer = window.setTimeout(() => this.#showKept(entry, doing, kept), desk.connection === "online" ? PATIENCE_MS : 0);
    });
  }

  #showKept(entry: Entry, doing: Doing, kept: Sight): void {
    const { desk, screen, undoOf } = this.#parts;
    const ref = entry.payload.client_ref;
    if (this.#doing.get(ref) !== doing) return;
    const isStored = desk.pending.find((pending) => pending.entry.payload.client_ref === ref)?.stored ?? true;
    doing.kept = isStored ? kept : unkeptSight(entry, this.#known(entry, doing.row));
    this.#sights.set(ref, doing.kept);
    const mayUndo = kept.tone === "good" || kept.tone === "moved";
    if (ref === this.#latest || !isStored) screen.show(doing.kept, { ref, undo: isStored && mayUndo ? undoOf(entry, doing.row ?? null) : null });
    this.#parts.changed();
  }

  #known(entry: Entry, row?: Row): Known {
    const { desk, texts } = this.#parts;
    return { texts, conference: desk.roster.conference, row: row ?? desk.roster.row(entry.delegate_id ?? -1) };
  }
}
