"""Who is missing: the one rule of when a required rank is there, for the board and for the list of the missing."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from confsvc.domain.mandates import SUFFICIENT_RANKS
from confsvc.domain.tallies import has_seat
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, Mandate

# Required rank → the ids of substitutes who stand in for somebody of a sufficient rank, though their own is below it.
StandIns = Mapping[str, list[int]]


def read_stand_ins(work: Work, conference_id: int) -> StandIns:
    """Whose own rank would not do, and who sits in the seat of somebody whose would, also by way of another substitute; one query."""
    replaced, substitute = aliased(Delegate), aliased(Delegate)
    statement = select(substitute.id, substitute.rank, replaced.id, replaced.rank).join(replaced, replaced.id == substitute.replaces_id)
    rows = work.session.execute(statement.where(substitute.conference_id == conference_id, substitute.replaces_id.is_not(None)).order_by(substitute.id))
    inherited: dict[int, set[str]] = {}
    found: dict[str, list[int]] = {required: [] for required in SUFFICIENT_RANKS}
    # A substitute is younger than whom they replace: the chain is read from its beginning.
    for substitute_id, rank, replaced_id, replaced_rank in rows:
        inherited[substitute_id] = inherited.get(replaced_id, set()) | {replaced_rank}
        for required, enough in SUFFICIENT_RANKS.items():
            if rank not in enough and not inherited[substitute_id].isdisjoint(enough):
                found[required].append(substitute_id)
    return found


def requires_a_rank(conference_id: int) -> ColumnElement[bool]:
    """Whether the invitation asks for a rank at all."""
    return and_(Mandate.conference_id == conference_id, Mandate.required_rank != "any", Mandate.seats > 0)


def of_required_rank(stand_ins: StandIns, person: Any = Delegate, attendance: Any = Attendance) -> ColumnElement[bool]:
    """Whether this person is one whom the invitation asks for: of the rank, or let in for somebody of the rank. Needs Mandate."""
    return and_(has_seat(person, attendance), rank_suffices(stand_ins, person))


def rank_suffices(stand_ins: StandIns, person: Any = Delegate) -> ColumnElement[bool]:
    """The same without asking whether the seat is (still) theirs."""
    enough = [
        and_(Mandate.required_rank == required, or_(person.rank.in_(ranks), person.id.in_(stand_ins[required]))) for required, ranks in SUFFICIENT_RANKS.items()
    ]
    return or_(*enough)


def lacks_required_rank(conference_id: int, stand_ins: StandIns) -> ColumnElement[bool]:
    """Whether the invitation asks for a rank of which nobody is present. Needs Mandate."""
    person, attendance = aliased(Delegate), aliased(Attendance)
    there = exists().where(
        person.mandate_id == Mandate.id, attendance.delegate_id == person.id, attendance.state == "present", of_required_rank(stand_ins, person, attendance)
    )
    return and_(requires_a_rank(conference_id), ~there.correlate(Mandate))
