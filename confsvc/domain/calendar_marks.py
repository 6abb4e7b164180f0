"""The mark on a conference whose calendars may have to be told something."""

from collections.abc import Collection

from sqlalchemy import exists, func, select, update

from confsvc.domain.work import Work
from confsvc.models import Conference, Delegate


def calendars_changed(work: Work, conference_id: int, *, of_people: bool = False) -> None:
    """Have the calendars of this conference compared: something that they show may have changed in this unit.

    Every command that changes what calendars show calls it; asks no permission, costs one statement. What changes for single people
    (`of_people`) lets nobody wait longer who waits already: units that register all day keep no one from being told.
    """
    informed = (Conference.id == conference_id, Conference.invited_at.is_not(None), Conference.rehearses_id.is_(None))
    work.session.flush()
    mark = func.coalesce(Conference.calendar_stale_at, work.now) if of_people else work.now
    marked = update(Conference).where(*informed).values(calendar_stale_at=mark)
    work.session.execute(marked, execution_options={"synchronize_session": False})


def seats_changed(work: Work, conference_id: int, delegate_ids: Collection[int]) -> None:
    """The same where these people have got or lost a seat: it matters if one of them can be written to."""
    if delegate_ids and work.session.scalar(select(exists().where(Delegate.id.in_(delegate_ids), Delegate.email != ""))):
        calendars_changed(work, conference_id, of_people=True)


def is_expected(origin: str, state: str) -> bool:
    """Whether somebody in this state of attendance has a seat, or was let in without one."""
    return state != "substituted" and (origin == "listed" or state not in ("pending", "not_admitted"))
