"""The list of a conference's sites with their figures, and what one picks from when sites are made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from confsvc.domain.figures import Figures, figures_by_site, total
from confsvc.domain.lists import Page
from confsvc.domain.site_tree import Place, tree
from confsvc.domain.text import fold, text_sort_key
from confsvc.domain.work import Work
from confsvc.models import Site, Unit

# A whole province on one page: 124 communes and the main site.
SITES_ON_PAGE = 150


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site with its place in the tree, its figures and the name of its unit ("" without one)."""

    place: Place
    figures: Figures
    unit_name: str

    @property
    def site(self) -> Site:
        return self.place.site

    @property
    def too_many(self) -> int:
        """How many more are summoned than the hall holds; 0 when it is not known."""
        return max(0, self.figures.summoned - self.site.capacity) if self.site.capacity else 0


@dataclass(frozen=True, slots=True)
class SiteList:
    """One page of the sites asked for, and what is true of all of them, whether asked for or not."""

    page: Page[SiteRow]
    figures: Figures
    count: int
    has_main: bool
    too_small: int


SORTS: dict[str, Callable[[SiteRow], Any]] = {
    "name": lambda row: text_sort_key(row.site.name),
    "unit": lambda row: text_sort_key(row.unit_name),
    "summoned": lambda row: row.figures.summoned,
    "present": lambda row: row.figures.present,
    "not_yet": lambda row: row.figures.not_yet,
}


def read_sites(work: Work, conference_id: int, *, query: str = "", sort: str = "", number: int = 1) -> SiteList:
    """The sites of a conference the caller may see already, by name, unit, address or contact; two queries.

    In the order of the tree unless `sort` names another one.
    """
    named = select(Unit.id, Unit.name).join(Site, Site.unit_id == Unit.id).where(Site.conference_id == conference_id).distinct()
    units: dict[int | None, str] = {row.id: row.name for row in work.session.execute(named)}
    figures = dict(figures_by_site(work, conference_id))
    rows = [SiteRow(place, figures[place.site], units.get(place.site.unit_id, "")) for place in tree(figures)]
    found = [row for row in rows if _holds(row, fold(query))]
    if sort in SORTS:
        found.sort(key=SORTS[sort])
    last = max(1, -(-len(found) // SITES_ON_PAGE))
    number = min(max(1, number), last)
    shown = found[(number - 1) * SITES_ON_PAGE : number * SITES_ON_PAGE]
    page = Page(shown, len(found), number, SITES_ON_PAGE)
    return SiteList(page, total(figures.values()), len(rows), any(row.site.kind == "main" for row in rows), sum(row.too_many > 0 for row in rows))


def _holds(row: SiteRow, folded: str) -> bool:
    site = row.site
    return not folded or any(folded in text for text in (site.name_fold, *(fold(part) for part in (row.unit_name, site.address, site.contact_name))))


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


def unit_choices(work: Work, chosen_id: int | None = None) -> list[Unit]:
    """The living units by name, and the chosen one even if it has ended."""
    units = work.session.scalars(select(Unit).where(Unit.valid_to.is_(None) | (Unit.id == chosen_id)))
    return sorted(units, key=lambda unit: text_sort_key(unit.name))
