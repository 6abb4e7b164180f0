import { part, showSign, within } from "../live/page_parts.ts";
import type { Sounds } from "./sounds.ts";
import type { Sight, Tone } from "./verdict.ts";

const SHOWN_MS: Readonly<Record<Tone, number>> = { good: 2000, moved: 5000, repeated: 4000, refused: 6000, waiting: 2500 };

/** The verdict that fills the screen and leaves by itself, by a tap, by a key or for the next one. */
export class Screen {
  readonly #root = part("verdict");
  readonly #sounds: Sounds;
  readonly #left: () => void;
  #undo: (() => void) | null = null;
  #timer = 0;

  /** `left` is called when the screen is free again. */
  constructor(sounds: Sounds, left: () => void) {
    this.#sounds = sounds;
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

  get isShown(): boolean {
    return !this.#root.hidden;
  }

  show(sight: Sight, undo: (() => void) | null = null): void {
    const root = this.#root;
    this.#undo = undo;
    root.dataset["tone"] = sight.tone;
    showSign(root, sight.tone);
    within(root, ".verdict-word").textContent = sight.word;
    within(root, ".verdict-name").textContent = sight.name;
    within(root, ".verdict-about").textContent = sight.about.join(" · ");
    within(root, ".verdict-notes").textContent = sight.notes.join(" ");
    part("verdict-undo").hidden = !undo;
    root.hidden = false;
    part("verdict-next").focus();
    this.#sounds.play(sight.tone);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.leave(), SHOWN_MS[sight.tone]);
  }

  leave(): void {
    if (this.#root.hidden) return;
    clearTimeout(this.#timer);
    this.#root.hidden = true;
    this.#left();
  }
}
