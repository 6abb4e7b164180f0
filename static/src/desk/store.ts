import type { KeptClock } from "./clock.ts";
import type { KeptEntry } from "./entry.ts";
import type { KeptRoster, KnownRow } from "./roster.ts";

/** What a device keeps of one desk besides its entries. */
export interface KeptDesk extends KeptRoster {
  uid: string;
  /** It may not act any more, as far as the server has said. */
  ended: boolean;
}

/** What a device keeps whichever desk it is. */
export interface KeptDevice {
  /** The desk it is, or was last. */
  uid?: string;
  /** When the page that made it so was served, by the server's clock. */
  served?: string;
  clock?: KeptClock;
}

/** Where what a desk did and knows outlives the page. */
export interface Store {
  /** Everything done on this device that has no answer, or one that nobody has dealt with, whichever desk did it; in order. */
  entries(): Promise<KeptEntry[]>;
  /** Keep an entry, new or changed; resolves once it is on the device for good. */
  put(entry: KeptEntry): Promise<void>;
  remove(entry: KeptEntry): Promise<void>;
  device(): Promise<KeptDevice>;
  keepDevice(changes: KeptDevice): Promise<void>;
  /** A desk and its rows; null if the device knows nothing of it. */
  desk(uid: string): Promise<{ desk: KeptDesk; rows: KnownRow[] } | null>;
  /** Keep what a desk knows; `rows` by id, undefined for those that are gone. What is there is kept where it is newer. */
  keepDesk(desk: KeptDesk, rows: ReadonlyMap<number, KnownRow | undefined>, anew: boolean): Promise<void>;
  /** Forget the rosters of all desks but this one: their people are no business of this device any more. */
  forgetDesksBut(uid: string): Promise<void>;
}
