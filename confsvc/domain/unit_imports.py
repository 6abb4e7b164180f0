"""A list of units taken in as a whole or not at all, and the same list given out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update

from confsvc.domain.access import require_organiser
from confsvc.domain.errors import Invalid
from confsvc.domain.unit_rows import Draft, Taking, UnitRow, UnitsImported
from confsvc.domain.work import Work
from confsvc.models import Unit

# What a list tells of a unit it makes, and of one it corrects.
WRITTEN = ("code", "name", "name_fold", "search_fold", "kind", "short_name", "valid_from", "sort_order")
CORRECTED = ("name", "name_fold", "search_fold", "kind")


@dataclass(frozen=True, slots=True)
class ReadyUnits:
    """A list held against the units of `ground`: the drafts to be made and those to be changed, each with its parent."""

    ground: list[tuple[Any, ...]]
    made: list[tuple[Draft, Draft | None]]
    changed: list[tuple[Draft, Draft | None]]
    outcome: UnitsImported


def prepare_units(work: Work, rows: Sequence[UnitRow], *, valid_from: date | None = None) -> ReadyUnits:
    """Everything `import_units` does but the writing, which may be long work: for a reading unit. Raises as it does."""
    require_organiser(work)
    if not rows:
        raise Invalid("file", "list_empty")
    return _take(_read_ground(work), rows, valid_from)


def import_units(work: Work, rows: Sequence[UnitRow], *, valid_from: date | None = None, ready: ReadyUnits | None = None) -> UnitsImported:
    """Take in a list: a line with the code of a living unit corrects it, any other makes a unit (from `valid_from` on).

    A line without a code means the unit of that name under that parent. New units stand last, in the order of their lines.
    `ready` is what `prepare_units` made of the same list; it counts if no unit has changed since.
    Raises RowsInvalid, or Invalid `list_empty`. One query and three writes, however many lines.
    """
    require_organiser(work)
    if not rows:
        raise Invalid("file", "list_empty")
    ground = _read_ground(work)
    if ready is None or ready.ground != ground:
        ready = _take(ground, rows, valid_from)
    _write(work, ready)
    return ready.outcome


def _read_ground(work: Work) -> list[tuple[Any, ...]]:
    """The living units as plain rows."""
    columns = [getattr(Unit, name) for name in Draft.__slots__]
    return [tuple(row) for row in work.session.execute(select(*columns).where(Unit.valid_to.is_(None)).order_by(Unit.id))]


def _take(ground: list[tuple[Any, ...]], rows: Sequence[UnitRow], valid_from: date | None) -> ReadyUnits:
    taking = Taking([Draft(*row) for row in ground], valid_from)
    outcome = taking.take(rows)
    made = [(taken.unit, taken.parent) for taken in taking.taken if taken.unit.id is None]
    return ReadyUnits(ground, made, [(taken.unit, taken.parent) for taken in taking.taken if taken.unit in taking.changed], outcome)


def _write(work: Work, ready: ReadyUnits) -> None:
    table: Table = Unit.__table__  # type: ignore[assignment]  # of a mapped class it is a table
    ids: dict[Draft, int] = {}
    if ready.made:
        rows = [{name: getattr(unit, name) for name in WRITTEN} for unit, _ in ready.made]
        # Of one list every new unit has an order of its own.
        orders = {unit.sort_order: unit for unit, _ in ready.made}
        ids = {orders[order]: unit_id for unit_id, order in work.session.execute(insert(table).returning(table.c.id, table.c.sort_order), rows)}
    write = work.session.connection().execute
    hung = [{"of": ids[unit], "under": parent.id or ids[parent]} for unit, parent in ready.made if parent]
    if hung:
        write(update(table).where(table.c.id == bindparam("of")).values(parent_id=bindparam("under")), hung)
    if ready.changed:
        values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in (*CORRECTED, "parent_id")}
        changes = [
            {"of": unit.id, "new_parent_id": (parent.id or ids[parent]) if parent else None, **{f"new_{name}": getattr(unit, name) for name in CORRECTED}}
            for unit, parent in ready.changed
        ]
        write(update(table).where(table.c.id == bindparam("of")).values(version=table.c.version + 1, **values), changes)
    # Units that this unit of work has read already are read anew.
    work.session.expire_all()


def export_units(work: Work) -> list[UnitRow]:
    """Every living unit as a line, each after its parent, in the order of the tree; a query."""
    require_organiser(work)
    units = {unit.id: unit for unit in work.session.scalars(select(Unit).where(Unit.valid_to.is_(None)))}
    children: dict[int | None, list[Unit]] = {}
    for unit in sorted(units.values(), key=lambda unit: (unit.sort_order, unit.name_fold, unit.id), reverse=True):
        children.setdefault(unit.parent_id if unit.parent_id in units else None, []).append(unit)
    rows: list[UnitRow] = []
    waiting = children.get(None, [])
    while waiting:
        unit = waiting.pop()
        parent = units.get(unit.parent_id or 0)
        rows.append(UnitRow(len(rows) + 2, unit.code, unit.name, unit.kind, (parent.code or parent.name) if parent else ""))
        waiting.extend(children.get(unit.id, []))
    return rows
