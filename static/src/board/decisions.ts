import type { Transport } from "../live/transport.ts";
import type { AskingPerson, Outcome } from "./protocol.ts";

const DECIDE_MS = 10000;

/** `why` is told apart for those who look at the answer: nothing came back, or the board is not theirs any more. */
export type Answer = Outcome | { decision: "failed" | "forbidden" };

/** Sends what an organiser decides about people who ask; the same decision sent again is one decision. */
export class Decisions {
  readonly #transport: Transport;
  readonly #newRef: () => string;
  readonly #refs = new Map<string, string>();

  constructor(transport: Transport, newRef: () => string = () => crypto.randomUUID()) {
    this.#transport = transport;
    this.#newRef = newRef;
  }

  admit(person: AskingPerson): Promise<Answer> {
    return this.#decide("admit", person, {});
  }

  deny(person: AskingPerson, reason: string): Promise<Answer> {
    return this.#decide("deny", person, { reason });
  }

  async #decide(event: string, person: AskingPerson, fields: object): Promise<Answer> {
    // Somebody who is turned away and comes again is decided about anew.
    const key = `${event} ${person.delegate_id} ${person.since}`;
    const client_ref = this.#refs.get(key) ?? this.#newRef();
    this.#refs.set(key, client_ref);
    try {
      const ack = await this.#transport.request<{ outcome: Outcome }>(event, { delegate_id: person.delegate_id, client_ref, ...fields }, DECIDE_MS);
      if (ack.ok) return ack.outcome;
      return { decision: ack.error.code === "board_unknown" ? "forbidden" : "failed" };
    } catch {
      return { decision: "failed" };
    }
  }
}

/** Who is new among those who ask, compared with those who asked before. */
export function newcomers(before: readonly AskingPerson[], now: readonly AskingPerson[]): AskingPerson[] {
  const known = new Set(before.map(keyOf));
  return now.filter((person) => !known.has(keyOf(person)));
}

/** One arrival of one person. */
export function keyOf(person: AskingPerson): string {
  return `${person.delegate_id} ${person.since}`;
}
