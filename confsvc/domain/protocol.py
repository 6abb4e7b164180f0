"""The protocol order of delegates: by number, then by name; moving one place up or down."""

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from confsvc.domain.access import real_conference
from confsvc.domain.delegates import get_delegate
from confsvc.domain.edits import claim_version
from confsvc.domain.facts import RosterChanged
from confsvc.domain.work import Work
from confsvc.models import Delegate

_KEY: tuple[InstrumentedAttribute[int], InstrumentedAttribute[str], InstrumentedAttribute[int]] = (
    Delegate.protocol_order,
    Delegate.name_sort,
    Delegate.id,
)


def move_delegate(work: Work, conference_id: int, delegate_id: int, step: int, *, version: int) -> Delegate:
    """Put the delegate one place earlier (`step` -1) or later (1) in the protocol order of the conference."""
    real_conference(work, conference_id, lock=True)
    delegate = get_delegate(work, conference_id, delegate_id)
    claim_version(work, delegate, version)
    beside = _neighbour(work, delegate, delegate, step)
    if beside is None:
        return delegate
    beyond = _neighbour(work, beside, delegate, step)
    before, after = (beyond, beside) if step < 0 else (beside, beyond)
    delegate.protocol_order = _number_between(work, delegate, before, after)
    work.session.flush()
    work.tell(RosterChanged(conference_id))
    return delegate


def _neighbour(work: Work, delegate: Delegate, mover: Delegate, step: int) -> Delegate | None:
    """The next before (-1) or after (1) `delegate` in the order, `mover` left out."""
    key = tuple_(*_KEY)
    here = tuple_(delegate.protocol_order, delegate.name_sort, delegate.id)
    others = select(Delegate).where(Delegate.conference_id == delegate.conference_id, Delegate.id != mover.id)
    nearest = others.where(key < here).order_by(*(column.desc() for column in _KEY)) if step < 0 else others.where(key > here).order_by(*_KEY)
    return work.session.scalar(nearest.limit(1))


def _number_between(work: Work, mover: Delegate, before: Delegate | None, after: Delegate | None) -> int:
    """A free number between two neighbours; where there is none, others are renumbered to make room."""
    if after is None:
        return before.protocol_order + 1 if before else mover.protocol_order
    low = before.protocol_order if before else -1
    if after.protocol_order - low >= 2:
        return after.protocol_order - 1
    if before and low == after.protocol_order and _has_room_below(work, mover, low):
        _shift(work, mover, -2, first=low, until=before)
        return low - 1
    _shift(work, mover, low + 2 - after.protocol_order, since=after)
    return low + 1


def _has_room_below(work: Work, mover: Delegate, number: int) -> bool:
    """Whether the two numbers below `number` are free."""
    smaller = select(func.max(Delegate.protocol_order)).where(Delegate.conference_id == mover.conference_id, Delegate.protocol_order < number)
    return (work.session.scalar(smaller.where(Delegate.id != mover.id)) or 0) < number - 2


def _shift(work: Work, mover: Delegate, by: int, *, first: int = 0, until: Delegate | None = None, since: Delegate | None = None) -> None:
    """Add `by` to the numbers of all from `since` on, or of those with number `first` up to `until`."""
    key = tuple_(*_KEY)
    shifted = update(Delegate).where(Delegate.conference_id == mover.conference_id, Delegate.id != mover.id)
    if until:
        shifted = shifted.where(Delegate.protocol_order == first, key <= tuple_(until.protocol_order, until.name_sort, until.id))
    if since:
        shifted = shifted.where(key >= tuple_(since.protocol_order, since.name_sort, since.id))
    numbers = {"protocol_order": Delegate.protocol_order + by, "version": Delegate.version + 1}
    work.session.execute(shifted.values(numbers), execution_options={"synchronize_session": False})
