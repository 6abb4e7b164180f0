import { Heartbeat, type Answer, type Beat } from "./heartbeat.ts";

const PATIENCE_MS = 10_000;

/** Open the video meeting beside the page when somebody joins; the form itself does the rest, with or without it. */
export function openVideoOnJoin(root: Document): void {
  root.addEventListener("submit", (event) => {
    const video = (event.target as HTMLFormElement).dataset["video"];
    if (video && !event.defaultPrevented) window.open(video, "_blank", "noopener,noreferrer");
  });
}

/** Keep telling the server that this page is open, while somebody takes part online. */
export function keepHeard(place: HTMLElement): void {
  const beat = beatOf(place);
  if (!beat) return;
  const address = place.querySelector<HTMLElement>("[data-heartbeat]")?.dataset["heartbeat"] ?? "";
  const heartbeat = new Heartbeat(
    {
      tell: (known) => tell(address, known),
      show(panel) {
        place.innerHTML = panel;
        return beatOf(place);
      },
      lost(isLost) {
        const words = place.querySelector<HTMLElement>("[data-lost]");
        if (words) words.hidden = !isLost;
      },
      after(ms, call) {
        const timer = setTimeout(call, ms);
        return () => clearTimeout(timer);
      },
    },
    beat,
  );
  // Timers rest while a page is out of sight or a phone sleeps.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void heartbeat.now());
  window.addEventListener("online", () => void heartbeat.now());
  window.addEventListener("pageshow", (event) => event.persisted && void heartbeat.now());
  window.addEventListener("pagehide", () => {
    if (heartbeat.known !== null) navigator.sendBeacon(address, new URLSearchParams({ known: heartbeat.known }));
  });
}

function beatOf(place: HTMLElement): Beat | null {
  const panel = place.querySelector<HTMLElement>("[data-heartbeat]");
  return panel && { key: panel.dataset["key"] ?? "", seconds: Number(panel.dataset["seconds"]) };
}

async function tell(address: string, known: string): Promise<Answer> {
  const answer = await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ known }),
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) throw new Error(`heartbeat: ${answer.status}`);
  return (await answer.json()) as Answer;
}
