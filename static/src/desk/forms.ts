import type { Texts } from "../live/texts.ts";
import type { Acts } from "./acts.ts";
import type { SubstituteEntry, WalkInEntry } from "./acting.ts";
import type { Pending } from "./entry.ts";
import { HeadsDialog } from "./heads.ts";
import type { Row } from "./protocol.ts";
import type { Roster } from "./roster.ts";
import { SubstitutionDialog } from "./substitution.ts";
import { WalkInDialog } from "./walk_in.ts";

interface Parts {
  texts: Texts;
  language: string;
  roster: Roster;
  acts: Acts;
  show: (row: Row) => void;
  closed: () => void;
}

/** The dialogs in which something is typed. */
export class Forms {
  readonly substitution: SubstitutionDialog;
  readonly walkIn: WalkInDialog;
  readonly heads: HeadsDialog;
  readonly #roster: Roster;

  constructor({ texts, language, roster, acts, show, closed }: Parts) {
    this.#roster = roster;
    this.substitution = new SubstitutionDialog({
      texts,
      roster,
      substitute: (row, who) => acts.substitute(row, who),
      closed,
    });
    this.walkIn = new WalkInDialog({ texts, roster, walkIn: (who) => acts.walkIn(who), show, closed });
    this.heads = new HeadsDialog({ texts, language, roster, countHeads: (count, note) => acts.countHeads(count, note), closed });
  }

  close(): void {
    for (const dialog of [this.substitution, this.walkIn, this.heads]) dialog.close();
  }

  /** What was begun and not carried out: the words of a button, and what it does. */
  get unfinished(): { words: string; resume: () => void } | null {
    for (const dialog of [this.substitution, this.walkIn, this.heads]) {
      const words = dialog.unfinished;
      if (words) return { words, resume: () => dialog.resume() };
    }
    return null;
  }

  /** What opens the form with what was typed for this act; null where nothing was typed. */
  againOf({ entry: { event, payload, delegate_id } }: Pending): (() => void) | null {
    const typed: Record<string, unknown> = payload;
    if (event === "walk_in") return () => this.walkIn.open(typed as Partial<WalkInEntry>);
    const row = delegate_id === null ? undefined : this.#roster.row(delegate_id);
    return event === "substitute" && row ? () => this.substitution.open(row, typed as unknown as SubstituteEntry) : null;
  }
}
