import { readCode } from "./codes.ts";

/** A key press as the wedge needs it; a DOM KeyboardEvent fits. */
export interface Press {
  key: string;
  code: string;
  timeStamp: number;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

const MAX_GAP_MS = 150;
/** Within what is too long for a word a pause was the scanner's radio, or a busy device, not a person. */
const STUTTER_MS = 1000;
const SCANNER_MEAN_MS = 40;
const MIN_LENGTH = 16;
const MAX_LENGTH = 300;

/**
 * Tells a hand-held scanner from a person: it types many characters without a pause, faster than anybody, and ends with
 * Enter. A pass is taken at a slower pace too: a wireless scanner stutters, and nobody types 32 odd letters that fast.
 * Where an input method hides the letter ("Process"), the physical key says it.
 */
export class Wedge {
  #text = "";
  #first = 0;
  #last = -Infinity;

  /** Take one key press; the whole text when it was the Enter of a scan, else null. */
  press(event: Press): string | null {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      this.#text = "";
      return null;
    }
    if (event.timeStamp - this.#last > (this.#isUnderWay ? STUTTER_MS : MAX_GAP_MS)) this.#text = "";
    if (event.key === "Enter") {
      const text = this.#text;
      this.#text = "";
      const isQuick = (this.#last - this.#first) / Math.max(1, text.length - 1) <= SCANNER_MEAN_MS;
      return text.length >= MIN_LENGTH && (isQuick || readCode(text).kind === "pass") ? text : null;
    }
    const letter = letterOf(event);
    if (letter === null) return null;
    if (!this.#text) this.#first = event.timeStamp;
    this.#text = (this.#text + letter).slice(-MAX_LENGTH);
    this.#last = event.timeStamp;
    return null;
  }

  get #isUnderWay(): boolean {
    return this.#text.length >= MIN_LENGTH && !/\s/.test(this.#text);
  }
}

/** What stood in a field before a scanner typed `scanned` into it, as much of it as the field would take. */
export function withoutScan(value: string, scanned: string): string {
  const at = value.indexOf(scanned);
  if (at >= 0) return value.slice(0, at) + value.slice(at + scanned.length);
  for (let length = scanned.length - 1; length > 0; length--) {
    if (value.endsWith(scanned.slice(0, length))) return value.slice(0, -length);
  }
  return value;
}

/** The character typed; null for keys without one. */
function letterOf(event: Press): string | null {
  if ([...event.key].length === 1) return event.key;
  if (event.key !== "Process" && event.key !== "Unidentified") return null;
  const physical = /^(?:Key|Digit)([A-Z0-9])$/.exec(event.code)?.[1];
  return physical ? physical.toLowerCase() : (PUNCTUATION[event.code] ?? null);
}

const PUNCTUATION: Readonly<Record<string, string>> = { Slash: "/", Period: ".", Minus: "-", Semicolon: ":" };
