import type { Transport } from "../live/transport.ts";
import { Acting } from "./acting.ts";
import type { DeskClock } from "./clock.ts";
import { Effects } from "./effects.ts";
import { Ending } from "./ending.ts";
import type { Begun, Entry, Judgement, KeptEntry, Outcome, Pending } from "./entry.ts";
import type { Post } from "./handover.ts";
import { Gap } from "./gap.ts";
import { hoursAt, judgeCode, judgePerson } from "./judge.ts";
import { Memory } from "./memory.ts";
import { sleep, within } from "./patience.ts";
import type { Act, Changes, PassesChanged, Row, Snapshot } from "./protocol.ts";
import { Queue, type StorageState } from "./queue.ts";
import { Roster } from "./roster.ts";
import { NO_SIBLINGS, type Siblings } from "./siblings.ts";
import type { Store } from "./store.ts";

/** `revoked`: this desk may not act any more; `handing_over`: what it had not sent is on its way to the organiser. */
export type Connection = "connecting" | "online" | "offline" | "revoked" | "handing_over";

interface Parts {
  /** Which desk this is. */
  uid: string;
  transport: Transport;
  clock: DeskClock;
  store: Store;
  siblings?: Siblings;
  newRef: () => string;
  post: Post;
  /** Something that is shown has changed. */
  changed: () => void;
  answered: (entry: Entry, outcome: Outcome) => void;
  /** Somebody who was in this hall has been checked in at another site. */
  arrivedElsewhere?: (row: Row) => void;
  wait?: (ms: number) => Promise<unknown>;
}

const SYNC_MS = 10000;
const REREAD_MS = 300;
const STORE_MS = 3000;
const RETRY_MS = 2000;
export const DESK_REFUSALS = ["desk_unknown", "desk_revoked"];

