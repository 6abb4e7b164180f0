import { formatTime } from "../live/figures.ts";
import { say, type Texts } from "../live/texts.ts";
import { needsConsent } from "./choices.ts";
import { type Entry, HANDED_OVER, type Judgement, type Outcome } from "./entry.ts";
import type { ConferenceInfo, Row, Verdict } from "./protocol.ts";

export type Tone = "good" | "repeated" | "moved" | "asking" | "refused" | "waiting" | "dead";

/** What fills the screen: a tone (colour, sign and sound), a word, whom it is about and what there is to know. */
export interface Sight {
  tone: Tone;
  word: string;
  name: string;
  about: string[];
  notes: string[];
  /** It is this device's own judgement: the server has not spoken yet. */
  unsent?: boolean;
}

/** What a sight is drawn with; `row`: what is known of the person meant (of a substitution: of the person replaced). */
export interface Known {
  texts: Texts;
  conference: ConferenceInfo | null;
  row?: Row | undefined;
}

/** What may have to wait for an organiser's yes. */
const NEWCOMING: ReadonlySet<string> = new Set(["check_in", "substitute", "walk_in"]);

/** The sight of the server's answer. */
export function sightOf(entry: Entry, outcome: Outcome, known: Known): Sight {
  const { texts } = known;
  if (!outcome.ok) {
    if (outcome.code === HANDED_OVER) return { tone: "waiting", word: say(texts, "handed_over"), ...subject(entry, known), notes: [] };
    return { tone: "refused", word: say(texts, "refused"), ...subject(entry, known), notes: [outcome.message] };
  }
  const { verdict, row } = outcome.answer;
  const who = row ? person(row) : subject(entry, known);
  if (row?.state === "pending" && NEWCOMING.has(entry.event) && verdict.verdict !== "refused") {
    return { tone: "asking", word: say(texts, "asking"), ...who, notes: [...standsFor(entry, known), say(texts, "asking_note")] };
  }
  switch (verdict.verdict) {
    case "accepted":
      return { tone: "good", word: doneWord(entry, known), ...who, notes: doneNotes(entry, row, known) };
    case "repeated":
      return { tone: "repeated", word: againWord(entry, texts), ...who, notes: entry.event === "check_in" || entry.event === "leave" ? before(verdict, known) : [] };
    case "moved":
      return { tone: "moved", word: say(texts, "moved"), ...who, notes: [...before(verdict, known, "moved_from"), ...elsewhere(row ?? undefined, texts)] };
    case "refused":
      return { ...refusal(verdict.reason ?? "unknown", known, verdict.by, verdict.since), ...who };
  }
}

/** The sight of what this device makes of an act by itself: kept here, sent when the line is back. */
export function keptSight(entry: Entry, judgement: Judgement, known: Known): Sight {
  const about = { ...known, row: judgement.kind === "person" ? judgement.row : known.row };
  return { ...judged(entry, judgement, about), ...subject(entry, about), unsent: true };
}

/** The sight of an act that the device could not store: it may be lost, so it goes on paper. */
export function unkeptSight(entry: Entry, known: Known): Sight {
  const who = subject(entry, known);
  return { tone: "dead", word: say(known.texts, "not_kept"), ...who, notes: [say(known.texts, who.name ? "not_kept_note" : "not_kept_code")], unsent: true };
}

/** The sight of a code that is no pass and was not sent. */
export function foreignSight(texts: Texts, mangled: boolean): Sight {
  return { tone: "refused", word: say(texts, "not_a_code"), name: "", about: [], notes: [say(texts, mangled ? "mangled_code" : "foreign_code")] };
}

/** Which desk did it, where it was a desk. */
export function atDesk(desk: string | null, texts: Texts): string[] {
  return desk ? [say(texts, "at_desk", { desk })] : [];
}

type Words = Pick<Sight, "tone" | "word" | "notes">;

