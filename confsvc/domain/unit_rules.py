"""What holds for every unit, however it is entered."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, func, literal, select

from confsvc.domain.access import require_organiser
from confsvc.domain.errors import Invalid, NotFound
from confsvc.domain.planning import line
from confsvc.domain.text import fold
from confsvc.domain.work import Work
from confsvc.models import Unit, UnitMove

FIRST_YEAR, LAST_YEAR = 1900, 2100
ORDER_MAX = 1_000_000
# No administration has half as many; pages draw the tree a level inside the other.
MOST_LEVELS = 20
EASTERNMOST = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """What is told of a unit. `valid_from` None: since ever; `sort_order` None: last among its siblings, or as it is."""

    name: str
    code: str = ""
    kind: str = ""
    short_name: str = ""
    parent_id: int | None = None
    valid_from: date | None = None
    sort_order: int | None = None


class Fillable(Protocol):
    """A unit, or one that is only thought of yet."""

    name: str
    name_fold: str
    search_fold: str
    code: str
    kind: str
    short_name: str
    valid_from: date | None
    valid_to: date | None
    sort_order: int


def known_unit(work: Work, unit_id: int) -> Unit:
    """The unit, for any organiser; raises SignInRequired or NotFound."""
    require_organiser(work)
    unit = work.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(kind="unit")
    return unit


def fill_unit(unit: Fillable, entry: UnitEntry) -> None:
    """Set what the entry tells, the place in the tree apart; raises Invalid."""
    unit.name = line("name", entry.name, 200, required=True)
    unit.name_fold = fold(unit.name)[:200]
    unit.code = line("code", entry.code, 50)
    unit.kind = line("kind", entry.kind, 100)
    unit.short_name = line("short_name", entry.short_name, 80)
    unit.search_fold = search_text(unit.name, unit.short_name, unit.code)
    if entry.valid_from and not FIRST_YEAR <= entry.valid_from.year <= LAST_YEAR:
        raise Invalid("valid_from", "date_out_of_range", first=FIRST_YEAR, last=LAST_YEAR)
    if entry.valid_from and unit.valid_to and entry.valid_from > unit.valid_to:
        raise Invalid("valid_from", "ends_before_start")
    unit.valid_from = entry.valid_from
    if entry.sort_order is not None:
        if not 0 <= entry.sort_order <= ORDER_MAX:
            raise Invalid("sort_order", "number_range", least=0, most=ORDER_MAX)
        unit.sort_order = entry.sort_order


def search_text(name: str, short_name: str, code: str) -> str:
    """What search looks through, a line each: no query has a line end, so none goes over from one to the next."""
    return "\n".join((fold(name)[:250], fold(short_name)[:90], fold(code)[:58]))


def place_unit(work: Work, unit: Unit, parent_id: int | None) -> None:
    """Hang the unit under a living parent that is not below it; raises Invalid `unit_unknown`, `unit_below_itself` or `unit_too_deep`."""
    if parent_id is not None:
        parent = work.session.get(Unit, parent_id)
        if parent is None or parent.valid_to is not None:
            raise Invalid("parent_unit", "unit_unknown")
        if unit.id is not None and unit.id in line_of(work, parent):
            raise Invalid("parent_unit", "unit_below_itself")
        if parent_id != unit.parent_id:
            require_levels(work, "parent_unit", parent, levels_of(work, Unit.id == unit.id) if unit.id is not None else 1)
    unit.parent_id = parent_id


def line_of(work: Work, unit: Unit) -> list[int]:
    """The ids of the unit and of everything above it, from itself to the top."""
    ids: list[int] = []
    above: Unit | None = unit
    while above is not None and above.id not in ids:
        ids.append(above.id)
        above = work.session.get(Unit, above.parent_id) if above.parent_id is not None else None
    return ids


def require_levels(work: Work, field: str, parent: Unit, levels: int) -> None:
    """Raise Invalid `unit_too_deep` unless so many levels find room under `parent`."""
    if levels and len(line_of(work, parent)) + levels > MOST_LEVELS:
        raise Invalid(field, "unit_too_deep")


def levels_of(work: Work, which: ColumnElement[bool]) -> int:
    """How many levels these units and all below them take, counted no further than one more than there may be; one query."""
    below = select(Unit.id, literal(1).label("level")).where(which).cte("below", recursive=True)
    below = below.union_all(select(Unit.id, below.c.level + 1).where(Unit.parent_id == below.c.id, below.c.level <= MOST_LEVELS))
    return work.session.scalar(select(func.max(below.c.level))) or 0


def require_distinct(work: Work, unit: Unit) -> None:
    """Raise Invalid where a sibling has the same name at the same time, or another living unit the same code."""
    others = work.session.scalars(select(Unit).where(Unit.name_fold == unit.name_fold, Unit.parent_id.is_not_distinct_from(unit.parent_id)))
    if any(other is not unit and same_name(other.name, unit.name) and _meet(other, unit) for other in others):
        raise Invalid("name", "unit_name_taken")
    if unit.code and unit.valid_to is None:
        holders = work.session.scalars(select(Unit).where(Unit.code == unit.code, Unit.valid_to.is_(None)))
        if any(holder is not unit for holder in holders):
            raise Invalid("code", "unit_code_taken")


def same_name(one: str, other: str) -> bool:
    """Whether two cleaned names differ in nothing but capitals; marks tell units apart."""
    return one.casefold() == other.casefold()


def _meet(one: Unit, other: Unit) -> bool:
    """Whether two periods share a day. A living unit without a beginning began when it was entered, after those that have ended."""
    if one.valid_to is None and other.valid_to is None:
        return True
    if any(unit.valid_from is None and unit.valid_to is None for unit in (one, other)):
        return False
    return (one.valid_from or date.min) < (other.valid_to or date.max) and (other.valid_from or date.min) < (one.valid_to or date.max)


def require_change_date(work: Work, units: list[Unit], on_date: date) -> None:
    """Raise Invalid unless `on_date` is today or past, and after the units began and were last moved."""
    if on_date > (work.now + EASTERNMOST).date():
        raise Invalid("on_date", "date_in_future")
    if any(unit.valid_from is not None and on_date <= unit.valid_from for unit in units) or on_date.year < FIRST_YEAR:
        raise Invalid("on_date", "date_before_unit")
    later = select(UnitMove).where(UnitMove.unit_id.in_([unit.id for unit in units]), UnitMove.on_date > on_date)
    if work.session.scalar(later.limit(1)):
        raise Invalid("on_date", "date_before_last_change")
