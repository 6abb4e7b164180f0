import { clean, fold } from "./fold.ts";
import type { Changes, ConferenceInfo, Counts, Row, SiteInfo, Snapshot } from "./protocol.ts";

export type Filter = "not_yet" | "present" | "all";

export interface Found {
  /** Rows that pass the filter, the best matches first, then in protocol order. */
  rows: Row[];
  /** Rows that fit the words typed but not the filter: nobody who was looked for stays hidden. */
  others: Row[];
}

interface Known {
  row: Row;
  revision: number;
  /** Name, position and unit, folded. */
  hay: string;
}

/** Everybody this desk may expect, as of the last word from the server. */
export class Roster {
  conference: ConferenceInfo | null = null;
  site: SiteInfo | null = null;
  counts: Counts | null = null;
  /** Up to where every change of this site has been heard; what an ack says about one row does not count. */
  revision: number | null = null;
  #known = new Map<number, Known>();
  #countsRevision = -1;
  #ordered: Row[] | null = null;

  /** Everybody in protocol order. */
  get rows(): readonly Row[] {
    this.#ordered ??= [...this.#known.values()].map((known) => known.row).sort(byProtocol);
    return this.#ordered;
  }

  row(id: number): Row | undefined {
    return this.#known.get(id)?.row;
  }

  /** Take the whole roster; what was heard since it was read is kept. */
  load(snapshot: Snapshot): void {
    const newer = [...this.#known.values()].filter((known) => known.revision > snapshot.revision);
    this.conference = snapshot.conference;
    this.site = snapshot.site;
    this.revision = Math.max(this.revision ?? 0, snapshot.revision);
    this.#known = new Map();
    this.mend(snapshot.roster, snapshot.revision, snapshot.counts);
    for (const { row, revision } of newer) this.#put(row, revision);
  }

  /** Forget everything: the server has gone back behind what it had said. */
  forget(): void {
    this.#known = new Map();
    this.revision = null;
    this.#countsRevision = -1;
  }

  /** Take the rest since the last word: every change of this site up to its revision. */
  catchUp(changes: Changes): void {
    this.mend(changes.rows, changes.revision, changes.counts);
    this.revision = Math.max(this.revision ?? 0, changes.revision);
  }

  /** Take single rows, older words about the same row being ignored. */
  mend(rows: readonly Row[], revision: number, counts: Counts): void {
    for (const row of rows) if ((this.#known.get(row.id)?.revision ?? -1) <= revision) this.#put(row, revision);
    if (revision >= this.#countsRevision) this.counts = counts;
    this.#countsRevision = Math.max(this.#countsRevision, revision);
  }

  /** Whether the person is in this hall. */
  isHere(row: Row): boolean {
    return row.state === "present" && row.at === this.site?.id;
  }

  /** Those of the filter who fit every word typed, with or without marks, in the name, the position or the unit. */
  find(query: string, filter: Filter): Found {
    const words = fold(query).split(" ").filter(Boolean);
    const passes = (row: Row) => filter === "all" || (filter === "present" ? this.isHere(row) : row.state === "not_yet");
    if (!words.length) return { rows: this.rows.filter(passes), others: [] };
    const exact = clean(query).toLowerCase();
    const ranked = this.rows.flatMap((row) => {
      const hay = this.#known.get(row.id)?.hay ?? "";
      return words.every((word) => hay.includes(word)) ? [{ row, rank: rank(row, exact, words) }] : [];
    });
    const best = ranked.sort((a, b) => a.rank - b.rank).map(({ row }) => row);
    return { rows: best.filter(passes), others: best.filter((row) => !passes(row)) };
  }

  #put(row: Row, revision: number): void {
    this.#ordered = null;
    // A visitor who has left again is nobody this desk waits for.
    if (!row.expected_here && row.at !== this.site?.id) this.#known.delete(row.id);
    else this.#known.set(row.id, { row, revision, hay: `${row.fold} ${fold(row.position)} ${fold(row.unit)}` });
  }
}

/** 0: the very letters typed; 1: the name begins so, or its last syllable does; 2: all words in the name; 3: elsewhere. */
function rank(row: Row, exact: string, words: readonly string[]): number {
  if (row.name.toLowerCase().includes(exact) && /[^\x00-\x7f]/.test(exact)) return 0;
  const folded = words.join(" ");
  if (row.fold.startsWith(folded) || row.fold.slice(row.fold.lastIndexOf(" ") + 1).startsWith(folded)) return 1;
  return words.every((word) => row.fold.includes(word)) ? 2 : 3;
}

function byProtocol(a: Row, b: Row): number {
  return a.order - b.order || (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : a.id - b.id);
}
