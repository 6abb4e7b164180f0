/** Payloads of the namespace /board, as docs/live-protocol.md has them. */

export interface Counts {
  summoned: number;
  named: number;
  vacant: number;
  present: number;
  not_yet: number;
  excused: number;
  visiting: number;
}

export interface SiteCounts extends Counts {
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
  total: Counts;
  sites: SiteCounts[];
  missing: Missing[] | null;
}

export interface Frame {
  now: string;
  previous: number;
  revision: number;
  total: Counts;
  sites: SiteCounts[];
  missing: Missing[] | null;
}
