import { formatNumber, formatTime } from "../live/figures.ts";
import { copyOf, part, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Chime } from "./chime.ts";
import { type Answer, type Decisions, keyOf, newcomers } from "./decisions.ts";
import type { Asking, AskingPerson } from "./protocol.ts";

interface Words {
  texts: Texts;
  language: string;
  zone: string;
}

const ECHO_MS = 12000;

/** The people who ask to be let in: seen and heard as they come, decided by one tap. */
export class AskingPanel {
  readonly #decisions: Decisions;
  readonly #chime: Chime;
  readonly #words: Words;
  readonly #list = part("asking-list");
  readonly #cards = new Map<string, HTMLElement>();
  readonly #title = document.title;
  #people: AskingPerson[] = [];

  constructor(decisions: Decisions, chime: Chime, words: Words) {
    this.#decisions = decisions;
    this.#chime = chime;
    this.#words = words;
  }

  show(asking: Asking): void {
    const { texts, language } = this.#words;
    const fresh = newcomers(this.#people, asking.people);
    this.#people = asking.people;
    const cards = asking.people.map((person) => this.#card(person));
    for (const [i, card] of cards.entries()) if (this.#list.children[i] !== card) this.#list.insertBefore(card, this.#list.children[i] ?? null);
    while (this.#list.children.length > cards.length) this.#list.lastElementChild?.remove();
    const living = new Set(asking.people.map(keyOf));
    for (const key of this.#cards.keys()) if (!living.has(key)) this.#cards.delete(key);
    part("asking").hidden = asking.count === 0 && part("asking-echo").hidden;
    part("asking-head").hidden = asking.count === 0;
    write(part("asking-count"), formatNumber(asking.count, language));
    const more = asking.count - cards.length;
    part("asking-more").hidden = more <= 0;
    write(part("asking-more"), more > 0 ? say(texts, "asking_more", { n: formatNumber(more, language) }) : "");
    document.title = asking.count ? `(${asking.count}) ${this.#title}` : this.#title;
    if (fresh.length) this.#call(fresh);
  }

  #call(fresh: AskingPerson[]): void {
    this.#chime.ring();
    write(part("asking-call"), fresh.map((person) => `${person.name}: ${this.#about(person)}`).join(". "));
  }

  #card(person: AskingPerson): HTMLElement {
    const known = this.#cards.get(keyOf(person));
    if (known) return known;
    const { texts, zone } = this.#words;
    const card = copyOf("asking-card");
    this.#cards.set(keyOf(person), card);
    within(card, ".asking-name").textContent = person.name;
    within(card, ".asking-position").textContent = [person.position, person.unit].filter(Boolean).join(" · ");
    within(card, ".asking-why").textContent = this.#about(person);
    const ranks = within(card, ".asking-ranks");
    ranks.textContent = say(texts, "ranks", { rank: say(texts, `has_${person.rank}`), required: say(texts, `rank_${person.required_rank}`) });
    ranks.hidden = person.required_rank === "any";
    const since = person.since ? formatTime(person.since, zone) : "";
    within(card, ".asking-where").textContent = [person.site, person.desk, since].filter(Boolean).join(" · ");
    const reason = within(card, ".asking-reason");
    reason.textContent = person.reason && say(texts, "reason", { reason: person.reason });
    reason.hidden = !person.reason;
    const usual = say(texts, `deny_${person.why}`);
    within(card, ".asking-deny").textContent = say(texts, "deny", { reason: usual });
    within(card, ".asking-admit").addEventListener("click", () => void this.#decide(card, person, this.#decisions.admit(person)));
    within(card, ".asking-deny").addEventListener("click", () => void this.#decide(card, person, this.#decisions.deny(person, usual)));
    within<HTMLFormElement>(card, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = within<HTMLInputElement>(card, "input").value.trim();
      if (typed) void this.#decide(card, person, this.#decisions.deny(person, typed));
    });
    for (const control of card.querySelectorAll("button, summary")) control.append(hidden(`: ${person.name}`));
    return card;
  }

  async #decide(card: HTMLElement, person: AskingPerson, sent: Promise<Answer>): Promise<void> {
    const { texts, zone } = this.#words;
    const controls = card.querySelectorAll<HTMLButtonElement | HTMLInputElement>("button, input");
    for (const control of controls) control.disabled = true;
    card.dataset["deciding"] = "yes";
    const answer = await sent;
    delete card.dataset["deciding"];
    if (answer.decision === "failed" || answer.decision === "forbidden") {
      for (const control of controls) control.disabled = false;
      write(within(card, ".asking-trouble"), say(texts, `decision_${answer.decision}`));
      return;
    }
    const outcome = answer as Exclude<Answer, { decision: "failed" | "forbidden" }>;
    const faster = !outcome.mine && outcome.by;
    const key = `${faster ? "other" : "mine"}_${outcome.decision}`;
    const values = { name: person.name, by: outcome.by ?? "", at: outcome.at ? formatTime(outcome.at, zone) : "", reason: outcome.reason };
    this.#echo(say(texts, key, values), Boolean(faster));
    // The next frame takes it off the list; until then nobody presses it again.
    card.dataset["decided"] = outcome.decision;
  }

  /** What came of it, for a while: the card itself is gone by then. */
  #echo(words: string, surprising: boolean): void {
    const echo = part("asking-echo");
    echo.hidden = false;
    part("asking").hidden = false;
    echo.dataset["surprising"] = surprising ? "yes" : "no";
    write(echo, words);
    setTimeout(() => {
      if (echo.textContent !== words) return;
      echo.hidden = true;
      part("asking").hidden = this.#people.length === 0;
    }, ECHO_MS);
  }

  #about(person: AskingPerson): string {
    const key = person.why === "substitute" ? "asks_substitute" : `asks_${person.why}`;
    return say(this.#words.texts, key, { replaces: person.replaces ?? "" });
  }
}

function hidden(words: string): HTMLElement {
  const element = document.createElement("span");
  element.className = "visually-hidden";
  element.textContent = words;
  return element;
}
