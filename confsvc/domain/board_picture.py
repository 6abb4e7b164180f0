"""What a board shows of one conference, kept in memory: the first reading costs every site, each later one what has changed.

A picture stands at a revision of the conference. Whoever writes to the log holds the conference's row until the commit, so that
revisions have no gap in the order of commits, and one that is read holds everything up to it. What organisers change of sites and
seats has no revision: then the sites that it concerns are read anew, or the whole picture.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from confsvc.domain.admissions import PeopleAsking, read_asking
from confsvc.domain.board_missing import KeptMissing, MissingRank, asks_for_ranks, mandates_at, mandates_since, missing_places, missing_required
from confsvc.domain.board_tiles import NOTHING, PLACE, Counts, Tile, furthest_behind, lay_out, plus
from confsvc.domain.errors import NotFound
from confsvc.domain.figures import PLAIN_COUNTS, latest_revision
from confsvc.domain.prepared import Prepared, is_one_of
from confsvc.domain.text import fold
from confsvc.domain.work import Work
from confsvc.models import Attendance, Site, SiteTally

_TALLY = select(SiteTally.site_id, *(getattr(SiteTally, count) for count in PLAIN_COUNTS), SiteTally.headcount).where(
    SiteTally.conference_id == bindparam("conference_id")
)
_OF_ALL = Prepared(_TALLY)
_OF_SITES = Prepared(_TALLY.where(is_one_of(SiteTally.site_id, "site_ids")))
_SINCE = Prepared(_TALLY.where(SiteTally.revision > bindparam("since")))
DESKS = PLACE["desks"]
# Some of many halls are asked for by name, so many at once; for more than these it is cheaper to go through all of them.
HALLS_AT_ONCE = 500
# Of more sites than this a search tells how many more there are.
MOST_FOUND = 60


class BoardPicture:
    """The sites in their order, the tiles in which they are shown, their sums, and who is missing or asks, as of `revision`."""

    def __init__(self, conference_id: int, revision: int, places: Iterable[tuple[int, str, str, int | None]]) -> None:
        """`places`: id, name, kind and the site above of each site, in their order."""
        rows = list(places)
        self.conference_id = conference_id
        self.revision = revision
        self.shown_as, tile_of = lay_out({site_id: parent_id for site_id, _, _, parent_id in rows})
        self.sites = {site_id: Tile(site_id, name, fold(name), kind, tile_of[site_id]) for site_id, name, kind, _ in rows}
        self.tiles = self._tiles()
        self.total: Counts = NOTHING
        # Where no unit is asked for a rank, nobody of one can be missing.
        self.asks_for_ranks = False
        self.missing = KeptMissing(())
        self.missing_count = 0
        self.first_missing: tuple[MissingRank, ...] = ()
        self.asking = PeopleAsking(0, ())
        # What has changed since somebody took note of it: ids of tiles, and whether other people are missing or ask.
        self.touched: set[int] = set()
        self.people_touched = False
        # Rises with whatever changes.
        self.changes = 0
        self._behind: dict[int, Tile] = {}
        self.choose_behind()

    def shown(self) -> Collection[Tile]:
        """The tiles of the wall, in their order."""
        return (self._behind if self.shown_as == "behind" else self.tiles).values()

    def choose_behind(self) -> tuple[set[int], set[int]]:
        """Where only the sites furthest behind are shown, choose them anew; the ids of those that have come and gone."""
        if self.shown_as != "behind":
            return set(), set()
        before = set(self._behind)
        self._behind = {tile.id: tile for tile in furthest_behind(self.tiles.values())}
        return self._behind.keys() - before, before - self._behind.keys()

    def put(self, site_id: int, counts: Counts) -> None:
        """Let these be the counts of a site; one that the picture does not know is left to the next whole reading."""
        site = self.sites.get(site_id)
        if site is None or site.counts == counts:
            return
        step = tuple(now - before for now, before in zip(counts, site.counts, strict=True))
        tile = self.tiles[site.tile_id]
        site.counts, self.total = counts, plus(self.total, step)
        if tile is not site:
            tile.counts = plus(tile.counts, step)
        self.touched.add(tile.id)
        self.changes += 1

    def put_desks(self, desks: Mapping[int, int]) -> None:
        """Let so many desks (by site) be connected there."""
        for site_id, number in desks.items():
            site = self.sites.get(site_id)
            if site:
                self.put(site_id, (*site.counts[:DESKS], number, *site.counts[DESKS + 1 :]))

    def find(self, query: str, within: int | None) -> tuple[int, list[Tile]]:
        """How many sites of the tile `within` (None: of all) hold `query` in their name, and the first of them."""
        folded = fold(query)
        found = [site for site in self.sites.values() if (within is None or site.tile_id == within) and folded in site.fold]
        return len(found), found[:MOST_FOUND]

    def _tiles(self) -> dict[int, Tile]:
        if self.shown_as != "parts":
            return self.sites
        sizes: dict[int, int] = {}
        for site in self.sites.values():
            sizes[site.tile_id] = sizes.get(site.tile_id, 0) + 1
        heads = (self.sites[tile_id] for tile_id in sizes)
        return {head.id: head if sizes[head.id] == 1 else Tile(head.id, head.name, head.fold, head.kind, head.id, sizes[head.id]) for head in heads}


def read_picture(work: Work, conference_id: int) -> BoardPicture:
    """Everything anew; raises NotFound. Asks no permission; as many queries however many sites."""
    revision = _revision(work, conference_id)
    columns = (Site.id, Site.name, Site.kind, Site.parent_id, Site.sort_order)
    places = sorted(work.session.execute(select(*columns).where(Site.conference_id == conference_id)), key=lambda row: (row.kind, row.sort_order, row.id))
    picture = BoardPicture(conference_id, revision, [(site_id, name, kind, parent_id) for site_id, name, kind, parent_id, _ in places])
    _take_tallies(work, picture, _OF_ALL.rows(work.rows, conference_id=conference_id))
    picture.asks_for_ranks = asks_for_ranks(work, conference_id)
    picture.missing = KeptMissing(missing_places(work, conference_id))
    _take_people(work, picture, None)
    picture.choose_behind()
    picture.touched.clear()
    picture.people_touched = False
    return picture


def bring_forward(work: Work, picture: BoardPicture, concerned: Collection[int] = ()) -> bool:
    """Take in what the log has told since the picture's revision, and what else has changed at the sites `concerned`.

    False where it stands at a revision that there is not (any more). Raises NotFound.
    """
    revision = _revision(work, picture.conference_id)
    if revision < picture.revision:
        return False
    mandate_ids: set[int] = set()
    if concerned:
        picture.asks_for_ranks = picture.asks_for_ranks or asks_for_ranks(work, picture.conference_id)
        _take_tallies(work, picture, _OF_SITES.rows(work.rows, conference_id=picture.conference_id, site_ids=concerned))
        mandate_ids |= {*picture.missing.at(concerned), *mandates_at(work, concerned)}
    if revision > picture.revision:
        _take_tallies(work, picture, _SINCE.rows(work.rows, conference_id=picture.conference_id, since=picture.revision))
        mandate_ids |= set(mandates_since(work, picture.conference_id, picture.revision) if picture.asks_for_ranks else ())
    if concerned or revision > picture.revision:
        picture.missing.settle(mandate_ids, missing_places(work, picture.conference_id, sorted(mandate_ids)))
        _take_people(work, picture, mandate_ids)
    picture.revision = revision
    return True


def _revision(work: Work, conference_id: int) -> int:
    revision = latest_revision(work, conference_id)
    if revision is None:
        raise NotFound(kind="conference")
    return revision


def _take_tallies(work: Work, picture: BoardPicture, rows: Sequence[tuple[Any, ...]]) -> None:
    counted = [site_id for site_id, *_, headcount in rows if headcount is not None]
    halls = _people_in_halls(work, picture.conference_id, counted) if counted else {}
    for site_id, *plain, headcount in rows:
        if site := picture.sites.get(site_id):
            of_hall = (0, 0, 0) if headcount is None else (headcount, halls.get(site_id, 0), 1)
            picture.put(site_id, (*plain, *of_hall, site.desks))


def _take_people(work: Work, picture: BoardPicture, told_of: Collection[int] | None) -> None:
    """Who of the missing and of those who ask is shown, and how many they are; the log has told of people of these mandates (None: of all)."""
    before = (picture.missing_count, picture.first_missing, picture.asking)
    first = picture.missing.first()
    if told_of is None or first != [missing.mandate_id for missing in picture.first_missing] or not set(first).isdisjoint(told_of):
        picture.first_missing = missing_required(work, picture.conference_id, first) if first else ()
    picture.missing_count = len(picture.missing)
    picture.asking = read_asking(work, picture.conference_id)
    if before != (picture.missing_count, picture.first_missing, picture.asking):
        picture.people_touched = True
        picture.changes += 1


def _people_in_halls(work: Work, conference_id: int, site_ids: Collection[int]) -> Mapping[int, int]:
    """Site id → how many people are in its hall, wherever their seats are; who joined online is in none."""
    here: Any = select(Attendance.site_id, func.count()).where(Attendance.state == "present", Attendance.mode == "in_person")
    some = Attendance.site_id.in_(site_ids) if len(site_ids) <= HALLS_AT_ONCE else Attendance.conference_id == conference_id
    return {site_id: n for site_id, n in work.session.execute(here.where(some).group_by(Attendance.site_id)) if site_id is not None}
