"""The roster of a site: everybody whose seat is there and everybody who is in its hall."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from confsvc.domain.figures import Figures
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Desk, Mandate, Site, SiteTally


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person as a desk of a site sees them; `at` is the site where they are, `desk` the name of the desk that said so."""

    id: int
    name: str
    fold: str
    sort: str
    position: str
    unit: str
    rank: str
    order: int
    expected_here: bool
    expected_site: str
    state: str
    mode: str
    since: datetime | None
    at: int | None
    desk: str | None


def read_roster(work: Work, site_id: int) -> list[RosterRow]:
    """The whole roster in protocol order; one query."""
    return _rows(work, site_id, or_(Delegate.site_id == site_id, Attendance.site_id == site_id))


def roster_changes(work: Work, site_id: int, since: int) -> list[RosterRow]:
    """Who of the roster changed after revision `since`, with those who have left the hall since; one query."""
    was_here = exists().where(AttendanceEvent.delegate_id == Delegate.id, AttendanceEvent.site_id == site_id, AttendanceEvent.verdict != "refused")
    return _rows(work, site_id, Attendance.revision > since, or_(Delegate.site_id == site_id, Attendance.site_id == site_id, was_here))


def roster_row(work: Work, site_id: int, delegate_id: int) -> RosterRow | None:
    """One delegate as seen from a site, wherever they are expected; permission was asked by the caller."""
    rows = _rows(work, site_id, Delegate.id == delegate_id)
    return rows[0] if rows else None


def site_figures(work: Work, site_id: int) -> tuple[int, Figures]:
    """The conference's revision and the figures of one site, of one moment."""
    statement = select(Conference.revision, SiteTally).join(SiteTally, SiteTally.conference_id == Conference.id).where(SiteTally.site_id == site_id)
    revision, tally = work.session.execute(statement, execution_options={"populate_existing": True}).one()
    return revision, Figures.of(tally)


def _rows(work: Work, site_id: int, *conditions: ColumnElement[bool]) -> list[RosterRow]:
    seat = aliased(Site)
    columns: tuple[Any, ...] = (
        *(Delegate.id, Delegate.full_name, Delegate.name_fold, Delegate.name_sort, Delegate.position, Mandate.unit_name, Delegate.rank),
        *(Delegate.protocol_order, Delegate.site_id == site_id, seat.name),
        *(Attendance.state, Attendance.mode, Attendance.since, Attendance.site_id, Desk.name),
    )
    statement = (
        select(*columns)
        .join(Mandate, Mandate.id == Delegate.mandate_id)
        .join(seat, seat.id == Delegate.site_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(Desk, Desk.id == Attendance.desk_id)
        .where(Delegate.conference_id == select(Site.conference_id).where(Site.id == site_id).scalar_subquery(), *conditions)
        .order_by(Delegate.protocol_order, Delegate.name_sort, Delegate.id)
    )
    return [RosterRow(*row) for row in work.session.execute(statement)]
