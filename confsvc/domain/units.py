"""Units: made, corrected, moved, found, removed. A name never identifies one: the code does, or the id."""

from datetime import date

from sqlalchemy import ColumnElement, Select, delete, func, or_, select

from confsvc.domain.access import require_organiser
from confsvc.domain.edits import claim_version
from confsvc.domain.errors import InUse, Invalid
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.unit_rules import UnitEntry, fill_unit, known_unit, place_unit, require_change_date, require_distinct
from confsvc.domain.work import Work
from confsvc.models import Conference, FeedLink, Mandate, Site, Unit, UnitMove, UnitSuccession


def create_unit(work: Work, entry: UnitEntry) -> Unit:
    """A new unit; raises Invalid for a value that breaks a rule."""
    require_organiser(work)
    unit = Unit(version=1, valid_to=None, sort_order=0)
    fill_unit(unit, entry)
    place_unit(work, unit, entry.parent_id)
    require_distinct(work, unit)
    if entry.sort_order is None:
        unit.sort_order = next_order(work, entry.parent_id)
    work.session.add(unit)
    work.session.flush()
    return unit


def change_unit(work: Work, unit_id: int, entry: UnitEntry, *, version: int) -> Unit:
    """Correct what was entered wrongly; the place in the tree stays. Raises NotFound, EditConflict or Invalid."""
    unit = known_unit(work, unit_id)
    claim_version(work, unit, version)
    with work.session.no_autoflush:
        fill_unit(unit, entry)
        require_distinct(work, unit)
    work.session.flush()
    return unit


def move_unit(work: Work, unit_id: int, parent_id: int | None, *, version: int, on_date: date | None = None) -> Unit:
    """Hang a living unit elsewhere, with a date so that earlier trees keep it where it was, without one to correct a mistake.

    Raises NotFound, EditConflict, or Invalid `unit_below_itself`, `unit_name_taken`, `unit_has_ended`.
    """
    unit = known_unit(work, unit_id)
    claim_version(work, unit, version)
    if unit.valid_to is not None:
        raise Invalid("parent_unit", "unit_has_ended")
    if on_date is not None:
        require_change_date(work, [unit], on_date)
    with work.session.no_autoflush:
        if parent_id != unit.parent_id and on_date is not None:
            note_move(work, unit, on_date)
        order = unit.sort_order if parent_id == unit.parent_id else next_order(work, parent_id)
        place_unit(work, unit, parent_id)
        require_distinct(work, unit)
        unit.sort_order = order
    work.session.flush()
    return unit


def note_move(work: Work, unit: Unit, on_date: date) -> None:
    """Remember where the unit hung until `on_date`."""
    if work.session.get(UnitMove, (unit.id, on_date)) is None:
        work.session.add(UnitMove(unit_id=unit.id, on_date=on_date, from_parent_id=unit.parent_id))


def remove_unit(work: Work, unit_id: int, *, version: int) -> None:
    """Remove a unit nothing rests on; raises NotFound, EditConflict, or InUse `by` what rests on it."""
    unit = known_unit(work, unit_id)
    claim_version(work, unit, version)
    by = what_rests_on(work, unit.id)
    if by:
        raise InUse(by=by)
    for move in work.session.scalars(select(UnitMove).where(UnitMove.unit_id == unit.id)):
        work.session.delete(move)
    work.session.execute(delete(FeedLink).where(FeedLink.unit_id == unit.id))
    work.session.flush()
    work.session.delete(unit)
    work.session.flush()


def what_rests_on(work: Work, unit_id: int) -> str | None:
    """The kind of thing that keeps a unit from being removed, or None; one query."""
    resting = {
        "units": or_(
            select(Unit.id).where(Unit.parent_id == unit_id).exists(),
            select(UnitMove.unit_id).where(UnitMove.from_parent_id == unit_id).exists(),
        ),
        "history": select(UnitSuccession.to_id).where(or_(UnitSuccession.from_id == unit_id, UnitSuccession.to_id == unit_id)).exists(),
        "sites": select(Site.id).where(Site.unit_id == unit_id).exists(),
        "mandates": select(Mandate.id).where(Mandate.unit_id == unit_id).exists(),
        "conferences": select(Conference.id).where(Conference.host_unit_id == unit_id).exists(),
    }
    found = work.session.execute(select(*resting.values())).one()
    return next((kind for kind, rests in zip(resting, found, strict=True) if rests), None)


def living_units(work: Work, query: str = "") -> Select[Unit]:
    """The units that have not ended, found by name without marks, short name or code; in the order of their names."""
    require_organiser(work)
    statement = select(Unit).where(Unit.valid_to.is_(None)).order_by(Unit.name_fold, Unit.name, Unit.id)
    return statement.where(matches(query)) if clean(query) else statement


def matches(query: str) -> ColumnElement[bool]:
    """The condition on `Unit` that holds where name, short name or code contain `query`, without marks and capitals."""
    return Unit.search_fold.like(like_pattern(query), escape="\\")


def next_order(work: Work, parent_id: int | None) -> int:
    """The order that puts a unit last among the children of `parent_id`."""
    return (work.session.scalar(select(func.max(Unit.sort_order)).where(Unit.parent_id.is_not_distinct_from(parent_id))) or 0) + 1
