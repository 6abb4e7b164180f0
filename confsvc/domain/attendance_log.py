"""The statements behind `record_attendance`: what it must read, what it writes; as many for one event as for five hundred."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, or_, select, update

from confsvc.domain.attendance_chronicle import SEAT_KINDS, Chronicle
from confsvc.domain.attendance_fold import Entry, Person, Standing, moment_of, tally_changes
from confsvc.domain.errors import NotFound
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Desk, Pass, Site, SiteTally

UNSYNCED = {"synchronize_session": False}
# Refused because of what else the log said just then. What it says changes when a desk that was offline comes back, so
# these lines keep their place in the fold: the order in which lines come in decides nothing.
FOLDED_REFUSALS = ("substituted", "not_present", "not_left")
COUNTS = ("named", "present", "away", "excused", "visiting", "walk_ins", "online", "substitutes", "late")


class Named(Protocol):
    """The part of an event that says what it is, and whom it is about."""

    @property
    def kind(self) -> str: ...
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
    late_minutes: int
    started_at: datetime | None
    resumed_at: datetime | None
    closed_at: datetime | None
    rehearses_id: int | None

    @property
    def late_after(self) -> datetime:
        return late_after(self.starts_at, self.late_minutes)

    @property
    def opens_at(self) -> datetime:
        """From when on desks are heard, if the conference is published."""
        return opens_at(self)


@dataclass(frozen=True, slots=True)
class ScannedPass:
    """`delegate_id` is None for a pass of another conference."""

    delegate_id: int | None
    revoked_at: datetime | None
    revoked_reason: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the judging of one round needs: passes by hash, persons and their chronicles by delegate, names of sites, desks and substitutes."""

    passes: dict[str, ScannedPass]
    persons: dict[int, Person]
    chronicles: dict[int, Chronicle]
    sites: dict[int, str]
    desks: dict[int, str]
    substitutes: dict[int, str]


def opens_at(conference: Opening | Conference) -> datetime:
    """From when on desks are heard, if the conference is published: so long before the start, or as soon as it was started."""
    announced = conference.starts_at - timedelta(minutes=conference.check_in_minutes)
    return min(announced, conference.started_at) if conference.started_at else announced


def late_after(starts_at: datetime, late_minutes: int) -> datetime:
    """The last moment at which nobody is late."""
    return starts_at + timedelta(minutes=late_minutes)


def take_turn(work: Work, conference_id: int) -> Opening:
    """Make every other writer of this conference's log wait for the end of this unit; raises NotFound."""
    columns: tuple[Any, ...] = (Conference.id, Conference.revision, Conference.state, Conference.starts_at, Conference.check_in_minutes)
    columns += (Conference.late_minutes, Conference.started_at, Conference.resumed_at, Conference.closed_at, Conference.rehearses_id)
    statement = update(Conference).where(Conference.id == conference_id).values(revision=Conference.revision).returning(*columns)
    row = work.session.execute(statement, execution_options=UNSYNCED).one_or_none()
    if row is None:
        raise NotFound(kind="conference")
    return Opening(*row)


def earlier_verdicts(work: Work, conference_id: int, client_refs: Sequence[str]) -> dict[str, tuple[str, str | None, int | None, int, dict[str, Any]]]:
    """`client_ref` → verdict, refusal, delegate, revision and detail of the lines that are there already."""
    event = AttendanceEvent
    rows = work.session.execute(
        select(event.client_ref, event.verdict, event.refusal, event.delegate_id, event.revision, event.detail).where(
            event.conference_id == conference_id, event.client_ref.in_(set(client_refs))
        )
    )
    return {ref: (verdict, refusal, delegate_id, revision, detail) for ref, verdict, refusal, delegate_id, revision, detail in rows}


def lines_typed_at(work: Work, event: Named) -> int:
    """How many substitutes and walk-ins the desk of this event has told of."""
    of_desk = (AttendanceEvent.site_id == event.site_id, AttendanceEvent.desk_id == event.desk_id, AttendanceEvent.method == "form")
    return work.session.scalars(select(func.count()).select_from(AttendanceEvent).where(*of_desk)).one() if event.desk_id is not None else 0


