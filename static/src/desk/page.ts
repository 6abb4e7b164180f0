// The desk's page: the parts put together, and the keys that belong to the whole page.
import { part, write } from "../live/page_parts.ts";
import { readTexts, say } from "../live/texts.ts";
import { Acts } from "./acts.ts";
import { Camera } from "./camera.ts";
import { choicesFor } from "./choices.ts";
import { readCode, Sightings } from "./codes.ts";
import { Corrections } from "./corrections.ts";
import type { Desk } from "./desk.ts";
import { Forms } from "./forms.ts";
import { showHanded } from "./handed.ts";
import { showHead } from "./head.ts";
import { offerInstall } from "./install.ts";
import { List } from "./list.ts";
import { News } from "./news.ts";
import { PersonDialog } from "./person.ts";
import type { Row } from "./protocol.ts";
import { openDesk } from "./open.ts";
import { Recent } from "./recent.ts";
import type { Filter } from "./roster.ts";
import { Screen } from "./screen.ts";
import { Sounds } from "./sounds.ts";
import { StrayTaps } from "./taps.ts";
import { Troubles } from "./troubles.ts";
import { Wedge, withoutScan } from "./wedge.ts";

const LOOK_AT_THE_CLOCK_MS = 20000;
const DRAW_EVERY_MS = 60;

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
let drawn = -Infinity;
let isLeaving = false;

const desk: Desk = await openDesk(part("desk"), {
  changed: draw,
  answered: (entry, outcome) => acts.answered(entry, outcome),
  arrivedElsewhere: (row) => news.moved(row, zone()),
});
const screen = new Screen(sounds, say(texts, "here_only"), rest);
const news = new News(texts, sounds);
const acts: Acts = new Acts({ desk, texts, screen, sounds, changed: draw, undoOf: (entry, row) => corrections.undoOf(entry, row) });
const forms: Forms = new Forms({ texts, language, roster: desk.roster, acts, show: openPerson, closed: draw });
const corrections: Corrections = new Corrections({ desk, acts, open: (row) => openPerson(row, true) });
const person = new PersonDialog({
  texts,
  checkIn,
  leave: (row) => acts.leave(row),
  substitute: (row) => forms.substitution.open(row),
  correct: (row, correction, reason) => corrections.carryOut(row, correction, reason),
  closed: draw,
});
const list = new List({
  roster: desk.roster,
  texts,
  isWaiting: (id) => desk.isWaiting(id),
  refusalOf: (id) => acts.refusalOf(id),
  pressed,
  asked: openPerson,
});
const recent = new Recent({
  texts,
  sight: (pending) => acts.sight(pending),
  lastSight: (ref) => acts.lastSight(ref),
  moment: (entry) => desk.moment(entry),
  undoOf: (pending) => corrections.undoOfPending(pending),
});
const troubles = new Troubles({ texts, sight: (pending) => acts.sight(pending), moment: (entry) => desk.moment(entry), dealtWith: (ref) => desk.dismiss(ref), againOf: (pending) => forms.againOf(pending) });
new StrayTaps(document.querySelectorAll<HTMLElement>("#verdict, dialog"));
new Camera(texts, (text) => sightings.isNew(text, performance.now()) && scanned(text));

/** Draw once for all changes of a moment; while a long queue is answered, not at every answer. */
function draw(): void {
  if (drawing) return;
  drawing = true;
  setTimeout(() => {
    drawing = false;
    drawn = performance.now();
    showHead(desk, texts, language, desk.clock.now());
    showHanded(desk, texts);
    list.show(query.value, chosenFilter());
    recent.show(desk.pending, desk.unsent, zone());
    troubles.show(acts.troubles, zone());
    if (desk.roster.revision !== null) news.decisions(desk.roster.rows);
    const unfinished = forms.unfinished;
    part("resume").hidden = !unfinished;
    write(part("resume"), unfinished?.words ?? "");
  }, Math.max(0, drawn + DRAW_EVERY_MS - performance.now()));
}

function zone(): string {
  return desk.roster.conference?.timezone ?? "UTC";
}

function chosenFilter(): Filter {
  return (new FormData(filters).get("filter") as Filter | null) ?? "not_yet";
}

/** Where the focus goes when nothing else asks for it. */
function rest(): void {
  if (hasKeyboard.matches) query.focus();
  else part("roster-lists").focus({ preventScroll: true });
}

/** What a press on a row means: the likeliest at once, everything else by the dialog. */
function pressed(row: Row): void {
  const place = list.placeOf(row);
  if (isLeaving && place === "present") acts.leave(row);
  else if (!isLeaving && (place === "not_yet" || place === "absent" || place === "excused")) checkIn(row);
  else openPerson(row);
}

function openPerson(row: Row, correcting = false): void {
  const place = list.placeOf(row);
  const choices = choicesFor(place, row, corrections.substitutionOf(row) !== undefined);
  person.open({ row, place, unsent: desk.isWaiting(row.id), choices, zone: zone() }, correcting);
}

function checkIn(row: Row): void {
  clearQuery();
  acts.checkIn(row);
}

/** A code from the camera or a hand-held scanner; whatever was open makes way for it. */
function scanned(text: string): void {
  person.close();
  forms.close();
  // Where a scan stuttered, the search field holds all of it.
  const whole = readCode(query.value);
  const reading = whole.kind === "pass" ? whole : readCode(text);
  clearQuery();
  if (reading.kind !== "pass") acts.refuseCode(reading.kind === "mangled");
  else if (isLeaving) acts.scanLeaving(reading.token);
  else acts.scan(reading.token);
}

function clearQuery(): void {
  query.value = "";
  draw();
}

/** Whether whoever is scanned from now on leaves the hall. */
function letLeave(leaving: boolean): void {
  isLeaving = leaving;
  part("leaving").hidden = !leaving;
  part("do-leave").setAttribute("aria-pressed", String(leaving));
  document.body.classList.toggle("letting-leave", leaving);
  rest();
}

document.addEventListener(
  "keydown",
  (event) => {
    const text = wedge.press(event);
    if (text === null) return;
    // The scanner's Enter must not press a button or send a form.
    event.preventDefault();
    event.stopPropagation();
    const field = event.target;
    if (field instanceof HTMLInputElement && field !== query) {
      // What was typed into a form is kept, but not what the scanner has typed into it.
      field.value = withoutScan(field.value, text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
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
  if (only && (list.placeOf(only) === "not_yet" || list.placeOf(only) === "excused") && !isLeaving) checkIn(only);
  else list.focusFirst();
});
query.addEventListener("input", draw);
filters.addEventListener("change", draw);
filters.addEventListener("submit", (event) => event.preventDefault());
part("do-leave").addEventListener("click", () => letLeave(!isLeaving));
part("leaving-end").addEventListener("click", () => letLeave(false));
part("do-walk-in").addEventListener("click", () => forms.walkIn.open());
part("empty-walk-in").addEventListener("click", () => {
  const name = query.value.trim();
  clearQuery();
  forms.walkIn.open({ name });
});
part("do-substitution").addEventListener("click", () => forms.substitution.open());
part("do-heads").addEventListener("click", () => forms.heads.open());
part("resume").addEventListener("click", () => forms.unfinished?.resume());

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
offerInstall();
if (hasKeyboard.matches) query.focus();
// What stands in the way may be over by the clock alone.
setInterval(draw, LOOK_AT_THE_CLOCK_MS);
void desk.start();
