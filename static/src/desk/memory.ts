import type { KeptRoster, KnownRow, Roster } from "./roster.ts";
import { within } from "./patience.ts";
import type { Store } from "./store.ts";

const WRITE_EVERY_MS = 500;
const STORE_MS = 5000;

interface Parts {
  store: Store;
  roster: Roster;
  /** The uid of the desk whose roster this is, and whether it may not act any more. */
  uid: string;
  isEnded: () => boolean;
}

/** Writes what a desk has learnt to the device, a little later and all at once; nothing but time is lost where it cannot. */
export class Memory {
  readonly #parts: Parts;
  #changed = new Map<number, KnownRow | undefined>();
  #isAnew = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Take up what an earlier page knew; whether the desk had ended by then. */
  async recall(): Promise<boolean> {
    const { store, roster, uid } = this.#parts;
    const found = await within(STORE_MS, store.desk(uid)).catch(() => null);
    if (!found) return false;
    const { uid: _, ended, ...kept } = found.desk;
    if (roster.revision === null) roster.restore(kept satisfies KeptRoster, found.rows);
    return ended;
  }

  /** Something is to be kept. */
  note(): void {
    this.#timer ??= setTimeout(() => void this.write(), WRITE_EVERY_MS);
  }

  /** Write now, over whatever is there if it is `anew`; resolves when it is written, or could not be. */
  write(anew = false): Promise<void> {
    this.#isAnew ||= anew;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { store, roster, uid, isEnded } = this.#parts;
    for (const [id, known] of roster.takeDirty()) this.#changed.set(id, known);
    const kept = roster.kept;
    if (!kept) return;
    const [rows, anew] = [this.#changed, this.#isAnew];
    this.#changed = new Map();
    this.#isAnew = false;
    try {
      await within(STORE_MS, store.keepDesk({ ...kept, uid, ended: isEnded() }, rows, anew));
    } catch {
      // Next time, everything that has not been written yet.
      this.#changed = new Map([...rows, ...this.#changed]);
      this.#isAnew ||= anew;
    }
  }
}
