// The agenda: items change places by arrow, key or drag without leaving the page; presenters are found while typing.
import { dragItems } from "./drag.ts";
import { Exchange } from "./exchange.ts";
import { stepOf } from "./order.ts";
import { findPresenters } from "./presenters.ts";

const exchange = new Exchange(document);

function press(itemId: string, step: string): void {
  void exchange.move(itemId, () => {
    const button = document.querySelector<HTMLButtonElement>(`#item-${itemId} button[data-focus=${step}]`);
    return button && !button.disabled ? { action: button.formAction, to: button.value } : null;
  });
}

// Before the listener that lets a form be sent once: this form is never sent by the browser.
document.addEventListener(
  "submit",
  (event) => {
    const button = event.submitter;
    const item = button?.closest<HTMLElement>("[data-item]")?.dataset["item"];
    if (!(event.target as Element).matches("form[data-moves]") || !item) return;
    event.preventDefault();
    press(item, button?.dataset["focus"] ?? "");
  },
  { capture: true },
);

document.addEventListener("keydown", (event) => {
  const step = event.altKey ? stepOf(event.key) : null;
  const item = (event.target as Element).closest<HTMLElement>("[data-item]")?.dataset["item"];
  if (!step || !item) return;
  event.preventDefault();
  press(item, step);
});

function showHandles(): void {
  for (const handle of document.querySelectorAll<HTMLElement>("[data-handle]")) handle.hidden = false;
}

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
document.addEventListener("agenda:shown", showHandles);
showHandles();
dragItems(document, exchange);
findPresenters(document);
