import { formatTime } from "../live/figures.ts";
import { copyOf, part, within } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Row } from "./protocol.ts";
import type { Sounds } from "./sounds.ts";

const MOST_SHOWN = 4;

/** What others have done to people of this hall; each piece stays until it is seen, the latest first. */
export class News {
  readonly #texts: Texts;
  readonly #sounds: Sounds;
  readonly #list = part("news");
  /** Those who waited for an organiser's yes as last seen. */
  #asking = new Set<number>();

  constructor(texts: Texts, sounds: Sounds) {
    this.#texts = texts;
    this.#sounds = sounds;
    this.#list.addEventListener("click", (event) => {
      if (!(event.target as Element).closest(".news-close")) return;
      (event.target as Element).closest("li")?.remove();
      (this.#list.querySelector<HTMLElement>(".news-close") ?? part("roster-lists")).focus();
    });
  }

  /** Somebody of this hall was checked in at another site. */
  moved(row: Row, zone: string): void {
    this.#add(say(this.#texts, "news_moved", { name: row.name, site: row.at_site ?? "–" }), row.since ? formatTime(row.since, zone) : "");
    this.#sounds.play("moved");
  }

  /** Tell what organisers have decided since the last look at these rows. */
  decisions(rows: readonly Row[]): void {
    const asking = new Set<number>();
    for (const row of rows) {
      if (row.state === "pending") asking.add(row.id);
      else if (this.#asking.has(row.id) && (row.state === "present" || row.state === "not_admitted")) {
        const isIn = row.state === "present";
        this.#add(say(this.#texts, isIn ? "news_admitted" : "news_denied", { name: row.name }));
        this.#sounds.play(isIn ? "good" : "refused");
      }
    }
    this.#asking = asking;
  }

  #add(words: string, time = ""): void {
    const item = copyOf("news-row");
    within(item, ".news-words").textContent = [time, words].filter(Boolean).join(" · ");
    this.#list.prepend(item);
    this.#list.children[MOST_SHOWN]?.remove();
  }
}
