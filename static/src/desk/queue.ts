import type { Transport } from "../live/transport.ts";
import type { DeskClock } from "./clock.ts";
import { type Entry, type KeptEntry, type Outcome, type Pending, stateOf } from "./entry.ts";
import { within } from "./patience.ts";
import { Sender } from "./sender.ts";
import { NO_SIBLINGS, type Siblings, type Word } from "./siblings.ts";
import type { Store } from "./store.ts";

/** Whether this device keeps what is done: `full` and `unavailable` mean that an act lives only as long as the page. */
export type StorageState = "ok" | "full" | "unavailable";

/** One entry in this page's life. */
export interface Item {
  readonly entry: KeptEntry;
  outcome: Outcome | null;
  /** Whether the operator has dealt with its refusal. */
  dealt?: boolean;
  /** Whether the device has it. */
  stored: boolean;
  /** Whether it was done on this page; what others have done is sent by them, or with the next flush. */
  readonly mine: boolean;
}

interface Parts {
  /** The uid of the desk whose entries these are. */
  desk: string;
  transport: Transport;
  store: Store;
  clock: DeskClock;
  siblings?: Siblings;
  changed: () => void;
  answered: (entry: Entry, outcome: Outcome) => void;
  /** The desk may not act any more. */
  dead: () => void;
  wait?: (ms: number) => Promise<unknown>;
}

const STORE_MS = 3000;
/** So many answers that need nothing more from the operator are kept for the eye. */
const ANSWERS_SHOWN = 30;

/**
 * What this desk has done: written to the device first, then shown, then sent until the server has answered it.
 * The pages of one desk share it through the device's database.
 */
