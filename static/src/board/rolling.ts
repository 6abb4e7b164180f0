const ROLL_MS = 500;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Let the number in `element` run to `value` within half a second; at once for those who want no motion. */
export function roll(element: HTMLElement, value: number, format: (value: number) => string): void {
  const from = Number(element.dataset["value"] ?? value);
  if (element.dataset["value"] === String(value)) return;
  element.dataset["value"] = String(value);
  if (still.matches || document.hidden) {
    element.textContent = format(value);
    return;
  }
  const began = performance.now();
  const step = (now: number) => {
    if (element.dataset["value"] !== String(value)) return;
    const done = Math.min(1, Math.max(0, (now - began) / ROLL_MS));
    element.textContent = format(Math.round(from + (value - from) * done));
    if (done < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
