/** Payloads of the namespace /desk, as docs/live-protocol.md has them. */

/** The acts an operator can do, named like their events. */
export type Act = "check_in" | "undo_check_in" | "leave" | "undo_leave" | "substitute" | "withdraw_substitute" | "walk_in" | "count_heads";

export type PersonState = "not_yet" | "present" | "left" | "excused" | "substituted" | "pending" | "not_admitted";

export type Rank = "head" | "leader" | "staff";

export interface Counts {
  summoned: number;
  named: number;
  vacant: number;
  present: number;
  away: number;
  not_yet: number;
  excused: number;
  visiting: number;
  walk_ins: number;
  online: number;
  substitutes: number;
  late: number;
  headcount: number | null;
}

export interface Row {
  id: number;
  name: string;
  fold: string;
  sort: string;
  position: string;
  unit: string;
  rank: string;
  required_rank: string;
  order: number;
  origin: "listed" | "substitute" | "walk_in";
  /** The uid of the pass that is valid now. */
  pass: string | null;
  expected_here: boolean;
  expected_site: string;
  state: PersonState;
  mode: string;
  since: string | null;
  at: number | null;
  at_site: string | null;
  desk: string | null;
  late: boolean;
  /** Who sits in the seat of a substituted person; of a substitute, who was replaced. */
  by: string | null;
}

export interface Verdict {
  verdict: "accepted" | "repeated" | "moved" | "refused";
  reason: string | null;
  since: string | null;
  site: string | null;
  desk: string | null;
  by: string | null;
}

export interface DeskInfo {
  uid: string;
  name: string;
}

export interface ConferenceInfo {
  id: number;
  title: string;
  state: string;
  starts_at: string;
  opens_at: string;
  ends_at: string;
  closed_at: string | null;
  late_minutes: number;
  walk_ins: "open" | "ask" | "refuse";
  timezone: string;
  address_form: string;
  rehearsal: boolean;
}

export interface SiteInfo {
  id: number;
  name: string;
}

export interface RevokedPass {
  pass: string;
  /** The name of who took the seat over. */
  by: string | null;
}

/** What a pass is judged with where there is no line. */
export interface Passes {
  /** 32 bytes as hexadecimal digits. */
  key: string;
  conference_id: number;
  revoked: RevokedPass[];
}

export interface Snapshot {
  now: string;
  revision: number;
  desk: DeskInfo;
  conference: ConferenceInfo;
  site: SiteInfo;
  passes: Passes;
  roster: Row[];
  counts: Counts;
}

export interface Changes {
  now: string;
  revision: number;
  rows: Row[];
  revoked: RevokedPass[];
  /** Only after a `sync`. */
  restored?: string[];
  counts: Counts;
}

/** `passes_revoked`: what became of passes, whatever site their bearers belong to. */
export interface PassesChanged {
  now: string;
  revoked: RevokedPass[];
  restored: string[];
}

export interface Answer {
  now: string;
  revision: number;
  verdict: Verdict;
  row: Row | null;
  /** Of a substitution: the row of who was replaced. */
  replaced?: Row | null;
  counts: Counts;
}

export interface Refused {
  code: string;
  message: string;
  [field: string]: unknown;
}

/** The ack of `record`, without its `ok`. */
export interface Recorded {
  now: string;
  revision: number;
  results: ({ ok: true; verdict: Verdict; row: Row | null; replaced?: Row | null } | { ok: false; error: Refused })[];
  counts: Counts;
}
