// The page of papers being made: follows how far they are, and fetches the file once it is there.
import { part, write } from "../live/page_parts.ts";
import { readTexts, say } from "../live/texts.ts";
import { follow, type Progress } from "./progress.ts";

const run = document.getElementById("run");
if (run) begin(run);

function begin(panel: HTMLElement): void {
  const texts = readTexts(panel);
  const wasAtWork = panel.dataset["state"] === "waiting" || panel.dataset["state"] === "drawing";
  if (!wasAtWork) {
    // Came here by itself from the progress of a moment ago: the file is what was waited for.
    if (sessionStorage.getItem("paper") === location.pathname && document.getElementById("run-file")) part<HTMLAnchorElement>("run-file").click();
    sessionStorage.removeItem("paper");
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
    sessionStorage.setItem("paper", location.pathname);
    location.reload();
  });
}
