export interface Run {
  readonly id: number;
  readonly total: number;
  readonly settled: number;
  readonly open: number;
  readonly words: string;
  readonly standing: string;
  readonly lost: string;
  readonly trouble: string;
}

const PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 30_000;

/** Whether any of these runs still has messages to send. */
export function isUnderWay(runs: readonly Run[]): boolean {
  return runs.some((run) => run.open > 0);
}

/** How long to wait before the next question, after so many in a row without an answer. */
export function pauseMs(failures: number): number {
  return Math.min(PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
}
