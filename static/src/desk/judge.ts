import type { Hours, Judgement, Standing } from "./entry.ts";
import { readPass } from "./passes.ts";
import type { Act, ConferenceInfo, Row } from "./protocol.ts";
import type { Roster } from "./roster.ts";

const NEVER_OPEN = new Set(["draft", "postponed"]);

/** Whether check-in is open at `moment` (milliseconds), as far as the conference's times tell. */
export function hoursAt(conference: ConferenceInfo | null, moment: number): Hours {
  if (!conference) return "open";
  const { state, opens_at, closed_at } = conference;
  if (state === "cancelled" || (closed_at !== null && moment >= Date.parse(closed_at))) return "closed";
  if (state === "closed" && closed_at === null) return "closed";
  if (NEVER_OPEN.has(state)) return "not_yet_open";
  // When it was started is not known here: once it runs, the server may be right to let earlier arrivals in.
  return state === "published" && moment < Date.parse(opens_at) ? "not_yet_open" : "open";
}

/** What this device makes of a code: the order of docs/live-protocol.md, "Judging a pass without a line". */
export function judgeCode(code: string, event: Act, roster: Roster, moment: number): Judgement {
  const { passes } = roster;
  const hours = hoursAt(roster.conference, moment);
  if (!passes) return { kind: "unjudged", hours };
  const pass = readPass(code, passes.key);
  if (!pass) return { kind: "unknown", hours };
  if (pass.conferenceId !== passes.conference_id) return { kind: "other_conference", hours };
  const by = roster.revokedBy(pass.uid);
  if (by !== undefined) return { kind: "revoked", by, hours };
  const row = roster.rowOfPass(pass.uid);
  return row ? { kind: "person", row, standing: standingOf(row, event, roster), hours } : { kind: "visitor", hours };
}

/** What this device makes of an act on somebody chosen by name. */
export function judgePerson(id: number, event: Act, roster: Roster, moment: number): Judgement {
  const hours = hoursAt(roster.conference, moment);
  const row = roster.row(id);
  return row ? { kind: "person", row, standing: standingOf(row, event, roster), hours } : { kind: "unjudged", hours };
}

function standingOf(row: Row, event: Act, roster: Roster): Standing {
  const here = roster.isHere(row);
  if (row.state === "substituted") return "replaced";
  if (event === "check_in") return here ? "here" : row.state === "present" ? "elsewhere" : "welcome";
  if (event === "leave" || event === "undo_check_in") return here ? "welcome" : row.state === "left" ? "gone" : "not_here";
  return "welcome";
}
