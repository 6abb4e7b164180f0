import { formatTime } from "../live/figures.ts";
import { copyOf, part, showSign, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Sight } from "./verdict.ts";

const MOST_KEPT = 30;

/** What this desk has done last, newest first: waiting, accepted or refused, and why. */
export class Recent {
  readonly #texts: Texts;
  readonly #list = part("recent-list");
  readonly #items = new Map<string, HTMLElement>();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** Show `sight` for the act `ref`, in place of what stood there for it before. */
  put(ref: string, sight: Sight, at: Date, zone: string): void {
    let item = this.#items.get(ref);
    if (!item) {
      item = copyOf("recent-row");
      within(item, ".recent-time").textContent = formatTime(at, zone);
      this.#items.set(ref, item);
      this.#list.prepend(item);
      this.#trim();
    }
    item.dataset["tone"] = sight.tone;
    showSign(item, sight.tone);
    write(within(item, ".recent-name"), sight.name || say(this.#texts, "a_code"));
    write(within(item, ".recent-word"), [sight.word, ...sight.notes].join(" · "));
    part("recent-empty").hidden = true;
  }

  #trim(): void {
    const oldest = this.#list.children[MOST_KEPT];
    if (!oldest) return;
    oldest.remove();
    for (const [ref, item] of this.#items) if (item === oldest) this.#items.delete(ref);
  }
}
