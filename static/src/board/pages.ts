import { type Edges, endOfPage } from "./paging.ts";

const PAGE_MS = 10000;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/**
 * A list that may be longer than its frame, for a wall where nobody scrolls: whole cards only, how many more there are, and
 * page after page by itself, which a hand on it stops, as the wish for no motion does.
 */
export class Pages {
  readonly #frame: HTMLElement;
  readonly #list: Element;
  readonly #tell: (more: number) => void;
  #first = 0;

  /** `tell` gets how many cards come after those that are seen, or -1 where the list is seen whole. */
  constructor(frame: HTMLElement, list: Element, tell: (more: number) => void) {
    this.#frame = frame;
    this.#list = list;
    this.#tell = tell;
    new ResizeObserver(() => this.fit()).observe(frame.parentElement ?? frame);
    setInterval(() => {
      if (!still.matches && !frame.matches(":hover, :focus, :focus-within")) this.#turn();
    }, PAGE_MS);
  }

  /** To be called when the list has changed. */
  fit(): void {
    this.#show(this.#first, "instant");
  }

  #turn(): void {
    const end = this.#end(this.#first);
    this.#show(end < this.#list.children.length ? end : 0, "smooth");
  }

  #show(first: number, behavior: ScrollBehavior): void {
    const cards = this.#cards();
    this.#tell(-1);
    this.#frame.style.maxHeight = "";
    if (this.#frame.scrollHeight <= this.#frame.clientHeight) {
      this.#first = 0;
      return;
    }
    this.#first = first < cards.length ? first : 0;
    this.#tell(cards.length);
    const end = this.#end(this.#first);
    const [top, bottom] = [cards[this.#first]?.top ?? 0, cards[end - 1]?.bottom ?? 0];
    this.#frame.style.maxHeight = `${bottom - top}px`;
    this.#frame.scrollTo({ top, behavior });
    this.#tell(cards.length - end);
  }

  #end(first: number): number {
    const { maxHeight } = this.#frame.style;
    this.#frame.style.maxHeight = "";
    const end = endOfPage(this.#cards(), first, this.#frame.clientHeight);
    this.#frame.style.maxHeight = maxHeight;
    return end;
  }

  #cards(): Edges[] {
    return Array.from(this.#list.children as HTMLCollectionOf<HTMLElement>, (card) => ({ top: card.offsetTop, bottom: card.offsetTop + card.offsetHeight }));
  }
}
