// The desk's page: the parts put together, and the keys that belong to the whole page.
import { ServerClock } from "../live/clock.ts";
import { part } from "../live/page_parts.ts";
import { readTexts } from "../live/texts.ts";
import { openTransport } from "../live/transport.ts";
import { Acts } from "./acts.ts";
import { Camera } from "./camera.ts";
import { readCode, Sightings } from "./codes.ts";
import { Desk, DESK_REFUSALS } from "./desk.ts";
import { showHead } from "./head.ts";
import { List } from "./list.ts";
import { PersonDialog } from "./person.ts";
import type { Row } from "./protocol.ts";
import { MemoryStore } from "./queue.ts";
import { Recent } from "./recent.ts";
import { newRef } from "./refs.ts";
import type { Filter } from "./roster.ts";
import { Screen } from "./screen.ts";
import { Sounds } from "./sounds.ts";
import { Wedge } from "./wedge.ts";

const texts = readTexts(part("desk"));
const language = document.documentElement.lang;
const query = part<HTMLInputElement>("query");
const filters = part<HTMLFormElement>("filters");
const wide = window.matchMedia("(min-width: 60rem)");
const hasKeyboard = window.matchMedia("(pointer: fine)");
const sounds = new Sounds();
const sightings = new Sightings();
const wedge = new Wedge();
let drawing = false;

const desk: Desk = new Desk({
  transport: openTransport("/desk", {}, DESK_REFUSALS),
  clock: new ServerClock(),
  store: new MemoryStore(),
  newRef,
  changed: draw,
  answered: (entry, outcome) => acts.answered(entry, outcome),
});
const screen = new Screen(sounds, () => (hasKeyboard.matches ? query.focus() : part("roster-lists").focus({ preventScroll: true })));
const person = new PersonDialog({ texts, undo: (row, reason) => acts.undo(row, reason), checkIn });
const acts: Acts = new Acts({ desk, texts, screen, recent: new Recent(texts), sounds, askUndo: openPerson });
const list = new List({
  roster: desk.roster,
  texts,
  isWaiting: (id) => desk.isWaiting(id),
  refusalOf: (id) => acts.refusalOf(id),
  pressed: (row) => {
    const state = list.stateOf(row);
    if (state === "present" || state === "elsewhere") openPerson(row);
    else if (state !== "waiting") checkIn(row);
  },
});
new Camera(texts, (text) => sightings.isNew(text, performance.now()) && scanned(text));

/** Draw once for all changes of a moment. */
function draw(): void {
  if (drawing) return;
  drawing = true;
  setTimeout(() => {
    drawing = false;
    showHead(desk, texts, language);
    list.show(query.value, chosenFilter());
  });
}

function chosenFilter(): Filter {
  return (new FormData(filters).get("filter") as Filter | null) ?? "not_yet";
}

function openPerson(row: Row): void {
  person.open(row, desk.roster.isHere(row), desk.roster.conference?.timezone ?? "UTC");
}

function checkIn(row: Row): void {
  clearQuery();
  acts.checkIn(row);
}

/** A code from the camera or a hand-held scanner; whatever was open makes way for it. */
function scanned(text: string): void {
  person.close();
  // Where a scan stuttered, the search field holds all of it.
  const whole = readCode(query.value);
  const reading = whole.kind === "pass" ? whole : readCode(text);
  clearQuery();
  if (reading.kind === "pass") acts.scan(reading.token);
  else acts.refuseCode(reading.kind === "mangled");
}

function clearQuery(): void {
  query.value = "";
  draw();
}

document.addEventListener(
  "keydown",
  (event) => {
    const text = wedge.press(event);
    if (text === null) return;
    // The scanner's Enter must not press a button or send a form.
    event.preventDefault();
    event.stopPropagation();
    scanned(text);
  },
  { capture: true },
);
query.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  const reading = readCode(query.value);
  if (reading.kind === "pass") return scanned(query.value);
  const only = query.value.trim() ? list.only(query.value, chosenFilter()) : undefined;
  const state = only && list.stateOf(only);
  if (only && (state === "not_yet" || state === "excused")) checkIn(only);
  else list.focusFirst();
});
query.addEventListener("input", draw);
filters.addEventListener("change", draw);
filters.addEventListener("submit", (event) => event.preventDefault());

const mute = part<HTMLButtonElement>("mute");
mute.setAttribute("aria-pressed", String(sounds.muted));
mute.addEventListener("click", () => {
  sounds.muted = !sounds.muted;
  mute.setAttribute("aria-pressed", String(sounds.muted));
  if (!sounds.muted) sounds.play("waiting");
});
const unfold = () => (part<HTMLDetailsElement>("recent").open = wide.matches);
wide.addEventListener("change", unfold);
unfold();
if (hasKeyboard.matches) query.focus();
void desk.start();
