import type { Ack, Transport } from "../live/transport.ts";
import type { DeskClock } from "./clock.ts";
import type { KeptEntry, Outcome } from "./entry.ts";
import { sleep } from "./patience.ts";
import type { Answer, Recorded, Refused } from "./protocol.ts";
import type { Item } from "./queue.ts";

interface Parts {
  transport: Transport;
  clock: DeskClock;
  settle: (item: Item, outcome: Outcome) => Promise<void>;
  dead: () => void;
  /** It is time to try again what could not be taken. */
  again: () => void;
  wait?: (ms: number) => Promise<unknown>;
}

const ANSWER_MS = 5000;
const RECORD_MS = 20_000;
/** So many single acts may be on their way at once; and so many go up in one `record`. */
const WINDOW = 20;
const RECORD_ACTS = 50;
/** A message of 64 KiB closes the connection. */
const RECORD_BYTES = 56_000;
const RETRY_MS = 2000;
const RETRY_MAX_MS = 60_000;
/** The server could not take it now, or does not know such an act yet: the entry stays and is sent again. Anything else is final. */
const PASSING = new Set(["too_many_requests", "error", "unknown_event"]);
const DEAD = new Set(["desk_revoked", "desk_unknown"]);

/** Sends entries in order: singly what is done now, in few messages what has gathered; again with the same reference until each is answered. */
export class Sender {
  readonly #parts: Parts;
  readonly #away = new Set<Item>();
  /** What the server could not take now; left alone until it is time again. */
  readonly #later = new Set<Item>();
  #draining: Promise<void> | null = null;
  #retryMs = RETRY_MS;
  #retrying = false;
  #isDead = false;
  /** Whether something waits for the answer to something else. */
  #isHolding = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Send each of these by itself, unless more than that is being sent already. */
  send(items: readonly Item[]): void {
    if (this.#draining) return;
    for (const item of items) {
      if (!this.#parts.transport.connected || this.#away.size >= WINDOW) return;
      if (waitsFor(item, items)) this.#isHolding = true;
      else if (this.#isFree(item)) void this.#single(item).then(() => this.#goOn(items));
    }
  }

  #goOn(items: readonly Item[]): void {
    this.send(items.filter(({ outcome }) => outcome === null));
    if (!this.#isHolding || this.#away.size) return;
    this.#isHolding = false;
    this.#parts.again();
  }

  /** Send everything in `waiting()`, and what is added meanwhile; resolves when there is nothing more to be done on this line. */
  drain(waiting: () => readonly Item[]): Promise<void> {
    this.#later.clear();
    this.#draining ??= this.#drain(waiting).finally(() => (this.#draining = null));
    return this.#draining;
  }

  async #drain(waiting: () => readonly Item[]): Promise<void> {
    while (this.#parts.transport.connected && !this.#isDead) {
      const open = waiting();
      const batch = this.#batch(open.filter((item) => this.#isFree(item) && !waitsFor(item, open)));
      const [first] = batch;
      if (!first) return;
      await (batch.length === 1 ? this.#single(first) : this.#record(batch));
    }
  }

  #isFree(item: Item): boolean {
    return item.outcome === null && !this.#isDead && !this.#away.has(item) && !this.#later.has(item);
  }

  /** The first of `items` that fit into one message. */
  #batch(items: readonly Item[]): Item[] {
    const batch: Item[] = [];
    let bytes = 0;
    for (const item of items.slice(0, RECORD_ACTS)) {
      bytes += new TextEncoder().encode(JSON.stringify(this.#act(item.entry))).length + 1;
      if (batch.length && bytes > RECORD_BYTES) break;
      batch.push(item);
    }
    return batch;
  }

  async #single(item: Item): Promise<void> {
    await this.#carry<Answer>([item], item.entry.event, this.#payload(item.entry), ANSWER_MS, async (ack) => {
      if (ack.ok) await this.#answered(item, ack);
      else await this.#refused(item, ack.error);
    });
  }

  async #record(batch: readonly Item[]): Promise<void> {
    let isSpoiled = false;
    await this.#carry<Recorded>(batch, "record", { acts: batch.map(({ entry }) => this.#act(entry)) }, RECORD_MS, async (ack) => {
      if (ack.ok) await this.#recorded(batch, ack);
      else if (DEAD.has(ack.error.code)) this.#die();
      else if (ack.error.code === "too_many_requests") this.#postpone(batch);
      else isSpoiled = true;
    });
    // Something in it spoils the whole: one by one, only that one is held up.
    if (isSpoiled) for (const item of batch) if (this.#parts.transport.connected && this.#isFree(item)) await this.#single(item);
  }

  async #recorded(batch: readonly Item[], { now, revision, counts, results }: Recorded): Promise<void> {
    const settling = batch.map((item, i) => {
      const result = results[i];
      if (!result) return this.#postpone([item]);
      return result.ok ? this.#answered(item, { now, revision, counts, ...result }) : this.#refused(item, result.error);
    });
    await Promise.all(settling);
  }

  /** Send, and take the ack; where none comes, a fresh connection tells the truth sooner than this one. */
  async #carry<T>(items: readonly Item[], event: string, payload: object, ms: number, take: (ack: Ack<T>) => Promise<void>): Promise<void> {
    const { transport } = this.#parts;
    for (const item of items) this.#away.add(item);
    try {
      const ack = await transport.request<T>(event, payload, ms).catch(() => null);
      if (ack) await take(ack);
      else if (transport.connected) transport.restart();
    } finally {
      for (const item of items) this.#away.delete(item);
    }
  }

  async #answered(item: Item, answer: Answer): Promise<void> {
    this.#retryMs = RETRY_MS;
    await this.#parts.settle(item, { ok: true, answer });
  }

  async #refused(item: Item, { code, message }: Refused): Promise<void> {
    if (DEAD.has(code)) this.#die();
    else if (PASSING.has(code)) this.#postpone([item]);
    else await this.#parts.settle(item, { ok: false, code, message });
  }

  #die(): void {
    this.#isDead = true;
    this.#parts.dead();
  }

  #postpone(items: readonly Item[]): void {
    for (const item of items) this.#later.add(item);
    if (this.#retrying) return;
    this.#retrying = true;
    const ms = this.#retryMs;
    this.#retryMs = Math.min(2 * ms, RETRY_MAX_MS);
    void (this.#parts.wait ?? sleep)(ms).then(() => {
      this.#retrying = false;
      this.#parts.again();
    });
  }

  #act(entry: KeptEntry): object {
    return { act: entry.event, ...this.#payload(entry) };
  }

  #payload(entry: KeptEntry): KeptEntry["payload"] {
    return entry.reading ? { ...entry.payload, ...this.#parts.clock.stamp(entry.reading) } : entry.payload;
  }
}

/** Whether this takes back a substitution that has no answer yet: the server could not know of it, and would refuse for good. */
function waitsFor({ entry }: Item, items: readonly Item[]): boolean {
  const { substitution } = entry.payload;
  return substitution !== undefined && items.some(({ entry, outcome }) => outcome === null && entry.payload.client_ref === substitution);
}
