import type { Transport } from "../live/transport.ts";
import type { Entry, Outcome } from "./entry.ts";
import type { Answer } from "./protocol.ts";

export type { Entry, Outcome };

/** Where entries outlive the moment: memory here; a database on the device fits as well. */
export interface Store {
  all(): Promise<Entry[]>;
  put(entry: Entry): Promise<void>;
  remove(clientRef: string): Promise<void>;
}

export class MemoryStore implements Store {
  readonly #entries = new Map<string, Entry>();

  async all(): Promise<Entry[]> {
    return [...this.#entries.values()];
  }

  async put(entry: Entry): Promise<void> {
    this.#entries.set(entry.payload.client_ref, entry);
  }

  async remove(clientRef: string): Promise<void> {
    this.#entries.delete(clientRef);
  }
}

const ANSWER_MS = 5000;
const WINDOW = 20;
const WAIT_MS = 2000;
const MAX_FAILURES = 5;
/** Refusals that pass: the entry is sent again. The desk's own end stops the queue; anything else is final. */
const PASSING = new Set(["too_many_requests", "error"]);
const DEAD = new Set(["desk_revoked", "desk_unknown"]);

interface Parts {
  transport: Transport;
  store: Store;
  answered: (entry: Entry, outcome: Outcome) => void;
  /** The desk may not act any more. */
  dead: () => void;
  wait?: (ms: number) => Promise<unknown>;
}

/** Sends entries in order, several on their way at once, and again with the same reference until each is answered. */
export class Queue {
  readonly #parts: Parts;
  readonly #waiting: Entry[] = [];
  readonly #sent = new Set<Entry>();
  readonly #failures = new Map<Entry, number>();
  #idle: (() => void)[] = [];
  #pausing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Everything not yet answered, oldest first. */
  get entries(): readonly Entry[] {
    return this.#waiting;
  }

  /** Take up what an earlier life of the page has left. */
  async restore(): Promise<void> {
    this.#waiting.unshift(...(await this.#parts.store.all()));
  }

  async add(entry: Entry): Promise<void> {
    this.#waiting.push(entry);
    await this.#parts.store.put(entry);
    this.#pump();
  }

  /** Send whatever waits; resolves when nothing is on its way any more, answered or not. */
  flush(): Promise<void> {
    this.#pump();
    if (!this.#sent.size) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #pump(): void {
    for (const entry of this.#waiting) {
      if (this.#pausing || !this.#parts.transport.connected || this.#sent.size >= WINDOW) break;
      if (!this.#sent.has(entry)) void this.#send(entry);
    }
    if (this.#sent.size) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #send(entry: Entry): Promise<void> {
    const { transport } = this.#parts;
    this.#sent.add(entry);
    try {
      const ack = await transport.request<Answer>(entry.event, entry.payload, ANSWER_MS);
      if (ack.ok) await this.#finish(entry, { ok: true, answer: ack });
      else await this.#refused(entry, ack.error.code, ack.error.message);
    } catch {
      // No answer in time: a fresh connection tells the truth sooner than this one.
      if (transport.connected) transport.restart();
    }
    this.#sent.delete(entry);
    this.#pump();
  }

  async #refused(entry: Entry, code: string, message: string): Promise<void> {
    if (DEAD.has(code)) return this.#parts.dead();
    const failures = (this.#failures.get(entry) ?? 0) + 1;
    if (!PASSING.has(code) || (code === "error" && failures >= MAX_FAILURES)) return this.#finish(entry, { ok: false, code, message });
    this.#failures.set(entry, failures);
    this.#pausing = true;
    void (this.#parts.wait ?? sleep)(WAIT_MS).then(() => {
      this.#pausing = false;
      this.#pump();
    });
  }

  async #finish(entry: Entry, outcome: Outcome): Promise<void> {
    this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    this.#failures.delete(entry);
    await this.#parts.store.remove(entry.payload.client_ref);
    this.#parts.answered(entry, outcome);
  }
}

function sleep(ms: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
