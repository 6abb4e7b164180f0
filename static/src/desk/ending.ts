import type { DeskClock } from "./clock.ts";
import { HANDED_OVER, type KeptEntry } from "./entry.ts";
import { handOver, type HandoverStatus, type Post } from "./handover.ts";
import { within } from "./patience.ts";
import type { Queue } from "./queue.ts";
import type { Store } from "./store.ts";

interface Parts {
  uid: string;
  queue: Queue;
  clock: DeskClock;
  store: Store;
  post: Post;
}

const STORE_MS = 3000;

/** Gives what desks recorded that may not act any more to the organiser: this desk after its end, and those that this device was before. */
export class Ending {
  readonly #parts: Parts;
  #handing: Promise<void> | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Hand over what this desk has not sent; what the server does not take stays, and is tried again with the next call. */
  own(): Promise<void> {
    this.#handing ??= this.#own().finally(() => (this.#handing = null));
    return this.#handing;
  }

  /** Hand over what other desks of this conference have left on this device, and forget whom they expected. */
  async foreign(conferenceId: number | undefined): Promise<void> {
    const { queue, store, uid } = this.#parts;
    const found = queue.foreign.filter(({ conference_id, outcome }) => !outcome && (conference_id === null || conference_id === conferenceId));
    for (const desk of new Set(found.map((entry) => entry.desk))) {
      const entries = found.filter((entry) => entry.desk === desk);
      const taken = await this.#hand(desk, entries);
      for (const entry of entries) if (["kept", "known"].includes(taken.get(entry.payload.client_ref) ?? "")) await queue.dropForeign(entry);
    }
    await within(STORE_MS, store.forgetDesksBut(uid)).catch(() => null);
  }

  async #own(): Promise<void> {
    const { queue, uid } = this.#parts;
    const taken = await this.#hand(uid, queue.entries);
    for (const [ref, status] of taken) await queue.settled(ref, { ok: false, code: status === "malformed" ? status : HANDED_OVER, message: "" });
  }

  #hand(desk: string, entries: readonly KeptEntry[]): Promise<Map<string, HandoverStatus>> {
    const { clock, post } = this.#parts;
    return handOver(post, desk, entries.map(({ event, payload, reading }) => ({ act: event, ...payload, ...(reading && clock.stamp(reading)) })));
  }
}
