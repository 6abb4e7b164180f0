import type { Tone } from "./verdict.ts";

/** Frequency in hertz, start and length in milliseconds. */
type Note = readonly [frequency: number, start: number, length: number];

const NOTES: Readonly<Record<Tone, readonly Note[]>> = {
  good: [[880, 0, 90], [1320, 100, 150]],
  moved: [[660, 0, 90], [880, 100, 90], [1100, 200, 150]],
  repeated: [[520, 0, 140], [520, 220, 140]],
  asking: [[660, 0, 120], [660, 180, 120], [880, 360, 160]],
  refused: [[196, 0, 260], [147, 300, 420]],
  waiting: [[660, 0, 90]],
  dead: [[147, 0, 300], [196, 350, 300], [147, 700, 300], [196, 1050, 500]],
};
const PULSES: Readonly<Record<Tone, number[]>> = {
  good: [80],
  moved: [80, 60, 80],
  repeated: [70, 70, 70],
  asking: [120, 80, 120],
  refused: [300, 100, 300],
  waiting: [40],
  dead: [400, 100, 400, 100, 400],
};
/** What this device has judged by itself ends on a note of its own: the server has not spoken yet. */
const UNSENT: Note = [440, 330, 110];
const ROUGH: ReadonlySet<Tone> = new Set(["refused", "dead"]);
const MUTED = "confsvc.desk.muted";
const VOLUME = 0.25;

/** Says a verdict to ears and fingers; a device without sound stays silent. */
export class Sounds {
  #context: AudioContext | null = null;

  get muted(): boolean {
    return localStorage.getItem(MUTED) === "yes";
  }

  set muted(muted: boolean) {
    localStorage.setItem(MUTED, muted ? "yes" : "no");
  }

  play(tone: Tone, unsent = false): void {
    // Before the first touch of the page a browser refuses both.
    if (!navigator.userActivation?.hasBeenActive) return;
    navigator.vibrate?.(PULSES[tone]);
    if (this.muted) return;
    this.#context ??= new AudioContext();
    void this.#context.resume();
    for (const note of unsent ? [...NOTES[tone], UNSENT] : NOTES[tone]) this.#sound(this.#context, note, ROUGH.has(tone) ? "square" : "sine");
  }

  #sound(context: AudioContext, [frequency, start, length]: Note, shape: OscillatorType): void {
    const begin = context.currentTime + start / 1000;
    const end = begin + length / 1000;
    const oscillator = new OscillatorNode(context, { type: shape, frequency });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(VOLUME, begin);
    gain.gain.exponentialRampToValueAtTime(0.001, end);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(begin);
    oscillator.stop(end);
  }
}
