"""All that an organiser sees of one delegate."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from confsvc.domain.access import organised_conference
from confsvc.domain.attendance_history import HistoryLine, read_history
from confsvc.domain.delegates import get_delegate
from confsvc.domain.passes import link_token
from confsvc.domain.seating import Standing, namesakes_of, read_standings
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Site


@dataclass(frozen=True, slots=True)
class DelegatePage:
    """`hall` is the name of the site where the person is present; `namesakes` are those of the unit who may be the same person."""

    conference: Conference
    delegate: Delegate
    attendance: Attendance
    hall: str
    standing: Standing
    namesakes: Sequence[Delegate]
    history: Sequence[HistoryLine]
    link_token: str


def read_delegate_page(work: Work, conference_id: int, delegate_id: int) -> DelegatePage:
    """The delegate with everything around; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    delegate = get_delegate(work, conference_id, delegate_id)
    attendance, hall = work.session.execute(
        select(Attendance, Site.name).outerjoin(Site, Site.id == Attendance.site_id).where(Attendance.delegate_id == delegate.id)
    ).one()
    return DelegatePage(
        conference=conference,
        delegate=delegate,
        attendance=attendance,
        hall=hall or "",
        standing=read_standings(work, [delegate.mandate])[delegate.mandate_id],
        namesakes=namesakes_of(work, delegate),
        history=read_history(work, conference_id, delegate_id),
        link_token=link_token(work, delegate),
    )
