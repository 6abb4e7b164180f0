// The page of papers being made: follows how far they are, and fetches the file once it is there.
import { part, write } from "../live/page_parts.ts";
import { readTexts, say } from "../live/texts.ts";
import { type Arrival, follow, isAnswer, type Progress } from "./progress.ts";

/** The page of the papers that this tab has followed to their end, and of those that it has fetched by itself. */
const FOLLOWED = "paper";
const FETCHED = "paper-fetched";

const run = document.getElementById("run");
if (run) begin(run);

function begin(panel: HTMLElement): void {
  const texts = readTexts(panel);
  const wasAtWork = panel.dataset["state"] === "waiting" || panel.dataset["state"] === "drawing";
  if (!wasAtWork) {
    fetchWhatWasAskedFor();
    return;
  }
  const bar = part<HTMLProgressElement>("run-progress");
  const status = part("run-status");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  void follow({
    ask: async () => {
      const answer = await fetch(panel.dataset["url"] ?? "", { headers: { Accept: "application/json" } });
      return answer.ok ? ((await answer.json()) as Progress) : null;
    },
    show: ({ state, done, total }) => {
      bar.max = total;
      bar.value = done;
      write(status, say(texts, state, { done: number.format(done), total: number.format(total) }));
    },
    lost: () => write(status, say(texts, "lost")),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }).then(() => {
    sessionStorage.setItem(FOLLOWED, location.pathname);
    location.reload();
  });
}

/** The file is what was waited for: here, or until the page had come, where it was made sooner than that. Once, however the page is come to. */
function fetchWhatWasAskedFor(): void {
  const path = location.pathname;
  const [arrival] = performance.getEntriesByType("navigation") as unknown as (Arrival | undefined)[];
  const isAwaited = sessionStorage.getItem(FOLLOWED) === path || isAnswer(arrival);
  sessionStorage.removeItem(FOLLOWED);
  if (!isAwaited || sessionStorage.getItem(FETCHED) === path || !document.getElementById("run-file")) return;
  sessionStorage.setItem(FETCHED, path);
  part<HTMLAnchorElement>("run-file").click();
}