function judged(entry: Entry, judgement: Judgement, known: Known): Words {
  const { texts } = known;
  switch (judgement.kind) {
    case "unknown":
      return refusal("pass_unknown", known);
    case "other_conference":
      return refusal("other_conference", known);
    case "revoked":
      return judgement.by ? refusal("substituted", known, judgement.by) : refusal("pass_revoked", known);
  }
  if (judgement.hours !== "open") return refusal(judgement.hours, known);
  if (judgement.kind === "unjudged" || (judgement.kind === "person" && judgement.standing === "welcome" && entry.event === "substitute")) return unjudged(entry, known);
  if (judgement.kind === "visitor") return { tone: "good", word: doneWord(entry, known), notes: [say(texts, "elsewhere_pass")] };
  const { row, standing } = judgement;
  const was: Verdict = { verdict: "repeated", reason: null, since: row.since, site: row.at_site, desk: row.desk, by: row.by };
  switch (standing) {
    case "here":
    case "gone":
      return { tone: "repeated", word: againWord(entry, texts), notes: before(was, known) };
    case "elsewhere":
      return { tone: "moved", word: say(texts, "moved"), notes: before(was, known, "moved_from") };
    case "replaced":
      return refusal("substituted", known, row.by, row.since);
    case "not_here":
      return refusal("not_present", known);
    case "welcome":
      if (entry.event === "check_in" && row.state === "not_admitted") return refusal("not_admitted", known);
      if (entry.event === "check_in" && row.state === "pending") return { tone: "asking", word: say(texts, "asking"), notes: [] };
      return { tone: "good", word: doneWord(entry, known), notes: elsewhere(row, texts) };
  }
}

/** What an act comes to that no pass and no presence stands in the way of; what the conference asks of newcomers is known all the same. */
function unjudged(entry: Entry, known: Known): Words {
  const { texts, conference, row } = known;
  const rank = String(entry.payload["rank"] ?? "");
  const asks = entry.event === "walk_in" ? conference?.walk_ins === "ask" : entry.event === "substitute" && row !== undefined && needsConsent(row, rank);
  if (entry.event === "walk_in" && conference?.walk_ins === "refuse") return refusal("walk_ins_refused", known);
  if (asks) return { tone: "asking", word: say(texts, "asking"), notes: standsFor(entry, known) };
  if (entry.event === "check_in" || entry.event === "leave") return { tone: "waiting", word: say(texts, "waiting"), notes: [say(texts, row ? "waiting_note" : "waiting_code_note")] };
  return { tone: "good", word: doneWord(entry, known), notes: standsFor(entry, known) };
}

function refusal(reason: string, { texts, conference }: Known, by: string | null = null, since: string | null = null): Words {
  const time = since ? formatTime(since, conference?.timezone ?? "UTC") : "";
  const why = reason === "substituted" && by ? say(texts, time ? "replaced_by_since" : "replaced_by", { name: by, time }) : say(texts, `reason_${reason}`);
  return { tone: "refused", word: say(texts, reason === "pass_unknown" ? "not_a_code" : "refused"), notes: [why] };
}

function doneWord(entry: Entry, { texts, row }: Known): string {
  return say(texts, entry.event === "check_in" && row?.state === "left" ? "returned" : `accepted_${entry.event}`);
}

function againWord(entry: Entry, texts: Texts): string {
  return say(texts, ["check_in", "undo_check_in", "leave"].includes(entry.event) ? `repeated_${entry.event}` : "repeated_other");
}

function doneNotes(entry: Entry, row: Row | null, known: Known): string[] {
  const { texts } = known;
  if (entry.event !== "check_in") return standsFor(entry, known);
  return [...(row?.late ? [`${say(texts, "late")}.`] : []), ...elsewhere(row ?? undefined, texts)];
}

/** Whom a substitute stands for. */
function standsFor(entry: Entry, { texts, row }: Known): string[] {
  return entry.event === "substitute" && row ? [say(texts, "in_place_of", { name: row.name })] : [];
}

function before(verdict: Verdict, { texts, conference }: Known, key = "since"): string[] {
  if (!verdict.since) return atDesk(verdict.desk, texts);
  const time = formatTime(verdict.since, conference?.timezone ?? "UTC");
  return [verdict.site ? say(texts, key, { time, site: verdict.site }) : say(texts, "left_at", { time }), ...atDesk(verdict.desk, texts)];
}

/** Whom an act is about, by what was typed or by what is known. */
function subject(entry: Entry, { texts, row }: Known): Pick<Sight, "name" | "about"> {
  const { name, position, unit, count } = entry.payload as Record<string, unknown>;
  if (entry.event === "count_heads") return { name: say(texts, "heads", { n: Number(count) }), about: [] };
  if (typeof name === "string") return { name, about: [position, unit ?? row?.unit].filter((text): text is string => typeof text === "string" && text !== "") };
  return row ? person(row) : { name: "", about: [] };
}

function person(row: Row): Pick<Sight, "name" | "about"> {
  return { name: row.name, about: [row.position, row.unit].filter(Boolean) };
}

function elsewhere(row: Row | undefined, texts: Texts): string[] {
  return row && !row.expected_here ? [say(texts, "expected_elsewhere", { site: row.expected_site })] : [];
}
