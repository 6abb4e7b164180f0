"""The statements behind `record_attendance`: what it must read, what it writes; as many for one event as for five hundred."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam, insert, select, update

from confsvc.domain.attendance_fold import Entry, Standing, moment_of, tally_changes
from confsvc.domain.errors import NotFound
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Desk, Pass, Site, SiteTally

UNSYNCED = {"synchronize_session": False}


class Named(Protocol):
    """The part of an event that says whom it is about."""

    @property
    def delegate_id(self) -> int | None: ...
    @property
    def site_id(self) -> int | None: ...
    @property
    def desk_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What decides whether the conference takes check-ins, read while holding its turn."""

    conference_id: int
    revision: int
    state: str
    starts_at: datetime
    check_in_minutes: int


@dataclass(frozen=True, slots=True)
class ScannedPass:
    delegate_id: int
    of_this_conference: bool
    revoked: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the judging of one round needs: passes by hash, seats (delegate → site), lines by delegate, names."""

    passes: dict[str, ScannedPass]
    seats: dict[int, int]
    entries: dict[int, list[Entry]]
    sites: dict[int, str]
    desks: dict[int, str]


def take_turn(work: Work, conference_id: int) -> Opening:
    """Make every other writer of this conference's log wait for the end of this unit; raises NotFound."""
    columns = (Conference.id, Conference.revision, Conference.state, Conference.starts_at, Conference.check_in_minutes)
    statement = update(Conference).where(Conference.id == conference_id).values(revision=Conference.revision).returning(*columns)
    row = work.session.execute(statement, execution_options=UNSYNCED).one_or_none()
    if row is None:
        raise NotFound(kind="conference")
    return Opening(*row)


def earlier_verdicts(work: Work, conference_id: int, client_refs: Sequence[str]) -> dict[str, tuple[str, int | None, int, dict[str, Any]]]:
    """`client_ref` → verdict, delegate, revision and detail of the lines that are there already."""
    event = AttendanceEvent
    rows = work.session.execute(
        select(event.client_ref, event.verdict, event.delegate_id, event.revision, event.detail).where(
            event.conference_id == conference_id, event.client_ref.in_(set(client_refs))
        )
    )
    return {ref: (verdict, delegate_id, revision, detail) for ref, verdict, delegate_id, revision, detail in rows}


def read_scene(work: Work, conference_id: int, events: Sequence[Named], hashes: dict[str, str]) -> Scene:
    """What is known of everybody these events name; `hashes` are those of the scanned codes."""
    passes: dict[str, ScannedPass] = {}
    if hashes:
        columns = (Pass.token_hash, Pass.delegate_id, Pass.conference_id, Pass.revoked_at)
        for token_hash, delegate_id, of_conference, revoked_at in work.session.execute(select(*columns).where(Pass.token_hash.in_(set(hashes.values())))):
            passes[token_hash] = ScannedPass(delegate_id, of_conference == conference_id, revoked_at is not None)
    wanted = {event.delegate_id for event in events if event.delegate_id is not None}
    wanted |= {scanned.delegate_id for scanned in passes.values() if scanned.of_this_conference}
    found = select(Delegate.id, Delegate.site_id).where(Delegate.conference_id == conference_id, Delegate.id.in_(wanted))
    seats = dict(work.session.execute(found).all())
    entries = read_entries(work, conference_id, seats)
    lines = [entry for of_one in entries.values() for entry in of_one]
    site_ids = {line.site_id for line in lines} | {event.site_id for event in events}
    desk_ids = {line.desk_id for line in lines} | {event.desk_id for event in events}
    of_sites = select(Site.id, Site.name).where(Site.conference_id == conference_id, Site.id.in_(site_ids - {None}))
    of_desks = select(Desk.id, Desk.name).where(Desk.conference_id == conference_id, Desk.id.in_(desk_ids - {None}))
    names = [dict(work.session.execute(statement).all()) for statement in (of_sites, of_desks)]
    return Scene(passes, seats, entries, *names)


def read_entries(work: Work, conference_id: int, delegate_ids: Sequence[int] | dict[int, int] | None = None) -> dict[int, list[Entry]]:
    """Delegate id → their lines that were not refused, in the order of the log; of everybody if no ids are given."""
    event = AttendanceEvent
    columns = (event.delegate_id, event.revision, event.kind, event.site_id, event.mode, event.desk_id, event.reason)
    times = (event.occurred_at, event.clock_offset_ms, event.recorded_at)
    statement = select(*columns, *times).where(event.conference_id == conference_id, event.verdict != "refused", event.delegate_id.is_not(None))
    if delegate_ids is not None:
        statement = statement.where(event.delegate_id.in_(list(delegate_ids)))
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    for delegate_id, revision, kind, site_id, mode, desk_id, reason, *clocks in work.session.execute(statement.order_by(event.revision)):
        entries[delegate_id or 0].append(Entry(revision, kind, moment_of(*clocks), site_id, mode, desk_id, reason))
    return entries


def write_round(
    work: Work,
    conference_id: int,
    lines: list[dict[str, Any]],
    changed: dict[int, tuple[Standing, Standing]],
    seats: dict[int, int],
) -> None:
    """Append the lines, put the states and tallies where the lines lead, and let the conference count them."""
    session = work.session
    session.flush()
    session.execute(insert(AttendanceEvent), lines)
    if changed:
        state = Attendance.__table__
        standings = [{"of": delegate_id, **asdict(after)} for delegate_id, (_, after) in changed.items()]
        session.execute(update(Attendance.__table__).where(state.c.delegate_id == bindparam("of")), standings)  # type: ignore[arg-type]  # a declarative table is a Table
    _add_to_tallies(work, changed, seats)
    revision = lines[-1]["revision"]
    # A conference that this unit has loaded already is to know it too.
    counted = update(Conference).where(Conference.id == conference_id).values(revision=revision)
    session.execute(counted, execution_options={"synchronize_session": "evaluate"})


def _add_to_tallies(work: Work, changed: dict[int, tuple[Standing, Standing]], seats: dict[int, int]) -> None:
    sums: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for delegate_id, (before, after) in changed.items():
        for site_id, change in tally_changes(seats[delegate_id], before, after).items():
            sums[site_id].update(change)
    keys = ("present", "excused", "visiting")
    steps = [{"of": site_id, **{f"more_{key}": found[key] for key in keys}} for site_id, found in sorted(sums.items()) if any(found.values())]
    if steps:
        tally = SiteTally.__table__
        more = {key: tally.c[key] + bindparam(f"more_{key}") for key in keys}
        work.session.execute(update(tally).where(tally.c.site_id == bindparam("of")).values(more), steps)  # type: ignore[arg-type]  # as above
