import { formatNumber, formatPercent, formatTime } from "../live/figures.ts";
import { part, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import type { Desk } from "./desk.ts";
import type { Counts } from "./protocol.ts";

const OPEN_STATES: ReadonlySet<string> = new Set(["published", "in_progress"]);
/** Counts that are shown where there is something to count. */
const OPTIONAL = ["vacant", "away", "online", "visiting", "walk_ins", "headcount"] as const;
const SHOWN = ["present", "summoned", "not_yet", "excused", ...OPTIONAL] as const;

/** The head of the page: whose desk it is, counts, connection, and what stands in the way of checking in. */
export function showHead(desk: Desk, texts: Texts, language: string, now: Date): void {
  showConnection(desk, texts);
  const { counts, conference, site } = desk.roster;
  if (site) write(part("site-name"), site.name);
  if (conference) {
    write(part("conference-title"), conference.title);
    part("rehearsal").hidden = !conference.rehearsal;
    document.body.classList.toggle("rehearsing", conference.rehearsal);
  }
  if (counts) showCounts(counts, language);
  const hindrance = hindranceOf(desk, texts, now);
  part("notice").hidden = !hindrance;
  write(part("notice"), hindrance);
}

function showCounts(counts: Counts, language: string): void {
  // Seats without a name are on no list: they are told apart from the people who can still be found there.
  const shown = { ...counts, not_yet: counts.not_yet - counts.vacant };
  for (const key of SHOWN) write(part(`count-${key}`), formatNumber(shown[key] ?? 0, language));
  for (const key of OPTIONAL) part(key).hidden = key === "headcount" ? counts.headcount === null : !counts[key];
  write(part("count-rate"), formatPercent(counts.present, counts.summoned, language));
  const whole = Math.max(counts.summoned, 1);
  let from = 0;
  for (const key of ["present", "away", "excused"] as const) {
    const width = (100 * counts[key]) / whole;
    part(`bar-${key}`).setAttribute("x", String(from));
    part(`bar-${key}`).setAttribute("width", String(width));
    from += width;
  }
}

/** Why nobody can be checked in just now, or nothing. */
function hindranceOf(desk: Desk, texts: Texts, now: Date): string {
  const { conference } = desk.roster;
  if (!conference) return "";
  if (!OPEN_STATES.has(conference.state)) return say(texts, `state_${conference.state}`);
  const isEarly = conference.state === "published" && now < new Date(conference.opens_at);
  return isEarly ? say(texts, "state_early", { time: formatTime(conference.opens_at, conference.timezone) }) : "";
}

function showConnection(desk: Desk, texts: Texts): void {
  const { connection, unsent, storage, leftBehind } = desk;
  const isOver = connection === "revoked" || connection === "handing_over";
  part("connection").dataset["state"] = isOver ? "revoked" : connection;
  write(part("connection-word"), say(texts, isOver ? "revoked" : connection));
  part("alarm").hidden = storage === "ok";
  part("sending").hidden = !unsent && connection !== "offline";
  write(part("sending-count"), unsent ? say(texts, "unsent", { n: unsent }) : "");
  write(part("sending-note"), connection === "offline" ? say(texts, "offline_note") : "");
  part("left-behind").hidden = !leftBehind;
  write(part("left-behind"), leftBehind ? say(texts, "left_behind", { n: leftBehind }) : "");
  part("loading").hidden = desk.roster.revision !== null || isOver;
  part("revoked").hidden = !isOver;
  part("desk-body").hidden = isOver;
  const form = part("leave-desk").querySelector("form");
  if (form) form.dataset["confirm"] = unsent ? say(texts, "leave_unsent", { n: unsent }) : say(texts, "leave_confirm");
}
