import { formatTime } from "../live/figures.ts";
import { copyOf, part, showSign, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Entry, Pending } from "./entry.ts";
import type { Sight } from "./verdict.ts";

const MOST_KEPT = 100;

interface Parts {
  texts: Texts;
  sight: (pending: Pending) => Sight;
  /** What was said last about an act that needs nothing any more. */
  lastSight: (ref: string) => Sight | undefined;
  /** When it was done, by the server's clock. */
  moment: (entry: Entry) => Date;
  /** What takes the act back, where it can be taken back. */
  undoOf: (pending: Pending) => (() => void) | null;
}

interface Shown {
  item: HTMLElement;
  pending: Pending;
  sight: Sight | null;
}

/** What was done at this desk, newest first: not sent yet, accepted or refused, and why. */
export class Recent {
  readonly #parts: Parts;
  readonly #list = part("recent-list");
  /** By `client_ref`; what the device has forgotten meanwhile stays as long as the page. */
  readonly #items = new Map<string, Shown>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#list.addEventListener("click", (event) => {
      const ref = (event.target as Element).closest(".recent-undo")?.closest<HTMLElement>("[data-ref]")?.dataset["ref"];
      const known = ref === undefined ? undefined : this.#items.get(ref);
      if (known) parts.undoOf(known.pending)?.();
    });
  }

  show(all: readonly Pending[], unsent: number, zone: string): void {
    const { texts, sight, lastSight, undoOf } = this.#parts;
    const kept = new Set<string>();
    for (const pending of all) {
      const ref = pending.entry.payload.client_ref;
      kept.add(ref);
      const known = this.#items.get(ref) ?? this.#add(pending, zone);
      known.pending = pending;
      this.#draw(known, sight(pending));
    }
    // Only the latest thing done to somebody can be taken back.
    const people = new Set<number>();
    for (const [ref, known] of [...this.#items].reverse()) {
      const last = kept.has(ref) ? undefined : lastSight(ref);
      if (last) this.#draw(known, last);
      const person = personOf(known.pending);
      within(known.item, ".recent-undo").hidden = (person !== null && people.has(person)) || !undoOf(known.pending);
      if (person !== null) people.add(person);
    }
    this.#trim(kept);
    part("recent-empty").hidden = this.#items.size > 0;
    write(part("recent-state"), unsent ? say(texts, "unsent", { n: unsent }) : this.#items.size ? say(texts, "all_sent") : "");
  }

  #add(pending: Pending, zone: string): Shown {
    const ref = pending.entry.payload.client_ref;
    const item = copyOf("recent-row");
    item.dataset["ref"] = ref;
    within(item, ".recent-time").textContent = formatTime(this.#parts.moment(pending.entry), zone);
    this.#list.prepend(item);
    const shown: Shown = { item, pending, sight: null };
    this.#items.set(ref, shown);
    return shown;
  }

  #draw(shown: Shown, sight: Sight): void {
    if (shown.sight === sight) return;
    shown.sight = sight;
    const { item } = shown;
    const { texts } = this.#parts;
    item.dataset["tone"] = sight.tone;
    item.dataset["unsent"] = sight.unsent ? "yes" : "no";
    showSign(item, sight.tone);
    const name = sight.name || say(texts, "a_code");
    write(within(item, ".recent-name"), name);
    const notes = sight.unsent && sight.tone !== "waiting" && sight.tone !== "dead" ? [say(texts, "here_only")] : sight.notes;
    write(within(item, ".recent-word"), [sight.word, ...notes].join(" · "));
    const undo = within(item, ".recent-undo");
    undo.setAttribute("aria-label", `${undo.textContent ?? ""} ${name}`);
  }

  /** Let the oldest go that need nothing any more. */
  #trim(kept: ReadonlySet<string>): void {
    for (const [ref, { item }] of this.#items) {
      if (this.#items.size <= MOST_KEPT) return;
      if (kept.has(ref)) continue;
      item.remove();
      this.#items.delete(ref);
    }
  }
}

function personOf({ entry, outcome }: Pending): number | null {
  return entry.delegate_id ?? (outcome?.ok ? (outcome.answer.row?.id ?? null) : null);
}
