"""Joining online: a delegate's page says that somebody is there, and goes on saying so until it is silent.

Joining is a `check_in` by the method `join` (or a `seek`, where the conference wants an organiser to confirm it), a page that fell
silent a `leave`, at the moment it was last heard. While a page is open it has a row in `online_presences`: that is all it
takes to survive a restart.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import delete, func, select, update

from confsvc.domain.attendance import NewEvent, Verdict, record_attendance
from confsvc.domain.attendance_log import take_turn
from confsvc.domain.errors import NotFound, WrongState
from confsvc.domain.invitations import acting_delegate
from confsvc.domain.online_stages import JOINABLE, JOINED, stage_key, stage_of
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import UNSYNCED, DelegateActor, Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, OnlinePresence

# Every line about a person is read again for the next one; nobody joins this often unless a program does.
JOINS_MOST = 200
# A page that is heard more often than this is believed without writing it down.
HEARD_AGAIN = timedelta(seconds=5)
# Of a conference that was postponed or cancelled nobody leaves.
HEARD_STATES = ("published", "in_progress", "closed")


@dataclass(frozen=True, slots=True)
class Page:
    """A delegate's page as the server last saw it: `stage` is one of `online_stages.STAGES`, `heard_at` None for a page that has not joined."""

    delegate_id: int
    stage: str
    since: datetime | None
    heard_at: datetime | None

    @property
    def key(self) -> str:
        """The same exactly as long as the page shows the same."""
        return stage_key(self.stage, self.since)

    def is_due(self, now: datetime) -> bool:
        """Whether it must be written down that this page was heard."""
        return self.heard_at is None or now - self.heard_at >= HEARD_AGAIN


