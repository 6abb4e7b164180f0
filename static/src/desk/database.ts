import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { KeptEntry } from "./entry.ts";
import { within } from "./patience.ts";
import type { KnownRow } from "./roster.ts";
import type { KeptDesk, KeptDevice, Store } from "./store.ts";

interface Schema extends DBSchema {
  entries: { key: number; value: KeptEntry; indexes: { ref: string } };
  device: { key: "device"; value: KeptDevice };
  desks: { key: string; value: KeptDesk };
  rows: { key: [desk: string, id: number]; value: KnownRow & { desk: string; id: number } };
}

type Connection = IDBPDatabase<Schema>;

export const DATABASE = "confsvc-desk";
const STORES = ["entries", "device", "desks", "rows"] as const;
/** A database that does not open by then (another page holds on to an older version of it) counts as missing. */
const PATIENCE_MS = 3000;

/**
 * How a database of one version becomes the next one. A version only ever adds, and an entry is read by every later
 * version: so what last week's page has left is sent, and a page older than the database works with what it knows of it.
 */
export const UPGRADES: readonly ((database: Connection) => void)[] = [
  // 1: what was done here and the server has not got.
  (database) => {
    const entries = database.createObjectStore("entries", { keyPath: "seq", autoIncrement: true });
    entries.createIndex("ref", "payload.client_ref", { unique: true });
  },
  // 2: what a desk must know to work without a line.
  (database) => {
    database.createObjectStore("device");
    database.createObjectStore("desks", { keyPath: "uid" });
    database.createObjectStore("rows", { keyPath: ["desk", "id"] });
  },
];

/** The device's own database. Every method rejects where the browser has none, or has no room left (QuotaExceededError). */
export class DeviceStore implements Store {
  readonly #name: string;
  #connection: Promise<Connection> | null = null;

  constructor(name: string = DATABASE) {
    this.#name = name;
  }

  async entries(): Promise<KeptEntry[]> {
    return (await this.#open()).getAll("entries");
  }

  async put(entry: KeptEntry): Promise<void> {
    // Strict: on the disk, not in the memory of the operating system, before anybody is told that it is kept.
    const transaction = (await this.#open()).transaction("entries", "readwrite", { durability: "strict" });
    // A try that was given up may have come through after all.
    const found = entry.seq ?? (await transaction.store.index("ref").getKey(entry.payload.client_ref));
    if (found !== undefined) entry.seq = found;
    const [seq] = await Promise.all([transaction.store.put(entry), transaction.done]);
    entry.seq = seq;
  }

  async remove(entry: KeptEntry): Promise<void> {
    if (entry.seq !== undefined) await (await this.#open()).delete("entries", entry.seq);
  }

  async device(): Promise<KeptDevice> {
    return (await (await this.#open()).get("device", "device")) ?? {};
  }

  async keepDevice(changes: KeptDevice): Promise<void> {
    const transaction = (await this.#open()).transaction("device", "readwrite");
    const before = await transaction.store.get("device");
    await Promise.all([transaction.store.put({ ...before, ...changes }, "device"), transaction.done]);
  }

  async desk(uid: string): Promise<{ desk: KeptDesk; rows: KnownRow[] } | null> {
    const transaction = (await this.#open()).transaction(["desks", "rows"]);
    const [desk, rows] = await Promise.all([transaction.objectStore("desks").get(uid), transaction.objectStore("rows").getAll(rowsOf(uid)), transaction.done]);
    return desk ? { desk, rows: rows.map(({ row, revision }) => ({ row, revision })) } : null;
  }

  async keepDesk(desk: KeptDesk, rows: ReadonlyMap<number, KnownRow | undefined>, anew: boolean): Promise<void> {
    const transaction = (await this.#open()).transaction(["desks", "rows"], "readwrite");
    const [desks, kept] = [transaction.objectStore("desks"), transaction.objectStore("rows")];
    const before = await desks.get(desk.uid);
    const writing: Promise<unknown>[] = [transaction.done];
    if (!before || anew || before.revision <= desk.revision) {
      if (anew) writing.push(kept.delete(rowsOf(desk.uid)));
      for (const [id, known] of rows) writing.push(known ? kept.put({ ...known, desk: desk.uid, id }) : kept.delete([desk.uid, id]));
      writing.push(desks.put(desk));
    }
    await Promise.all(writing);
  }

  async forgetDesksBut(uid: string): Promise<void> {
    const transaction = (await this.#open()).transaction(["desks", "rows"], "readwrite");
    const [desks, rows] = [transaction.objectStore("desks"), transaction.objectStore("rows")];
    const others = (await desks.getAllKeys()).filter((known) => known !== uid);
    await Promise.all([...others.flatMap((known) => [desks.delete(known), rows.delete(rowsOf(known))]), transaction.done]);
  }

  /** Give the database up, so that another page may change or delete it; the next call opens it again. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    (await connection?.catch(() => null))?.close();
  }

  #open(): Promise<Connection> {
    const opening = (this.#connection ??= this.#connect());
    // A failure is no answer for the next call: what stood in the way may be gone by then.
    opening.catch(() => this.#connection === opening && (this.#connection = null));
    return opening;
  }

  async #connect(): Promise<Connection> {
    const opening = this.#connectAt(UPGRADES.length).catch((error: Error) => {
      if (error.name !== "VersionError") throw error;
      // A newer page was here before. Whatever it has added, what we need is where we know it.
      return this.#connectAt(undefined);
    });
    const connection = await within(PATIENCE_MS, opening).catch((error: Error) => {
      opening.then((late) => late.close()).catch(() => null);
      throw error;
    });
    if (STORES.every((name) => connection.objectStoreNames.contains(name))) return connection;
    connection.close();
    throw new Error("the device's database is not one of ours");
  }

  #connectAt(version: number | undefined): Promise<Connection> {
    const forget = () => (this.#connection = null);
    return openDB<Schema>(this.#name, version, {
      upgrade: (database, from) => UPGRADES.slice(from).forEach((upgrade) => upgrade(database)),
      // Another page wants a newer version of the database: this one must let go of it, and opens it again at need.
      blocking: (_current, _wanted, event) => {
        forget();
        (event.target as IDBDatabase).close();
      },
      terminated: forget,
    });
  }
}

function rowsOf(uid: string): IDBKeyRange {
  return IDBKeyRange.bound([uid, 0], [uid, Number.MAX_SAFE_INTEGER]);
}
