"""The one function that writes the attendance log, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from confsvc.domain import attendance_log as log
from confsvc.domain import attendance_rules as rules
from confsvc.domain.attendance_chronicle import SEAT_KINDS, Chronicle
from confsvc.domain.attendance_fold import Entry, History, Person, Standing, moment_of, stand_by
from confsvc.domain.attendance_statements import FOLDED_REFUSALS
from confsvc.domain.calendar_marks import is_expected, seats_changed
from confsvc.domain.facts import AttendanceRecorded
from confsvc.domain.text import clean
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import Work

REFUSALS = (
    *("pass_unknown", "pass_revoked", "other_conference", "not_yet_open", "closed"),
    *("substituted", "not_present", "not_left", "not_pending", "not_admitted", "not_replaceable", "delegate_unknown", "walk_ins_refused", "too_often"),
)
# Bounds the length of one statement; a list that is longer is written in several rounds of the same transaction.
ROUND = 500


class NewEvent(NamedTuple):
    """Something that happened to one person, named by `delegate_id` or by a scanned `code` (a pass token or its whole address).

    `client_ref` is a UUID made where it happened, `occurred_at` the clock there and `clock_offset_ms` what the
    server's clock was ahead of it. `site_id` is the hall, needed for a check-in and a headcount (`amount` people).
    `other_id` is who takes the seat (`substitute`) or gives it back (`withdraw_substitute`). `refusal`: the caller has found
    that it must not be, for this reason; it is logged as refused.
    """

    client_ref: str
    kind: str
    method: str
    occurred_at: datetime
    site_id: int | None = None
    delegate_id: int | None = None
    code: str | None = None
    mode: str = "in_person"
    desk_id: int | None = None
    account_id: int | None = None
    reason: str = ""
    clock_offset_ms: int = 0
    other_id: int | None = None
    amount: int | None = None
    refusal: str | None = None


class Verdict(NamedTuple):
    """`accepted`, `repeated`, `moved` or `refused` (then `reason` is one of REFUSALS).

    `since`, `site` and `desk` (names) say where the person was before, `by` (a name) who sits in their seat; `revision` is
    the line of the log.
    """

    verdict: str
    reason: str | None
    delegate_id: int | None
    since: datetime | None
    site: str | None
    desk: str | None
    revision: int
    by: str | None = None


@dataclass(slots=True)
class _Round:
    """One round of lines being written, and what they change."""

    work: Work
    opening: log.Opening
    scene: log.Scene
    revision: int
    late_after: datetime
    lines: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[int, tuple[Standing, Standing]] = field(default_factory=dict)

    def standing(self, delegate_id: int) -> Standing:
        return standing_of(delegate_id, self.scene.persons, self.scene.chronicles, self.late_after)

    def reseated(self) -> list[int]:
        """Who is expected now and was not, or the other way round."""
        origins = {delegate_id: self.scene.persons[delegate_id].origin for delegate_id in self.changed}
        return [one for one, states in self.changed.items() if len({is_expected(origins[one], standing.state) for standing in states}) > 1]


def record_attendance(work: Work, conference_id: int, events: Sequence[NewEvent]) -> list[Verdict]:
    """Write each event to the log, in order, and fold it into the states and tallies; a verdict for each.

    A `client_ref` that was seen before, in the log or in this list, is not judged again: it gets its old verdict. The
    number of statements does not depend on the length of the list. Asks no permission: the commands that call it do.
    """
    return record_in_turn(work, log.take_turn(work, conference_id), events) if events else []


def record_in_turn(work: Work, opening: log.Opening, events: Sequence[NewEvent]) -> list[Verdict]:
    """The same for whoever has the turn already; `opening` is what was read when it was taken, and nobody has written since."""
    verdicts: list[Verdict] = []
    remaining = iter(events)
    while batch := list(islice(remaining, ROUND)):
        found, revision = _record(work, opening, batch)
        verdicts += found
        opening = replace(opening, revision=revision)
    return verdicts


def earlier_verdict(work: Work, conference_id: int, client_ref: str) -> Verdict | None:
    """What was said to this `client_ref`, once no other writer can say anything any more; raises NotFound."""
    log.take_turn(work, conference_id)
    found = log.earlier_verdicts(work, conference_id, [client_ref])
    return _as_verdict(*found[client_ref]) if found else None


def refusal_of(work: Work, conference_id: int, event: NewEvent) -> str | None:
    """Why this event would be refused whoever it turns out to be about, without writing anything; raises NotFound."""
    opening = log.take_turn(work, conference_id)
    scene = log.read_scene(work, opening, [event], {})
    here = _Round(work, opening, scene, opening.revision, opening.late_after)
    moment = moment_of(event.occurred_at, event.clock_offset_ms, work.now)
    refusal = rules.who(scene, event, None, moment)[1] if event.delegate_id is not None else None
    refusal = refusal or rules.out_of_time(here.opening, event, moment) or rules.too_often(scene, event, event.delegate_id)
    return refusal or ("too_often" if log.lines_typed_at(work, event) >= rules.TYPED_PER_DESK else None)


def standing_of(delegate_id: int, persons: Mapping[int, Person], chronicles: Mapping[int, Chronicle], late_after: datetime) -> Standing:
    """Where somebody stands by the lines of everybody concerned; a line on the seat they came for is one about them too."""
    person = persons[delegate_id]
    own = chronicles.get(delegate_id) or Chronicle()
    seat = chronicles.get(person.replaces_id) if person.replaces_id else None
    holder = seat.history.replaced if seat else None
    revision = max(own.revision, seat.seat_revision if seat else 0)
    return stand_by(own.history, person, late_after, revision, seated=holder.other_id == delegate_id if holder else None)


def code_token(code: str) -> str:
    """The token in a scanned text: the last part of a pass address, or the text itself, in small letters."""
    text = clean(code).lower()
    return text.rpartition("/p/")[2].split("?")[0].split("#")[0].strip("/")


def _record(work: Work, opening: log.Opening, events: list[NewEvent]) -> tuple[list[Verdict], int]:
    """The verdicts, and the revision after them."""
    conference_id, revision = opening.conference_id, opening.revision
    known = {ref: _as_verdict(*said) for ref, said in log.earlier_verdicts(work, conference_id, [event.client_ref for event in events]).items()}
    fresh = {event.client_ref: event for event in reversed(events) if event.client_ref not in known}
    if fresh:
        hashes = {ref: hash_token(code_token(event.code)) for ref, event in fresh.items() if event.code is not None}
        now_at = _Round(work, opening, log.read_scene(work, opening, list(fresh.values()), hashes), revision, opening.late_after)
        for event in events:
            if event.client_ref not in known:
                known[event.client_ref] = _judge(now_at, event, hashes.get(event.client_ref))
        log.write_round(work, conference_id, now_at.lines, now_at.changed, now_at.scene.persons)
        seats_changed(work, conference_id, now_at.reseated())
        revision = now_at.revision
        work.tell(AttendanceRecorded(conference_id, revision))
    return [known[event.client_ref] for event in events], revision


def _judge(here: _Round, event: NewEvent, code_hash: str | None) -> Verdict:
    here.revision += 1
    entry = Entry(
        here.revision,
        event.kind,
        moment_of(event.occurred_at, event.clock_offset_ms, here.work.now),
        event.site_id,
        event.mode,
        event.desk_id,
        event.reason,
        event.other_id,
    )
    delegate_id, refusal = rules.who(here.scene, event, code_hash, entry.moment)
    refusal = event.refusal or refusal or rules.out_of_time(here.opening, event, entry.moment) or rules.too_often(here.scene, event, delegate_id)
    if event.kind in rules.NOBODYS_KINDS and not refusal:
        verdict = _verdict(here, "accepted", None)
    elif refusal or delegate_id is None:
        verdict = _verdict(here, "refused", delegate_id, reason=refusal)
    else:
        verdict = _apply(here, entry, delegate_id, at_the_door=event.method in rules.DOOR_METHODS)
    here.lines.append(_line(here, event, verdict, code_hash))
    return verdict


def _apply(here: _Round, entry: Entry, delegate_id: int, *, at_the_door: bool) -> Verdict:
    then, before = here.scene.chronicles[delegate_id].before(entry), here.standing(delegate_id)
    refusal = rules.out_of_place(then, before, entry) or _without_a_seat(here, delegate_id, then, before, entry, at_the_door=at_the_door)
    if refusal and refusal not in FOLDED_REFUSALS:
        return _verdict(here, "refused", delegate_id, before, refusal)
    _add(here, entry, delegate_id, before)
    if refusal:
        return _verdict(here, "refused", delegate_id, _holding(here, delegate_id, then, entry) or before, refusal)
    _, after = here.changed[delegate_id]
    word = rules.word_for(before, after, entry)
    return _verdict(here, word, delegate_id, _was(then, before, entry, word))


def _add(here: _Round, entry: Entry, delegate_id: int, before: Standing) -> None:
    """Put the line among those of its person, who stood so, and see who stands elsewhere by it: a seat that changes hands concerns several."""
    stood = {delegate_id: before}
    if entry.kind in SEAT_KINDS:
        # Also those who still wait for this seat, of whom none of its lines tells.
        stood |= {one: here.standing(one) for one, person in here.scene.persons.items() if person.replaces_id == delegate_id}
    here.scene.chronicles[delegate_id].add(entry)
    for one, stands in stood.items():
        first, _ = here.changed.get(one, (stands, stands))
        here.changed[one] = (first, here.standing(one))


def _without_a_seat(here: _Round, delegate_id: int, then: History, before: Standing, entry: Entry, *, at_the_door: bool) -> str | None:
    """Why somebody who is not on the list is not let in by coming: they have not been admitted, or the seat is not theirs."""
    person = here.scene.persons[delegate_id]
    if person.origin == "walk_in":
        return "not_admitted" if entry.kind == "check_in" and at_the_door and not then.admitted else None
    if person.replaces_id is None or entry.kind not in ("check_in", "seek") or before.state not in ("pending", "not_admitted"):
        return None
    # Who has laid claim to the seat may get it by a line that comes in later: what they do keeps its place.
    claimed = any(line.kind == "substitute" and line.other_id == delegate_id for line in here.scene.chronicles[person.replaces_id])
    if claimed or _holder(here, delegate_id):
        return "substituted"
    return "not_admitted" if entry.kind == "check_in" else None


def _was(then: History, before: Standing, entry: Entry, word: str) -> Standing:
    """What the answer tells of before: nothing for a plain arrival, the stay it took back for an undo."""
    if entry.kind == "undo":
        taken = then.undone_by(entry)[0]
        return Standing(site_id=taken.site_id, desk_id=taken.desk_id, since=taken.since)
    return Standing() if entry.kind == "check_in" and word == "accepted" else before


def _holding(here: _Round, delegate_id: int, then: History, entry: Entry) -> Standing | None:
    """Who has taken this person's seat, or the seat that this person came for: by then, else by now."""
    seat_of = here.scene.persons[delegate_id].replaces_id
    holder = then.replaced or (here.scene.chronicles[seat_of].before(entry).replaced if seat_of else None) or _holder(here, delegate_id)
    return Standing("substituted", since=holder.moment, substitute_id=holder.other_id) if holder else None


