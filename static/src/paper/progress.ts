/** How far papers are, as the server says it. */
export interface Progress {
  state: "waiting" | "drawing" | "done" | "failed" | "stopped";
  done: number;
  total: number;
}

export interface Following {
  /** Null: the server has no such papers any more. A line that is lost is an error. */
  ask: () => Promise<Progress | null>;
  show: (progress: Progress) => void;
  lost: () => void;
  pause: (ms: number) => Promise<void>;
}

/** How a page was come to; what the browser's navigation timing says of it. */
export type Arrival = Pick<PerformanceNavigationTiming, "type" | "redirectCount">;

const STEP_MS = 400;
const LONGEST_MS = 8000;

/** Whether asking for the papers has led straight here: not a link, nor a reload, nor the way back. */
export function isAnswer(arrival: Arrival | undefined): boolean {
  return arrival?.type === "navigate" && arrival.redirectCount > 0;
}

/** Ask again and again until the papers are made, were stopped, failed, or are not there any more; ever less often while nobody answers. */
export async function follow({ ask, show, lost, pause }: Following): Promise<void> {
  let wait = STEP_MS;
  for (;;) {
    try {
      const progress = await ask();
      if (!progress || !["waiting", "drawing"].includes(progress.state)) return;
      show(progress);
      wait = STEP_MS;
    } catch {
      lost();
      wait = Math.min(LONGEST_MS, wait * 2);
    }
    await pause(wait);
  }
}
