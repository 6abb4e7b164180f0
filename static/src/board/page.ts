// The board's page: the parts put together, the clock, the order of the sites, the full screen.
import { ServerClock } from "../live/clock.ts";
import { formatNumber, formatPercent, formatTime } from "../live/figures.ts";
import { part, write } from "../live/page_parts.ts";
import { readTexts, say } from "../live/texts.ts";
import { openTransport } from "../live/transport.ts";
import { AskingPanel } from "./asking.ts";
import { Board, BOARD_REFUSALS } from "./board.ts";
import { Chime } from "./chime.ts";
import { Decisions } from "./decisions.ts";
import { Pages } from "./pages.ts";
import { roll } from "./rolling.ts";
import type { Order } from "./tally.ts";
import { drawShare, showMissing, Tiles } from "./tiles.ts";

const ORDER = "confsvc.board.order";
const root = part("board");
const texts = readTexts(root);
const language = document.documentElement.lang;
const zone = root.dataset["timezone"] ?? "UTC";
const { token, conferenceId } = root.dataset;
const clock = new ServerClock();
const tiles = new Tiles(texts, language);
const orders = part<HTMLFormElement>("orders");
const frame = document.getElementById("missing-frame");
const pages = frame && new Pages(frame, part("missing-list"), tellMore);
const transport = openTransport("/board", token ? { token } : { conference_id: Number(conferenceId) }, BOARD_REFUSALS);
const chime = new Chime();
const asking = document.getElementById("asking") && new AskingPanel(new Decisions(transport), chime, { texts, language, zone });
const FURTHER = ["away", "late", "online", "substitutes", "visiting", "walk_ins"] as const;
let drawing = false;

const board: Board = new Board({
  transport,
  clock,
  changed: () => {
    if (!drawing) setTimeout(draw);
    drawing = true;
  },
});

function draw(): void {
  drawing = false;
  const { tally, connection } = board;
  part("connection").dataset["state"] = connection;
  write(part("connection-word"), say(texts, connection));
  const lost = connection === "offline" && tally.asOf !== null;
  root.dataset["stale"] = lost || connection === "ended" ? "yes" : "no";
  part("stale").hidden = !lost && connection !== "ended";
  if (lost && tally.asOf) write(part("stale"), say(texts, "stale", { time: formatTime(tally.asOf, zone) }));
  if (connection === "ended") write(part("stale"), say(texts, "ended_words"));
  part("loading").hidden = tally.total !== null || connection === "ended";
  if (!tally.total || !tally.conference) return;
  part("figures").hidden = false;
  for (const key of ["present", "summoned", "not_yet", "excused", ...FURTHER] as const) {
    roll(part(`total-${key}`), tally.total[key], (value) => formatNumber(value, language));
  }
  // What there is none of takes no room on the wall.
  for (const key of FURTHER) (part(`total-${key}`).parentElement as HTMLElement).hidden = !tally.total[key];
  const headcount = part("total-headcount");
  (headcount.parentElement as HTMLElement).hidden = tally.total.headcount === null;
  write(headcount, formatNumber(tally.total.headcount ?? 0, language));
  write(part("headcount-label"), say(texts, "counted_total", { scanned: formatNumber(tally.total.in_hall ?? 0, language) }));
  headcount.dataset["differs"] = tally.total.headcount === tally.total.in_hall ? "no" : "yes";
  write(part("total-rate"), formatPercent(tally.total.present, tally.total.summoned, language));
  drawShare(part("total-share"), tally.total);
  write(part("conference-state"), say(texts, `state_${tally.conference.state}`));
  part("conference-state").dataset["state"] = tally.conference.state;
  tiles.show(tally, chosenOrder());
  part("no-sites").hidden = tally.sites("site").length > 0;
  if (tally.asking) asking?.show(tally.asking);
  if (tally.missing && showMissing(tally.missing, texts, language)) pages?.fit();
}

/** How many of those missing come after the ones that are seen; -1 where all are seen. */
function tellMore(n: number): void {
  part("missing-more").hidden = n < 0;
  write(part("missing-more"), n > 0 ? say(texts, "and_more", { n: formatNumber(n, language) }) : "");
}

function chosenOrder(): Order {
  return (new FormData(orders).get("order") as Order | null) ?? "site";
}

function tick(): void {
  write(part("clock"), formatTime(clock.now(), zone, true));
}

for (const option of orders.querySelectorAll("input")) option.checked = option.value === (localStorage.getItem(ORDER) ?? "site");
orders.addEventListener("submit", (event) => event.preventDefault());
orders.addEventListener("change", () => {
  localStorage.setItem(ORDER, chosenOrder());
  draw();
});
part("full-screen").addEventListener("click", () => {
  void (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
});
document.addEventListener("fullscreenchange", () => {
  part("full-screen").setAttribute("aria-pressed", String(document.fullscreenElement !== null));
});
const sound = document.getElementById("sound");
function saySound(): void {
  const on = !chime.muted && chime.possible;
  sound?.setAttribute("aria-pressed", String(on));
  if (sound) write(sound, say(texts, on ? "sound_on" : "sound_off"));
}
sound?.addEventListener("click", () => {
  // The first press is the touch that the browser waits for.
  chime.muted = sound.getAttribute("aria-pressed") === "true";
  chime.ring();
  saySound();
});
document.addEventListener("pointerdown", () => setTimeout(saySound), { once: true });
saySound();
part("full-screen").hidden = !document.fullscreenEnabled;
tick();
setInterval(tick, 1000);
board.start();
