/** What the page counts to, and how long it is until or since then. */
export interface Count {
  what: "until_muster" | "until_start" | "since_start";
  ms: number;
}

export interface Moments {
  /** When the list is gone through. */
  muster: number;
  start: number;
}

/** A day before and after the beginning there is nothing to count. */
const NEAR_MS = 24 * 3600 * 1000;

export function countAt(now: number, { muster, start }: Moments): Count | null {
  if (now < muster) return muster - now > NEAR_MS ? null : { what: "until_muster", ms: muster - now };
  if (now < start) return { what: "until_start", ms: start - now };
  return now - start > NEAR_MS ? null : { what: "since_start", ms: now - start };
}

/** Hours only where there are any: 1:02:03, 02:03. What is left of a second counts as one until its end. */
export function formatSpan(ms: number, up = false): string {
  const seconds = up ? Math.floor(ms / 1000) : Math.ceil(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? rest : `${Math.floor(seconds / 3600)}:${rest}`;
}
