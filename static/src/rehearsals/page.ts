// The page of a rehearsal: lets people arrive little by little, for as long as it is open.
import { part } from "../live/page_parts.ts";
import { readTexts, say } from "../live/texts.ts";
import { dueNow, planArrivals, type Plan } from "./arrivals.ts";

const STEP_MS = 1000;

interface Arrivals {
  arrived: number;
  awaited: number;
  listed: number;
}

if (document.getElementById("arrivals")) begin(part<HTMLFormElement>("arrivals"));

function begin(form: HTMLFormElement): void {
  const texts = readTexts(form);
  const progress = part<HTMLProgressElement>("arrivals-progress");
  let listed = Number(form.dataset["listed"]);
  let awaited = Number(form.dataset["awaited"]);
  let stop: (() => void) | null = null;

  part("arrivals-plan").hidden = false;
  part("arrivals-note").hidden = false;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!stop) void run();
  });
  part("arrivals-stop").addEventListener("click", () => stop?.());

  async function run(): Promise<void> {
    const share = Number(part<HTMLSelectElement>("share").value);
    const minutes = Number(part<HTMLSelectElement>("minutes").value);
    const plan = planArrivals(listed, awaited, share, minutes, Number(form.dataset["most"]));
    let stopped = false;
    let wake = (): void => undefined;
    stop = () => {
      stopped = true;
      wake();
    };
    running(true);
    const words = await follow(plan, () => stopped, (ms) => new Promise((resolve) => { wake = resolve; setTimeout(resolve, ms); }));
    stop = null;
    running(false);
    show(words);
  }

  /** Let people arrive by the plan until they are all there; what to say in the end. */
  async function follow(plan: Plan, isStopped: () => boolean, pause: (ms: number) => Promise<void>): Promise<string> {
    const began = performance.now();
    let arrived = 0;
    while (!isStopped()) {
      const due = dueNow(plan, performance.now() - began, arrived);
      if (due > 0) {
        const found = await send(due);
        if (!found) return "failed";
        ({ awaited, listed } = found);
        arrived += due;
        show("counted");
      }
      if (arrived >= plan.people || awaited === 0) return "finished";
      await pause(STEP_MS);
    }
    return "stopped";
  }

  async function send(people: number): Promise<Arrivals | null> {
    const body = new FormData(form);
    body.set("people", String(people));
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.ok) return (await answer.json()) as Arrivals;
      // Closed or wiped meanwhile: the page says so.
      if (answer.status < 500) location.reload();
    } catch {
      // The line is lost: said by the caller.
    }
    return null;
  }

  function running(isRunning: boolean): void {
    part("arrivals-go").hidden = isRunning;
    part("arrivals-stop").hidden = !isRunning;
    for (const id of ["share", "minutes"]) part<HTMLSelectElement>(id).disabled = isRunning;
    if (isRunning) show("counted");
    part(isRunning ? "arrivals-stop" : "arrivals-go").focus();
  }

  function show(key: string): void {
    const come = listed - awaited;
    progress.hidden = false;
    progress.max = Math.max(1, listed);
    progress.value = come;
    part("arrivals-status").textContent = say(texts, key, { n: come, all: listed });
  }
}
