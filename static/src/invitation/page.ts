// Buttons that print the page, and taking part online; without scripts the buttons stay hidden.
import { keepHeard, openVideoOnJoin } from "./online.ts";

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

const place = document.getElementById("online-place");
if (place) {
  openVideoOnJoin(document);
  keepHeard(place);
}
