"""The tree of units on a day, a page at a time, whatever its size."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_, select, true
from sqlalchemy.orm import aliased, selectinload

from confsvc.domain.access import require_organiser
from confsvc.domain.lists import Page, number_within, read_page
from confsvc.domain.text import text_sort_key
from confsvc.domain.unit_rules import MOST_LEVELS
from confsvc.domain.units import matches
from confsvc.domain.work import LONG, Work
from confsvc.models import Unit, UnitMove

TREE_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit on this page with those of its children that are on it too; `below` counts everything under it."""

    unit: Unit
    below: int
    continued: bool  # stands here only to show where the page begins
    children: "list[Branch]" = field(default_factory=list)


class Leaf(NamedTuple):
    """What ordering needs to know of a unit."""

    id: int
    name: str
    sort_order: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The units that have not ended, with `ended` all that ever were, with `on` those of that day; they hang where they hung then."""

    work: Work
    on: date | None
    ended: bool

    def shows(self, unit: type[Unit] = Unit) -> ColumnElement[bool]:
        """Whether the unit is in it."""
        if self.on is not None:
            return and_(or_(unit.valid_from.is_(None), unit.valid_from <= self.on), or_(unit.valid_to.is_(None), unit.valid_to > self.on))
        return true() if self.ended else unit.valid_to.is_(None)

    def hung(self, unit: type[Unit] = Unit) -> ColumnElement[int | None]:
        """Under what the unit hung, shown or not: before the first of its later moves."""
        if self.on is None:
            return unit.parent_id.expression
        moves = select(UnitMove.from_parent_id).where(UnitMove.unit_id == unit.id, UnitMove.on_date > self.on)
        return case((moves.exists(), moves.order_by(UnitMove.on_date).limit(1).scalar_subquery()), else_=unit.parent_id)

    def count_below(self) -> dict[int | None, int]:
        """How many units hang below each that has any, directly or not, and below None; one query, in which those without are counted only."""
        above, hung = aliased(Unit), select(self.hung().label("above_id")).where(self.shows()).subquery()
        counted = select(hung.c.above_id, func.count().label("children")).group_by(hung.c.above_id).subquery()
        is_shown = and_(above.id == counted.c.above_id, self.shows(above))
        forks = select(above.id, self.hung(above), counted.c.children).select_from(counted).outerjoin(above, is_shown)
        right_below: Counter[int | None] = Counter()
        parents: dict[int, int | None] = {}
        for unit_id, parent_id, children in self.work.session.execute(forks, execution_options=LONG):
            right_below[unit_id] += children
            if unit_id is not None:
                parents[unit_id] = parent_id
        return _add_up(right_below, parents)

    def right_below(self, parent_ids: Collection[int | None]) -> dict[int | None, list[Leaf]]:
        """The units that hang right below these, or below None: at the top, as what is above them is not shown; one query."""
        above, hung = aliased(Unit), self.hung()
        at_top = or_(hung.is_(None), hung.in_(select(above.id).where(not_(self.shows(above)))))
        place = at_top if None in parent_ids else hung.in_(parent_ids)
        found: dict[int | None, list[Leaf]] = defaultdict(list)
        for unit_id, name, order, parent_id in self.work.session.execute(select(Unit.id, Unit.name, Unit.sort_order, hung).where(self.shows(), place)):
            found[parent_id if parent_id in parent_ids else None].append(Leaf(unit_id, name, order))
        return found


def read_tree(work: Work, number: int, *, on: date | None = None, ended: bool = False, under: int | None = None) -> tuple[list[Branch], Page[Unit]]:
    """A page of the tree, depth first, siblings in their order; two queries, and one for each level that stands on it.

    `on` and `ended` as in Tree; with `under` only what is below that unit.
    """
    require_organiser(work)
    tree = Tree(work, on, ended)
    below = tree.count_below()
    total = below.get(under, 0)
    number = number_within(total, number, TREE_PAGE_SIZE)
    ids, parents = _slice(tree, below, under, (number - 1) * TREE_PAGE_SIZE)
    context = _above(parents, ids[0], under) if ids else []
    units = {unit.id: unit for unit in work.session.scalars(select(Unit).where(Unit.id.in_([*context, *ids])))}
    roots: list[Branch] = []
    # Where the children of each unit go. Trees of other days may be deeper than any that was ever allowed to stand.
    shelves: dict[int | None, tuple[int, list[Branch]]] = {}
    for unit_id in [*context, *ids]:
        branch = Branch(units[unit_id], below.get(unit_id, 0), unit_id in context)
        level, shelf = shelves.get(parents[unit_id], (1, roots))
        shelf.append(branch)
        shelves[unit_id] = (level + 1, branch.children if level < MOST_LEVELS else shelf)
    return roots, Page([units[unit_id] for unit_id in ids], total, number, TREE_PAGE_SIZE)


def search_units(work: Work, query: str, number: int, *, on: date | None = None, ended: bool = False) -> Page[Unit]:
    """A page of the units that fit the query, with their parents, by name."""
    require_organiser(work)
    found = select(Unit).where(matches(query), Tree(work, on, ended).shows()).options(selectinload(Unit.parent))
    return read_page(work, found.order_by(Unit.name_fold, Unit.name, Unit.id), number)


def _add_up(right_below: Mapping[int | None, int], parents: Mapping[int, int | None]) -> dict[int | None, int]:
    """How many hang below each, from how many hang right below it; whatever hangs below none of the others hangs below None."""
    forks: dict[int | None, list[int]] = defaultdict(list)
    for unit_id, parent_id in parents.items():
        forks[parent_id if parent_id in parents else None].append(unit_id)
    below: dict[int | None, int] = {}
    # A child is met after its parent, so counting backwards sees every child before its parent.
    order: list[int | None] = [None]
    for above_id in order:
        order.extend(forks.get(above_id, ()))
    for above_id in reversed(order):
        below[above_id] = right_below.get(above_id, 0) + sum(below[unit_id] for unit_id in forks.get(above_id, ()))
    return below


def _slice(tree: Tree, below: Mapping[int | None, int], under: int | None, start: int) -> tuple[list[int], dict[int, int | None]]:
    """The ids of a page from place `start` on, depth first, and the parents of these units and of those above them; a query for each level met.

    What hangs below a unit that stands wholly before or after the page is passed over.
    """
    end = start + TREE_PAGE_SIZE
    found: dict[int, int] = {}
    parents: dict[int, int | None] = {}
    # Where the first unit below each of these stands.
    places: dict[int | None, int] = {under: 0} if below.get(under) else {}
    while places:
        deeper: dict[int | None, int] = {}
        for parent_id, leaves in tree.right_below(places).items():
            place = places[parent_id]
            for leaf in _in_order(leaves):
                if place >= end:
                    break
                after = place + 1 + below.get(leaf.id, 0)
                if after > start:
                    parents[leaf.id] = parent_id
                if start <= place:
                    found[place] = leaf.id
                if place + 1 < after and start < after and place + 1 < end:
                    deeper[leaf.id] = place + 1
                place = after
        places = deeper
    return [found[place] for place in sorted(found)], parents


def _in_order(leaves: list[Leaf]) -> Iterator[Leaf]:
    """Siblings in their order; names are weighed only where it leaves a choice."""
    order = attrgetter("sort_order")
    for _, tied in groupby(sorted(leaves, key=order), order):
        group = list(tied)
        yield from sorted(group, key=lambda leaf: (text_sort_key(leaf.name), leaf.id)) if len(group) > 1 else group


def _above(parents: dict[int, int | None], unit_id: int, under: int | None) -> list[int]:
    """The ids above a unit, from the top (or from below `under`) down."""
    line: list[int] = []
    above = parents[unit_id]
    while above is not None and above != under:
        line.insert(0, above)
        above = parents[above]
    return line


def units_above(work: Work, unit_id: int) -> list[Unit]:
    """The units above one the caller may see already, from the top down; one query."""
    line = select(Unit.id, Unit.parent_id, literal(0).label("height")).where(Unit.id == unit_id).cte("line", recursive=True)
    line = line.union(select(Unit.id, Unit.parent_id, line.c.height + 1).where(Unit.id == line.c.parent_id))
    return list(work.session.scalars(select(Unit).join(line, line.c.id == Unit.id).where(Unit.id != unit_id).order_by(line.c.height.desc())))
