"""The list of a conference's sites with their figures, and what one picks from when sites are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select

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
    """The sites of a conference the caller may see already, by name, unit, address or contact; four queries, and of all but those shown no more than a row.

    In the order of the tree unless `sort` names another one.
    """
    named = select(Unit.id, Unit.name).join(Site, Site.unit_id == Unit.id).where(Site.conference_id == conference_id).distinct()
    units: dict[int | None, str] = {row.id: row.name for row in work.session.execute(named)}
    places = tree(_known(work, conference_id))
    folded = fold(query)
    found = [place for place in places if _holds(place.site, units.get(place.site.unit_id, ""), folded)]
    if sort in SORTS:
        found.sort(key=lambda place: SORTS[sort](place.site, units.get(place.site.unit_id, "")))
    shown = page_of(found, number, SITES_ON_PAGE)
    rows = _rows(work, shown.items, units)
    page = Page(rows, shown.total, shown.number, SITES_ON_PAGE)
    known = [place.site for place in places]
    count, figures = read_total(work, conference_id)
    return SiteList(page, figures, count, any(site.kind == "main" for site in known), sum(site.too_many > 0 for site in known))


def _known(work: Work, conference_id: int) -> list[Known]:
    columns: tuple[Any, ...] = (
        *(Site.id, Site.parent_id, Site.kind, Site.sort_order, Site.name, Site.name_fold, Site.address, Site.contact_name, Site.capacity, Site.unit_id),
        *(SiteTally.present, SiteTally.named + SiteTally.vacant, SiteTally.away + SiteTally.excused),
    )
    rows = work.session.execute(select(*columns).join(SiteTally, SiteTally.site_id == Site.id).where(Site.conference_id == conference_id))
    return [Known._make(row) for row in rows]


def _rows(work: Work, places: Sequence[Place[Known]], units: Mapping[int | None, str]) -> list[SiteRow]:
    wanted = select(Site, SiteTally).join(SiteTally, SiteTally.site_id == Site.id).where(Site.id.in_([place.site.id for place in places]))
    read = {site.id: (site, Figures.of(tally)) for site, tally in work.session.execute(wanted)}
    return [SiteRow(read[place.site.id][0], place, read[place.site.id][1], units.get(place.site.unit_id, "")) for place in places]


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
