"""The list of a conference's sites with their figures, and what one picks from when sites are made."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from confsvc.domain.figures import Figures, read_total
from confsvc.domain.lists import Page, page_of
from confsvc.domain.site_tree import Place, tree
from confsvc.domain.text import fold, text_sort_key
from confsvc.domain.work import Work
from confsvc.models import Site, SiteTally, Unit

# A whole province on one page: 124 communes and the main site.
SITES_ON_PAGE = 150


class Known(NamedTuple):
    """What is read of every site: where it stands, what it is sought and sorted by."""

    id: int
    parent_id: int | None
    kind: str
    sort_order: int
    name: str
    name_fold: str
    address: str
    contact_name: str
    capacity: int | None
    unit_id: int | None
    present: int
    summoned: int
    away_or_excused: int

    @property
    def not_yet(self) -> int:
        return self.summoned - self.present - self.away_or_excused

    @property
    def too_many(self) -> int:
        """How many more are summoned than the hall holds; 0 when it is not known."""
        return max(0, self.summoned - self.capacity) if self.capacity else 0


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site with its place in the tree, its figures and the name of its unit ("" without one)."""

    site: Site
    place: Place[Known]
    figures: Figures
    unit_name: str

    @property
    def too_many(self) -> int:
        return self.place.site.too_many


@dataclass(frozen=True, slots=True)
class SiteList:
    """One page of the sites asked for, and what is true of all of them, whether asked for or not."""

    page: Page[SiteRow]
    figures: Figures
    count: int
    has_main: bool
    too_small: int


# What a list is sorted by; the name of a site's unit is given along.
SORTS: dict[str, Callable[[Known, str], Any]] = {
    "name": lambda site, _unit: text_sort_key(site.name),
    "unit": lambda _site, unit: text_sort_key(unit),
    "summoned": lambda site, _unit: site.summoned,
    "present": lambda site, _unit: site.present,
    "not_yet": lambda site, _unit: site.not_yet,
}


def read_sites(work: Work, conference_id: int, *, query: str = "", sort: str = "", number: int = 1) -> SiteList:
    """The sites of a conference the caller may see already, by name, unit, address or contact; a few queries.

    In the order of the tree unless `sort` names another one. Of all but those shown nothing is read in that order, and else no more than a row.
    """
    if not query and sort not in SORTS and is_numbered(work, conference_id):
        return _whole(work, conference_id, read_in_order(work, conference_id, number, SITES_ON_PAGE))
    named = select(Unit.id, Unit.name).join(Site, Site.unit_id == Unit.id).where(Site.conference_id == conference_id).distinct()
    units: dict[int | None, str] = {row.id: row.name for row in work.session.execute(named)}
    places = tree(_known(work, conference_id))
    folded = fold(query)
    found = [place for place in places if _holds(place.site, units.get(place.site.unit_id, ""), folded)]
    if sort in SORTS:
        found.sort(key=lambda place: SORTS[sort](place.site, units.get(place.site.unit_id, "")))
    return _whole(work, conference_id, page_of(found, number, SITES_ON_PAGE))


def _whole(work: Work, conference_id: int, shown: Page[Place[Known]]) -> SiteList:
    """This page with what is true of all sites."""
    rows = _rows(work, shown.items)
    count, figures = read_total(work, conference_id)
    mains, too_small = (func.count().filter(Site.kind == "main"), func.count().filter(SiteTally.named + SiteTally.vacant > Site.capacity))
    tallied = select(mains, too_small).join(SiteTally, SiteTally.site_id == Site.id)
    has_main, small = work.session.execute(tallied.where(Site.conference_id == conference_id)).one()
    return SiteList(Page(rows, shown.total, shown.number, SITES_ON_PAGE), figures, count, bool(has_main), int(small))


def _known(work: Work, conference_id: int) -> list[Known]:
    return [Known._make(row) for row in work.session.execute(_rows_known(conference_id))]


def _rows_known(conference_id: int) -> Select[Any]:
    columns: tuple[Any, ...] = (
        *(Site.id, Site.parent_id, Site.kind, Site.sort_order, Site.name, Site.name_fold, Site.address, Site.contact_name, Site.capacity, Site.unit_id),
        *(SiteTally.present, SiteTally.named + SiteTally.vacant, SiteTally.away + SiteTally.excused),
    )
    return select(*columns).join(SiteTally, SiteTally.site_id == Site.id).where(Site.conference_id == conference_id)


