// A store that forgets everything with the test.
import type { KeptEntry } from "../../static/src/desk/entry.ts";
import type { KnownRow } from "../../static/src/desk/roster.ts";
import type { KeptDesk, KeptDevice, Store } from "../../static/src/desk/store.ts";

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
