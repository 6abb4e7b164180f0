import type { Effects } from "./effects.ts";
import { clean, fold } from "./fold.ts";
import type { Changes, ConferenceInfo, Counts, DeskInfo, Passes, RevokedPass, Row, SiteInfo, Snapshot } from "./protocol.ts";

export type Filter = "not_yet" | "present" | "all";

export interface Found {
  /** Rows that pass the filter, the best matches first, then in protocol order. */
  rows: Row[];
  /** Rows that fit the words typed but not the filter: nobody who was looked for stays hidden. */
  others: Row[];
}

/** A row as the server told it, and the revision it was told at. */
export interface KnownRow {
  row: Row;
  revision: number;
}

/** Everything but the rows that a desk keeps to work without a line. */
export interface KeptRoster {
  desk: DeskInfo | null;
  conference: ConferenceInfo;
  site: SiteInfo;
  passes: Passes | null;
  counts: Counts | null;
  countsRevision: number;
  revision: number;
}

interface Known extends KnownRow {
  /** Name, position and unit, folded. */
  hay: string;
}

/** Everybody this desk may expect, as of the last word from the server, with what was done here and waits to be sent on top. */
export class Roster {
  desk: DeskInfo | null = null;
  conference: ConferenceInfo | null = null;
  site: SiteInfo | null = null;
  passes: Passes | null = null;
  /** Up to where every change of this site has been heard; what an ack says about one row does not count. */
  revision: number | null = null;
  #known = new Map<number, Known>();
  #counts: Counts | null = null;
  #countsRevision = -1;
  #revoked = new Map<string, string | null>();
  #byPass = new Map<string, number>();
  #effects: Effects | null = null;
  #ordered: Row[] | null = null;
  #dirty = new Set<number>();

  /** Everybody in protocol order. */
  get rows(): readonly Row[] {
    this.#ordered ??= [...this.#known.values()].map(({ row }) => this.#effects?.rows.get(row.id) ?? row).sort(byProtocol);
    return this.#ordered;
  }

  /** The counts of this site, what waits to be sent included. */
  get counts(): Counts | null {
    return this.#counts && this.#effects ? this.#effects.added(this.#counts) : this.#counts;
  }

  row(id: number): Row | undefined {
    return this.#effects?.rows.get(id) ?? this.#known.get(id)?.row;
  }

  /** The row as the server told it last. */
  toldRow(id: number): Row | undefined {
    return this.#known.get(id)?.row;
  }

  /** Whose pass has this uid. */
  rowOfPass(uid: string): Row | undefined {
    const id = this.#byPass.get(uid);
    return id === undefined ? undefined : this.row(id);
  }

  /** Who took over the seat of the pass with this uid (null: nobody); undefined if it is not revoked. */
  revokedBy(uid: string): string | null | undefined {
    return this.#revoked.get(uid);
  }

