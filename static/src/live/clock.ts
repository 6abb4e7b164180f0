const KEPT_SAMPLES = 8;

/** The server's time, as well as it is known: every message says it, and the least delayed one is nearest to the truth. */
export class ServerClock {
  readonly #localNow: () => number;
  #offsets: number[] = [];

  constructor(localNow: () => number = Date.now) {
    this.#localNow = localNow;
  }

  /** Take the `now` of a message that has just arrived. */
  heard(moment: string): void {
    const server = Date.parse(moment);
    if (Number.isNaN(server)) return;
    this.#offsets = [...this.#offsets.slice(1 - KEPT_SAMPLES), server - this.#localNow()];
  }

  /** Milliseconds by which this device's clock is slow. A message can only arrive late, so the largest difference counts. */
  get offset(): number {
    return this.#offsets.length ? Math.max(...this.#offsets) : 0;
  }

  now(): Date {
    return new Date(this.#localNow() + this.offset);
  }
}
