interface Timing {
  /** Least pause between one reading and the next that nobody waits for. */
  calmMs: number;
  /** The same where a colleague has just noted something. */
  urgentMs: number;
  now?: () => number;
  later?: (run: () => void, ms: number) => unknown;
}

/** Reads the list anew when something has changed: at once, but never twice at a time and not too often. */
export class Refresher {
  readonly #read: () => Promise<void>;
  readonly #timing: Required<Timing>;
  #last = -Infinity;
  #reading = false;
  /** When the next reading is due, if one is. */
  #due: number | null = null;

  constructor(read: () => Promise<void>, timing: Timing) {
    this.#read = read;
    this.#timing = { now: () => performance.now(), later: (run, ms) => setTimeout(run, ms), ...timing };
  }

  ask(urgent = false): void {
    const { now, later, calmMs, urgentMs } = this.#timing;
    const due = Math.max(now(), this.#last + (urgent ? urgentMs : calmMs));
    if (this.#due !== null && this.#due <= due) return;
    this.#due = due;
    if (!this.#reading) later(() => this.#run(due), due - now());
  }

  #run(due: number): void {
    // An earlier moment was asked for meanwhile, or the reading has begun already.
    if (this.#due !== due || this.#reading) return;
    this.#due = null;
    this.#reading = true;
    this.#last = this.#timing.now();
    void this.#read().finally(() => {
      this.#reading = false;
      const next = this.#due;
      if (next !== null) this.#timing.later(() => this.#run(next), Math.max(0, next - this.#timing.now()));
    });
  }
}