export class Queue {
  storage: StorageState = "ok";
  /** What other desks that this device was have left. */
  foreign: KeptEntry[] = [];
  readonly #parts: Parts;
  readonly #siblings: Siblings;
  readonly #sender: Sender;
  readonly #items = new Map<string, Item>();
  /** Entries whose outcome another page is about to tell. */
  readonly #told = new Map<string, Item>();
  #flushing: Promise<void> | null = null;
  #waiting: KeptEntry[] | null = null;
  #pending: Pending[] | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#siblings = parts.siblings ?? NO_SIBLINGS;
    this.#sender = new Sender({
      transport: parts.transport,
      clock: parts.clock,
      settle: (item, outcome) => this.settle(item, outcome),
      dead: parts.dead,
      ...(parts.wait && { wait: parts.wait }),
      again: () => void this.flush(),
    });
    this.#siblings.onWord((word) => void this.#hear(word));
  }

  /** Everything not yet answered, oldest first. */
  get entries(): readonly KeptEntry[] {
    return (this.#waiting ??= this.#open().map(({ entry }) => entry));
  }

  /** What waits, what was refused and not dealt with, and the latest other answers; oldest first. */
  get pending(): readonly Pending[] {
    this.#pending ??= [...this.#items.values()].map(({ entry, outcome, dealt = false, stored }) => ({ entry, state: stateOf(outcome), outcome, dealt, stored }));
    return this.#pending;
  }

  /** Keep an entry and send it; resolves once the device has it, or could not take it. */
  async add(entry: KeptEntry): Promise<void> {
    const item: Item = { entry, outcome: null, stored: await this.#store(entry), mine: true };
    this.#items.set(entry.payload.client_ref, item);
    this.#touch();
    if (item.stored) await this.keep();
    if (item.stored) this.#siblings.tell({ kind: "added", desk: this.#parts.desk });
    this.#sender.send(this.#open().filter(({ mine }) => mine));
  }

  /** Send whatever waits, that of other pages of this desk too; resolves when nothing is on its way any more, answered or not. */
  flush(): Promise<void> {
    this.#flushing ??= this.#siblings
      .alone(`send.${this.#parts.desk}`, async () => {
        await this.reread();
        await this.keep();
        await this.#sender.drain(() => this.#open());
      })
      .finally(() => {
        this.#flushing = null;
        this.#sender.send(this.#open().filter(({ mine }) => mine));
      });
    return this.#flushing;
  }

  /** Try again to store what the device had no room for. */
  async keep(): Promise<void> {
    for (const item of this.#open().filter(({ stored }) => !stored)) {
      item.stored = await this.#store(item.entry);
      this.#touch();
      if (!item.stored) return;
    }
  }

  /** Note what became of an entry; a refusal stays on the device until somebody has dealt with it. */
  async settle(item: Item, outcome: Outcome): Promise<void> {
    if (item.outcome) return;
    this.#take(item, outcome);
    const { entry } = item;
    await this.#forget(entry, needsDealing(item) ? outcome : null);
    this.#siblings.tell({ kind: "settled", desk: this.#parts.desk, ref: entry.payload.client_ref, outcome });
  }

  /** Note what became of a waiting entry by another way than this queue's own. */
  async settled(clientRef: string, outcome: Outcome): Promise<void> {
    const item = this.#items.get(clientRef);
    if (item) await this.settle(item, outcome);
  }

  /** The operator has dealt with a refusal. */
  dismiss(clientRef: string): void {
    const item = this.#items.get(clientRef);
    if (!item || !needsDealing(item)) return;
    item.dealt = true;
    void this.#forget(item.entry, null);
    this.#siblings.tell({ kind: "dismissed", desk: this.#parts.desk, ref: clientRef });
    this.#touch();
  }

  /** Forget what another desk has left: somebody else has it now. */
  async dropForeign(entry: KeptEntry): Promise<void> {
    this.foreign = this.foreign.filter((one) => one !== entry);
    await this.#forget(entry, null);
  }

  #open(): Item[] {
    return [...this.#items.values()].filter(({ outcome }) => outcome === null);
  }

  async #store(entry: KeptEntry): Promise<boolean> {
    try {
      await within(STORE_MS, this.#parts.store.put(entry));
      this.storage = "ok";
      return true;
    } catch (error) {
      this.storage = (error as Error).name === "QuotaExceededError" ? "full" : "unavailable";
      return false;
    }
  }

  /** Take the entry from the device, or keep it with what has to be dealt with. */
  async #forget(entry: KeptEntry, refusal: Outcome | null): Promise<void> {
    try {
      entry.outcome = refusal;
      if (refusal) await within(STORE_MS, this.#parts.store.put(entry));
      else await within(STORE_MS, this.#parts.store.remove(entry));
    } catch {
      // It will be sent once more by a later page, which changes nothing.
    }
  }

  /** See what the device holds: earlier and other pages have added to it, and taken from it what they have sent. */
  async reread(): Promise<void> {
    let kept: KeptEntry[];
    try {
      kept = await within(STORE_MS, this.#parts.store.entries());
    } catch {
      this.storage = "unavailable";
      return;
    }
    this.foreign = kept.filter((entry) => entry.desk !== this.#parts.desk);
    const own = kept.filter((entry) => entry.desk === this.#parts.desk);
    const held = new Set(own.map((entry) => entry.payload.client_ref));
    for (const [ref, item] of this.#items) {
      if (!item.stored || item.outcome !== null || held.has(ref)) continue;
      if (item.mine) {
        // Either another page has got the answer, or the device has forgotten it: sending it again tells.
        item.stored = false;
        continue;
      }
      // Another page has got the answer and is about to tell it.
      this.#items.delete(ref);
      this.#told.set(ref, item);
    }
    for (const entry of own) {
      const item = this.#items.get(entry.payload.client_ref);
      // An entry of an older version of this page may know less than today's.
      if (!item) this.#items.set(entry.payload.client_ref, { entry, outcome: entry.outcome ?? null, stored: true, mine: false });
      else item.outcome ??= entry.outcome ?? null;
    }
    const inOrder = [...this.#items].sort(([, a], [, b]) => (a.entry.seq ?? Infinity) - (b.entry.seq ?? Infinity));
    this.#items.clear();
    for (const [ref, item] of inOrder) this.#items.set(ref, item);
    this.#touch();
  }

  async #hear(word: Word): Promise<void> {
    if (word.desk !== this.#parts.desk) return;
    if (word.kind === "added") return this.reread();
    if (word.kind === "became") return;
    const item = this.#items.get(word.ref) ?? this.#told.get(word.ref);
    if (item && word.kind === "dismissed") item.dealt = true;
    else if (item?.outcome === null && word.kind === "settled") {
      this.#told.delete(word.ref);
      this.#items.set(word.ref, item);
      this.#take(item, word.outcome);
    }
    this.#touch();
  }

  /** The outcome is known: tell it. */
  #take(item: Item, outcome: Outcome): void {
    item.outcome = outcome;
    const done = [...this.#items].filter(([, one]) => one.dealt || (one.outcome?.ok && !needsDealing(one)));
    for (const [ref] of done.slice(0, -ANSWERS_SHOWN)) this.#items.delete(ref);
    this.#waiting = this.#pending = null;
    this.#parts.answered(item.entry, outcome);
  }

  #touch(): void {
    this.#waiting = this.#pending = null;
    this.#parts.changed();
  }
}

function needsDealing({ outcome, dealt }: Item): boolean {
  return stateOf(outcome) === "refused" && !dealt;
}
