import { formatTime } from "../live/figures.ts";
import { copyOf, part, showSign, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Entry, Pending } from "./entry.ts";
import type { Sight } from "./verdict.ts";

const MOST_KEPT = 100;

interface Parts {
  texts: Texts;
  sight: (pending: Pending) => Sight;
  /** When it was done, by the server's clock. */
  moment: (entry: Entry) => Date;
  /** What takes the act back, where it can be taken back. */
  undoOf: (pending: Pending) => (() => void) | null;
}

/** What was done at this desk, newest first: not sent yet, accepted or refused, and why. */
export class Recent {
  readonly #parts: Parts;
  readonly #list = part("recent-list");
  /** By `client_ref`; what the device has forgotten meanwhile stays as long as the page. */
  readonly #items = new Map<string, { item: HTMLElement; pending: Pending }>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#list.addEventListener("click", (event) => {
      const ref = (event.target as Element).closest(".recent-undo")?.closest<HTMLElement>("[data-ref]")?.dataset["ref"];
      const known = ref === undefined ? undefined : this.#items.get(ref);
      if (known) parts.undoOf(known.pending)?.();
    });
  }

  show(all: readonly Pending[], unsent: number, zone: string): void {
    const { texts } = this.#parts;
    for (const pending of all) this.#put(pending, zone);
    for (const known of this.#items.values()) {
      const button = within(known.item, ".recent-undo");
      button.hidden = !this.#parts.undoOf(known.pending);
      button.setAttribute("aria-label", `${button.textContent ?? ""} ${within(known.item, ".recent-name").textContent ?? ""}`);
    }
    part("recent-empty").hidden = this.#items.size > 0;
    write(part("recent-state"), unsent ? say(texts, "unsent", { n: unsent }) : this.#items.size ? say(texts, "all_sent") : "");
  }

  #put(pending: Pending, zone: string): void {
    const ref = pending.entry.payload.client_ref;
    let item = this.#items.get(ref)?.item;
    if (!item) {
      item = copyOf("recent-row");
      item.dataset["ref"] = ref;
      within(item, ".recent-time").textContent = formatTime(this.#parts.moment(pending.entry), zone);
      this.#list.prepend(item);
      this.#trim();
    }
    this.#items.set(ref, { item, pending });
    const { texts } = this.#parts;
    const sight = this.#parts.sight(pending);
    item.dataset["tone"] = sight.tone;
    item.dataset["unsent"] = sight.unsent ? "yes" : "no";
    showSign(item, sight.tone);
    write(within(item, ".recent-name"), sight.name || say(texts, "a_code"));
    const notes = sight.unsent && sight.tone !== "waiting" && sight.tone !== "dead" ? [say(texts, "here_only")] : sight.notes;
    write(within(item, ".recent-word"), [sight.word, ...notes].join(" · "));
  }

  #trim(): void {
    const oldest = this.#list.children[MOST_KEPT] as HTMLElement | undefined;
    if (!oldest) return;
    oldest.remove();
    this.#items.delete(oldest.dataset["ref"] ?? "");
  }
}
