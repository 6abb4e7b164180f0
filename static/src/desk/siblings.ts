import type { Outcome } from "./entry.ts";

/** What the pages of one browser tell each other. */
export type Word =
  /** An entry was written to the device's database. */
  | { kind: "added"; desk: string }
  | { kind: "settled"; desk: string; ref: string; outcome: Outcome }
  /** The operator has dealt with a refusal. */
  | { kind: "dismissed"; desk: string; ref: string }
  /** This browser is this desk now. */
  | { kind: "became"; desk: string };

/** The other pages of this browser, which may be the same desk. */
export interface Siblings {
  tell(word: Word): void;
  onWord(handler: (word: Word) => void): void;
  /** Do `action` while no other page does anything of this name; without waiting for ever: doing it twice is a waste, no harm. */
  alone<T>(name: string, action: () => Promise<T>): Promise<T>;
}

const CHANNEL = "confsvc-desk";
/** A page that sleeps with the lock in its hand must not hold up the one before the operator. */
const LOCK_MS = 5000;

/** The pages that this browser has open; alone where it cannot tell. */
export function openSiblings(): Siblings {
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);
  return {
    tell: (word) => channel?.postMessage(word),
    onWord: (handler) => channel?.addEventListener("message", ({ data }) => handler(data as Word)),
    alone: (name, action) => (navigator.locks ? locked(`${CHANNEL}.${name}`, action) : action()),
  };
}

async function locked<T>(name: string, action: () => Promise<T>): Promise<T> {
  const giveUp = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => giveUp.abort(), LOCK_MS);
    navigator.locks
      .request(name, { signal: giveUp.signal }, async () => {
        clearTimeout(timer);
        await action().then(resolve, reject);
      })
      .catch((error: Error) => (error.name === "AbortError" ? action().then(resolve, reject) : reject(error)));
  });
}

/** Nobody else: for a browser that cannot tell, and for tests. */
export const NO_SIBLINGS: Siblings = { tell: () => undefined, onWord: () => undefined, alone: (_name, action) => action() };
