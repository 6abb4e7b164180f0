import { part } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Desk } from "./desk.ts";

/** On a desk that may not act any more: what has become of what it had recorded and not sent. */
export function showHanded(desk: Desk, texts: Texts): void {
  if (desk.connection !== "revoked" && desk.connection !== "handing_over") return;
  const handed = desk.pending.filter(({ state }) => state === "handed_over").length;
  const lines = [
    ...(desk.connection === "handing_over" ? [say(texts, "handing_over", { n: desk.unsent })] : []),
    ...(handed ? [say(texts, "handed", { n: handed })] : []),
    ...(desk.unsent && desk.connection === "revoked" ? [say(texts, "not_handed", { n: desk.unsent })] : []),
  ];
  const shown = part("handed");
  if (shown.textContent === lines.join("")) return;
  shown.replaceChildren(
    ...lines.map((line) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = line;
      return paragraph;
    }),
  );
}
