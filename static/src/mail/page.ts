// The pages of mail: follow how far the runs are, for as long as one of them is under way.
import { write } from "../live/page_parts.ts";
import { isUnderWay, pauseMs, type Run } from "./runs.ts";

const list = document.getElementById("runs");
if (list && shownRuns(list).some((shown) => Number(shown.dataset["open"]) > 0)) void follow(list, list.dataset["url"] ?? "");

function shownRuns(root: HTMLElement): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("[data-run]")];
}

async function follow(root: HTMLElement, url: string): Promise<void> {
  let failures = 0;
  let underWay = true;
  while (underWay) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs(failures)));
    if (document.hidden) continue;
    const runs = await ask(url);
    failures = runs ? 0 : failures + 1;
    if (runs) underWay = show(root, runs);
  }
}

async function ask(url: string): Promise<Run[] | null> {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as { runs: Run[] }).runs : null;
  } catch {
    return null;
  }
}

/** Show where the runs are; whether any of those shown is still under way. */
function show(root: HTMLElement, runs: Run[]): boolean {
  const byId = new Map(runs.map((run) => [String(run.id), run]));
  const shown = shownRuns(root).flatMap((place) => {
    const run = byId.get(place.dataset["run"] ?? "");
    return run ? [{ place, run }] : [];
  });
  for (const { place, run } of shown) {
    for (const part of place.querySelectorAll<HTMLElement>("[data-part]")) {
      if (part instanceof HTMLProgressElement) part.value = run.settled;
      else write(part, run[part.dataset["part"] as "words" | "standing" | "lost" | "trouble"]);
    }
    const step = root.querySelector<HTMLElement>(`[data-step="${run.id}"]`);
    if (step) step.hidden = run.open === 0;
  }
  return isUnderWay(shown.map(({ run }) => run));
}