def is_numbered(work: Work, conference_id: int) -> bool:
    """Whether `sort_order` says the order of the tree: `number_sites` gives each site another number."""
    sites, numbers = work.session.execute(select(func.count(), func.count(Site.sort_order.distinct())).where(Site.conference_id == conference_id)).one()
    return bool(sites == numbers)


def read_in_order(work: Work, conference_id: int, number: int, size: int) -> Page[Place[Known]]:
    """A page of numbered sites as `tree` would place them, by those above and beside the ones that are shown."""
    total = work.session.scalar(select(func.count()).select_from(Site).where(Site.conference_id == conference_id)) or 0
    number = min(max(1, number), max(1, ceil(total / size)))
    ordered = _rows_known(conference_id).order_by(Site.kind, Site.sort_order, Site.id).limit(size).offset((number - 1) * size)
    shown = [Known._make(row) for row in work.session.execute(ordered)]
    above = _parents_above(work, {site.parent_id for site in shown} - {None})
    siblings = select(Site.parent_id, func.min(Site.sort_order), func.max(Site.sort_order)).where(Site.conference_id == conference_id, Site.kind != "main")
    siblings = siblings.where(Site.parent_id.in_(above) | Site.parent_id.is_(None)).group_by(Site.parent_id)
    ends = {parent_id: (first, last) for parent_id, first, last in work.session.execute(siblings)}

    def place(site: Known) -> Place[Known]:
        first, last = ends.get(site.parent_id, (site.sort_order, site.sort_order))
        is_main = site.kind == "main"
        return Place(site, _depth(site.parent_id, above), is_main or site.sort_order == first, is_main or site.sort_order == last)

    return Page([place(site) for site in shown], total, number, size)


def _parents_above(work: Work, site_ids: Set[int | None]) -> dict[int, int | None]:
    """These sites and all above them: id → the one above."""
    chain = select(Site.id, Site.parent_id).where(Site.id.in_(site_ids)).cte("above", recursive=True)
    chain = chain.union(select(Site.id, Site.parent_id).join(chain, chain.c.parent_id == Site.id))
    return dict(work.session.execute(select(chain.c.id, chain.c.parent_id)).all())


def _depth(parent_id: int | None, above: Mapping[int, int | None]) -> int:
    """How many stand above; a chain that leads in a circle ends where it began."""
    seen: set[int] = set()
    while parent_id is not None and parent_id not in seen:
        seen.add(parent_id)
        parent_id = above.get(parent_id)
    return len(seen)


def _rows(work: Work, places: Sequence[Place[Known]]) -> list[SiteRow]:
    columns: tuple[Any, ...] = (Site, SiteTally, func.coalesce(Unit.name, ""))
    wanted = select(*columns).join(SiteTally, SiteTally.site_id == Site.id).outerjoin(Unit, Unit.id == Site.unit_id)
    rows = work.session.execute(wanted.where(Site.id.in_([place.site.id for place in places])))
    read = {site.id: (site, Figures.of(tally), unit) for site, tally, unit in rows}
    return [SiteRow(read[place.site.id][0], place, *read[place.site.id][1:]) for place in places]


def _holds(site: Known, unit_name: str, folded: str) -> bool:
    return not folded or folded in site.name_fold or any(folded in fold(part) for part in (unit_name, site.address, site.contact_name))


def units_with_children(work: Work) -> list[tuple[Unit, int]]:
    """Every unit that has living children, with their number, by name."""
    children = (
        select(Unit.parent_id, func.count().label("children")).where(Unit.parent_id.is_not(None), Unit.valid_to.is_(None)).group_by(Unit.parent_id).subquery()
    )
    rows = work.session.execute(select(Unit, children.c.children).join(children, children.c.parent_id == Unit.id))
    return sorted(((unit, int(number)) for unit, number in rows), key=lambda row: text_sort_key(row[0].name))


def kinds_of_children(work: Work) -> list[str]:
    """The kinds that living units below others have, by name."""
    kinds = select(Unit.kind).where(Unit.parent_id.is_not(None), Unit.valid_to.is_(None), Unit.kind != "").distinct()
    return sorted(work.session.scalars(kinds), key=text_sort_key)
