import { formatTime } from "../live/figures.ts";
import { copyOf, part, showSign, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Row } from "./protocol.ts";
import type { Filter, Roster } from "./roster.ts";

const MOST_SHOWN = 200;

export type RowState = "not_yet" | "present" | "excused" | "elsewhere" | "waiting";

interface Parts {
  roster: Roster;
  texts: Texts;
  isWaiting: (id: number) => boolean;
  /** Why the last act on this person was refused, as long as it matters. */
  refusalOf: (id: number) => string | undefined;
  pressed: (row: Row) => void;
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
        const item = (event.target as Element).closest<HTMLElement>("[data-id]");
        const row = item && parts.roster.row(Number(item.dataset["id"]));
        if (row) parts.pressed(row);
      });
    }
    part("roster-lists").addEventListener("keydown", (event) => this.#move(event));
  }

  show(query: string, filter: Filter): void {
    const { rows, others } = this.#parts.roster.find(query, filter);
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
    if (empty) write(part("empty-words"), say(texts, query ? "empty_search" : roster.rows.length ? `empty_${filter}` : "empty_roster"));
  }

  /** The one person to whom Enter in the search field can mean nobody else. */
  only(query: string, filter: Filter): Row | undefined {
    const { rows, others } = this.#parts.roster.find(query, filter);
    return rows.length === 1 ? rows[0] : !rows.length && others.length === 1 ? others[0] : undefined;
  }

  focusFirst(): void {
    this.#buttons()[0]?.focus();
  }

  /** Where the person stands, as this desk sees it. */
  stateOf(row: Row): RowState {
    if (this.#parts.isWaiting(row.id)) return "waiting";
    if (row.state === "present") return this.#parts.roster.isHere(row) ? "present" : "elsewhere";
    return row.state;
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
    const state = this.stateOf(row);
    const { texts, roster } = this.#parts;
    write(within(item, ".person-name"), row.name);
    write(within(item, ".person-about"), [row.position, row.unit].filter(Boolean).join(" · "));
    const refusal = state === "waiting" ? undefined : this.#parts.refusalOf(row.id);
    const note = refusal ?? (row.expected_here ? "" : say(texts, "expected_elsewhere", { site: row.expected_site }));
    const noteLine = within(item, ".person-note");
    write(noteLine, note);
    noteLine.hidden = !note;
    noteLine.classList.toggle("refusal", Boolean(refusal));
    const time = state === "present" && row.since ? formatTime(row.since, roster.conference?.timezone ?? "UTC") : "";
    write(within(item, ".person-time"), time);
    write(within(item, ".person-word"), say(texts, `row_${state}`));
    if (item.dataset["state"] !== state) {
      item.dataset["state"] = state;
      showSign(item, state);
    }
    return item;
  }

  #buttons(): HTMLButtonElement[] {
    return [...part("roster-lists").querySelectorAll<HTMLButtonElement>("[data-id] button")];
  }

  #move(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = this.#buttons();
    const next = buttons.indexOf(document.activeElement as HTMLButtonElement) + step;
    event.preventDefault();
    if (next < 0) part("query").focus();
    else buttons[next]?.focus();
  }
}
