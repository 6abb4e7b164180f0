import { copyOf, part, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import { mayBeReplaced, needsConsent } from "./choices.ts";
import type { SubstituteEntry } from "./acting.ts";
import { Draft } from "./draft.ts";
import { clean } from "./fold.ts";
import type { Rank, Row } from "./protocol.ts";
import type { Roster } from "./roster.ts";
import { complain, Sheet } from "./sheet.ts";

const MOST_FOUND = 6;

interface Parts {
  texts: Texts;
  roster: Roster;
  substitute: (row: Row, who: SubstituteEntry) => void;
  closed: () => void;
}

/** Who has come for whom: the form of a substitution at the door. */
export class SubstitutionDialog {
  readonly #parts: Parts;
  readonly #sheet: Sheet;
  readonly #form = part<HTMLFormElement>("substitution-form");
  readonly #draft = new Draft(this.#form);
  readonly #query = part<HTMLInputElement>("replaced-query");
  readonly #name = part<HTMLInputElement>("substitute-name");
  readonly #position = part<HTMLInputElement>("substitute-position");
  readonly #reason = part<HTMLInputElement>("substitute-reason");
  readonly #anyRank = part<HTMLInputElement>("substitute-rank");
  readonly #found = part("replaced-found");
  #row: Row | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sheet = new Sheet(part<HTMLDialogElement>("substitution"), parts.closed);
    this.#query.addEventListener("input", () => this.#find());
    this.#query.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      const rows = this.#matches();
      if (rows.length === 1 && rows[0]) this.#choose(rows[0]);
      else this.#found.querySelector("button")?.focus();
    });
    this.#found.addEventListener("click", (event) => {
      const row = parts.roster.row(Number((event.target as Element).closest<HTMLElement>("[data-id]")?.dataset["id"]));
      if (row) this.#choose(row);
    });
    part("replaced-change").addEventListener("click", () => this.#choose(undefined));
    this.#form.addEventListener("change", () => this.#weigh());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#carryOut();
    });
  }

  /** What was begun and not carried out, as words of the button that leads back to it. */
  get unfinished(): string | null {
    const subject = this.#draft.unfinished;
    if (subject === undefined || this.#sheet.isOpen) return null;
    const name = this.#rowOf(subject)?.name;
    return name ? say(this.#parts.texts, "resume_substitution", { name }) : say(this.#parts.texts, "resume_substitution_open");
  }

  /** Go on where it was left. */
  resume(): void {
    this.open(this.#rowOf(this.#draft.unfinished ?? ""));
  }

  /** Ask who has come for the person of `row`, or first who is replaced. `typed` puts an earlier entry there again. */
  open(row?: Row, typed?: SubstituteEntry): void {
    this.#draft.open(subjectOf(row));
    if (typed) this.#draft.replace({ "substitute-name": typed.name, "substitute-position": typed.position, "substitute-rank": typed.rank, "substitute-reason": typed.reason });
    complain([this.#query, this.#name, this.#anyRank, this.#reason].map((input) => ({ input, text: "" })));
    this.#show(row);
    this.#sheet.open();
    (row ? this.#name : this.#query).focus();
  }

  close(): void {
    this.#sheet.close();
  }

  #rowOf(subject: string): Row | undefined {
    return subject ? this.#parts.roster.row(Number(subject.slice(1))) : undefined;
  }

  #choose(row: Row | undefined): void {
    this.#draft.turnTo(subjectOf(row));
    this.#show(row);
    (row ? this.#name : this.#query).focus();
  }

  #show(row: Row | undefined): void {
    const { texts } = this.#parts;
    this.#row = row;
    part("replaced").hidden = !row;
    part("replaced-search").hidden = Boolean(row);
    complain([{ input: this.#query, text: "" }]);
    if (row) {
      write(part("replaced-name"), row.name);
      write(part("replaced-about"), [row.position, row.unit].filter(Boolean).join(" · "));
    } else {
      this.#query.value = "";
      this.#find();
    }
    write(part("substitute-required"), row ? say(texts, `requires_${row.required_rank}`) : "");
    part("substitute-required").hidden = !row;
    this.#weigh();
  }

  #matches(): Row[] {
    if (!this.#query.value.trim()) return [];
    return this.#parts.roster.find(this.#query.value, "all").rows.filter(mayBeReplaced);
  }

  #find(): void {
    const rows = this.#matches();
    write(part("replaced-count"), this.#query.value.trim() ? say(this.#parts.texts, "found", { n: rows.length }) : "");
    this.#found.replaceChildren(
      ...rows.slice(0, MOST_FOUND).map((row) => {
        const item = copyOf("found-row");
        item.dataset["id"] = String(row.id);
        within(item, ".person-name").textContent = row.name;
        within(item, ".person-about").textContent = [row.position, row.unit].filter(Boolean).join(" · ");
        return item;
      }),
    );
  }

  /** Say whether the rank is enough for the invitation, and what becomes of the person if it is not. */
  #weigh(): void {
    const isShort = this.#row !== undefined && this.#rank !== null && needsConsent(this.#row, this.#rank);
    if (this.#rank) complain([{ input: this.#anyRank, text: "" }]);
    part("substitute-short").hidden = !isShort;
    write(part("substitution-submit"), say(this.#parts.texts, isShort ? "substitute_short" : "substitute_enough"));
  }

  get #rank(): Rank | null {
    return new FormData(this.#form).get("substitute-rank") as Rank | null;
  }

  #carryOut(): void {
    const { texts, substitute } = this.#parts;
    const [row, rank] = [this.#row, this.#rank];
    const [name, position, reason] = [this.#name, this.#position, this.#reason].map((input) => clean(input.value)) as [string, string, string];
    const isWrong = complain([
      { input: this.#query, text: row ? "" : say(texts, "wrong_whom") },
      { input: this.#name, text: name ? "" : say(texts, "wrong_required") },
      { input: this.#anyRank, text: rank ? "" : say(texts, "wrong_rank") },
      { input: this.#reason, text: reason ? "" : say(texts, "wrong_reason") },
    ]);
    if (isWrong || !row || !rank) return;
    const who = { name, position, rank, reason };
    this.#draft.drop();
    this.close();
    substitute(row, who);
  }
}

function subjectOf(row: Row | undefined): string {
  return row ? `d${row.id}` : "";
}
