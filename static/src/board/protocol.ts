/** Payloads of the namespace /board, as docs/live-protocol.md has them. */

export interface Counts {
  summoned: number;
  named: number;
  vacant: number;
  present: number;
  not_yet: number;
  excused: number;
  visiting: number;
  /** Checked in and gone again. */
  away: number;
  walk_ins: number;
  online: number;
  substitutes: number;
  late: number;
  /** What the site counted by eye; null: it did not. */
  headcount: number | null;
}

/** Counts with what a headcount is held against: how many people the log has in the hall. */
export interface HallCounts extends Counts {
  in_hall: number | null;
}

export interface SiteCounts extends HallCounts {
  id: number;
  name: string;
  kind: "main" | "remote";
  /** How many desks are connected. */
  desks: number;
}

export interface Missing {
  mandate_id: number;
  unit: string;
  required_rank: string;
  site: string;
  names: string[];
}

/** Somebody who waits for an organiser's yes. */
export interface AskingPerson {
  delegate_id: number;
  why: "substitute" | "walk_in" | "online";
  name: string;
  position: string;
  unit: string;
  rank: string;
  required_rank: string;
  /** Whom a substitute has come for. */
  replaces: string | null;
  site: string;
  desk: string | null;
  since: string | null;
  reason: string;
}

/** How many wait, and the first of them. */
export interface Asking {
  count: number;
  people: AskingPerson[];
}

/** What stands about somebody who asked; `mine`: this device decided it. */
export interface Outcome {
  decision: "admitted" | "denied" | "refused" | "gone";
  reason: string;
  by: string | null;
  at: string | null;
  mine: boolean;
}

export interface ConferenceInfo {
  id: number;
  title: string;
  state: string;
  starts_at: string;
  timezone: string;
}

export interface Snapshot {
  now: string;
  revision: number;
  conference: ConferenceInfo;
  total: HallCounts;
  sites: SiteCounts[];
  missing: Missing[] | null;
  asking: Asking | null;
}

export interface Frame {
  now: string;
  previous: number;
  revision: number;
  total: HallCounts;
  sites: SiteCounts[];
  missing: Missing[] | null;
  asking: Asking | null;
}
