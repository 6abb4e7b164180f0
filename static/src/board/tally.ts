import type { Asking, ConferenceInfo, Difference, Frame, HallCounts, MissingRanks, SentTile, Shown, SiteCounts, Snapshot } from "./protocol.ts";

export type Order = "site" | "rate";
export type Density = "few" | "normal" | "dense" | "close" | "packed";

/** What a tile has that says nothing of it. */
const NOTHING: Omit<SiteCounts, "id"> = {
  ...{ name: "", kind: "remote", sites: 1, desks: 0, in_hall: null, headcount: null },
  ...{ summoned: 0, named: 0, vacant: 0, present: 0, not_yet: 0, excused: 0, visiting: 0, away: 0, walk_ins: 0, online: 0, substitutes: 0, late: 0 },
};

/** The board's numbers, as of the last word from the server. */
export class Tally {
  conference: ConferenceInfo | null = null;
  total: HallCounts | null = null;
  shown: Shown = "sites";
  siteCount = 0;
  /** Null for those who may see counts only. */
  missing: MissingRanks | null = null;
  /** Null for those who may see counts only. */
  asking: Asking | null = null;
  revision: number | null = null;
  /** The server's time of the last word. */
  asOf: string | null = null;
  #frame: number | null = null;
  #sites = new Map<number, SiteCounts>();

  /** Take everything, unless a later word has been heard already. */
  load(snapshot: Snapshot): void {
    if (this.#frame !== null && snapshot.frame < this.#frame) return;
    this.conference = snapshot.conference;
    this.shown = snapshot.shown;
    this.siteCount = snapshot.site_count;
    this.missing = snapshot.missing;
    this.asking = snapshot.asking;
    this.#sites = new Map(snapshot.sites.map((site) => [site.id, whole(site)]));
    this.#take(snapshot);
  }

  /** Take a frame; false where it does not continue what is known, so that a snapshot must be asked for. */
  apply(frame: Frame): boolean {
    if ("conference" in frame) {
      this.load(frame);
      return true;
    }
    if (this.#frame === null || frame.frame > this.#frame + 1) return false;
    // A frame that was on its way while a newer snapshot came says nothing new.
    if (frame.frame <= this.#frame) return true;
    for (const id of frame.gone ?? []) this.#sites.delete(id);
    for (const site of frame.sites) this.#sites.set(site.id, whole(site, this.#sites.get(site.id)));
    this.missing = frame.missing ?? this.missing;
    this.asking = frame.asking ?? this.asking;
    this.#take(frame);
    return true;
  }

  /** Whatever comes next is the beginning: the server counts its frames anew. */
  forget(): void {
    this.#frame = null;
  }

  /** The tiles in their own order, or the emptiest first and those without seats last; the furthest behind have no other order. */
  sites(order: Order): SiteCounts[] {
    const sites = [...this.#sites.values()];
    return order === "site" && this.shown !== "behind" ? sites : sites.sort((a, b) => share(a) - share(b));
  }

  get tileCount(): number {
    return this.#sites.size;
  }

  #take(word: Snapshot | Difference): void {
    this.total = word.total;
    this.revision = word.revision;
    this.#frame = word.frame;
    this.asOf = word.now;
  }
}

/** How close so many tiles must stand. */
export function densityOf(n: number): Density {
  return n <= 4 ? "few" : n <= 15 ? "normal" : n <= 42 ? "dense" : n <= 72 ? "close" : "packed";
}

/** A tile with everything that was left out of it; its name is that of before where it is not told again. */
export function whole(tile: SentTile, before?: SiteCounts): SiteCounts {
  const { name, kind, sites } = before ?? NOTHING;
  return { ...NOTHING, name, kind, sites, ...tile };
}

/** Present of those summoned, 0 to 1; 2 where nobody is. */
function share(site: SiteCounts): number {
  return site.summoned ? site.present / site.summoned : 2;
}
