import type { Exchange } from "./exchange.ts";
import { nearest, placeAt, scrollBy } from "./order.ts";

/** Let items be dragged by their handle with mouse, pen or finger; Escape puts them back. */
export function dragItems(page: Document, exchange: Exchange): void {
  page.addEventListener("pointerdown", (event) => {
    const handle = (event.target as Element).closest("[data-handle]");
    const item = handle?.closest<HTMLElement>("[data-item]");
    if (!item || event.button !== 0) return;
    event.preventDefault();
    new Drag(page, exchange, item, event).begin();
  });
}

class Drag {
  private readonly mark: HTMLElement;
  private readonly ended = new AbortController();
  private readonly page: Document;
  private readonly exchange: Exchange;
  private readonly item: HTMLElement;
  private readonly pointer: number;
  private y: number;

  constructor(page: Document, exchange: Exchange, item: HTMLElement, event: PointerEvent) {
    this.page = page;
    this.exchange = exchange;
    this.item = item;
    this.pointer = event.pointerId;
    this.y = event.clientY;
    this.mark = page.createElement("li");
    this.mark.className = "drop-mark";
    this.mark.ariaHidden = "true";
  }

  begin(): void {
    const { signal } = this.ended;
    this.item.classList.add("dragging");
    this.page.addEventListener("pointermove", (event) => this.follow(event), { signal });
    this.page.addEventListener("pointerup", (event) => event.pointerId === this.pointer && this.drop(), { signal });
    this.page.addEventListener("pointercancel", () => this.end(), { signal });
    this.page.addEventListener("keydown", (event) => event.key === "Escape" && this.end(), { signal });
    requestAnimationFrame(() => this.scroll());
  }

  private follow(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    this.y = event.clientY;
    const lists = [...this.page.querySelectorAll<HTMLElement>("[data-session]")];
    const list = lists[nearest(lists.map((one) => one.getBoundingClientRect()), this.y)];
    if (!list) return;
    const rows = this.others(list);
    const boxes = rows.map((row) => row.getBoundingClientRect());
    const place = placeAt(boxes.map((box) => box.top + box.height / 2), this.y);
    list.insertBefore(this.mark, rows[place] ?? null);
  }

  private drop(): void {
    const list = this.mark.closest<HTMLElement>("[data-session]");
    const item = this.item.dataset["item"] ?? "";
    if (list) {
      const rows = [...list.children].filter((row) => row !== this.item);
      const place = rows.indexOf(this.mark);
      const own = [...list.children].filter((row) => row !== this.mark).indexOf(this.item);
      if (place !== own) {
        const target = { action: this.item.dataset["move"] ?? "", to: `${list.dataset["session"]}:${place}` };
        void this.exchange.move(item, () => target);
      }
    }
    this.end();
  }

  private end(): void {
    this.ended.abort();
    this.mark.remove();
    this.item.classList.remove("dragging");
  }

  private scroll(): void {
    if (this.ended.signal.aborted) return;
    window.scrollBy(0, scrollBy(this.y, window.innerHeight));
    requestAnimationFrame(() => this.scroll());
  }

  private others(list: HTMLElement): HTMLElement[] {
    return [...list.querySelectorAll<HTMLElement>("[data-item]")].filter((row) => row !== this.item);
  }
}
