"""Where the list of a unit stands: the one rule, as an expression that a page can select, sort and count by.

`registered`: there is a name or a refusal for every seat. `late`: the same, but only since after the deadline. `declined`: nobody will
come. `part`: some seats are still open. `not_registered`: nothing was said.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, select

from confsvc.domain.tallies import has_seat
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate

STATUSES = ("registered", "part", "not_registered", "late", "declined")
# Whom organisers still wait for.
AWAITED = ("not_registered", "part")


def is_asked() -> ColumnElement[bool]:
    """Whether a list is expected of the unit at all. Needs Mandate."""
    return and_(Mandate.unit_id.is_not(None), Mandate.seats > 0)


def seated() -> Any:
    """How many of the unit have a seat. Needs Mandate."""
    of_unit = select(func.count(Delegate.id)).join(Attendance, Attendance.delegate_id == Delegate.id).where(Delegate.mandate_id == Mandate.id, has_seat())
    return of_unit.correlate(Mandate).scalar_subquery()


def registration_status(deadline: datetime | None, named: Any = None) -> ColumnElement[str]:
    """One of STATUSES for each unit of a conference with this deadline; `named`: how many are `seated`, where that was counted. Needs Mandate."""
    named = seated() if named is None else named
    settled = named + Mandate.declined_seats >= Mandate.seats
    late = Mandate.registered_at > deadline if deadline else false()
    return case(
        (and_(named == 0, Mandate.declined_seats >= Mandate.seats), "declined"),
        (and_(settled, late), "late"),
        (settled, "registered"),
        (named + Mandate.declined_seats > 0, "part"),
        else_="not_registered",
    )


def status_of(work: Work, conference: Conference, mandate: Mandate) -> tuple[str, int]:
    """Where this unit's list stands, and how many of the unit have a seat."""
    status, named = work.session.execute(select(registration_status(conference.registration_deadline), seated()).where(Mandate.id == mandate.id)).one()
    return status, named


def statuses_of(work: Work, conference: Conference, mandates: Sequence[Mandate]) -> dict[int, str]:
    """Mandate id → where its list stands, for those of whom one is expected; one query."""
    wanted = select(Mandate.id, registration_status(conference.registration_deadline))
    return dict(work.session.execute(wanted.where(Mandate.id.in_([mandate.id for mandate in mandates]), is_asked())).all())
