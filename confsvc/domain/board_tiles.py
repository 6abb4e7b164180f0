"""The tiles of a board: every site while a wall has room for them, else parts of the country with all their sites, else the sites furthest behind."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from operator import add

from confsvc.domain.figures import PLAIN_COUNTS, Figures

# As many as can be read on a wall: a whole province with its communes.
MOST_TILES = 150
# Of many sites only these are shown; a page with more of them would have to be scrolled.
MOST_BEHIND = 100
# Fewer parts than this tell too little of many sites.
FEWEST_PARTS = 8
# What is added up. `counted` is how many sites counted themselves, and `in_hall` how many people the log has in those.
SUMMED = (*PLAIN_COUNTS, "headcount", "in_hall", "counted", "desks")
PLACE = {name: place for place, name in enumerate(SUMMED)}
Counts = tuple[int, ...]
NOTHING: Counts = (0,) * len(SUMMED)


@dataclass(slots=True)
class Tile:
    """One site, or one with all the sites below it; `sites` is how many those are, `tile_id` the tile in which a site is shown."""

    id: int
    name: str
    fold: str
    kind: str
    tile_id: int
    sites: int = 1
    counts: Counts = NOTHING

    @property
    def desks(self) -> int:
        return self.counts[PLACE["desks"]]

    @property
    def share(self) -> float:
        """Present of those summoned; 2 where nobody is."""
        summoned = self.counts[PLACE["named"]] + self.counts[PLACE["vacant"]]
        return self.counts[PLACE["present"]] / summoned if summoned else 2.0


def plus(counts: Counts, step: Counts) -> Counts:
    return tuple(map(add, counts, step))


def figures_of(counts: Counts) -> Figures:
    """The counts as figures; without a headcount where no site has counted itself."""
    values = dict(zip(SUMMED, counts, strict=True))
    headcount = values["headcount"] if values["counted"] else None
    return Figures(**{name: values[name] for name in PLAIN_COUNTS}, headcount=headcount)


def in_hall(counts: Counts) -> int | None:
    """The people in those halls that counted themselves; None where none did."""
    return counts[PLACE["in_hall"]] if counts[PLACE["counted"]] else None


def lay_out(parents: Mapping[int, int | None]) -> tuple[str, dict[int, int]]:
    """How the sites (id → the site above it) are shown, and the tile of each.

    `sites`: each in its own tile. `parts`: as deep into the tree as there is room for a tile for each site there, which holds
    all those below it; a site above stands for itself. `behind`: each has its own tile, of which some are shown.
    """
    if len(parents) <= MOST_TILES:
        return "sites", {site_id: site_id for site_id in parents}
    depths = _depths(parents)
    down_to = [sum(depth <= deepest for depth in depths.values()) for deepest in range(max(depths.values()) + 1)]
    deepest = max((depth for depth, tiles in enumerate(down_to) if tiles <= MOST_TILES), default=None)
    if deepest is None or down_to[deepest] < FEWEST_PARTS:
        return "behind", {site_id: site_id for site_id in parents}
    tile_of: dict[int, int] = {}
    for site_id in sorted(parents, key=lambda site_id: depths[site_id]):
        above = parents[site_id]
        tile_of[site_id] = site_id if depths[site_id] <= deepest or above is None else tile_of[above]
    return "parts", tile_of


def furthest_behind(tiles: Collection[Tile]) -> list[Tile]:
    """The tiles of the fewest present, in a steady order; the main site always."""
    return nsmallest(MOST_BEHIND, tiles, key=lambda tile: (tile.kind != "main", tile.share))


def _depths(parents: Mapping[int, int | None]) -> dict[int, int]:
    """How deep each site hangs; one whose chain leads nowhere or in a circle stands at the top."""
    depths: dict[int, int] = {}
    for site_id in parents:
        chain: dict[int, None] = {}
        at: int | None = site_id
        while at is not None and at in parents and at not in depths and at not in chain:
            chain[at] = None
            at = parents[at]
        below = depths[at] + 1 if at in depths and at is not None else 0
        depths |= {member: depth for depth, member in enumerate(reversed(chain), start=below)}
    return depths
