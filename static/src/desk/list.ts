import { formatTime } from "../live/figures.ts";
import { copyOf, part, showSign, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import { type Place, placeOf } from "./choices.ts";
import type { Row } from "./protocol.ts";
import type { Filter, Roster } from "./roster.ts";

const MOST_SHOWN = 200;
const IN_THE_HALL: ReadonlySet<Place> = new Set(["present", "online"]);
const AWAITED: ReadonlySet<Place> = new Set(["not_yet", "absent"]);

interface Parts {
  roster: Roster;
  texts: Texts;
  /** Whether something about the person is not sent yet. */
  isWaiting: (id: number) => boolean;
  /** Why the last act on this person was refused, as long as it matters. */
  refusalOf: (id: number) => string | undefined;
  pressed: (row: Row) => void;
  /** More about this person is asked for. */
  asked: (row: Row) => void;
}

/** The roster on the page: at most 200 rows at a time, each kept in place while it changes. */
export class List {
  readonly #parts: Parts;
  readonly #list = part("roster");
  readonly #others = part("roster-others");
  readonly #items = new Map<number, HTMLElement>();

  constructor(parts: Parts) {
    this.#parts = parts;
    for (const list of [this.#list, this.#others]) {
      list.addEventListener("click", (event) => {
        const target = event.target as Element;
        const row = parts.roster.row(Number(target.closest<HTMLElement>("[data-id]")?.dataset["id"]));
        if (row) (target.closest(".person-more") ? parts.asked : parts.pressed)(row);
      });
    }
    part("roster-lists").addEventListener("keydown", (event) => this.#move(event));
  }

  show(query: string, filter: Filter): void {
    const { rows, others } = this.#find(query, filter);
    const shown = rows.slice(0, MOST_SHOWN);
    const shownOthers = others.slice(0, MOST_SHOWN - shown.length);
    this.#fill(this.#list, shown);
    this.#fill(this.#others, shownOthers);
    const wanted = new Set([...shown, ...shownOthers].map((row) => row.id));
    for (const id of this.#items.keys()) if (!wanted.has(id)) this.#items.delete(id);
    part("others-head").hidden = !others.length;
    const { texts, roster } = this.#parts;
    write(part("found"), say(texts, "found", { n: rows.length + others.length }));
    part("narrow").hidden = rows.length <= MOST_SHOWN;
    write(part("narrow"), say(texts, "narrow", { shown: shown.length, all: rows.length }));
    const empty = roster.revision !== null && !rows.length && !others.length;
    part("empty").hidden = !empty;
    part("empty-walk-in").hidden = !query.trim();
    if (empty) write(part("empty-words"), say(texts, query ? "empty_search" : roster.rows.length ? `empty_${filter}` : "empty_roster"));
  }

  /** The one person to whom Enter in the search field can mean nobody else. */
  only(query: string, filter: Filter): Row | undefined {
    const { rows, others } = this.#find(query, filter);
    return rows.length === 1 ? rows[0] : !rows.length && others.length === 1 ? others[0] : undefined;
  }

  focusFirst(): void {
    this.#buttons()[0]?.focus();
  }

  /** Where the person stands, as this desk sees it. */
  placeOf(row: Row): Place {
    const { roster } = this.#parts;
    return placeOf(row, roster.site?.id, roster.conference?.state === "closed");
  }

  /** Those of the filter, and those who fit the words typed but not the filter: nobody who was looked for stays hidden. */
  #find(query: string, filter: Filter): { rows: Row[]; others: Row[] } {
    const found = this.#parts.roster.find(query, "all").rows;
    const [rows, others]: [Row[], Row[]] = [[], []];
    for (const row of found) (this.#passes(row, filter) ? rows : others).push(row);
    return { rows, others: query.trim() ? others : [] };
  }

  #passes(row: Row, filter: Filter): boolean {
    return filter === "all" || (filter === "present" ? IN_THE_HALL : AWAITED).has(this.placeOf(row));
  }

  #fill(list: HTMLElement, rows: readonly Row[]): void {
    const items = rows.map((row) => this.#item(row));
    // Only what is out of place is moved: a focused row stays where it is.
    let next = list.firstElementChild;
    for (const item of items) {
      if (item === next) next = item.nextElementSibling;
      else list.insertBefore(item, next);
    }
    while (next) {
      const gone = next;
      next = next.nextElementSibling;
      gone.remove();
    }
  }

  #item(row: Row): HTMLElement {
    let item = this.#items.get(row.id);
    if (!item) {
      item = copyOf("person-row");
      item.dataset["id"] = String(row.id);
      this.#items.set(row.id, item);
    }
    const { texts, isWaiting } = this.#parts;
    const place = this.placeOf(row);
    const unsent = isWaiting(row.id);
    write(within(item, ".person-name"), row.name);
    write(within(item, ".person-about"), [row.position, row.unit].filter(Boolean).join(" · "));
    const refusal = unsent ? undefined : this.#parts.refusalOf(row.id);
    const note = refusal ?? this.#notes(row, place, unsent).join(" · ");
    const noteLine = within(item, ".person-note");
    write(noteLine, note);
    noteLine.hidden = !note;
    noteLine.classList.toggle("refusal", Boolean(refusal));
    write(within(item, ".person-time"), unsent ? "" : this.#time(row, place));
    write(within(item, ".person-word"), say(texts, `row_${place}`, { site: row.at_site ?? "–" }));
    const more = say(texts, "row_more", { name: row.name });
    const button = within(item, ".person-more");
    if (button.getAttribute("aria-label") !== more) button.setAttribute("aria-label", more);
    item.dataset["unsent"] = unsent ? "yes" : "no";
    if (item.dataset["state"] !== place) {
      item.dataset["state"] = place;
      showSign(item, place);
    }
    return item;
  }

  #notes(row: Row, place: Place, unsent: boolean): string[] {
    const { texts } = this.#parts;
    return [
      ...(unsent ? [say(texts, "row_waiting")] : []),
      ...(row.late && place === "present" ? [say(texts, "late")] : []),
      ...(row.origin === "walk_in" ? [say(texts, "origin_walk_in")] : []),
      ...(row.origin === "substitute" && row.by ? [say(texts, "in_place_of", { name: row.by })] : []),
      ...(place === "substituted" && row.by ? [say(texts, "replaced_by", { name: row.by })] : []),
      ...(row.expected_here ? [] : [say(texts, "expected_elsewhere", { site: row.expected_site })]),
    ];
  }

  #time(row: Row, place: Place): string {
    const isTold = place === "present" || place === "online" || place === "left" || place === "pending" || place === "elsewhere";
    return isTold && row.since ? formatTime(row.since, this.#parts.roster.conference?.timezone ?? "UTC") : "";
  }

  #buttons(): HTMLButtonElement[] {
    return [...part("roster-lists").querySelectorAll<HTMLButtonElement>("[data-id] .person-go")];
  }

  #move(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = this.#buttons();
    const now = (event.target as Element).closest("[data-id]")?.querySelector<HTMLButtonElement>(".person-go");
    const next = buttons.indexOf(now as HTMLButtonElement) + step;
    event.preventDefault();
    if (next < 0) part("query").focus();
    else buttons[next]?.focus();
  }
}
