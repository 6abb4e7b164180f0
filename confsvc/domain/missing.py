"""Who is missing: the one rule of when a required rank is there, for the board and for the list of the missing."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from confsvc.domain.mandates import SUFFICIENT_RANKS
from confsvc.domain.tallies import has_seat
from confsvc.models import Attendance, Delegate, Mandate


def lacks_required_rank(conference_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the invitation asks for a rank of which nobody is present. Needs Mandate."""
    person, attendance = aliased(Delegate), aliased(Attendance)
    of_unit = (person.mandate_id == Mandate.id, attendance.delegate_id == person.id, attendance.state == "present")
    there = exists().where(*of_unit, of_required_rank(person, attendance)).correlate(Mandate)
    return and_(Mandate.conference_id == conference_id, Mandate.required_rank != "any", Mandate.seats > 0, ~there)


def of_required_rank(person: Any = Delegate, attendance: Any = Attendance) -> ColumnElement[bool]:
    """Whether this person has a seat and is one whom the invitation asks for. Needs Mandate."""
    return and_(has_seat(person, attendance), rank_suffices(person))


def rank_suffices(person: Any = Delegate) -> ColumnElement[bool]:
    """Whether the person, or whom they replace, has the rank that the invitation asks for. Needs Mandate."""
    replaced = aliased(Delegate)
    inherited = exists().where(replaced.id == person.replaces_id, _is_enough(replaced.rank)).correlate_except(replaced)
    # Most replace nobody, and so need no look at anybody else.
    return or_(_is_enough(person.rank), and_(person.replaces_id.is_not(None), inherited))


def _is_enough(rank: Any) -> ColumnElement[bool]:
    return or_(*(and_(Mandate.required_rank == required, rank.in_(ranks)) for required, ranks in SUFFICIENT_RANKS.items()))