def find_page(work: Work, token: str) -> Page:
    """The page of the personal link with this token; raises NotFound. One query: pages ask all the time."""
    found = work.session.execute(
        select(Delegate.id, Conference, Attendance, OnlinePresence.last_seen_at)
        .join(Conference, Conference.id == Delegate.conference_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(OnlinePresence, OnlinePresence.delegate_id == Delegate.id)
        .where(Delegate.link_token_hash == hash_token(token), Conference.state != "draft", Conference.rehearses_id.is_(None))
    ).one_or_none()
    if found is None:
        raise NotFound(kind="invitation")
    delegate_id, conference, attendance, heard_at = found
    return Page(delegate_id, stage_of(conference, attendance, work.now), attendance.since, heard_at)


def join_online(work: Work, client_ref: str) -> Verdict | None:
    """Let the acting delegate be present online, or ask to be, at the site of their seat; None where they are or wait already.

    Somebody in a hall stays there. Who was in before today, or was let in by an organiser, is not asked about again. Raises
    NotFound, or WrongState where nobody joins online or somebody joins without end. Look at the verdict: it may be refused.
    """
    delegate = acting_delegate(work)
    if delegate.conference.mode == "in_person":
        raise WrongState(state="in_person", step="join")
    take_turn(work, delegate.conference_id)
    return _join(work, delegate, _attendance(work, delegate.id), client_ref)


def hear_page(work: Work) -> None:
    """Note that the acting delegate's page is open; one that was silent for too long, and nobody has decided about since, is back."""
    if isinstance(work.actor, DelegateActor) and _note_heard(work, work.actor.delegate_id):
        return
    delegate = acting_delegate(work)
    take_turn(work, delegate.conference_id)
    attendance = _attendance(work, delegate.id)
    stage = stage_of(delegate.conference, attendance, work.now)
    if stage in JOINED:
        _watch_if_joined(work, delegate, attendance)
    elif stage in JOINABLE and (silence := _silence(work, delegate.id)) is not None:
        _join(work, delegate, attendance, f"after {silence}")


def somebody_is_silent(work: Work, *, grace: timedelta, listening_since: datetime) -> bool:
    """Whether `leave_silent` has anything to do; one query."""
    silent_since = work.now - grace
    return listening_since <= silent_since and _longest_silent(work, silent_since) is not None


def leave_silent(work: Work, *, grace: timedelta, listening_since: datetime, most: int) -> int:
    """Let pages that were not heard for `grace` leave at the moment they were last heard: how many, `most` of one conference at a time.

    Nobody could be heard before `listening_since`. Who had not been silent for so long when the conference was closed stays as they
    were. Several processes may do this at once.
    """
    silent_since = work.now - grace
    conference_id = _longest_silent(work, silent_since) if listening_since <= silent_since else None
    if conference_id is None:
        return 0
    opening = take_turn(work, conference_id)
    pages = dict(
        work.session.execute(
            select(OnlinePresence.delegate_id, OnlinePresence.last_seen_at)
            .where(OnlinePresence.conference_id == conference_id, OnlinePresence.last_seen_at <= silent_since)
            .order_by(OnlinePresence.last_seen_at)
            .limit(most)
            .with_for_update()
        ).all()
    )
    in_time = (opening.closed_at or work.now) - grace
    leaving = {delegate_id: seen for delegate_id, seen in pages.items() if seen <= in_time and opening.state in HEARD_STATES}
    if leaving:
        confirmed = _confirmed(work, conference_id, leaving)
        record_attendance(work, conference_id, [_leave(one, max(seen, confirmed.get(one, seen))) for one, seen in leaving.items()])
    work.session.execute(delete(OnlinePresence).where(OnlinePresence.delegate_id.in_(pages)), execution_options=UNSYNCED)
    return len(pages)


def _join(work: Work, delegate: Delegate, attendance: Attendance, client_ref: str) -> Verdict | None:
    if attendance.state in ("present", "pending"):
        _watch_if_joined(work, delegate, attendance)
        return None
    if _joined_before(work, delegate.id) >= JOINS_MOST:
        raise WrongState(state="too_often", step="join")
    asks = delegate.conference.online_rule == "ask" and delegate.origin == "listed" and attendance.arrived_at is None
    # The same button is another act once something has happened since it was shown.
    ref = str(uuid5(NAMESPACE_OID, f"join:{delegate.id}:{attendance.revision}:{client_ref}"))
    told = NewEvent(ref, "seek" if asks else "check_in", "join", work.now, site_id=delegate.site_id, delegate_id=delegate.id, mode="online")
    [verdict] = record_attendance(work, delegate.conference_id, [told])
    _watch_if_joined(work, delegate, _attendance(work, delegate.id))
    return verdict


def _leave(delegate_id: int, moment: datetime) -> NewEvent:
    """A page that fell silent at this moment; the same line whoever notices it."""
    ref = str(uuid5(NAMESPACE_OID, f"silent:{delegate_id}:{moment.isoformat()}"))
    return NewEvent(ref, "leave", "join", moment, delegate_id=delegate_id, mode="online")


def _watch_if_joined(work: Work, delegate: Delegate, attendance: Attendance) -> None:
    if attendance.mode == "online" and attendance.state in ("present", "pending") and not _note_heard(work, delegate.id):
        work.session.add(OnlinePresence(delegate_id=delegate.id, conference_id=delegate.conference_id, last_seen_at=work.now))
        work.session.flush()


def _note_heard(work: Work, delegate_id: int) -> bool:
    """Whether the page was one that is listened to."""
    heard = update(OnlinePresence).where(OnlinePresence.delegate_id == delegate_id).values(last_seen_at=work.now)
    return bool(work.session.execute(heard, execution_options=UNSYNCED).rowcount)  # type: ignore[attr-defined]  # an update has one


def _attendance(work: Work, delegate_id: int) -> Attendance:
    # The log changes these rows behind the session's back.
    wanted = select(Attendance).where(Attendance.delegate_id == delegate_id).execution_options(populate_existing=True)
    return work.session.scalars(wanted).one()


def _longest_silent(work: Work, silent_since: datetime) -> int | None:
    """The conference with the page that was not heard for longest."""
    silent = select(OnlinePresence.conference_id).where(OnlinePresence.last_seen_at <= silent_since)
    return work.session.scalar(silent.order_by(OnlinePresence.last_seen_at).limit(1))


def _joined_before(work: Work, delegate_id: int) -> int:
    joins = (AttendanceEvent.delegate_id == delegate_id, AttendanceEvent.method == "join", AttendanceEvent.kind.in_(("check_in", "seek")))
    return work.session.scalars(select(func.count()).select_from(AttendanceEvent).where(*joins)).one()


def _silence(work: Work, delegate_id: int) -> int | None:
    """The line by which this person left because of a silent page, if nothing has been said about them since."""
    event = AttendanceEvent
    about = select(event.revision, event.kind, event.method, event.verdict).where(event.delegate_id == delegate_id, event.verdict != "refused")
    last = work.session.execute(about.order_by(event.revision.desc()).limit(1)).one_or_none()
    return last.revision if last and (last.kind, last.method, last.verdict) == ("leave", "join", "accepted") else None


def _confirmed(work: Work, conference_id: int, delegate_ids: Collection[int]) -> dict[int, datetime]:
    """When an organiser last said yes to these people: nobody leaves before they were let in."""
    event = AttendanceEvent
    admits = (event.conference_id == conference_id, event.delegate_id.in_(delegate_ids), event.kind == "admit", event.verdict != "refused")
    rows = work.session.execute(select(event.delegate_id, func.max(event.recorded_at)).where(*admits).group_by(event.delegate_id))
    return {delegate_id or 0: moment for delegate_id, moment in rows}
