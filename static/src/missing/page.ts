// The page of the missing: read anew whenever something changes, presses sent without leaving it, the countdown.
import { ServerClock } from "../live/clock.ts";
import { formatTime } from "../live/figures.ts";
import { part, write } from "../live/page_parts.ts";
import { readTexts, say } from "../live/texts.ts";
import { openTransport } from "../live/transport.ts";
import { countAt, formatSpan } from "./countdown.ts";
import { takeOver } from "./list.ts";
import { Refresher } from "./refresher.ts";

const root = part("missing");
const texts = readTexts(root);
const zone = root.dataset["timezone"] ?? "UTC";
const moments = { muster: Date.parse(root.dataset["musterAt"] ?? ""), start: Date.parse(root.dataset["startsAt"] ?? "") };
const REFUSALS = ["board_unknown"];
const clock = new ServerClock();
const transport = openTransport("/board", { conference_id: Number(root.dataset["conferenceId"]) }, REFUSALS);
const refresher = new Refresher(read, { calmMs: 2000, urgentMs: 300 });
let revision = -1;
let sending = 0;

interface Frame {
  now: string;
  revision: number;
  /** Left out where nobody else is missing. */
  missing?: unknown;
}

async function read(): Promise<void> {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = parse(await answer.text());
    // A press that is on its way brings a newer list along; a notice of it may have come here, for the server gives it once.
    if (!sending) show(fresh);
    else if (isList(fresh)) sayNotices(fresh);
  } catch {
    showConnection("offline");
  }
}

function parse(page: string): Document {
  return new DOMParser().parseFromString(page, "text/html");
}

/** Or the sign-in, where the session has ended meanwhile. */
function isList(page: Document): boolean {
  return page.getElementById("missing") !== null;
}

/** Notices stay until others come, or until the next press. */
function sayNotices(fresh: Document): void {
  const notices = fresh.querySelectorAll("#content > .notice");
  if (notices.length) part("said").replaceChildren(...notices);
}

function show(fresh: Document): void {
  if (!isList(fresh)) {
    location.reload();
    return;
  }
  sayNotices(fresh);
  takeOver(fresh, say(texts, "gone"));
}

/** Send a form of the list without leaving the page. */
async function send(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
  const data = new FormData(form, button);
  if (form.id === "follow") data.set("form_key", crypto.randomUUID());
  const opens = button?.value.startsWith("sends_deputy.") ? button.closest("tr")?.id : null;
  button?.closest("details")?.removeAttribute("open");
  part("said").replaceChildren();
  const sent = await post(form.action, data);
  if (!sent) {
    part("said").replaceChildren(notice(say(texts, "failed")));
    return;
  }
  // Its row may be drawn anew now.
  if (form.id !== "follow") form.closest("details")?.removeAttribute("open");
  if (document.activeElement?.matches("input, select")) (document.activeElement as HTMLElement).blur();
  show(sent);
  if (opens) openDeputy(opens);
}

async function post(address: string, data: FormData): Promise<Document | null> {
  sending++;
  try {
    const answer = await fetch(address, { method: "POST", body: data });
    return parse(await answer.text());
  } catch {
    return null;
  } finally {
    sending--;
  }
}

function openDeputy(rowId: string): void {
  const details = document.getElementById(rowId)?.querySelector<HTMLDetailsElement>("details.deputy");
  if (!details) return;
  details.open = true;
  details.querySelector<HTMLInputElement>("input:not([type=hidden])")?.focus();
}

function notice(words: string): HTMLElement {
  const element = document.createElement("div");
  element.className = "notice error";
  element.textContent = words;
  return element;
}

function showConnection(state: string): void {
  part("connection").dataset["state"] = state;
  write(part("connection-word"), say(texts, state));
}

function tick(): void {
  const count = countAt(clock.now().getTime(), moments);
  if (!count || root.dataset["state"] === "closed") return;
  const time = formatSpan(count.ms, count.what === "since_start");
  const to = new Date(count.what === "until_muster" ? moments.muster : moments.start);
  part("countdown").dataset["what"] = count.what;
  write(part("countdown"), say(texts, count.what, { time, clock: formatTime(to, zone) }));
}

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.id !== "follow" && !form.closest("details.deputy")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter as HTMLButtonElement | null;
  if (form.id !== "follow" || button?.value) void send(form, button);
}, { capture: true });
document.addEventListener("keydown", (event) => {
  const field = event.target as HTMLElement;
  if (event.key !== "Enter" || !field.closest(".other-reason") || field.tagName !== "INPUT") return;
  event.preventDefault();
  field.closest(".other-reason")?.querySelector("button")?.click();
});

transport.onConnect(() => {
  showConnection("online");
  refresher.ask(true);
});
transport.onDisconnect(() => showConnection("offline"));
transport.onRefused(() => showConnection("ended"));
transport.on("tallied", (frame: Frame) => {
  clock.heard(frame.now);
  if (frame.revision === revision && !frame.missing) return;
  revision = frame.revision;
  refresher.ask();
});
transport.on("followed_up", () => refresher.ask(true));
transport.on("board_changed", () => refresher.ask());
transport.on("conference_changed", (message: { state: string }) => {
  root.dataset["state"] = message.state;
  refresher.ask();
});
clock.heard(root.dataset["now"] ?? "");
tick();
setInterval(tick, 1000);
