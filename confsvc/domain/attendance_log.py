"""The statements behind `record_attendance`: what it must read, what it writes; as many for one event as for five hundred."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from confsvc.domain import attendance_statements as statements
from confsvc.domain.attendance_chronicle import SEAT_KINDS, Chronicle
from confsvc.domain.attendance_fold import Entry, Person, Standing, moment_of, tally_changes
from confsvc.domain.errors import NotFound
from confsvc.domain.prepared import Asked, Prepared, Rows, ask
from confsvc.domain.work import Work
from confsvc.models import Conference

_STANDING_COLUMNS = [(f"new_{column}", column) for column in statements.STANDING_COLUMNS]


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


class Names:
    """Names of one conference by id, read when the first of them is asked for: whoever simply arrives is told none."""

    def __init__(self, work: Work, conference_id: int, statement: Prepared, ids: Collection[int | None]) -> None:
        self._work = work
        self._conference_id = conference_id
        self._statement = statement
        self._ids = ids
        self._names: dict[int, str] | None = None

    def of(self, one: int | None) -> str | None:
        """Its name; None for none, and for one that is not of this conference or among those that can be meant here."""
        if one is None:
            return None
        if self._names is None:
            self._names = {id_: name for id_, name, of in self._statement.rows(self._work.rows, ids=self._ids) if of == self._conference_id}
        return self._names.get(one)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the judging of one round needs: passes by hash, persons and their chronicles by delegate, names of sites, desks and substitutes."""

    passes: dict[str, ScannedPass]
    persons: dict[int, Person]
    chronicles: dict[int, Chronicle]
    sites: Names
    desks: Names
    substitutes: Names


def opens_at(conference: Opening | Conference) -> datetime:
    """From when on desks are heard, if the conference is published: so long before the start, or as soon as it was started."""
    announced = conference.starts_at - timedelta(minutes=conference.check_in_minutes)
    return min(announced, conference.started_at) if conference.started_at else announced


def late_after(starts_at: datetime, late_minutes: int) -> datetime:
    """The last moment at which nobody is late."""
    return starts_at + timedelta(minutes=late_minutes)


def take_turn(work: Work, conference_id: int) -> Opening:
    """Make every other writer of this conference's log wait for the end of this unit; raises NotFound."""
    by_index = [statements.BY_INDEX.asked()] if work.rows.dialect.name == "postgresql" else []
    *_, rows = ask(work.rows, *by_index, statements.TAKE_TURN.asked(conference_id=conference_id))
    if not rows:
        raise NotFound(kind="conference")
    return Opening(*rows[0])


def earlier_verdicts(work: Work, conference_id: int, client_refs: Iterable[str]) -> dict[str, tuple[str, str | None, int | None, int, dict[str, Any]]]:
    """`client_ref` → verdict, refusal, delegate, revision and detail of the lines that are there already."""
    rows = statements.EARLIER_VERDICTS.rows(work.rows, client_refs=set(client_refs))
    return {ref: (verdict, refusal, delegate_id, revision, detail) for ref, of, verdict, refusal, delegate_id, revision, detail in rows if of == conference_id}


def lines_typed_at(work: Work, event: Named) -> int:
    """How many substitutes and walk-ins the desk of this event has told of."""
    if event.desk_id is None:
        return 0
    [[typed]] = statements.LINES_TYPED.rows(work.rows, site_id=event.site_id, desk_id=event.desk_id)
    return int(typed)


def read_scene(work: Work, opening: Opening, events: Sequence[Named], hashes: dict[str, str]) -> Scene:
    """What is known of everybody these events name; `hashes` are those of the scanned codes."""
    conference_id = opening.conference_id
    passes = _read_passes(work, opening, set(hashes.values())) if hashes else {}
    wanted = {event.delegate_id for event in events} | {scanned.delegate_id for scanned in passes.values()}
    if seats := {event.delegate_id for event in events if event.kind in SEAT_KINDS and event.delegate_id}:
        wanted |= {delegate_id for (delegate_id,) in statements.WHO_CAME_FOR.rows(work.rows, delegate_ids=seats)}
    persons, entries = _read_lines(work, conference_id, {delegate_id for delegate_id in wanted if delegate_id is not None})
    lines = [entry for of_one in entries.values() for entry in of_one]
    chronicles = {delegate_id: Chronicle(entries.get(delegate_id, ())) for delegate_id in persons}
    site_ids = {line.site_id for line in lines} | {event.site_id for event in events}
    desk_ids = {line.desk_id for line in lines} | {event.desk_id for event in events}
    named = ((statements.SITE_NAMES, site_ids), (statements.DESK_NAMES, desk_ids), (statements.PERSON_NAMES, {line.other_id for line in lines}))
    return Scene(passes, persons, chronicles, *(Names(work, conference_id, statement, ids - {None}) for statement, ids in named))


def _read_lines(work: Work, conference_id: int, delegate_ids: set[int]) -> tuple[dict[int, Person], dict[int, list[Entry]]]:
    """These people with their lines, those they came for, and those who came for them: a seat is judged with everybody who wants it."""
    persons: dict[int, Person] = {}
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    while missing := delegate_ids - set(persons):
        found, entries_found = _persons_with_entries(work, conference_id, missing)
        if not found:
            break
        persons |= found
        entries |= entries_found
        delegate_ids = {person.replaces_id for person in found.values() if person.replaces_id}
        delegate_ids |= {line.other_id for delegate_id in found for line in entries[delegate_id] if line.other_id}
    return persons, entries


