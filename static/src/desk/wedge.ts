/** A key press as the wedge needs it; a DOM KeyboardEvent fits. */
export interface Press {
  key: string;
  code: string;
  timeStamp: number;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

const MAX_GAP_MS = 60;
const MIN_LENGTH = 16;
const MAX_LENGTH = 300;

/**
 * Tells a hand-held scanner from a person: it types many characters, each within 60 ms of the one before, and ends with
 * Enter. Where an input method hides the letter ("Process"), the physical key says it.
 */
export class Wedge {
  #text = "";
  #last = -Infinity;

  /** Take one key press; the whole text when it was the Enter of a scan, else null. */
  press(event: Press): string | null {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      this.#text = "";
      return null;
    }
    const quick = event.timeStamp - this.#last <= MAX_GAP_MS;
    if (event.key === "Enter") {
      const text = quick ? this.#text : "";
      this.#text = "";
      return text.length >= MIN_LENGTH ? text : null;
    }
    const letter = letterOf(event);
    if (letter === null) return null;
    this.#text = (quick ? this.#text : "").slice(-MAX_LENGTH) + letter;
    this.#last = event.timeStamp;
    return null;
  }
}

/** The character typed; null for keys without one. */
function letterOf(event: Press): string | null {
  if ([...event.key].length === 1) return event.key;
  if (event.key !== "Process" && event.key !== "Unidentified") return null;
  const physical = /^(?:Key|Digit)([A-Z0-9])$/.exec(event.code)?.[1];
  return physical ? physical.toLowerCase() : (PUNCTUATION[event.code] ?? null);
}

const PUNCTUATION: Readonly<Record<string, string>> = { Slash: "/", Period: ".", Minus: "-", Semicolon: ":" };
