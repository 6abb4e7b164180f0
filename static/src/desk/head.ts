import { formatNumber, formatPercent } from "../live/figures.ts";
import { part, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Desk } from "./desk.ts";

const OPEN_STATES = new Set(["published", "in_progress"]);

/** The head of the page: counts, connection, and what stands in the way of checking in. */
export function showHead(desk: Desk, texts: Texts, language: string): void {
  showConnection(desk, texts);
  const { counts, conference } = desk.roster;
  if (counts) {
    // Seats without a name are on no list: they are told apart from the people who can still be found there.
    const shown = { ...counts, not_yet: counts.not_yet - counts.vacant };
    for (const key of ["present", "summoned", "not_yet", "vacant", "excused", "visiting"] as const) {
      write(part(`count-${key}`), formatNumber(shown[key], language));
    }
    part("vacant").hidden = !counts.vacant;
    part("visiting").hidden = !counts.visiting;
    write(part("count-rate"), formatPercent(counts.present, counts.summoned, language));
    const whole = Math.max(counts.summoned, 1);
    part("bar-present").setAttribute("width", String((100 * counts.present) / whole));
    part("bar-excused").setAttribute("x", String((100 * counts.present) / whole));
    part("bar-excused").setAttribute("width", String((100 * counts.excused) / whole));
  }
  const closed = conference && !OPEN_STATES.has(conference.state) ? say(texts, `state_${conference.state}`) : "";
  part("notice").hidden = !closed;
  write(part("notice"), closed);
}

function showConnection(desk: Desk, texts: Texts): void {
  const waiting = desk.queue.entries.length;
  const state = desk.connection;
  part("connection").dataset["state"] = state;
  write(part("connection-word"), say(texts, state));
  part("connection-waiting").hidden = !waiting;
  write(part("connection-waiting"), waiting ? say(texts, "waiting_count", { n: waiting }) : "");
  part("loading").hidden = desk.roster.revision !== null || state === "revoked";
  const revoked = state === "revoked";
  part("revoked").hidden = !revoked;
  part("desk-body").hidden = revoked;
  write(part("revoked-waiting"), revoked && waiting ? say(texts, "revoked_waiting", { n: waiting }) : "");
}