def _holder(here: _Round, delegate_id: int) -> Entry | None:
    """Who has the seat that this substitute came for."""
    seat_of = here.scene.persons[delegate_id].replaces_id
    return here.scene.chronicles[seat_of].history.replaced if seat_of else None


def _verdict(here: _Round, word: str, delegate_id: int | None, was: Standing | None = None, reason: str | None = None) -> Verdict:
    was, names = was or Standing(), here.scene
    site, desk, by = names.sites.of(was.site_id), names.desks.of(was.desk_id), names.substitutes.of(was.substitute_id)
    return Verdict(word, reason, delegate_id, was.since, site, desk, here.revision, by)


def _line(here: _Round, event: NewEvent, verdict: Verdict, code_hash: str | None) -> dict[str, Any]:
    said = {"since": verdict.since and verdict.since.isoformat(), "site": verdict.site, "desk": verdict.desk, "by": verdict.by}
    return {
        "conference_id": here.opening.conference_id,
        "revision": here.revision,
        "delegate_id": verdict.delegate_id,
        "other_id": event.other_id,
        "code_hash": code_hash if verdict.verdict == "refused" else None,
        "site_id": event.site_id,
        "kind": event.kind,
        "amount": event.amount,
        "mode": event.mode,
        "method": event.method,
        "desk_id": event.desk_id,
        "account_id": event.account_id,
        "client_ref": event.client_ref,
        "occurred_at": event.occurred_at,
        "clock_offset_ms": event.clock_offset_ms,
        "recorded_at": here.work.now,
        "verdict": verdict.verdict,
        "refusal": verdict.reason,
        "reason": event.reason,
        "detail": said,
    }


def _as_verdict(word: str, refusal: str | None, delegate_id: int | None, revision: int, said: dict[str, Any]) -> Verdict:
    since = datetime.fromisoformat(said["since"]) if said["since"] else None
    return Verdict(word, refusal, delegate_id, since, said["site"], said["desk"], revision, said.get("by"))
