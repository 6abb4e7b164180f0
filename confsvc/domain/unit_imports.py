"""A list of units taken in as a whole or not at all, and the same list given out."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from confsvc.domain.access import require_organiser
from confsvc.domain.errors import Invalid
from confsvc.domain.unit_rows import Taking, UnitRow, UnitsImported
from confsvc.domain.work import Work
from confsvc.models import Unit


def import_units(work: Work, rows: Sequence[UnitRow], *, valid_from: date | None = None) -> UnitsImported:
    """Take in a list: a line with the code of a living unit corrects it, any other makes a unit (from `valid_from` on).

    A line without a code means the unit of that name under that parent. New units stand last, in the order of their lines.
    Raises RowsInvalid, or Invalid `list_empty`. One query and two writes, however many lines.
    """
    require_organiser(work)
    if not rows:
        raise Invalid("file", "list_empty")
    taking = Taking(list(work.session.scalars(select(Unit).where(Unit.valid_to.is_(None)))), valid_from)
    with work.session.no_autoflush:
        outcome = taking.take(rows)
    made = [taken.unit for taken in taking.taken if taken.unit.id is None]
    work.session.add_all(made)
    work.session.flush()
    for taken in taking.taken:
        taken.unit.parent_id = taken.parent.id if taken.parent else None
    work.session.flush()
    return outcome


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
