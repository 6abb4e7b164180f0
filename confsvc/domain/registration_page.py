"""All that a unit, or an organiser, sees of the unit's list."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from confsvc.domain.registration import may_change
from confsvc.domain.registration_changes import is_late
from confsvc.domain.registration_links import find_liaison, organised_mandate
from confsvc.domain.registration_status import status_of
from confsvc.domain.seating import Standing, read_standings
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the list; `replaces` is the name of whose seat they have or wait for, `substitute` of who has (or waits for) theirs."""

    delegate: Delegate
    attendance: Attendance
    replaces: str = ""
    substitute: str = ""
    substitute_waits: bool = False


@dataclass(frozen=True, slots=True)
class UnitList:
    """The list of one unit. `late`: what is changed now comes after the deadline; `named` have a seat."""

    conference: Conference
    mandate: Mandate
    people: Sequence[Person]
    status: str
    named: int
    standing: Standing
    late: bool
    open: bool

    @property
    def free_seats(self) -> int:
        """Seats without a name, declined or not."""
        return max(0, self.mandate.seats - self.named)

    @property
    def open_seats(self) -> int:
        """Seats about which nothing was said yet."""
        return max(0, self.free_seats - self.mandate.declined_seats)


def read_by_link(work: Work, token: str) -> UnitList:
    """The list that the link with this token is for; raises as `find_liaison`."""
    return _read(work, *find_liaison(work, token))


def read_unit(work: Work, conference_id: int, mandate_id: int) -> UnitList:
    """The list of a unit for an organiser; raises SignInRequired or NotFound."""
    return _read(work, *organised_mandate(work, conference_id, mandate_id))


def _read(work: Work, conference: Conference, mandate: Mandate) -> UnitList:
    replaced = aliased(Delegate)
    rows = work.session.execute(
        select(Delegate, Attendance, replaced.full_name)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(replaced, replaced.id == Delegate.replaces_id)
        .where(Delegate.mandate_id == mandate.id, Delegate.origin != "walk_in")
        .order_by(Delegate.protocol_order, Delegate.name_sort, Delegate.id)
    ).all()
    takers = {delegate.replaces_id: (delegate.full_name, attendance.state) for delegate, attendance, _name in rows if _holds_or_waits(delegate, attendance)}
    people = []
    for delegate, attendance, name in rows:
        taker, state = takers.get(delegate.id, ("", ""))
        people.append(Person(delegate, attendance, name or "", taker, state == "pending"))
    status, named = status_of(work, conference, mandate)
    standing = read_standings(work, [mandate])[mandate.id]
    return UnitList(conference, mandate, people, status, named, standing, is_late(work, conference), may_change(work, conference))


def _holds_or_waits(delegate: Delegate, attendance: Attendance) -> bool:
    return delegate.replaces_id is not None and attendance.state != "not_admitted"
