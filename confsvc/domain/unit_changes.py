"""What time does to units: renamed, merged, split on a date. The old unit ends, its successors begin, children move over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from confsvc.domain.edits import claim_version
from confsvc.domain.errors import Invalid
from confsvc.domain.unit_rules import UnitEntry, fill_unit, known_unit, levels_of, line_of, place_unit, require_change_date, require_distinct, require_levels
from confsvc.domain.units import next_order, note_move
from confsvc.domain.work import Work
from confsvc.models import Unit, UnitMove, UnitSuccession


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """How a unit came about, what became of it, and where it hung before (the unit it hung under, None: the top)."""

    before: list[tuple[UnitSuccession, Unit]]
    after: list[tuple[UnitSuccession, Unit]]
    moves: list[tuple[UnitMove, Unit | None]]


def rename_unit(work: Work, unit_id: int, entry: UnitEntry, *, on_date: date, version: int) -> Unit:
    """The unit ends and one with the new name stands in its place in the tree; raises NotFound, EditConflict or Invalid."""
    unit = known_unit(work, unit_id)
    claim_version(work, unit, version)
    order = unit.sort_order
    _end(work, [unit], on_date)
    successor = _begin(work, entry, unit.parent_id, on_date)
    successor.sort_order = order
    _hand_over(work, [unit], [successor], on_date, "rename")
    return successor


def merge_units(work: Work, unit_ids: Sequence[int], into: UnitEntry | int, *, on_date: date, version: int) -> Unit:
    """The units end in a new one, or in a living one whose id is `into`; `version` is that of the first.

    Raises NotFound, EditConflict, or Invalid: fewer than two units come together, or the new one would stand below itself.
    """
    units = [known_unit(work, unit_id) for unit_id in dict.fromkeys(unit_ids)]
    claim_version(work, units[0], version)
    successor = known_unit(work, into) if isinstance(into, int) else None
    if len(units) + (successor is not None) < 2 or successor in units:
        raise Invalid("others", "unit_merge_needs_two")
    if successor is not None and successor.valid_to is not None:
        raise Invalid("into", "unit_has_ended")
    _end(work, units, on_date)
    if successor is not None:
        require_change_date(work, [successor], on_date)
        if {unit.id for unit in units} & set(line_of(work, successor)):
            raise Invalid("into", "unit_below_itself")
    elif isinstance(into, UnitEntry):
        parent = work.session.get(Unit, into.parent_id) if into.parent_id is not None else None
        if parent is not None and {unit.id for unit in units} & set(line_of(work, parent)):
            raise Invalid("parent_unit", "unit_below_itself")
        successor = _begin(work, into, into.parent_id, on_date)
    assert successor is not None  # noqa: S101  # `into` is one of the two
    _hand_over(work, units, [successor], on_date, "merge")
    return successor


def split_unit(work: Work, unit_id: int, parts: Sequence[UnitEntry], *, on_date: date, version: int) -> list[Unit]:
    """The unit ends and at least two stand in its place; its children go to the first. Raises NotFound, EditConflict or Invalid."""
    unit = known_unit(work, unit_id)
    claim_version(work, unit, version)
    if len(parts) < 2:
        raise Invalid("parts", "unit_split_needs_two")
    _end(work, [unit], on_date)
    successors = [_begin(work, part, unit.parent_id, on_date) for part in parts]
    _hand_over(work, [unit], successors, on_date, "split")
    return successors


def present_units(work: Work, unit_ids: Iterable[int]) -> dict[int, int]:
    """Unit id → the living unit that stands in its place now; one that ended without exactly one successor is left out."""
    present = {unit_id: unit_id for unit_id in unit_ids}
    while ended := set(work.session.scalars(select(Unit.id).where(Unit.id.in_(set(present.values())), Unit.valid_to.is_not(None)))):
        heirs: dict[int, list[int]] = {unit_id: [] for unit_id in ended}
        for change in work.session.scalars(select(UnitSuccession).where(UnitSuccession.from_id.in_(ended))):
            heirs[change.from_id].append(change.to_id)
        present = {unit_id: heirs[now][0] if now in ended else now for unit_id, now in present.items() if now not in ended or len(heirs[now]) == 1}
    return present


def read_history(work: Work, unit_id: int) -> UnitHistory:
    """The successions and moves of a unit the caller may see already, oldest first; two queries."""
    other = aliased(Unit)
    rows = work.session.execute(
        select(UnitSuccession, other)
        .join(other, or_(other.id == UnitSuccession.from_id, other.id == UnitSuccession.to_id))
        .where(or_(UnitSuccession.from_id == unit_id, UnitSuccession.to_id == unit_id), other.id != unit_id)
        .order_by(UnitSuccession.on_date, other.name_fold, other.id)
    ).all()
    moves = work.session.execute(
        select(UnitMove, other).outerjoin(other, other.id == UnitMove.from_parent_id).where(UnitMove.unit_id == unit_id).order_by(UnitMove.on_date)
    ).all()
    return UnitHistory(
        before=[(change, unit) for change, unit in rows if change.to_id == unit_id],
        after=[(change, unit) for change, unit in rows if change.from_id == unit_id],
        moves=[(move, unit) for move, unit in moves],
    )


def _end(work: Work, units: list[Unit], on_date: date) -> None:
    if any(unit.valid_to is not None for unit in units):
        raise Invalid("form", "unit_has_ended")
    require_change_date(work, units, on_date)
    for unit in units:
        unit.valid_to = on_date
    for unit in units[1:]:
        unit.version += 1
    work.session.flush()


def _begin(work: Work, entry: UnitEntry, parent_id: int | None, on_date: date) -> Unit:
    unit = Unit(version=1, valid_to=None, sort_order=0)
    with work.session.no_autoflush:
        fill_unit(unit, entry)
        unit.valid_from = on_date
        place_unit(work, unit, parent_id)
        require_distinct(work, unit)
    if entry.sort_order is None:
        unit.sort_order = next_order(work, parent_id)
    work.session.add(unit)
    work.session.flush()
    return unit


def _hand_over(work: Work, units: list[Unit], successors: list[Unit], on_date: date, kind: str) -> None:
    """Write the successions and hang the living children under the first successor."""
    for unit in units:
        for successor in successors:
            work.session.add(UnitSuccession(from_id=unit.id, to_id=successor.id, on_date=on_date, kind=kind))
    heir = successors[0]
    hung = and_(Unit.parent_id.in_([unit.id for unit in units]), Unit.valid_to.is_(None), Unit.id.not_in([s.id for s in successors]))
    children = work.session.scalars(select(Unit).where(hung)).all()
    require_levels(work, "form", heir, levels_of(work, hung))
    older = [child for child in children if child.valid_from is None or child.valid_from < on_date]
    require_change_date(work, older, on_date)
    for child in children:
        if child in older:
            note_move(work, child, on_date)
        child.parent_id = heir.id
        child.version += 1
        require_distinct(work, child)
    work.session.flush()