def read_scene(work: Work, opening: Opening, events: Sequence[Named], hashes: dict[str, str]) -> Scene:
    """What is known of everybody these events name; `hashes` are those of the scanned codes."""
    conference_id = opening.conference_id
    passes = _read_passes(work, opening, set(hashes.values())) if hashes else {}
    wanted = {event.delegate_id for event in events} | {scanned.delegate_id for scanned in passes.values()}
    if seats := {event.delegate_id for event in events if event.kind in SEAT_KINDS and event.delegate_id}:
        wanted |= set(work.session.scalars(select(Delegate.id).where(Delegate.replaces_id.in_(seats))))
    persons, entries = _read_lines(work, conference_id, {delegate_id for delegate_id in wanted if delegate_id is not None})
    lines = [entry for of_one in entries.values() for entry in of_one]
    chronicles = {delegate_id: Chronicle(entries.get(delegate_id, ())) for delegate_id in persons}
    site_ids = {line.site_id for line in lines} | {event.site_id for event in events}
    desk_ids = {line.desk_id for line in lines} | {event.desk_id for event in events}
    of_sites = select(Site.id, Site.name).where(Site.conference_id == conference_id, Site.id.in_(site_ids - {None}))
    of_desks = select(Desk.id, Desk.name).where(Desk.conference_id == conference_id, Desk.id.in_(desk_ids - {None}))
    names: list[dict[int, str]] = [dict(work.session.execute(statement).all()) for statement in (of_sites, of_desks)]
    substitute_ids = {line.other_id for line in lines if line.other_id is not None}
    of_substitutes = select(Delegate.id, Delegate.full_name).where(Delegate.conference_id == conference_id, Delegate.id.in_(substitute_ids))
    names.append(dict(work.session.execute(of_substitutes).all()) if substitute_ids else {})
    return Scene(passes, persons, chronicles, *names)


def _read_lines(work: Work, conference_id: int, delegate_ids: set[int]) -> tuple[dict[int, Person], dict[int, list[Entry]]]:
    """These people with their lines, those they came for, and those who came for them: a seat is judged with everybody who wants it."""
    persons: dict[int, Person] = {}
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    while missing := delegate_ids - set(persons):
        found = read_persons(work, conference_id, missing)
        if not found:
            break
        persons |= found
        entries |= read_entries(work, conference_id, found)
        delegate_ids = {person.replaces_id for person in found.values() if person.replaces_id}
        delegate_ids |= {line.other_id for delegate_id in found for line in entries[delegate_id] if line.other_id}
    return persons, entries


def read_persons(work: Work, conference_id: int, delegate_ids: Collection[int] | None = None) -> dict[int, Person]:
    """Delegate id → what the fold must know of them; of everybody if no ids are given."""
    statement = select(Delegate.id, Delegate.site_id, Delegate.origin, Delegate.replaces_id).where(Delegate.conference_id == conference_id)
    if delegate_ids is not None:
        statement = statement.where(Delegate.id.in_(delegate_ids))
    return {delegate_id: Person(seat_id, origin, replaces_id) for delegate_id, seat_id, origin, replaces_id in work.session.execute(statement)}


def read_entries(work: Work, conference_id: int, delegate_ids: Collection[int] | None = None) -> dict[int, list[Entry]]:
    """Delegate id → their lines that count, in the order of the log; of everybody if no ids (of delegates of this conference) are given."""
    event = AttendanceEvent
    columns = (event.delegate_id, event.revision, event.kind, event.site_id, event.mode, event.desk_id, event.reason, event.other_id)
    times = (event.occurred_at, event.clock_offset_ms, event.recorded_at)
    # Named together with the ids, the conference would make SQLite read the whole of its log.
    whose = event.conference_id == conference_id if delegate_ids is None else event.delegate_id.in_(list(delegate_ids))
    statement = select(*columns, *times).where(whose, counted_line(), event.delegate_id.is_not(None))
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    for delegate_id, revision, kind, site_id, mode, desk_id, reason, other_id, *clocks in work.session.execute(statement.order_by(event.revision)):
        entries[delegate_id or 0].append(Entry(revision, kind, moment_of(*clocks), site_id, mode, desk_id, reason, other_id))
    return entries


