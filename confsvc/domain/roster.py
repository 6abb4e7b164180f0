"""The roster of a site: everybody whose seat is there and everybody who is in its hall."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, func, select, union
from sqlalchemy.orm import aliased

from confsvc.domain.prepared import Prepared, is_one_of
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Desk, Mandate, Pass, Site

# Said as a comparison, SQLite finds dead passes by the index that holds them alone, and does not look at everybody's.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class RosterRow(NamedTuple):
    """One person as desks see them.

    `pass_uid` is the pass that is valid now, `seat` and `seat_site` the site where they are expected, `at` and `at_site` the one
    where they are, `desk` the name of the desk that said so, `by` who sits in their seat or, for a substitute, whom they replace.
    """

    id: int
    name: str
    fold: str
    sort: str
    position: str
    unit: str
    rank: str
    required_rank: str
    order: int
    origin: str
    pass_uid: str | None
    seat: int
    seat_site: str
    state: str
    mode: str
    since: datetime | None
    at: int | None
    at_site: str | None
    desk: str | None
    late: bool
    by: str | None


@dataclass(frozen=True, slots=True)
class RevokedPass:
    """A pass that is dead, and who has taken its holder's seat (None: nobody, or the seat is at another site)."""

    uid: str
    by: str | None


def read_roster(work: Work, site_id: int) -> list[RosterRow]:
    """The whole roster of a site in protocol order; one query."""
    return _rows(work, _WHOLE, here=site_id)


def roster_changes(work: Work, site_id: int, since: int) -> list[RosterRow]:
    """Who of the roster changed after revision `since`, with those who have left the hall since; one query."""
    return _rows(work, _CHANGED, here=site_id, since=since)


def roster_rows(work: Work, delegate_ids: Collection[int]) -> dict[int, RosterRow]:
    """These delegates, wherever they are expected; one query, permission was asked by the caller."""
    return {row.id: row for row in _rows(work, _SOME, delegate_ids=delegate_ids)} if delegate_ids else {}


def revoked_passes(work: Work, conference_id: int, site_id: int) -> list[RevokedPass]:
    """Every dead pass that may be shown at a desk of this site; one query."""
    return [_revoked(uid, seat, by, site_id) for uid, seat, by in _DEAD.rows(work.rows, conference_id=conference_id)]


def changed_passes(work: Work, conference_id: int, site_id: int, since: int) -> tuple[list[RevokedPass], list[str]]:
    """The passes that died after line `since` of the log, and the uids of those that came to life again with a seat given back; one query."""
    changed = _CHANGED_PASSES.rows(work.rows, conference_id=conference_id, since=since)
    return [_revoked(uid, seat, by, site_id) for uid, seat, by, is_dead in changed if is_dead], [uid for uid, *_, is_dead in changed if not is_dead]


def dead_passes(work: Work, conference_id: int, since: int) -> list[tuple[str, int, str | None]]:
    """Those that died, for all sites: uid, the site of the seat, and who has taken it, which only that site may know; one query."""
    return [(uid, seat, by) for uid, seat, by, is_dead in _CHANGED_PASSES.rows(work.rows, conference_id=conference_id, since=since) if is_dead]


def _revoked(uid: str, seat: int, by: str | None, site_id: int) -> RevokedPass:
    return RevokedPass(uid, by if seat == site_id else None)


def split_passes(work: Work, uids: Collection[str]) -> tuple[list[str], list[str]]:
    """Which of these passes are dead now, and which are valid; one query."""
    found = work.session.execute(select(Pass.uid, Pass.revoked_at.is_not(None)).where(Pass.uid.in_(uids)).order_by(Pass.id)).all()
    return [uid for uid, is_dead in found if is_dead], [uid for uid, is_dead in found if not is_dead]


def _rows(work: Work, statement: Prepared, **whose: Any) -> list[RosterRow]:
    return [RosterRow._make(row) for row in statement.rows(work.rows, **whose)]


def _statement() -> Select[Any]:
    seat, hall, other = aliased(Site), aliased(Site), aliased(Delegate)
    columns: tuple[Any, ...] = (
        *(Delegate.id, Delegate.full_name, Delegate.name_fold, Delegate.name_sort, Delegate.position, Mandate.unit_name, Delegate.rank),
        *(Mandate.required_rank, Delegate.protocol_order, Delegate.origin, Pass.uid, Delegate.site_id, seat.name),
        *(Attendance.state, Attendance.mode, Attendance.since, Attendance.site_id, hall.name, Desk.name, Attendance.late, other.full_name),
    )
    return (
        select(*columns)
        .join(Mandate, Mandate.id == Delegate.mandate_id)
        .join(seat, seat.id == Delegate.site_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(hall, hall.id == Attendance.site_id)
        .outerjoin(Desk, Desk.id == Attendance.desk_id)
        .outerjoin(other, other.id == func.coalesce(Attendance.substitute_id, Delegate.replaces_id))
        # In a rehearsal the passes are those of the people it rehearses with.
        .outerjoin(Pass, (Pass.delegate_id == func.coalesce(Delegate.rehearses_id, Delegate.id)) & Pass.revoked_at.is_(None))
        .order_by(Delegate.protocol_order, Delegate.name_sort, Delegate.id)
    )


def _passes() -> Select[str, int, str]:
    substitute = aliased(Delegate)
    return (
        select(Pass.uid, Delegate.site_id, substitute.full_name)
        .join(Delegate, Delegate.id == Pass.delegate_id)
        .join(Attendance, Attendance.delegate_id == Pass.delegate_id)
        .outerjoin(substitute, substitute.id == Attendance.substitute_id)
        .order_by(Pass.id)
    )


_of_conference = bindparam("conference_id", type_=Integer)
# In a rehearsal the passes are those of the conference it rehearses.
_owner = select(func.coalesce(Conference.rehearses_id, Conference.id)).where(Conference.id == _of_conference).scalar_subquery()
_DEAD = Prepared(_passes().where(Pass.conference_id == _owner, Pass.revoked_at > LONG_AGO))
_CHANGED_PASSES = Prepared(
    _passes().add_columns(Pass.revoked_at.is_not(None)).where(Pass.conference_id == _of_conference, Pass.revoked_revision > bindparam("since"))
)

_here = bindparam("here", type_=Integer)
# As a union each part is found by an index of its own; joined by "or" they would be looked for among everybody of the conference.
_of_site = union(select(Delegate.id).where(Delegate.site_id == _here), select(Attendance.delegate_id).where(Attendance.site_id == _here))
_was_here = select(AttendanceEvent.delegate_id).where(
    AttendanceEvent.site_id == _here, AttendanceEvent.verdict != "refused", AttendanceEvent.delegate_id.is_not(None)
)
_WHOLE = Prepared(_statement().where(Delegate.id.in_(_of_site)))
_CHANGED = Prepared(_statement().where(Delegate.id.in_(union(*_of_site.selects, _was_here)), Attendance.revision > bindparam("since")))
_SOME = Prepared(_statement().where(is_one_of(Delegate.id, "delegate_ids")))
