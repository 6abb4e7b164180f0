const STRAY_MS = 400;
/** Taps closer than this (CSS pixels) were meant for the same place: a fingertip and a little. */
const NEAR = 48;
/** What closes within this of a key or a tap was closed by it. */
const CAUSE_MS = 100;
/** What carries something out at once, and says so by no change of its own. */
const ACTING = ".person-go";

interface Tap {
  x: number;
  y: number;
  at: number;
  control: Element;
}

/**
 * Keeps a second tap from going through to what has come under the finger since the first one: a panel or a verdict has
 * opened or closed, a row has moved up. Keys, and so scanners, are left alone, and so is a tap on what was there to be seen.
 */
export class StrayTaps {
  #last: Tap | null = null;
  /** When a panel was opened or closed last, and until when one that has closed by itself covers the whole page. */
  #turned = -Infinity;
  #covered = -Infinity;
  /** When something was last done on purpose. */
  #done = -Infinity;
  #isStray = false;

  /** `panels`: what covers the page, while it is not `hidden`, or is `open`. */
  constructor(panels: Iterable<HTMLElement>) {
    const observer = new MutationObserver(() => this.#turn([...panels].every((panel) => panel.hidden || (panel instanceof HTMLDialogElement && !panel.open))));
    for (const panel of panels) observer.observe(panel, { attributes: true, attributeFilter: ["hidden", "open"] });
    const options = { capture: true };
    // What is typed, spoken or filled in lies between two taps that were both meant.
    for (const meant of ["keydown", "input"]) window.addEventListener(meant, () => this.#press(), options);
    // The finger's coming down is what was meant; what follows from it shares its fate.
    window.addEventListener("pointerdown", (event) => (this.#isStray = this.#judge(event)), options);
    window.addEventListener("mousedown", (event) => this.#isStray && event.preventDefault(), options);
    window.addEventListener("click", (event) => this.#click(event), options);
  }

  #press(): void {
    this.#last = null;
    this.#done = performance.now();
  }

  /** A panel has opened or closed; `isFree`: none covers the page now. */
  #turn(isFree: boolean): void {
    this.#turned = performance.now();
    if (isFree && this.#turned - this.#done > CAUSE_MS) this.#covered = this.#turned + STRAY_MS;
  }

  #click(event: MouseEvent): void {
    // Without a place: made by a key or by a script.
    if (event.detail === 0) return;
    if (this.#isStray) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    this.#done = performance.now();
    this.#last = { x: event.clientX, y: event.clientY, at: event.timeStamp, control: controlOf(event.target as Element) };
  }

  #judge({ clientX, clientY, timeStamp }: PointerEvent): boolean {
    if (timeStamp < this.#covered) return true;
    const last = this.#last;
    if (!last || timeStamp - Math.max(last.at, this.#turned) >= STRAY_MS || Math.hypot(clientX - last.x, clientY - last.y) > NEAR) return false;
    return last.control.matches(ACTING) || !last.control.contains(document.elementFromPoint(last.x, last.y));
  }
}

function controlOf(target: Element): Element {
  return target.closest("button, a, label, summary") ?? target;
}
