const MUTED = "confsvc.board.muted";
const VOLUME = 0.3;
/** Frequency in hertz, start and length in milliseconds. */
const NOTES = [[784, 0, 350], [1047, 180, 350], [1319, 360, 600]] as const;

/** The sound that calls an organiser; silent where it was muted, and until the page was touched once. */
export class Chime {
  #context: AudioContext | null = null;

  get muted(): boolean {
    return localStorage.getItem(MUTED) === "yes";
  }

  set muted(muted: boolean) {
    localStorage.setItem(MUTED, muted ? "yes" : "no");
  }

  /** Whether the browser lets this page sound: only after a touch. */
  get possible(): boolean {
    return navigator.userActivation?.hasBeenActive ?? false;
  }

  ring(): void {
    if (this.muted || !this.possible) return;
    navigator.vibrate?.([200, 100, 200]);
    this.#context ??= new AudioContext();
    void this.#context.resume();
    for (const [frequency, start, length] of NOTES) {
      const begin = this.#context.currentTime + start / 1000;
      const end = begin + length / 1000;
      const oscillator = new OscillatorNode(this.#context, { type: "sine", frequency });
      const gain = new GainNode(this.#context, { gain: 0 });
      gain.gain.setValueAtTime(VOLUME, begin);
      gain.gain.exponentialRampToValueAtTime(0.001, end);
      oscillator.connect(gain).connect(this.#context.destination);
      oscillator.start(begin);
      oscillator.stop(end);
    }
  }
}
