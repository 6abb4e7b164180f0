import { isEnough } from "./choices.ts";
import type { Entry } from "./entry.ts";
import { hoursAt } from "./judge.ts";
import type { ConferenceInfo, Counts, Row, SiteInfo } from "./protocol.ts";
import type { Roster } from "./roster.ts";

/** An act that waits to be sent, and its moment in milliseconds. */
export interface Timed {
  entry: Entry;
  moment: number;
}

/** The counts that one person is in. */
type Share = Partial<Record<"named" | "present" | "away" | "excused" | "late" | "online" | "substitutes" | "visiting" | "walk_ins", 1>>;

/** What acts that wait to be sent will have changed once the server has taken them: so much as this device can know. */
export class Effects {
  /** The rows that will be different. */
  readonly rows = new Map<number, Row>();
  readonly #roster: Roster;
  readonly #conference: ConferenceInfo;
  readonly #site: SiteInfo;
  #substitutes = 0;
  #walkIns = 0;
  #headcount: number | null = null;

  constructor(roster: Roster, acts: readonly Timed[]) {
    if (!roster.conference || !roster.site) throw new Error("no roster has been read yet");
    this.#roster = roster;
    this.#conference = roster.conference;
    this.#site = roster.site;
    const withdrawn = new Set(acts.map(({ entry }) => entry.payload["substitution"]));
    for (const { entry, moment } of acts) {
      const isTakenBack = withdrawn.has(entry.payload.client_ref);
      if (!isTakenBack && hoursAt(this.#conference, moment) === "open") this.#take(entry, moment);
    }
  }

  /** The counts of the site with these changes. */
  added(counts: Counts): Counts {
    const sum = { ...counts };
    for (const [id, after] of this.rows) {
      const before = this.#roster.toldRow(id);
      if (!before) continue;
      for (const [row, step] of [[before, -1], [after, 1]] as const) {
        for (const key of Object.keys(this.#share(row)) as (keyof Share)[]) sum[key] += step;
      }
    }
    for (const key of ["named", "present", "substitutes"] as const) sum[key] += this.#substitutes;
    sum.walk_ins += this.#walkIns;
    sum.headcount = this.#headcount ?? sum.headcount;
    sum.summoned = sum.named + sum.vacant;
    sum.not_yet = sum.summoned - sum.present - sum.away - sum.excused;
    return sum;
  }

  #take(entry: Entry, moment: number): void {
    const { event, payload } = entry;
    if (event === "walk_in" && this.#conference.walk_ins === "open") this.#walkIns += 1;
    if (event === "count_heads") this.#headcount = Number(payload["count"]);
    const row = entry.delegate_id === null ? undefined : (this.rows.get(entry.delegate_id) ?? this.#roster.toldRow(entry.delegate_id));
    if (!row) return;
    const after = this.#changed(row, entry, moment);
    if (after) this.rows.set(row.id, { ...row, ...after });
  }

  /** What the act changes in the row; null where it changes nothing that this device can foresee. */
  #changed(row: Row, { event, payload }: Entry, moment: number): Partial<Row> | null {
    const isHere = this.#roster.isHere(row);
    const since = new Date(moment).toISOString();
    const desk = this.#roster.desk?.name ?? null;
    const away = { at: null, at_site: null };
    switch (event) {
      case "check_in":
        if (isHere || ["substituted", "pending", "not_admitted"].includes(row.state)) return null;
        return { state: "present", mode: "in_person", since, at: this.#site.id, at_site: this.#site.name, desk, late: row.late || (row.state === "not_yet" && this.#isLate(moment)) };
      case "leave":
        return isHere ? { state: "left", since, ...away } : null;
      case "undo_check_in":
        return isHere ? { state: "not_yet", since: null, desk: null, late: false, ...away } : null;
      case "undo_leave":
        return row.state === "left" ? { state: "present", since, at: this.#site.id, at_site: this.#site.name } : null;
      case "substitute":
        if (row.state === "substituted" || this.#needsConsent(row, String(payload["rank"]))) return null;
        this.#substitutes += 1;
        return { state: "substituted", since, by: String(payload["name"]), ...away };
      default:
        return null;
    }
  }

  /** Whether an organiser must say yes first: the rank falls below the invitation's, where that of the person replaced did not. */
  #needsConsent(row: Row, rank: string): boolean {
    return !isEnough(rank, row.required_rank) && isEnough(row.rank, row.required_rank);
  }

  #isLate(moment: number): boolean {
    return moment > Date.parse(this.#conference.starts_at) + this.#conference.late_minutes * 60_000;
  }

  /** Which counts of this site the person is in; the rule of the server's domain/attendance_fold.py. */
  #share(row: Row): Share {
    const isHere = row.at === this.#site.id;
    if (row.origin === "walk_in") return isHere ? { walk_ins: 1 } : {};
    if (!row.expected_here) return isHere ? { visiting: 1 } : {};
    const share: Share = {};
    const waits = row.state === "pending" || row.state === "not_admitted";
    if (row.state !== "substituted" && (row.origin === "listed" || !waits)) share.named = 1;
    if (row.state === "excused") share.excused = 1;
    if (row.state === "left") share.away = 1;
    if (row.late && (row.state === "present" || row.state === "left")) share.late = 1;
    if (row.state !== "present") return share;
    share.present = 1;
    if (row.mode === "online") share.online = 1;
    if (row.origin === "substitute") share.substitutes = 1;
    return share;
  }
}
