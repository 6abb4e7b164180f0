import type { Transport } from "../live/transport.ts";
import type { Found, SiteCounts } from "./protocol.ts";
import { whole } from "./tally.ts";

const FIND_MS = 10000;
const TYPED_MS = 300;
/** Figures of sites that are looked at are asked for this often while the board changes. */
const AGAIN_MS = 3000;

/** Looks into the sites that are not on the wall: those of one tile, or those whose names hold what is typed. */
export class Finder {
  sites: SiteCounts[] = [];
  /** How many there are; null until the first answer. */
  count: number | null = null;
  #query = "";
  #within: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  readonly #transport: Transport;
  readonly #changed: () => void;

  constructor(transport: Transport, changed: () => void) {
    this.#transport = transport;
    this.#changed = changed;
  }

  get open(): boolean {
    return this.#query !== "" || this.#within !== null;
  }

  /** Look for what is typed, in the tile that is open if one is; nothing typed leads back to the tile, or to the wall. */
  type(query: string): void {
    this.#query = query.trim();
    this.#begin(TYPED_MS);
  }

  /** Look into this tile. */
  enter(tile: number): void {
    this.#within = tile;
    this.#begin(0);
  }

  /** Back to the wall. */
  end(): void {
    this.#query = "";
    this.#within = null;
    this.#begin(0);
  }

  /** The board has changed: what is looked at may have, too. */
  refresh(): void {
    if (this.open) this.#timer ??= setTimeout(() => void this.#ask(), AGAIN_MS);
  }

  #begin(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asked++;
    if (this.open) this.#timer = setTimeout(() => void this.#ask(), ms);
    else {
      this.sites = [];
      this.count = null;
      this.#changed();
    }
  }

  async #ask(): Promise<void> {
    const asked = ++this.#asked;
    this.#timer = undefined;
    try {
      const ack = await this.#transport.request<Found>("find", { query: this.#query, within: this.#within }, FIND_MS);
      // Something else is looked for by now.
      if (asked !== this.#asked) return;
      if (!ack.ok) return this.refresh();
      this.sites = ack.sites.map((site) => whole(site));
      this.count = ack.count;
      this.#changed();
    } catch {
      this.refresh();
    }
  }
}
