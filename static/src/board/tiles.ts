import { formatNumber, formatPercent } from "../live/figures.ts";
import { copyOf, part, within, write } from "../live/page_parts.ts";
import { say, type Texts } from "../live/texts.ts";
import { shortNames } from "./names.ts";
import type { Counts, HallCounts, MissingRanks, SiteCounts } from "./protocol.ts";
import { densityOf } from "./tally.ts";

const FLASH_MS = 1200;
/** So many tiles have room for whole names, whatever they say besides. */
const ROOMY = 8;
/** From so many seats on a number has a dot in it. */
const LONG = 1000;
/** What a tile says besides who is here and who is not, where there is any. */
const FURTHER = ["excused", "late", "substitutes", "walk_ins", "visiting", "online", "away"] as const;

/** One tile for each site, kept in place while its numbers change. */
export class Tiles {
  readonly #texts: Texts;
  readonly #language: string;
  readonly #list = part("sites");
  readonly #tiles = new Map<number, HTMLElement>();

  constructor(texts: Texts, language: string) {
    this.#texts = texts;
    this.#language = language;
  }

  show(sites: readonly SiteCounts[]): void {
    this.#list.dataset["density"] = densityOf(sites.length);
    this.#list.dataset["long"] = sites.some(({ summoned }) => summoned >= LONG) ? "yes" : "no";
    this.#list.dataset["roomy"] = sites.length <= ROOMY ? "yes" : "no";
    const names = sites.length <= ROOMY ? null : shortNames(sites);
    const tiles = sites.map((site) => this.#tile(site, names?.get(site.id) ?? site.name));
    for (const [i, tile] of tiles.entries()) if (this.#list.children[i] !== tile) this.#list.insertBefore(tile, this.#list.children[i] ?? null);
    while (this.#list.children.length > tiles.length) this.#list.lastElementChild?.remove();
    const living = new Set(sites.map((site) => site.id));
    for (const id of this.#tiles.keys()) if (!living.has(id)) this.#tiles.delete(id);
  }

  #tile(site: SiteCounts, name: string): HTMLElement {
    let tile = this.#tiles.get(site.id);
    const known = tile !== undefined;
    if (!tile) {
      tile = copyOf("site-tile");
      this.#tiles.set(site.id, tile);
    }
    const number = (value: number) => formatNumber(value, this.#language);
    const before = tile.dataset["present"];
    tile.dataset["present"] = String(site.present);
    tile.dataset["desks"] = site.desks ? "on" : "off";
    tile.dataset["full"] = site.summoned && site.present + site.excused >= site.summoned ? "yes" : "no";
    tile.dataset["kind"] = site.kind;
    // Nobody is awaited there: that no desk is connected is no trouble.
    const quiet = !site.summoned && !site.present && !site.visiting && !site.desks;
    tile.dataset["quiet"] = quiet ? "yes" : "no";
    tile.title = site.name;
    const open = within<HTMLButtonElement>(tile, ".tile-open");
    open.hidden = site.sites === 1;
    open.value = String(site.id);
    write(open, site.sites === 1 ? "" : say(this.#texts, "open_part", { name: site.name, n: number(site.sites) }));
    write(within(tile, ".tile-name"), site.sites === 1 ? name : say(this.#texts, "n_sites", { name, n: number(site.sites) }));
    write(within(tile, ".tile-present"), number(site.present));
    write(within(tile, ".tile-summoned"), number(site.summoned));
    write(within(tile, ".tile-rate"), formatPercent(site.present, site.summoned, this.#language));
    const rest = [quiet ? say(this.#texts, "nobody_summoned") : say(this.#texts, "not_yet", { n: number(site.not_yet) })];
    for (const key of FURTHER) if (site[key]) rest.push(say(this.#texts, `n_${key}`, { n: number(site[key]) }));
    write(within(tile, ".tile-rest"), rest.join(" · "));
    const counted = within(tile, ".tile-counted");
    counted.hidden = site.headcount === null;
    tile.dataset["counted"] = site.headcount === null ? "no" : site.headcount === site.in_hall ? "same" : "differs";
    write(counted, site.headcount === null ? "" : headcountWords(site, this.#texts, this.#language));
    write(within(tile, ".tile-desks"), say(this.#texts, site.desks ? "desks_on" : "desks_off", { n: site.desks }));
    drawShare(within<SVGElement>(tile, ".share"), site);
    if (known && before !== tile.dataset["present"]) flash(tile);
    return tile;
  }
}

/** The bar of present and excused out of those summoned; `root` holds its two rectangles. */
export function drawShare(root: Element, counts: Counts): void {
  const percent = (n: number) => String(counts.summoned ? (100 * n) / counts.summoned : 0);
  within(root, ".share-present").setAttribute("width", percent(counts.present));
  within(root, ".share-excused").setAttribute("x", percent(counts.present));
  within(root, ".share-excused").setAttribute("width", percent(counts.excused));
}

/** What was counted by eye, beside what the log has in the hall. */
function headcountWords(counts: HallCounts, texts: Texts, language: string): string {
  const [counted, scanned] = [counts.headcount ?? 0, counts.in_hall ?? 0];
  return say(texts, counted === scanned ? "counted_same" : "counted", { n: formatNumber(counted, language), scanned: formatNumber(scanned, language) });
}

/** Who of the required ranks is missing, in the order of the sites; whether the list has changed. */
export function showMissing({ count, mandates }: MissingRanks, texts: Texts, language: string): boolean {
  const list = part("missing-list");
  write(part("missing-count"), formatNumber(count, language));
  part("missing-none").hidden = count > 0;
  const said = JSON.stringify(mandates);
  if (list.dataset["said"] === said) return false;
  list.dataset["said"] = said;
  list.replaceChildren(
    ...mandates.map(({ unit, required_rank, site, names }) => {
      const item = copyOf("missing-row");
      within(item, ".missing-unit").textContent = unit;
      within(item, ".missing-rank").textContent = say(texts, `rank_${required_rank}`);
      within(item, ".missing-names").textContent = names.join(", ") || say(texts, "nobody_named");
      within(item, ".missing-site").textContent = site;
      return item;
    }),
  );
  return true;
}

function flash(tile: HTMLElement): void {
  tile.classList.add("changed");
  setTimeout(() => tile.classList.remove("changed"), FLASH_MS);
}
