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

/** A tile of the wall: a site, or one together with all the sites below it. */
export interface SiteCounts extends HallCounts {
  id: number;
  name: string;
  kind: "main" | "remote";
  /** For how many sites it stands. */
  sites: number;
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

/** A tile as it is sent: what there is none of is left out, and its name where it is known. */
export type SentTile = Pick<SiteCounts, "id"> & Partial<SiteCounts>;

/** How many mandates miss their required rank, and the first of them. */
export interface MissingRanks {
  count: number;
  mandates: Missing[];
}

/** Each site in its own tile; parts of the country; or only the sites furthest behind. */
export type Shown = "sites" | "parts" | "behind";

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
  /** The number of the frame up to which it tells. */
  frame: number;
  conference: ConferenceInfo;
  shown: Shown;
  site_count: number;
  total: HallCounts;
  sites: SentTile[];
  /** Null for those who may see counts only. */
  missing: MissingRanks | null;
  asking: Asking | null;
}

/** What changed after the frame before it. */
export interface Difference {
  now: string;
  previous: number;
  revision: number;
  frame: number;
  total: HallCounts;
  sites: SentTile[];
  gone?: number[];
  /** Left out where nothing has changed. */
  missing?: MissingRanks;
  asking?: Asking;
}

/** A difference, or everything where sites or seats have changed. */
export type Frame = Difference | (Snapshot & { previous: number });

export interface Found {
  now: string;
  revision: number;
  count: number;
  sites: SentTile[];
}
