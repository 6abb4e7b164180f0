import { part, showSign, within } from "../live/page_parts.ts";
import type { Sounds } from "./sounds.ts";
import type { Sight, Tone } from "./verdict.ts";

/** How long a verdict stays; one that must be dealt with stays until then. */
const SHOWN_MS: Readonly<Record<Tone, number>> = { good: 2000, moved: 5000, repeated: 4000, asking: 6000, refused: 6000, waiting: 2500, dead: Infinity };

export interface Shown {
  /** The act it is about: its answer takes the place of what this device has judged. */
  ref?: string | undefined;
  undo?: (() => void) | null;
  /** The same was said before: no second sound. */
  quiet?: boolean;
}

/** The verdict that fills the screen and leaves by itself, by a tap, by a key or for the next one. */
export class Screen {
  readonly #root = part("verdict");
  readonly #sounds: Sounds;
  readonly #left: () => void;
  readonly #unsentWord: string;
  #undo: (() => void) | null = null;
  #ref: string | undefined;
  #timer = 0;

  /** `left` is called when the screen is free again; `unsentWord` marks what the server has not said yet. */
  constructor(sounds: Sounds, unsentWord: string, left: () => void) {
    this.#sounds = sounds;
    this.#unsentWord = unsentWord;
    this.#left = left;
    this.#root.addEventListener("click", (event) => {
      const undo = (event.target as Element).closest("#verdict-undo") ? this.#undo : null;
      this.leave();
      undo?.();
    });
    this.#root.addEventListener("keydown", (event) => {
      // Typing on means the next person: the letter belongs to the search field.
      if (event.key === "Escape" || ([...event.key].length === 1 && event.key !== " ")) this.leave();
    });
  }

  /** Whether the screen says something about this act just now. */
  shows(ref: string): boolean {
    return !this.#root.hidden && this.#ref === ref;
  }

  show(sight: Sight, { ref, undo = null, quiet = false }: Shown = {}): void {
    const root = this.#root;
    this.#undo = undo;
    this.#ref = ref;
    root.dataset["tone"] = sight.tone;
    root.dataset["unsent"] = sight.unsent ? "yes" : "no";
    showSign(root, sight.tone);
    within(root, ".verdict-word").textContent = sight.word;
    within(root, ".verdict-name").textContent = sight.name;
    within(root, ".verdict-about").textContent = sight.about.join(" · ");
    within(root, ".verdict-notes").textContent = sight.notes.join(" ");
    within(root, ".verdict-unsent").textContent = sight.unsent && sight.tone !== "waiting" && sight.tone !== "dead" ? this.#unsentWord : "";
    part("verdict-undo").hidden = !undo;
    root.hidden = false;
    part("verdict-next").focus();
    if (!quiet) this.#sounds.play(sight.tone, sight.unsent);
    clearTimeout(this.#timer);
    const time = SHOWN_MS[sight.tone];
    if (Number.isFinite(time)) this.#timer = window.setTimeout(() => this.leave(), time);
  }

  leave(): void {
    if (this.#root.hidden) return;
    clearTimeout(this.#timer);
    this.#root.hidden = true;
    this.#ref = undefined;
    this.#left();
  }
}
