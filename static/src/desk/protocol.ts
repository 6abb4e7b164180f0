/** Payloads of the namespace /desk, as docs/live-protocol.md has them. */

export interface Counts {
  summoned: number;
  named: number;
  vacant: number;
  present: number;
  not_yet: number;
  excused: number;
  visiting: number;
}

export interface Row {
  id: number;
  name: string;
  fold: string;
  sort: string;
  position: string;
  unit: string;
  rank: string;
  order: number;
  expected_here: boolean;
  expected_site: string;
  state: "not_yet" | "present" | "excused";
  mode: string;
  since: string | null;
  at: number | null;
  desk: string | null;
}

export interface Verdict {
  verdict: "accepted" | "repeated" | "moved" | "refused";
  reason: string | null;
  since: string | null;
  site: string | null;
  desk: string | null;
}

export interface ConferenceInfo {
  id: number;
  title: string;
  state: string;
  starts_at: string;
  timezone: string;
  address_form: string;
}

export interface SiteInfo {
  id: number;
  name: string;
}

export interface Snapshot {
  now: string;
  revision: number;
  conference: ConferenceInfo;
  site: SiteInfo;
  roster: Row[];
  counts: Counts;
}

export interface Changes {
  now: string;
  revision: number;
  rows: Row[];
  counts: Counts;
}

export interface Answer {
  now: string;
  revision: number;
  verdict: Verdict;
  row: Row | null;
  counts: Counts;
}
