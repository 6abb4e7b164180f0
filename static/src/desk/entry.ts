import type { Reading } from "./clock.ts";
import type { Act, Answer, Row } from "./protocol.ts";

/** One thing the operator did; `client_ref` makes sending it again harmless. */
export interface Entry {
  event: Act;
  payload: { client_ref: string; occurred_at: string; clock_offset_ms?: number } & Record<string, unknown>;
  /** Whom it is about, where that is known before the answer: chosen by name, or read from the pass. */
  delegate_id: number | null;
}

/** What became of an entry: the server's answer, its refusal to take it, or given to the organiser by a desk that may not act any more. */
export type Outcome = { ok: true; answer: Answer } | { ok: false; code: string; message: string };
export const HANDED_OVER = "handed_over";

/** An entry as the device keeps it; a refusal stays, with its outcome, until the operator has dealt with it. */
export interface KeptEntry extends Entry {
  /** The uid of the desk that did it, and its conference (null: not known yet). */
  desk: string;
  conference_id: number | null;
  /** What the clocks said; missing in what an older version of this page has written. */
  reading?: Reading;
  outcome: Outcome | null;
  /** The place in the order of what was done on this device, given by its database. */
  seq?: number;
}

export type EntryState = "waiting" | "accepted" | "repeated" | "moved" | "refused" | "handed_over";

/** An entry as the screens show it. */
export interface Pending {
  entry: Entry;
  state: EntryState;
  /** Null while it waits. */
  outcome: Outcome | null;
  /** Whether its refusal has been dealt with. */
  dealt: boolean;
  /** Whether the device has it; what is not stored is lost if the page is closed before it was sent. */
  stored: boolean;
}

/** Where an entry stands that has this outcome. */
export function stateOf(outcome: Outcome | null): EntryState {
  if (!outcome) return "waiting";
  if (outcome.ok) return outcome.answer.verdict.verdict;
  return outcome.code === HANDED_OVER ? "handed_over" : "refused";
}

/** Whether check-in is open at the moment of an act, as far as this device knows. */
export type Hours = "open" | "not_yet_open" | "closed";

/** To be let in (or out, or taken back), here already, at another site, replaced by somebody else, not in this hall, has left it already. */
export type Standing = "welcome" | "here" | "elsewhere" | "replaced" | "not_here" | "gone";

/** What this device makes of an act by itself. The server's answer is the one that counts. */
export type Judgement =
  /** Nothing to judge by: no roster yet, or an act that only the server can judge. */
  | { kind: "unjudged"; hours: Hours }
  /** Not a pass, or one that was forged or altered. */
  | { kind: "unknown"; hours: Hours }
  | { kind: "other_conference"; hours: Hours }
  /** `by`: who took the seat over, if anybody. */
  | { kind: "revoked"; by: string | null; hours: Hours }
  /** `row`: as it was before the act. */
  | { kind: "person"; row: Row; standing: Standing; hours: Hours }
  /** A valid pass of somebody who is not on this site's list. */
  | { kind: "visitor"; hours: Hours };

/** What an act gives back: the entry, and what this device makes of it, known once the device has stored the entry (or could not). */
export interface Begun {
  entry: Entry;
  judgement: Promise<Judgement>;
}
