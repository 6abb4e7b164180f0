import type { DeskClock } from "./clock.ts";

/** In so short a time hardly anybody changes a list. */
const SHORT_MS = 10_000;

/**
 * The time without a line. After a short one the rest by revision will do; after a longer one, and in a new page, everything
 * is read anew: what organisers change of the list and of the conference is no event that has a revision.
 */
export class Gap {
  readonly #clock: DeskClock;
  #began: number | null = null;

  constructor(clock: DeskClock) {
    this.#clock = clock;
  }

  /** The line is lost, everything having been heard up to now. */
  begins(): void {
    this.#began = this.#clock.now().getTime();
  }

  /** The revision since which the rest is to be asked for, null for everything. */
  since(revision: number | null): number | null {
    // A device that has slept notices its loss as it wakes: the gap was longer than it looks.
    const isShort = this.#clock.isMeasured && this.#began !== null && this.#clock.now().getTime() - this.#began <= SHORT_MS;
    return isShort ? revision : null;
  }
}
