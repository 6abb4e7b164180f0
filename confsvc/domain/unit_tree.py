"""The tree of units on a day, a page at a time, whatever its size."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, literal, or_, select, true
from sqlalchemy.orm import selectinload

from confsvc.domain.access import require_organiser
from confsvc.domain.lists import Page, read_page
from confsvc.domain.text import text_sort_key
from confsvc.domain.unit_rules import MOST_LEVELS
from confsvc.domain.units import matches
from confsvc.domain.work import Work
from confsvc.models import Unit, UnitMove

TREE_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit on this page with those of its children that are on it too; `below` counts everything under it."""

    unit: Unit
    below: int
    continued: bool  # stands here only to show where the page begins
    children: "list[Branch]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What ordering needs to know of a unit."""

    id: int
    name: str
    sort_order: int


def read_tree(work: Work, number: int, *, on: date | None = None, ended: bool = False, under: int | None = None) -> tuple[list[Branch], Page[Unit]]:
    """A page of the tree, depth first, siblings in their order; three queries.

    Shows the units that have not ended, with `ended` all that ever were, with `on` those of that day where they hung then;
    with `under` only what is below that unit.
    """
    require_organiser(work)
    children, parents = _links(work, on, ended)
    below = _count_below(children, parents)
    total = below.get(under, 0)
    number = min(max(1, number), max(1, -(-total // TREE_PAGE_SIZE)))
    ids = _slice(children, below, under, (number - 1) * TREE_PAGE_SIZE, TREE_PAGE_SIZE)
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
    found = select(Unit).where(matches(query), _shown(on, ended)).options(selectinload(Unit.parent))
    return read_page(work, found.order_by(Unit.name_fold, Unit.name, Unit.id), number)


def _shown(on: date | None, ended: bool) -> ColumnElement[bool]:
    if on is not None:
        return and_(or_(Unit.valid_from.is_(None), Unit.valid_from <= on), or_(Unit.valid_to.is_(None), Unit.valid_to > on))
    return true() if ended else Unit.valid_to.is_(None)


def _links(work: Work, on: date | None, ended: bool) -> tuple[dict[int | None, list[Leaf]], dict[int, int | None]]:
    """Children by parent and parent by child; a unit whose parent is not shown stands at the top."""
    rows = work.session.execute(select(Unit.id, Unit.parent_id, Unit.name, Unit.sort_order).where(_shown(on, ended))).all()
    hung = _hung_then(work, on) if on is not None else {}
    shown = {row.id for row in rows}
    children: dict[int | None, list[Leaf]] = defaultdict(list)
    parents: dict[int, int | None] = {}
    for unit_id, parent_id, name, order in rows:
        parent_id = hung.get(unit_id, parent_id)
        parents[unit_id] = parent_id if parent_id in shown else None
        children[parents[unit_id]].append(Leaf(unit_id, name, order))
    return children, parents


def _hung_then(work: Work, on: date) -> dict[int, int | None]:
    """Where the units that were moved after `on` hung on that day."""
    moves = work.session.execute(select(UnitMove.unit_id, UnitMove.from_parent_id).where(UnitMove.on_date > on).order_by(UnitMove.on_date.desc()))
    return dict(moves.all())


def _count_below(children: dict[int | None, list[Leaf]], parents: dict[int, int | None]) -> dict[int | None, int]:
    """How many units hang below each, directly or not."""
    below: dict[int | None, int] = {}
    # A child is met after its parent, so counting backwards sees every child before its parent.
    order: list[int | None] = [None]
    for unit_id in order:
        order.extend(leaf.id for leaf in children.get(unit_id, ()))
    for unit_id in reversed(order):
        below[unit_id] = sum(1 + below[leaf.id] for leaf in children.get(unit_id, ()))
    return below


def _slice(children: dict[int | None, list[Leaf]], below: dict[int | None, int], under: int | None, start: int, size: int) -> list[int]:
    """The ids from place `start` on, depth first; branches before it are passed over whole, so only the siblings met are sorted."""
    found: list[int] = []
    waiting = [iter(_in_order(children, under))]
    while waiting and len(found) < size:
        leaf = next(waiting[-1], None)
        if leaf is None:
            waiting.pop()
        elif start > below[leaf.id]:
            start -= 1 + below[leaf.id]
        else:
            if start:
                start -= 1
            else:
                found.append(leaf.id)
            waiting.append(iter(_in_order(children, leaf.id)))
    return found


def _in_order(children: dict[int | None, list[Leaf]], parent_id: int | None) -> list[Leaf]:
    return sorted(children.get(parent_id, ()), key=lambda leaf: (leaf.sort_order, text_sort_key(leaf.name), leaf.id))


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
