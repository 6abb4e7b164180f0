/** What a scanner read: a delegate's pass, something a Vietnamese keyboard has mangled, or anything else. */
export type Reading = { kind: "pass"; token: string } | { kind: "mangled" } | { kind: "foreign" };

const TOKEN = /^[a-z2-7]{136}$/;
const PASS_ADDRESS = /^https?:\/\/[^\s]+\/p\/([a-z2-7]{136})\/?(?:[?#].*)?$/;

/**
 * The pass token in `text`: the token alone or the address that holds it, in either case of letters. Only tokens are ever
 * sent: what else people hold under a scanner (identity cards) is none of the server's business.
 */
export function readCode(text: string): Reading {
  const typed = text.trim().toLowerCase();
  const token = TOKEN.test(typed) ? typed : PASS_ADDRESS.exec(typed)?.[1];
  if (token) return { kind: "pass", token };
  return { kind: /[^\x00-\x7f]/.test(typed) && !/\s/.test(typed) ? "mangled" : "foreign" };
}

const REST_MS = 3000;

/** Keeps a code that stays before the camera from being sent again until it has been out of sight for three seconds. */
export class Sightings {
  #lastSeen = new Map<string, number>();

  /** Whether `code`, seen at `now` (milliseconds), is to be sent. */
  isNew(code: string, now: number): boolean {
    for (const [known, seen] of this.#lastSeen) if (now - seen >= REST_MS) this.#lastSeen.delete(known);
    const isNew = !this.#lastSeen.has(code);
    this.#lastSeen.set(code, now);
    return isNew;
  }
}