/** One desk at work: what the operator does goes into the queue, what the server says into the roster. */
export class Desk extends Acting {
  readonly roster = new Roster();
  readonly queue: Queue;
  readonly clock: DeskClock;
  connection: Connection = "connecting";
  readonly #parts: Parts;
  readonly #memory: Memory;
  readonly #ending: Ending;
  readonly #siblings: Siblings;
  #rereading = false;
  #isKeepingClock = false;
  #hasEnded = false;
  /** Whether the gap before this connection is closed; until then news say nothing about what lies before them. */
  #upToDate = false;
  readonly #gap: Gap;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
    this.clock = parts.clock;
    this.#gap = new Gap(parts.clock);
    this.#siblings = parts.siblings ?? NO_SIBLINGS;
    this.queue = new Queue({
      desk: parts.uid,
      transport: parts.transport,
      store: parts.store,
      clock: parts.clock,
      siblings: this.#siblings,
      changed: () => this.#lay(),
      answered: (entry, outcome) => this.#answered(entry, outcome),
      dead: () => this.#end(),
      ...(parts.wait && { wait: parts.wait }),
    });
    this.#memory = new Memory({ store: parts.store, roster: this.roster, uid: parts.uid, isEnded: () => this.#hasEnded });
    this.#ending = new Ending({ uid: parts.uid, queue: this.queue, clock: parts.clock, store: parts.store, post: parts.post });
  }

  /** Take up what earlier pages have left, show it, and find the server. */
  async start(): Promise<void> {
    const { transport } = this.#parts;
    const ready = this.#recall();
    this.#siblings.onWord((word) => word.kind === "became" && word.desk !== this.#parts.uid && this.#end());
    this.#siblings.tell({ kind: "became", desk: this.#parts.uid });
    transport.onConnect(() => void ready.then(() => this.#arrive()));
    transport.onDisconnect(() => {
      if (this.#upToDate) this.#gap.begins();
      this.#upToDate = false;
      this.#become("offline");
    });
    transport.onFailed(() => this.#become("offline"));
    transport.onRefused(() => void ready.then(() => this.#end()));
    transport.on("attendance_changed", (changes: Changes) => {
      this.clock.heard(changes.now);
      if (this.roster.revision === null) return;
      if (this.#upToDate) this.#moved(this.roster.catchUp(changes));
      else this.#moved(this.roster.mend(changes.rows, changes.revision, changes.counts));
      this.#learnt();
    });
    transport.on("passes_revoked", (changes: PassesChanged) => {
      this.clock.heard(changes.now);
      if (this.roster.revision === null) return;
      this.roster.hearOfPasses(changes.revoked, changes.restored);
      this.#learnt();
    });
    transport.on("roster_changed", () => void this.#readAnew());
    transport.on("conference_changed", (message: { now: string; state: string }) => {
      this.clock.heard(message.now);
      this.roster.move(message.state, message.now);
      this.#learnt();
    });
    transport.on("desk_revoked", () => this.#end());
    await ready;
    if (transport.connected) await this.#arrive();
  }

  /** To be called now and then: what waits though there is a line (a page that did it is gone), and a handover that failed, are tried again. */
  async tick(): Promise<void> {
    await this.queue.keep();
    if (this.#hasEnded) await this.#handOver();
    else if (this.#parts.transport.connected && this.unsent) await this.queue.flush();
  }

  /** What this desk has done and nobody has dealt with yet, oldest first: what waits, what was refused, and the latest answers. */
  get pending(): readonly Pending[] {
    return this.queue.pending;
  }

  /** How many acts the server has not got yet. */
  get unsent(): number {
    return this.queue.entries.length;
  }

  /** How many acts this device still holds of other desks it was, because this desk may not hand them over. */
  get leftBehind(): number {
    return this.queue.foreign.length;
  }

  get storage(): StorageState {
    return this.queue.storage;
  }

  /** The operator has seen this refusal: it need not be kept any longer. */
  dismiss(clientRef: string): void {
    this.queue.dismiss(clientRef);
  }

  /** Whether something about this person is still without an answer. */
  isWaiting(delegateId: number): boolean {
    return this.queue.entries.some((entry) => entry.delegate_id === delegateId);
  }

  /** When an act was done, by the server's clock, as well as it is known. */
  moment(entry: Entry): Date {
    const { reading } = entry as KeptEntry;
    return new Date(reading ? this.clock.moment(reading) : entry.payload.occurred_at);
  }

  protected begin(event: Act, rest: Record<string, unknown>, person: number | null): Begun {
    const reading = this.clock.read();
    const moment = this.clock.moment(reading);
    const judgement = this.#judge(event, rest, person, moment);
    const delegate_id = judgement.kind === "person" ? judgement.row.id : person;
    const payload = { client_ref: this.#parts.newRef(), ...this.clock.stamp(reading), ...rest };
    const conference_id = this.roster.conference?.id ?? null;
    const entry: KeptEntry = { event, payload, delegate_id, desk: this.#parts.uid, conference_id, reading, outcome: null };
    return { entry, judgement: this.queue.add(entry).then(() => judgement) };
  }

  #judge(event: Act, rest: Record<string, unknown>, person: number | null, moment: number): Judgement {
    if (typeof rest["code"] === "string") return judgeCode(rest["code"], event, this.roster, moment);
    if (person !== null) return judgePerson(person, event, this.roster, moment);
    return { kind: "unjudged", hours: hoursAt(this.roster.conference, moment) };
  }

  async #recall(): Promise<void> {
    const device = within(STORE_MS, this.#parts.store.device()).catch(() => null);
    const [known, hadEnded] = await Promise.all([device, this.#memory.recall(), this.queue.reread()]);
    if (known?.clock) this.clock.restore(known.clock);
    this.#lay();
    if (hadEnded) this.#become("revoked");
  }

  /** After every connect: what this desk has done first, then what the others did meanwhile. */
  async #arrive(): Promise<void> {
    if (await this.#isReplaced()) return this.#end();
    // Where the clock is not to be trusted, the server's is heard before anything is said about moments.
    if (this.roster.revision === null || (this.unsent && !this.clock.isMeasured)) await this.#sync(this.#gap.since(this.roster.revision));
    await this.queue.flush();
    if (!this.#upToDate) await this.#sync(this.#gap.since(this.roster.revision));
    if (this.#upToDate) await this.#ending.foreign(this.roster.conference?.id);
    this.#parts.changed();
  }

  /** Whether this browser has become another desk since this page was opened: what is done here must not count as done there. */
  async #isReplaced(): Promise<boolean> {
    const device = await within(STORE_MS, this.#parts.store.device()).catch(() => null);
    return device?.uid !== undefined && device.uid !== this.#parts.uid;
  }

  async #sync(since: number | null): Promise<void> {
    const { transport } = this.#parts;
    try {
      const ack = await transport.request<Snapshot | Changes>("sync", { since }, SYNC_MS);
      if (!ack.ok) {
        if (DESK_REFUSALS.includes(ack.error.code)) return this.#end();
        await (this.#parts.wait ?? sleep)(RETRY_MS);
        if (transport.connected && !this.#upToDate) void this.#arrive();
        return;
      }
      this.clock.heard(ack.now);
      const isWhole = "roster" in ack;
      if (isWhole && ack.desk && ack.desk.uid !== this.#parts.uid) return this.#end();
      // A server that stands before what it has told already (it was restored from a copy) tells everything anew.
      if (since !== null && isWhole) this.roster.forget();
      this.#moved(isWhole ? this.roster.load(ack) : this.roster.catchUp(ack));
      this.#upToDate = true;
      this.#become("online");
      this.#learnt(isWhole);
    } catch {
      if (transport.connected) transport.restart();
    }
  }

  /** Delegates or seats have changed; a burst of such news is one reading. */
  async #readAnew(): Promise<void> {
    if (this.#rereading) return;
    this.#rereading = true;
    await (this.#parts.wait ?? sleep)(REREAD_MS);
    this.#rereading = false;
    await this.#sync(null);
  }

  #answered(entry: Entry, outcome: Outcome): void {
    if (outcome.ok) {
      const { now, row, replaced, revision, counts } = outcome.answer;
      this.clock.heard(now);
      const rows = [row, replaced].flatMap((told) => told ?? []);
      if (this.roster.revision !== null) this.#moved(this.roster.mend(rows, revision, counts));
      if (this.roster.revision !== null && !this.unsent && this.#parts.transport.connected) this.#become("online");
    }
    this.#learnt();
    this.#parts.answered(entry, outcome);
  }

  #moved(rows: readonly Row[]): void {
    for (const row of rows) this.#parts.arrivedElsewhere?.(row);
  }

  /** The server has told something: show it and keep it. */
  #learnt(anew = false): void {
    this.#lay();
    if (anew) void this.#memory.write(true);
    else this.#memory.note();
    void this.#keepClock();
  }

  /** What the clock has heard goes to the device, one writing at a time: of a hundred answers in a second not each. */
  async #keepClock(): Promise<void> {
    const clock = this.clock.kept;
    if (!clock || this.#isKeepingClock) return;
    this.#isKeepingClock = true;
    await within(STORE_MS, this.#parts.store.keepDevice({ clock })).catch(() => null);
    this.#isKeepingClock = false;
  }

  /** Lay what waits over what the server has said. */
  #lay(): void {
    const waiting = this.queue.entries;
    const isReady = this.roster.conference && this.roster.site && waiting.length;
    this.roster.lay(isReady ? new Effects(this.roster, waiting.map((entry) => ({ entry, moment: this.moment(entry).getTime() }))) : null);
    this.#parts.changed();
  }

  /** This desk may not act any more: what it has not sent goes to the organiser. */
  #end(): void {
    this.#parts.transport.close();
    this.#hasEnded = true;
    void this.#memory.write();
    void this.#handOver();
  }

  async #handOver(): Promise<void> {
    if (this.unsent) this.#become("handing_over");
    await this.#ending.own();
    this.#become("revoked");
  }

  #become(connection: Connection): void {
    const isOver = this.#hasEnded && connection !== "revoked" && connection !== "handing_over";
    // A desk that had ended when the page was opened has, until the server lets it in.
    const isStillOver = this.connection === "revoked" && connection === "offline";
    if (isOver || isStillOver || this.connection === connection) return;
    this.connection = connection;
    this.#parts.changed();
  }
}
