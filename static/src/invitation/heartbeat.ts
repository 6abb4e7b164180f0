/** What the server answers: `key` names what the page should show, `panel` is that, where the page shows something else. */
export interface Answer {
  key: string;
  panel?: string;
}

/** What a heartbeat needs of the page and of the browser. */
export interface Surroundings {
  /** Tell the server what the page shows; rejects where it cannot be reached or says no. */
  tell(known: string): Promise<Answer>;
  /** Show the panel; how often and from which key on to go on speaking, null for no more. */
  show(panel: string): Beat | null;
  /** Say that the server cannot be reached, or that it can be again. */
  lost(isLost: boolean): void;
  /** Call back after so many milliseconds; what it returns takes that back. */
  after(ms: number, call: () => void): () => void;
}

export interface Beat {
  key: string;
  seconds: number;
}

/** Keeps telling the server that the page is open, one message at a time. */
export class Heartbeat {
  #here: Surroundings;
  #beat: Beat | null;
  #speaking = false;
  #cancel = () => {};

  /** `beat` is what the page showed as it was loaded; the server knows of it already. */
  constructor(here: Surroundings, beat: Beat | null) {
    this.#here = here;
    this.#beat = beat;
    this.#wait();
  }

  /** What the page shows, if it goes on speaking. */
  get known(): string | null {
    return this.#beat?.key ?? null;
  }

  /** Speak now: the page is in sight again, or the line is back. */
  async now(): Promise<void> {
    if (!this.#beat || this.#speaking) return;
    this.#cancel();
    this.#speaking = true;
    try {
      const answer = await this.#here.tell(this.#beat.key);
      this.#here.lost(false);
      if (answer.panel !== undefined) this.#beat = this.#here.show(answer.panel);
    } catch {
      this.#here.lost(true);
    } finally {
      this.#speaking = false;
    }
    this.#wait();
  }

  #wait(): void {
    if (this.#beat) this.#cancel = this.#here.after(this.#beat.seconds * 1000, () => void this.now());
  }
}
