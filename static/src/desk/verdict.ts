import { formatTime } from "../live/figures.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Row } from "./protocol.ts";
import type { Entry, Outcome } from "./queue.ts";

export type Tone = "good" | "repeated" | "moved" | "refused" | "waiting";

/** What fills the screen: a tone (colour, sign and sound), a word, whom it is about and what there is to know. */
export interface Sight {
  tone: Tone;
  word: string;
  name: string;
  about: string[];
  notes: string[];
}

/** The sight of the server's answer; `row` is what was known of the person before. */
export function sightOf(entry: Entry, outcome: Outcome, texts: Texts, zone: string, row?: Row): Sight {
  if (!outcome.ok) return { tone: "refused", word: say(texts, "refused"), ...person(row), notes: [outcome.message] };
  const { verdict } = outcome.answer;
  const who = outcome.answer.row ?? row;
  const undo = entry.event === "undo_check_in";
  const before = (key: string) => [
    say(texts, key, { time: verdict.since ? formatTime(verdict.since, zone) : "–", site: verdict.site ?? "–" }),
    ...atDesk(verdict.desk, texts),
  ];
  switch (verdict.verdict) {
    case "accepted":
      return { tone: "good", word: say(texts, undo ? "undone" : "accepted"), ...person(who), notes: undo ? [] : elsewhere(who, texts) };
    case "repeated":
      return { tone: "repeated", word: say(texts, undo ? "undone_already" : "repeated"), ...person(who), notes: undo ? [] : before("since") };
    case "moved":
      return { tone: "moved", word: say(texts, "moved"), ...person(who), notes: [...before("moved_from"), ...elsewhere(who, texts)] };
    case "refused":
      return { tone: "refused", word: say(texts, verdict.reason === "pass_unknown" ? "not_a_code" : "refused"), ...person(who), notes: [say(texts, `reason_${verdict.reason ?? "unknown"}`)] };
  }
}

/** The sight of something that has no answer yet: kept here, sent when the line is back. */
export function waitingSight(texts: Texts, row?: Row): Sight {
  return { tone: "waiting", word: say(texts, "waiting"), ...person(row), notes: [say(texts, row ? "waiting_note" : "waiting_code_note")] };
}

/** The sight of a code that is no pass and was not sent. */
export function foreignSight(texts: Texts, mangled: boolean): Sight {
  return { tone: "refused", word: say(texts, "not_a_code"), name: "", about: [], notes: [say(texts, mangled ? "mangled_code" : "foreign_code")] };
}

/** Which desk did it, where it was a desk. */
export function atDesk(desk: string | null, texts: Texts): string[] {
  return desk ? [say(texts, "at_desk", { desk })] : [];
}

function person(row?: Row): { name: string; about: string[] } {
  return row ? { name: row.name, about: [row.position, row.unit].filter(Boolean) } : { name: "", about: [] };
}

function elsewhere(row: Row | undefined, texts: Texts): string[] {
  return row && !row.expected_here ? [say(texts, "expected_elsewhere", { site: row.expected_site })] : [];
}
