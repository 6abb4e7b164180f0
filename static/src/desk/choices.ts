import type { Row } from "./protocol.ts";

/** What an operator may do about one person. */
export type Choice = "check_in" | "check_in_here" | "come_back" | "leave" | "substitute" | "undo_check_in" | "undo_leave" | "withdraw_substitute";

/** What this desk sees of where somebody stands. */
export type Place = "not_yet" | "absent" | "present" | "online" | "elsewhere" | "left" | "excused" | "substituted" | "pending" | "not_admitted";

/** Where the person of `row` stands, seen from the site `siteId`; once the conference is closed nobody is awaited any more. */
export function placeOf(row: Row, siteId: number | undefined, closed: boolean): Place {
  if (row.state === "present") return row.at === siteId ? (row.mode === "online" ? "online" : "present") : "elsewhere";
  return row.state === "not_yet" && closed ? "absent" : row.state;
}

/**
 * What can be done about somebody who stands there, the likeliest first. A substitution can be taken back where this desk
 * still knows it (`ownSubstitution`); a person who sits elsewhere cannot be replaced here.
 */
export function choicesFor(place: Place, row: Row, ownSubstitution: boolean): Choice[] {
  const replace: Choice[] = mayBeReplaced(row) ? ["substitute"] : [];
  const takeBack: Choice[] = ownSubstitution ? ["withdraw_substitute"] : [];
  switch (place) {
    case "not_yet":
    case "absent":
    case "excused":
      return ["check_in", ...(ownSubstitution ? takeBack : replace)];
    case "present":
      return ["leave", "undo_check_in", ...takeBack];
    case "online":
      return ["check_in", "undo_check_in"];
    case "elsewhere":
      return ["check_in_here"];
    case "left":
      return ["come_back", ...replace, "undo_leave"];
    case "substituted":
    case "pending":
      return takeBack;
    case "not_admitted":
      return [];
  }
}

const REPLACEABLE: ReadonlySet<string> = new Set(["not_yet", "excused", "left"]);

/** Whether somebody can come in the place of this person at this site. */
export function mayBeReplaced(row: Row): boolean {
  return row.expected_here && row.origin === "listed" && REPLACEABLE.has(row.state);
}

const ENOUGH: Readonly<Record<string, readonly string[]>> = { head: ["head"], leader: ["head", "leader"] };

/** Whether a substitute of `rank` is enough for an invitation that asks for `required`; the server's rule. */
export function isEnough(rank: string, required: string): boolean {
  return ENOUGH[required]?.includes(rank) ?? true;
}

/** Whether an organiser must say yes to a substitute of `rank`: it falls below what was asked for, and that of the person replaced did not. */
export function needsConsent(row: Row, rank: string): boolean {
  return !isEnough(rank, row.required_rank) && isEnough(row.rank, row.required_rank);
}
