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
import { Finder } from "./finder.ts";
import { Pages } from "./pages.ts";
import { roll } from "./rolling.ts";
import type { Order, Tally } from "./tally.ts";
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
const finder = new Finder(transport, drawSoon);
const asking = document.getElementById("asking") && new AskingPanel(new Decisions(transport), chime, { texts, language, zone });
const FURTHER = ["away", "late", "online", "substitutes", "visiting", "walk_ins"] as const;
let drawing = false;

const board: Board = new Board({
  transport,
  clock,
  changed: () => {
    finder.refresh();
    drawSoon();
  },
});

function drawSoon(): void {
  if (!drawing) setTimeout(draw);
  drawing = true;
}

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
  drawSites(tally);
  if (tally.asking) asking?.show(tally.asking);
  if (tally.missing && showMissing(tally.missing, texts, language)) pages?.fit();
}

/** The tiles: those of the wall, or of what is looked for. */
function drawSites(tally: Tally): void {
  const looking = finder.open && finder.count !== null;
  tiles.show(looking ? finder.sites : tally.sites(chosenOrder()));
  part("no-sites").hidden = tally.siteCount > 0;
  part("sites-bar").hidden = tally.shown === "sites";
  part("find-end").hidden = !looking;
  orders.hidden = looking || tally.shown === "behind";
  const number = (value: number) => formatNumber(value, language);
  const counts = { n: number(looking ? finder.count ?? 0 : tally.tileCount), all: number(tally.siteCount), shown: number(finder.sites.length) };
  const more = looking && (finder.count ?? 0) > finder.sites.length;
  write(part("sites-said"), say(texts, more ? "found_more" : looking ? "found" : tally.shown === "parts" ? "shown_parts" : "shown_behind", counts));
}

/** How many of those missing come after the ones that are seen, -1 where all that were sent are; there may be more than were sent. */
function tellMore(n: number): void {
  const { count, mandates } = board.tally.missing ?? { count: 0, mandates: [] };
  const more = Math.max(n, 0) + count - mandates.length;
  part("missing-more").hidden = n < 0 && more === 0;
  write(part("missing-more"), more > 0 ? say(texts, "and_more", { n: formatNumber(more, language) }) : "");
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
const query = part<HTMLInputElement>("find-query");
query.addEventListener("input", () => finder.type(query.value));
part("find").addEventListener("submit", (event) => event.preventDefault());
part("sites").addEventListener("click", (event) => {
  const open = (event.target as HTMLElement).closest<HTMLButtonElement>(".tile-open");
  if (open) finder.enter(Number(open.value));
});
part("find-end").addEventListener("click", () => {
  query.value = "";
  finder.end();
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
