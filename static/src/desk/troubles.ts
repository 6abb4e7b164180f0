import { formatTime } from "../live/figures.ts";
import { copyOf, part, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Entry, Pending } from "./entry.ts";
import type { Sight } from "./verdict.ts";

interface Parts {
  texts: Texts;
  sight: (pending: Pending) => Sight;
  /** When it was done, by the server's clock. */
  moment: (entry: Entry) => Date;
  dealtWith: (ref: string) => void;
  /** What opens the form with what was typed, for acts that were typed. */
  againOf: (pending: Pending) => (() => void) | null;
}

/** What the server refused after the operator had gone on: it stays until somebody has dealt with it. */
export class Troubles {
  readonly #parts: Parts;
  readonly #list = part("troubles-list");
  readonly #items = new Map<string, HTMLElement>();

  constructor(parts: Parts) {
    this.#parts = parts;
    // The list may be scrolled far down: the strip at its head leads back to what must be dealt with.
    part("trouble-strip").addEventListener("click", () => {
      part("troubles").scrollIntoView({ block: "center" });
      this.#list.querySelector<HTMLElement>(".trouble-done")?.focus();
    });
  }

  show(all: readonly Pending[], zone: string): void {
    const refs = new Set(all.map((pending) => pending.entry.payload.client_ref));
    for (const [ref, item] of this.#items) {
      if (refs.has(ref)) continue;
      item.remove();
      this.#items.delete(ref);
    }
    for (const pending of all) if (!this.#items.has(pending.entry.payload.client_ref)) this.#add(pending, zone);
    const { texts } = this.#parts;
    part("troubles").hidden = !all.length;
    write(part("troubles-head"), all.length ? say(texts, "trouble_head", { n: all.length }) : "");
    part("trouble-strip").hidden = !all.length;
    write(part("trouble-strip"), say(texts, "trouble_strip", { n: all.length }));
  }

  #add(pending: Pending, zone: string): void {
    const { texts, sight, moment, dealtWith, againOf } = this.#parts;
    const { event, payload } = pending.entry;
    const { name, notes } = sight(pending);
    const item = copyOf("trouble-row");
    within(item, ".trouble-name").textContent = name || say(texts, "a_code");
    within(item, ".trouble-act").textContent = say(texts, "trouble_act", { act: say(texts, `act_${event}`), time: formatTime(moment(pending.entry), zone) });
    within(item, ".trouble-why").textContent = notes.join(" ");
    within(item, ".trouble-done").addEventListener("click", () => {
      dealtWith(payload.client_ref);
      // The next one, or the list: the place does not get lost with the button.
      (this.#list.querySelector<HTMLElement>(".trouble-done") ?? part("roster-lists")).focus();
    });
    const again = againOf(pending);
    const button = within(item, ".trouble-again");
    button.hidden = !again;
    button.addEventListener("click", () => {
      dealtWith(payload.client_ref);
      again?.();
    });
    this.#items.set(payload.client_ref, item);
    this.#list.append(item);
  }
}
