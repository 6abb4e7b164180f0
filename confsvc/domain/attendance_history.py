"""What the attendance log tells of one person."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from confsvc.domain.access import organised_conference
from confsvc.domain.work import Work
from confsvc.models import Account, AttendanceEvent, Desk, Site


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the log, with the names of the hall, the desk and the organiser it comes from ("" for none)."""

    event: AttendanceEvent
    site: str
    desk: str
    account: str


def read_history(work: Work, conference_id: int, delegate_id: int) -> Sequence[HistoryLine]:
    """Every line about this delegate, the latest first; raises NotFound for a conference the actor does not organise."""
    organised_conference(work, conference_id)
    lines = work.session.execute(
        select(AttendanceEvent, Site.name, Desk.name, Account.name)
        .outerjoin(Site, Site.id == AttendanceEvent.site_id)
        .outerjoin(Desk, Desk.id == AttendanceEvent.desk_id)
        .outerjoin(Account, Account.id == AttendanceEvent.account_id)
        .where(AttendanceEvent.conference_id == conference_id, AttendanceEvent.delegate_id == delegate_id)
        .order_by(AttendanceEvent.revision.desc())
    )
    return [HistoryLine(event, site or "", desk or "", account or "") for event, site, desk, account in lines]