  /** Take the whole roster; what was heard since it was read is kept. Returns those who have turned up at another site. */
  load(snapshot: Snapshot): Row[] {
    const newer = [...this.#known.values()].filter((known) => known.revision > snapshot.revision);
    const here = [...this.#known.values()].filter(({ row }) => this.isHere(row));
    this.desk = snapshot.desk;
    this.conference = snapshot.conference;
    this.site = snapshot.site;
    this.passes = snapshot.passes;
    this.revision = Math.max(this.revision ?? 0, snapshot.revision);
    this.#clear();
    this.#revoke(snapshot.passes?.revoked ?? []);
    this.mend(snapshot.roster, snapshot.revision, snapshot.counts);
    for (const { row, revision } of newer) this.#put(row, revision);
    return here.flatMap(({ row }) => this.#known.get(row.id)?.row ?? []).filter((row) => this.#isElsewhere(row));
  }

  /** Take up what an earlier life of the page has kept. */
  restore(kept: KeptRoster, rows: readonly KnownRow[]): void {
    this.desk = kept.desk;
    this.conference = kept.conference;
    this.site = kept.site;
    this.passes = kept.passes;
    this.revision = kept.revision;
    this.#clear();
    this.#revoke(kept.passes?.revoked ?? []);
    for (const { row, revision } of rows) this.#put(row, revision);
    this.#counts = kept.counts;
    this.#countsRevision = kept.countsRevision;
    this.#dirty.clear();
  }

  /** What a later life of the page needs besides the rows; null before the roster was ever read. */
  get kept(): KeptRoster | null {
    const { desk, conference, site, passes, revision } = this;
    if (!conference || !site || revision === null) return null;
    const revoked = [...this.#revoked].map(([pass, by]) => ({ pass, by }));
    const held = passes && { key: passes.key, conference_id: passes.conference_id, revoked };
    return { desk, conference, site, passes: held, counts: this.#counts, countsRevision: this.#countsRevision, revision };
  }

  /** The ids of rows that have changed since they were last taken from here, each with its row (undefined: gone). */
  takeDirty(): Map<number, KnownRow | undefined> {
    const taken = new Map([...this.#dirty].map((id) => [id, this.#bare(id)]));
    this.#dirty.clear();
    return taken;
  }

  /** Forget everything: the server has gone back behind what it had said. */
  forget(): void {
    this.#clear();
    this.#countsRevision = -1;
    this.revision = null;
  }

  /** Take the rest since the last word: every change of this site up to its revision. Returns those who have turned up at another site. */
  catchUp(changes: Changes): Row[] {
    this.hearOfPasses(changes.revoked ?? [], changes.restored ?? []);
    const moved = this.mend(changes.rows, changes.revision, changes.counts);
    this.revision = Math.max(this.revision ?? 0, changes.revision);
    return moved;
  }

  /** Take single rows, older words about the same row being ignored. Returns those who have turned up at another site. */
  mend(rows: readonly Row[], revision: number, counts: Counts): Row[] {
    const moved: Row[] = [];
    for (const row of rows) {
      const before = this.#known.get(row.id);
      if ((before?.revision ?? -1) > revision) continue;
      if (before && this.isHere(before.row) && this.#isElsewhere(row)) moved.push(row);
      this.#put(row, revision);
    }
    if (revision >= this.#countsRevision) this.#counts = counts;
    this.#countsRevision = Math.max(this.#countsRevision, revision);
    return moved;
  }

  /** These passes are dead, those valid again; who has a seat is not forgotten where the word says nothing of it. */
  hearOfPasses(revoked: readonly RevokedPass[], restored: readonly string[]): void {
    this.#revoke(revoked);
    for (const uid of restored) this.#revoked.delete(uid);
  }

  /** The conference has moved to another state at `moment`. */
  move(state: string, moment: string): void {
    if (!this.conference) return;
    const closed_at = state === "closed" ? (this.conference.closed_at ?? moment) : null;
    this.conference = { ...this.conference, state, closed_at };
  }

  /** Lay what waits to be sent over the rows. */
  lay(effects: Effects | null): void {
    this.#effects = effects;
    this.#ordered = null;
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

  #isElsewhere(row: Row): boolean {
    return row.state === "present" && row.at !== null && row.at !== this.site?.id;
  }

  #clear(): void {
    for (const id of this.#known.keys()) this.#dirty.add(id);
    this.#known = new Map();
    this.#byPass = new Map();
    this.#revoked = new Map();
    this.#ordered = null;
  }

  #revoke(passes: readonly RevokedPass[]): void {
    for (const { pass, by } of passes) this.#revoked.set(pass, by ?? this.#revoked.get(pass) ?? null);
  }

  #put(row: Row, revision: number): void {
    this.#ordered = null;
    this.#dirty.add(row.id);
    const old = this.#known.get(row.id)?.row.pass;
    if (old && old !== row.pass) this.#byPass.delete(old);
    // A visitor who has left again is nobody this desk waits for.
    if (!row.expected_here && row.at !== this.site?.id) this.#known.delete(row.id);
    else this.#known.set(row.id, { row, revision, hay: `${row.fold} ${fold(row.position)} ${fold(row.unit)}` });
    if (!row.pass) return;
    this.#byPass.set(row.pass, row.id);
    // A pass comes to life again with the seat.
    this.#revoked.delete(row.pass);
  }

  #bare(id: number): KnownRow | undefined {
    const known = this.#known.get(id);
    return known && { row: known.row, revision: known.revision };
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
