/** Sends moves one after the other and puts the agenda that comes back in place of the one shown. */
export class Exchange {
  private waiting: Promise<void> = Promise.resolve();
  private readonly page: Document;

  constructor(page: Document) {
    this.page = page;
  }

  /** Move an item once all earlier moves are answered; `find` reads target and address from the agenda shown then. */
  move(itemId: string, find: () => { action: string; to: string } | null): Promise<void> {
    this.waiting = this.waiting.then(() => this.send(itemId, find()));
    return this.waiting;
  }

  private async send(itemId: string, target: { action: string; to: string } | null): Promise<void> {
    const form = this.page.querySelector<HTMLFormElement>("form[data-moves]");
    const shown = this.page.getElementById("agenda");
    if (!form || !shown || !target) return;
    const focused = this.page.activeElement?.closest<HTMLElement>("[data-focus]")?.dataset["focus"] ?? "title";
    const body = new FormData(form);
    body.set("to", target.to);
    shown.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(target.action, { method: "POST", body, headers: { Accept: "text/html" } });
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("agenda");
      if (!next) throw new Error(`no agenda in the answer: ${answer.status}`);
      shown.replaceWith(this.page.adoptNode(next));
      this.page.dispatchEvent(new CustomEvent("agenda:shown"));
      this.say(next.querySelector("[data-news]")?.textContent ?? "");
      this.focus(itemId, focused);
    } catch {
      shown.removeAttribute("aria-busy");
      this.say(shown.dataset["failed"] ?? "", true);
    }
  }

  private focus(itemId: string, name: string): void {
    const item = this.page.getElementById(`item-${itemId}`);
    const wanted = item?.querySelector<HTMLButtonElement>(`[data-focus="${name}"]`);
    const target = wanted && !wanted.disabled ? wanted : item?.querySelector<HTMLElement>("button:enabled, a");
    target?.focus({ preventScroll: true });
    target?.scrollIntoView({ block: "nearest" });
  }

  private say(words: string, wrong = false): void {
    const news = this.page.getElementById("agenda-news");
    if (!news) return;
    news.textContent = words.trim().replace(/\s+/g, " ");
    news.className = wrong ? "notice error" : "visually-hidden";
  }
}