def counted_line() -> ColumnElement[bool]:
    """The lines that the fold reads."""
    return or_(AttendanceEvent.verdict != "refused", AttendanceEvent.refusal.in_(FOLDED_REFUSALS))


def write_round(
    work: Work,
    conference_id: int,
    lines: list[dict[str, Any]],
    changed: dict[int, tuple[Standing, Standing]],
    persons: dict[int, Person],
) -> None:
    """Append the lines, put the states and tallies where the lines lead, and let the conference count them."""
    session = work.session
    session.flush()
    session.execute(insert(AttendanceEvent), lines)
    if changed:
        state = Attendance.__table__
        standings = [{"of": delegate_id, **asdict(after)} for delegate_id, (_, after) in changed.items()]
        session.execute(update(Attendance.__table__).where(state.c.delegate_id == bindparam("of")), standings)  # type: ignore[arg-type]  # a declarative table is a Table
    revision = lines[-1]["revision"]
    _add_to_tallies(work, changed, persons, revision)
    _note_headcounts(work, lines)
    # A conference that this unit has loaded already is to know it too.
    counted = update(Conference).where(Conference.id == conference_id).values(revision=revision)
    session.execute(counted, execution_options={"synchronize_session": "evaluate"})


def _read_passes(work: Work, opening: Opening, hashes: Collection[str]) -> dict[str, ScannedPass]:
    """In a rehearsal the passes are those of the conference it rehearses, and stand for the delegates who rehearse."""
    owner_id = opening.rehearses_id or opening.conference_id
    columns = (Pass.token_hash, Pass.delegate_id, Pass.conference_id, Pass.revoked_at, Pass.revoked_reason)
    rows = work.session.execute(select(*columns).where(Pass.token_hash.in_(hashes))).all()
    stand_in: dict[int, int] = {}
    if opening.rehearses_id:
        of_rehearsal = Delegate.conference_id == opening.conference_id
        acting = select(Delegate.rehearses_id, Delegate.id).where(of_rehearsal, Delegate.rehearses_id.in_({row.delegate_id for row in rows}))
        stand_in = {original or 0: delegate_id for original, delegate_id in work.session.execute(acting)}
    found = {}
    for token_hash, delegate_id, conference_id, revoked_at, reason in rows:
        known_id = stand_in.get(delegate_id) if opening.rehearses_id else delegate_id
        found[token_hash] = ScannedPass(known_id if conference_id == owner_id else None, revoked_at, reason)
    return found


def _note_headcounts(work: Work, lines: list[dict[str, Any]]) -> None:
    """Let each site's latest count stand, by the moment it was taken."""
    for line in lines:
        if line["amount"] is None or line["verdict"] == "refused":
            continue
        moment, amount = moment_of(line["occurred_at"], line["clock_offset_ms"], line["recorded_at"]), line["amount"]
        is_later = or_(SiteTally.headcount_at.is_(None), SiteTally.headcount_at < moment, and_(SiteTally.headcount_at == moment, SiteTally.headcount < amount))
        noted = update(SiteTally).where(SiteTally.site_id == line["site_id"], is_later).values(headcount=amount, headcount_at=moment, revision=line["revision"])
        work.session.execute(noted, execution_options=UNSYNCED)


def _add_to_tallies(work: Work, changed: dict[int, tuple[Standing, Standing]], persons: dict[int, Person], revision: int) -> None:
    sums: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for delegate_id, (before, after) in changed.items():
        for site_id, change in tally_changes(persons[delegate_id], before, after).items():
            sums[site_id].update(change)
        # Whoever goes from the hall of the own seat to another one is counted there as before; the hall has one less in it.
        for standing in (before, after):
            if standing.site_id is not None:
                sums.setdefault(standing.site_id, Counter())
    steps = [{"of": site_id, **{f"more_{key}": found[key] for key in COUNTS}} for site_id, found in sorted(sums.items())]
    if steps:
        tally = SiteTally.__table__
        more = {key: tally.c[key] + bindparam(f"more_{key}") for key in COUNTS}
        work.session.execute(update(tally).where(tally.c.site_id == bindparam("of")).values(more | {"revision": revision}), steps)  # type: ignore[arg-type]  # as above
