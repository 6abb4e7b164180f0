import type { ServerClock } from "../live/clock.ts";
import type { Transport } from "../live/transport.ts";
import type { Begun, Entry, Outcome, Pending } from "./entry.ts";
import type { Act, Changes, Rank, Row, Snapshot } from "./protocol.ts";
import { Queue, type Store } from "./queue.ts";
import { Roster } from "./roster.ts";

/** `revoked`: this desk may not act any more; `handing_over`: what it had not sent is on its way to the organiser. */
export type Connection = "connecting" | "online" | "offline" | "revoked" | "handing_over";
/** Whether this device keeps what is done: `full` and `unavailable` mean that an act lives only as long as the page. */
export type StorageState = "ok" | "full" | "unavailable";

export interface SubstituteEntry {
  name: string;
  position: string;
  rank: Rank;
  reason: string;
}

export interface WalkInEntry {
  name: string;
  position: string;
  unit: string;
}

interface Parts {
  transport: Transport;
  clock: ServerClock;
  store: Store;
  newRef: () => string;
  /** Something that is shown has changed. */
  changed: () => void;
  answered: (entry: Entry, outcome: Outcome) => void;
  /** Somebody who was in this hall has been checked in at another site. */
  arrivedElsewhere?: (row: Row) => void;
}

const SYNC_MS = 10000;
const REREAD_MS = 300;
export const DESK_REFUSALS = ["desk_unknown", "desk_revoked"];

/** One desk at work: what the operator does goes into the queue, what the server says into the roster. */
export class Desk {
  readonly roster = new Roster();
  readonly queue: Queue;
  connection: Connection = "connecting";
  readonly #parts: Parts;
  #rereading = false;
  /** Whether the gap before this connection is closed; until then news say nothing about what lies before them. */
  #upToDate = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.queue = new Queue({
      transport: parts.transport,
      store: parts.store,
      answered: (entry, outcome) => this.#answered(entry, outcome),
      dead: () => this.#end(),
    });
  }

  async start(): Promise<void> {
    const { transport, clock } = this.#parts;
    await this.queue.restore();
    transport.onConnect(() => void this.#arrive());
    transport.onDisconnect(() => {
      this.#upToDate = false;
      this.#become("offline");
    });
    transport.onRefused(() => this.#end());
    transport.on("attendance_changed", (changes: Changes) => {
      clock.heard(changes.now);
      if (this.roster.revision === null) return;
      if (this.#upToDate) this.roster.catchUp(changes);
      else this.roster.mend(changes.rows, changes.revision, changes.counts);
      this.#parts.changed();
    });
    transport.on("roster_changed", () => void this.#reread());
    transport.on("conference_changed", (message: { now: string; state: string }) => {
      clock.heard(message.now);
      if (this.roster.conference) this.roster.conference.state = message.state;
      this.#parts.changed();
    });
    transport.on("desk_revoked", () => this.#end());
    if (transport.connected) void this.#arrive();
  }

  checkInByName(delegateId: number): Begun {
    return this.#begin("check_in", { method: "name", delegate_id: delegateId }, delegateId);
  }

  checkInByCode(code: string): Begun {
    return this.#begin("check_in", { method: "scan", code }, null);
  }

  undo(delegateId: number, reason: string): Begun {
    return this.#begin("undo_check_in", { delegate_id: delegateId, reason }, delegateId);
  }

  leave(delegateId: number): Begun {
    return this.#begin("leave", { method: "name", delegate_id: delegateId }, delegateId);
  }

  leaveByCode(code: string): Begun {
    return this.#begin("leave", { method: "scan", code }, null);
  }

  undoLeave(delegateId: number, reason: string): Begun {
    return this.#begin("undo_leave", { delegate_id: delegateId, reason }, delegateId);
  }

  /** Somebody has come in the place of the delegate. */
  substitute(delegateId: number, who: SubstituteEntry): Begun {
    return this.#begin("substitute", { delegate_id: delegateId, ...who }, delegateId);
  }

  /** `substitution`: the `client_ref` of the substitute's entry. */
  withdrawSubstitute(substitution: string, reason: string): Begun {
    return this.#begin("withdraw_substitute", { substitution, reason }, null);
  }

  walkIn(who: WalkInEntry): Begun {
    return this.#begin("walk_in", { ...who }, null);
  }

  countHeads(count: number, reason: string): Begun {
    return this.#begin("count_heads", { count, reason }, null);
  }

  /** What this desk has done and nobody has dealt with yet, oldest first: what waits, what was refused, and the latest answers. */
  get pending(): readonly Pending[] {
    return this.queue.entries.map((entry) => ({ entry, state: "waiting", outcome: null, stored: true }));
  }

  /** How many acts the server has not got yet. */
  get unsent(): number {
    return this.queue.entries.length;
  }

  /** Whether this device keeps what is done here. */
  get storage(): StorageState {
    return "ok";
  }

  /** The operator has seen this refusal: it need not be kept any longer. */
  dismiss(_clientRef: string): void {}

  /** Whether something about this person is still without an answer. */
  isWaiting(delegateId: number): boolean {
    return this.queue.entries.some((entry) => entry.delegate_id === delegateId);
  }

  #begin(event: Act, rest: Record<string, unknown>, delegateId: number | null): Begun {
    const payload = { client_ref: this.#parts.newRef(), occurred_at: this.#parts.clock.now().toISOString(), ...rest };
    const entry: Entry = { event, payload, delegate_id: delegateId };
    void this.queue.add(entry);
    this.#parts.changed();
    return { entry, judgement: Promise.resolve({ kind: "unjudged", hours: "open" }) };
  }

  /** After every connect: what this desk has done first, then what the others did meanwhile. */
  async #arrive(): Promise<void> {
    if (this.roster.revision === null) {
      await this.#sync(null);
      await this.queue.flush();
    } else {
      await this.queue.flush();
      await this.#sync(this.roster.revision);
    }
  }

  async #sync(since: number | null): Promise<void> {
    const { transport, clock } = this.#parts;
    try {
      const ack = await transport.request<Snapshot | Changes>("sync", { since }, SYNC_MS);
      if (!ack.ok) {
        if (DESK_REFUSALS.includes(ack.error.code)) this.#end();
        return;
      }
      clock.heard(ack.now);
      // A server that stands before what it has told already (it was restored from a copy) tells everything anew.
      if (since !== null && "roster" in ack) this.roster.forget();
      if ("roster" in ack) this.roster.load(ack);
      else this.roster.catchUp(ack);
      this.#upToDate = true;
      this.#become("online");
    } catch {
      if (transport.connected) transport.restart();
    }
  }

  /** Delegates or seats have changed; a burst of such news is one reading. */
  async #reread(): Promise<void> {
    if (this.#rereading) return;
    this.#rereading = true;
    await new Promise((resolve) => setTimeout(resolve, REREAD_MS));
    this.#rereading = false;
    await this.#sync(null);
  }

  #answered(entry: Entry, outcome: Outcome): void {
    if (outcome.ok) {
      const { now, row, revision, counts } = outcome.answer;
      this.#parts.clock.heard(now);
      if (this.roster.revision !== null) this.roster.mend(row ? [row] : [], revision, counts);
    }
    if (this.connection !== "revoked" && this.roster.revision !== null) this.connection = "online";
    this.#parts.answered(entry, outcome);
    this.#parts.changed();
  }

  #end(): void {
    this.#become("revoked");
    this.#parts.transport.close();
  }

  #become(connection: Connection): void {
    if (this.connection === "revoked") return;
    this.connection = connection;
    this.#parts.changed();
  }
}
