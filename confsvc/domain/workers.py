"""The processes of a cluster: which of them live, and which desks are connected to each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from confsvc.domain.work import Work
from confsvc.models import Conference, Worker, WorkerDesk

# Bounds the length of one statement.
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connected desk stands."""

    site_id: int
    conference_id: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """A worker as it shows itself: how often it has beaten, and how often its list of desks has changed."""

    beats: int
    version: int


def beat(work: Work, uid: str) -> bool:
    """Show that this worker lives; False where nobody knows it, because it is new or was taken for gone."""
    return work.session.execute(update(Worker).where(Worker.uid == uid).values(beats=Worker.beats + 1).returning(Worker.uid)).first() is not None


def enter_worker(work: Work, uid: str) -> None:
    """Make this worker known, without desks."""
    work.session.add(Worker(uid=uid, beats=1, version=0))
    work.session.flush()


def leave_worker(work: Work, uids: Collection[str]) -> None:
    """Forget these workers, with all that was connected to them."""
    work.session.execute(delete(Worker).where(Worker.uid.in_(uids)))


def note_desks(work: Work, uid: str, came: Mapping[int, Place], gone: Mapping[int, Place]) -> None:
    """Write down which desks were connected to this worker, and which were parted from it, since the last time."""
    version = work.session.execute(update(Worker).where(Worker.uid == uid).values(version=Worker.version + 1).returning(Worker.version)).scalar_one()
    rows = [
        {"worker_uid": uid, "desk_id": desk_id, "site_id": at.site_id, "conference_id": at.conference_id, "connected": connected, "version": version}
        for connected, desks in ((True, came), (False, gone))
        for desk_id, at in sorted(desks.items())
    ]
    insert = postgresql.insert if work.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(WorkerDesk)
    changed = {name: statement.excluded[name] for name in ("site_id", "conference_id", "connected", "version")}
    statement = statement.on_conflict_do_update(index_elements=["worker_uid", "desk_id"], set_=changed)
    for first in range(0, len(rows), MOST_ROWS):
        work.session.execute(statement, rows[first : first + MOST_ROWS])


def read_pulses(work: Work) -> dict[str, Pulse]:
    """Every worker that is known."""
    return {uid: Pulse(beats, version) for uid, beats, version in work.session.execute(select(Worker.uid, Worker.beats, Worker.version))}


def read_desks(work: Work, uid: str, after: int) -> dict[int, Place | None]:
    """What changed in the list of this worker after this version: the desk's place, or None where it is not connected any more."""
    desk = WorkerDesk
    rows = work.session.execute(select(desk.desk_id, desk.site_id, desk.conference_id, desk.connected).where(desk.worker_uid == uid, desk.version > after))
    return {desk_id: Place(site_id, conference_id) if connected else None for desk_id, site_id, conference_id, connected in rows}


def read_revisions(work: Work, conference_ids: Collection[int]) -> dict[int, int]:
    """The newest revision of each of these conferences."""
    if not conference_ids:
        return {}
    rows = work.session.execute(select(Conference.id, Conference.revision).where(Conference.id.in_(conference_ids)))
    return {row.id: row.revision for row in rows}
