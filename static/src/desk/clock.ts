import { newRef } from "./refs.ts";

/** What the device's clocks said as an act was done; kept with the act until the server has it. */
export interface Reading {
  /** Milliseconds since 1970 by the device's own clock. */
  raw: number;
  /** What the server's clock was thought to be ahead of it. */
  offset: number;
  /** `measured` by this very clock; `carried` over from before the clock or the page changed; `none`: the server was never heard. */
  basis: "measured" | "carried" | "none";
  /** Which life of the page, and how many milliseconds into it: a count that nobody can set. */
  life: string;
  tick: number;
  /** The last moment the server had told by then: the act cannot lie before it. Null: never heard. */
  after: number | null;
}

/** What a later life of the page needs to know of the clock. */
export interface KeptClock {
  offset: number;
  /** The latest moment heard of the server, in milliseconds since 1970. */
  heard: number;
}

interface Sources {
  wall?: () => number;
  steady?: () => number;
  life?: string;
}

const KEPT_SAMPLES = 8;
/** The two clocks of a device drift; only what is more than this was done by a hand, by the network or by sleep. */
const JUMP_MS = 2000;
const SLACK_MS = 5000;
const OFFSET_MAX = 2 ** 31 - 1;
const YEARS = [2000, 2099] as const;

/**
 * The server's time, as well as this device can know it, and the moment of each act.
 *
 * The rule: an act keeps what the device's clock said (`raw`) and the offset measured then. Every message of the server
 * measures the offset anew (a message can only come late, so of the last few the largest counts). Two things spoil a
 * measurement: the page starts anew, or the device's clock jumps against the count of milliseconds since the page began.
 * A jump back was somebody setting the clock: the offset grows by as much. A jump forward is sleep far more often than
 * somebody setting the clock, so the offset stays. In both cases acts are marked as `carried` until the server is
 * heard again, and are put right with what it says before they are sent: in the same life of the page by the offset measured
 * since, unless the clock was set meanwhile (then by the count of milliseconds, which nobody can set); from an earlier
 * life by the offset carried then, or the one of now where there was none. Whatever comes out must lie between the last
 * moment heard before the act and now; where the first guess does not, the next one is taken.
 */
export class DeskClock {
  readonly #wall: () => number;
  readonly #steady: () => number;
  readonly #life: string;
  #gap: number;
  #samples: number[] = [];
  #carried = 0;
  #heard: number | null = null;
  /** Whether the offset was ever measured, by this page or an earlier one. */
  #isKnown = false;

  constructor({ wall = Date.now, steady = () => performance.now(), life = newRef() }: Sources = {}) {
    this.#wall = wall;
    this.#steady = steady;
    this.#life = life;
    this.#gap = wall() - steady();
  }

  /** Take over what an earlier life of the page knew. */
  restore(kept: KeptClock): void {
    if (!this.#samples.length) this.#carried = kept.offset;
    this.#isKnown = true;
    this.#heard = Math.max(this.#heard ?? 0, kept.heard);
  }

  /** The server has said `moment` at some time past: nothing that is done now lies before it. */
  notBefore(moment: string): void {
    const server = Date.parse(moment);
    if (!Number.isNaN(server)) this.#heard = Math.max(this.#heard ?? 0, server);
  }

  /** What a later life is to know; null before the server was ever heard. */
  get kept(): KeptClock | null {
    return this.#heard === null || !this.#isKnown ? null : { offset: this.offset, heard: this.#heard };
  }

  /** Take the `now` of a message that has just arrived. */
  heard(moment: string): void {
    const server = Date.parse(moment);
    if (Number.isNaN(server)) return;
    this.#notice();
    this.#samples = [...this.#samples.slice(1 - KEPT_SAMPLES), server - this.#wall()];
    this.#isKnown = true;
    this.#heard = Math.max(this.#heard ?? 0, server);
  }

  /** Whether the server was heard since this clock last began or jumped. */
  get isMeasured(): boolean {
    this.#notice();
    return this.#samples.length > 0;
  }

  /** Milliseconds by which the server's clock is ahead of this device's. */
  get offset(): number {
    return this.#samples.length ? Math.max(...this.#samples) : this.#carried;
  }

  /** The server's time. */
  now(): Date {
    this.#notice();
    return new Date(this.#wall() + this.offset);
  }

  /** What the clocks say of an act that is done now. */
  read(): Reading {
    const measured = this.isMeasured;
    const basis = measured ? "measured" : this.#isKnown ? "carried" : "none";
    return { raw: this.#wall(), offset: this.offset, basis, life: this.#life, tick: this.#steady(), after: this.#heard };
  }

  /** The moment of an act in milliseconds since 1970, as well as it can be known now. */
  moment(reading: Reading): number {
    const { raw, offset, basis, life, tick, after } = reading;
    if (basis === "measured" || !this.isMeasured) return raw + offset;
    const now = this.#wall() + this.offset;
    const byWall = raw + this.offset;
    const bySteady = now - (this.#steady() - tick);
    let guesses = basis === "none" ? [byWall] : [raw + offset, byWall];
    // Nothing but a hand sets a clock back: its reading then is worth nothing now.
    if (life === this.#life) guesses = byWall > bySteady + JUMP_MS ? [bySteady] : [byWall, bySteady];
    const [earliest, latest] = [(after ?? 0) - SLACK_MS, now + SLACK_MS];
    const found = guesses.find((guess) => guess >= earliest && guess <= latest);
    return found ?? Math.min(Math.max(guesses[0] ?? now, earliest), latest);
  }

  /** How an act says its moment to the server. */
  stamp(reading: Reading): { occurred_at: string; clock_offset_ms: number } {
    const moment = this.moment(reading);
    const offset = Math.round(moment - reading.raw);
    const year = new Date(reading.raw).getUTCFullYear();
    // A clock further off than the protocol can say: the sum is all that counts.
    if (Math.abs(offset) > OFFSET_MAX || year < YEARS[0] || year > YEARS[1]) return { occurred_at: new Date(moment).toISOString(), clock_offset_ms: 0 };
    return { occurred_at: new Date(reading.raw).toISOString(), clock_offset_ms: offset };
  }

  /** See whether the device's clock has jumped. */
  #notice(): void {
    const gap = this.#wall() - this.#steady();
    const jump = gap - this.#gap;
    this.#gap = gap;
    if (Math.abs(jump) <= JUMP_MS) return;
    this.#carried = this.offset - Math.min(jump, 0);
    this.#samples = [];
  }
}
