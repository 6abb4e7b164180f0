import type { Asking, ConferenceInfo, Frame, HallCounts, Missing, SiteCounts, Snapshot } from "./protocol.ts";

export type Order = "site" | "rate";
export type Density = "few" | "normal" | "dense" | "close" | "packed";

/** The board's numbers, as of the last word from the server. */
export class Tally {
  conference: ConferenceInfo | null = null;
  total: HallCounts | null = null;
  /** Null for those who may see counts only. */
  missing: Missing[] | null = null;
  /** Null for those who may see counts only. */
  asking: Asking | null = null;
  revision: number | null = null;
  /** The server's time of the last word. */
  asOf: string | null = null;
  #sites = new Map<number, SiteCounts>();

  load(snapshot: Snapshot): void {
    this.conference = snapshot.conference;
    this.#sites = new Map(snapshot.sites.map((site) => [site.id, site]));
    this.#take(snapshot);
  }

  /** Take a frame; false where it does not continue what is known, so that a snapshot must be asked for. */
  apply(frame: Frame): boolean {
    if (this.revision === null || this.revision < frame.previous) return false;
    // A frame that was on its way while a newer snapshot came says nothing new.
    if (frame.revision < this.revision) return true;
    for (const site of frame.sites) this.#sites.set(site.id, site);
    this.#take(frame);
    return true;
  }

  /** The sites in their own order, or the emptiest first and those without seats last. */
  sites(order: Order): SiteCounts[] {
    const sites = [...this.#sites.values()];
    return order === "site" ? sites : sites.sort((a, b) => share(a) - share(b));
  }

  get density(): Density {
    const n = this.#sites.size;
    return n <= 4 ? "few" : n <= 15 ? "normal" : n <= 42 ? "dense" : n <= 72 ? "close" : "packed";
  }

  #take(word: Snapshot | Frame): void {
    this.total = word.total;
    this.missing = word.missing;
    this.asking = word.asking;
    this.revision = word.revision;
    this.asOf = word.now;
  }
}

/** Present of those summoned, 0 to 1; 2 where nobody is. */
function share(site: SiteCounts): number {
  return site.summoned ? site.present / site.summoned : 2;
}
