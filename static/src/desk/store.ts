import type { KeptClock } from "./clock.ts";
import type { KeptEntry } from "./entry.ts";
import type { KeptRoster, KnownRow } from "./roster.ts";

/** What a device keeps of one desk besides its entries. */
export interface KeptDesk extends KeptRoster {
  uid: string;
  /** It may not act any more, as far as the server has said. */
  ended: boolean;
}

/** What a device keeps whichever desk it is. */
export interface KeptDevice {
  /** The desk it is, or was last. */
  uid?: string;
  /** When the page that made it so was served, by the server's clock. */
  served?: string;
  clock?: KeptClock;
}

/** Where what a desk did and knows outlives the page: a database on the device, or memory where there is none. */
export interface Store {
  /** Everything done on this device that has no answer, or one that nobody has dealt with, whichever desk did it; in order. */
  entries(): Promise<KeptEntry[]>;
  /** Keep an entry, new or changed; resolves once it is on the device for good. */
  put(entry: KeptEntry): Promise<void>;
  remove(entry: KeptEntry): Promise<void>;
  device(): Promise<KeptDevice>;
  keepDevice(changes: KeptDevice): Promise<void>;
  /** A desk and its rows; null if the device knows nothing of it. */
  desk(uid: string): Promise<{ desk: KeptDesk; rows: KnownRow[] } | null>;
  /** Keep what a desk knows; `rows` by id, undefined for those that are gone. What is there is kept where it is newer. */
  keepDesk(desk: KeptDesk, rows: ReadonlyMap<number, KnownRow | undefined>, anew: boolean): Promise<void>;
  /** Forget the rosters of all desks but this one: their people are no business of this device any more. */
  forgetDesksBut(uid: string): Promise<void>;
}

/** Keeps everything as long as the page lives. */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, KeptEntry>();
  readonly #desks = new Map<string, { desk: KeptDesk; rows: Map<number, KnownRow> }>();
  #device: KeptDevice = {};
  #seq = 0;

  async entries(): Promise<KeptEntry[]> {
    return [...this.#entries.values()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0)).map((entry) => structuredClone(entry));
  }

  async put(entry: KeptEntry): Promise<void> {
    entry.seq ??= ++this.#seq;
    this.#entries.set(entry.payload.client_ref, structuredClone(entry));
  }

  async remove(entry: KeptEntry): Promise<void> {
    this.#entries.delete(entry.payload.client_ref);
  }

  async device(): Promise<KeptDevice> {
    return { ...this.#device };
  }

  async keepDevice(changes: KeptDevice): Promise<void> {
    this.#device = { ...this.#device, ...changes };
  }

  async desk(uid: string): Promise<{ desk: KeptDesk; rows: KnownRow[] } | null> {
    const found = this.#desks.get(uid);
    return found ? structuredClone({ desk: found.desk, rows: [...found.rows.values()] }) : null;
  }

  async keepDesk(desk: KeptDesk, rows: ReadonlyMap<number, KnownRow | undefined>, anew: boolean): Promise<void> {
    const before = this.#desks.get(desk.uid);
    if (before && !anew && before.desk.revision > desk.revision) return;
    const known = anew ? new Map<number, KnownRow>() : (before?.rows ?? new Map<number, KnownRow>());
    for (const [id, row] of rows) {
      if (row) known.set(id, structuredClone(row));
      else known.delete(id);
    }
    this.#desks.set(desk.uid, { desk: structuredClone(desk), rows: known });
  }

  async forgetDesksBut(uid: string): Promise<void> {
    for (const known of this.#desks.keys()) if (known !== uid) this.#desks.delete(known);
  }
}