def read_persons(work: Work, conference_id: int, delegate_ids: Collection[int] | None = None) -> dict[int, Person]:
    """Delegate id → what the fold must know of them; of everybody if no ids are given."""
    if delegate_ids is None:
        rows = statements.EVERYBODY.rows(work.rows, conference_id=conference_id)
    else:
        rows = statements.PERSONS.rows(work.rows, delegate_ids=delegate_ids)
    return _persons_of(conference_id, rows)


def read_entries(work: Work, conference_id: int, delegate_ids: Collection[int] | None = None) -> dict[int, list[Entry]]:
    """Delegate id → their lines that count, in the order of the log; of everybody if no ids (of delegates of this conference) are given."""
    if delegate_ids is None:
        rows = statements.EVERY_LINE.rows(work.rows, conference_id=conference_id)
    else:
        rows = statements.LINES_OF.rows(work.rows, delegate_ids=delegate_ids)
    return _entries_in(rows)


def _persons_with_entries(work: Work, conference_id: int, delegate_ids: set[int]) -> tuple[dict[int, Person], dict[int, list[Entry]]]:
    persons, lines = ask(work.rows, statements.PERSONS.asked(delegate_ids=delegate_ids), statements.LINES_OF.asked(delegate_ids=delegate_ids))
    found = _persons_of(conference_id, persons)
    return found, _entries_in(line for line in lines if line[0] in found)


def _persons_of(conference_id: int, rows: Rows) -> dict[int, Person]:
    return {delegate_id: Person(seat_id, origin, replaces_id) for delegate_id, of, seat_id, origin, replaces_id in rows if of == conference_id}


def _entries_in(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Entry]]:
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    for delegate_id, revision, kind, site_id, mode, desk_id, reason, other_id, *clocks in rows:
        entries[delegate_id].append(Entry(revision, kind, moment_of(*clocks), site_id, mode, desk_id, reason, other_id))
    return entries


def write_round(
    work: Work,
    conference_id: int,
    lines: list[dict[str, Any]],
    changed: dict[int, tuple[Standing, Standing]],
    persons: dict[int, Person],
) -> None:
    """Append the lines, put the states and tallies where the lines lead, and let the conference count them."""
    revision = lines[-1]["revision"]
    ask(
        work.rows,
        statements.APPEND_LINES.asked(lines),
        statements.PUT_STANDING.asked(_columns_of(delegate_id, after) for delegate_id, (_, after) in changed.items()),
        statements.ADD_TO_TALLY.asked(_steps_of_tallies(changed, persons, revision)),
        *_headcounts(lines),
        statements.COUNT_LINES.asked(of=conference_id, counted=revision),
    )
    if loaded := work.session.identity_map.get(identity_key(Conference, conference_id)):
        # A conference that this unit has loaded already is to know it too.
        set_committed_value(loaded, "revision", revision)


def _columns_of(delegate_id: int, standing: Standing) -> dict[str, Any]:
    return {"of": delegate_id, **{name: getattr(standing, column) for name, column in _STANDING_COLUMNS}}


def _read_passes(work: Work, opening: Opening, hashes: Collection[str]) -> dict[str, ScannedPass]:
    """In a rehearsal the passes are those of the conference it rehearses, and stand for the delegates who rehearse."""
    owner_id = opening.rehearses_id or opening.conference_id
    rows = statements.PASSES.rows(work.rows, hashes=hashes)
    stand_in: dict[int, int] = {}
    if opening.rehearses_id:
        whose = {delegate_id for _, delegate_id, _, _, _ in rows}
        found_by_original = statements.STAND_INS.rows(work.rows, delegate_ids=whose)
        stand_in = {original: delegate_id for original, delegate_id, of in found_by_original if of == opening.conference_id}
    found = {}
    for token_hash, delegate_id, conference_id, revoked_at, reason in rows:
        known_id = stand_in.get(delegate_id) if opening.rehearses_id else delegate_id
        found[token_hash] = ScannedPass(known_id if conference_id == owner_id else None, revoked_at, reason)
    return found


def _headcounts(lines: list[dict[str, Any]]) -> Iterator[Asked]:
    """Let each site's latest count stand, by the moment it was taken."""
    for line in lines:
        if line["amount"] is None or line["verdict"] == "refused":
            continue
        moment = moment_of(line["occurred_at"], line["clock_offset_ms"], line["recorded_at"])
        yield statements.NOTE_HEADCOUNT.asked(of=line["site_id"], moment=moment, amount=line["amount"], at_revision=line["revision"])


def _steps_of_tallies(changed: dict[int, tuple[Standing, Standing]], persons: dict[int, Person], revision: int) -> list[dict[str, Any]]:
    more: Counter[tuple[int, str]] = Counter()
    for delegate_id, (before, after) in changed.items():
        for site_id, count, step in tally_changes(persons[delegate_id], before, after):
            more[site_id, count] += step
    # Whoever goes from the hall of the own seat to another one is counted there as before; the hall has one less in it.
    halls = {standing.site_id for standings in changed.values() for standing in standings if standing.site_id is not None}
    sites = sorted({site_id for site_id, _ in more} | halls)
    return [{"of": site_id, "at_revision": revision, **{f"more_{key}": more[site_id, key] for key in statements.COUNTS}} for site_id in sites]
