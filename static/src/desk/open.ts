// The desk on a real device: the browser's database, clock, tabs and network put behind the desk's rules.
import { openTransport } from "../live/transport.ts";
import { DeskClock } from "./clock.ts";
import { DeviceStore } from "./database.ts";
import { Desk, DESK_REFUSALS } from "./desk.ts";
import type { Entry, Outcome } from "./entry.ts";
import { postHandover } from "./handover.ts";
import { within } from "./patience.ts";
import type { Row } from "./protocol.ts";
import { newRef } from "./refs.ts";
import { openSiblings } from "./siblings.ts";
import type { Store } from "./store.ts";

interface Screens {
  /** Something that is shown has changed. */
  changed: () => void;
  answered: (entry: Entry, outcome: Outcome) => void;
  arrivedElsewhere: (row: Row) => void;
}

const TICK_MS = 15_000;
const STORE_MS = 3000;

/**
 * The desk of this page. `element` says which desk the page was made for (`data-uid`) and when (`data-served`); a page that
 * comes out of a cache may be older than what the device knows.
 */
export async function openDesk(element: HTMLElement, screens: Screens): Promise<Desk> {
  const store = new DeviceStore();
  const uid = await whoAmI(store, element.dataset["uid"] ?? "", element.dataset["served"] ?? "");
  const clock = new DeskClock();
  clock.notBefore(element.dataset["served"] ?? "");
  const desk = new Desk({
    uid,
    transport: openTransport("/desk", { desk: uid }, DESK_REFUSALS),
    clock,
    store,
    siblings: openSiblings(),
    newRef,
    post: postHandover,
    ...screens,
  });
  setInterval(() => void desk.tick(), TICK_MS);
  // Asked for, not needed: a browser short of room then takes other sites' data first.
  void navigator.storage?.persist?.().catch(() => null);
  void navigator.serviceWorker?.register("/desk/sw.js", { scope: "/desk", updateViaCache: "none" }).catch(() => null);
  return desk;
}

async function whoAmI(store: Store, uid: string, served: string): Promise<string> {
  const device = await within(STORE_MS, store.device()).catch(() => null);
  if (device?.uid && device.served && device.served > served) return device.uid;
  await within(STORE_MS, store.keepDevice({ uid, served })).catch(() => null);
  return uid;
}
