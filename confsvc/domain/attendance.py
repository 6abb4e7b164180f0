"""The one function that writes the attendance log, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from confsvc.domain import attendance_log as log
from confsvc.domain.attendance_fold import Entry, Standing, fold, history_before, moment_of
from confsvc.domain.facts import AttendanceRecorded
from confsvc.domain.text import clean
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import Work

REFUSALS = ("pass_unknown", "pass_revoked", "other_conference", "not_yet_open", "closed", "not_present", "delegate_unknown", "too_often")
# Bounds the length of one statement; a list that is longer is written in several rounds of the same transaction.
ROUND = 500
# Every line about a person is read again for the next one; no desk has this much to say of anybody unless it is stuck.
LINES_PER_DESK = 200


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that happened to one person, named by `delegate_id` or by a scanned `code` (a pass token or its whole address).

    `client_ref` is a UUID made where it happened, `occurred_at` the clock there and `clock_offset_ms` what the
    server's clock was ahead of it. `site_id` is the hall, needed for a check-in.
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """`accepted`, `repeated`, `moved` or `refused` (then `reason` is one of REFUSALS).

    `since`, `site` and `desk` (names) say where the person was before; `revision` is the line of the log.
    """

    verdict: str
    reason: str | None
    delegate_id: int | None
    since: datetime | None
    site: str | None
    desk: str | None
    revision: int


@dataclass(slots=True)
class _Round:
    """One round of lines being written, and what they change."""

    work: Work
    opening: log.Opening
    scene: log.Scene
    revision: int
    lines: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[int, tuple[Standing, Standing]] = field(default_factory=dict)
    site_ids: set[int] = field(default_factory=set)


def record_attendance(work: Work, conference_id: int, events: Sequence[NewEvent]) -> list[Verdict]:
    """Write each event to the log, in order, and fold it into the states and tallies; a verdict for each.

    A `client_ref` that was seen before, in the log or in this list, is not judged again: it gets its old verdict. The
    number of statements does not depend on the length of the list. Asks no permission: the commands that call it do.
    """
    verdicts: list[Verdict] = []
    remaining = iter(events)
    while batch := list(islice(remaining, ROUND)):
        verdicts += _record(work, conference_id, batch)
    return verdicts


def code_token(code: str) -> str:
    """The token in a scanned text: the last part of a pass address, or the text itself, in small letters."""
    text = clean(code).lower()
    return text.rpartition("/p/")[2].split("?")[0].split("#")[0].strip("/")


def _record(work: Work, conference_id: int, events: list[NewEvent]) -> list[Verdict]:
    opening = log.take_turn(work, conference_id)
    known = {ref: _as_verdict(*said) for ref, said in log.earlier_verdicts(work, conference_id, [event.client_ref for event in events]).items()}
    fresh = {event.client_ref: event for event in reversed(events) if event.client_ref not in known}
    if fresh:
        hashes = {ref: hash_token(code_token(event.code)) for ref, event in fresh.items() if event.code is not None}
        now_at = _Round(work, opening, log.read_scene(work, conference_id, list(fresh.values()), hashes), opening.revision)
        for event in events:
            if event.client_ref not in known:
                known[event.client_ref] = _judge(now_at, event, hashes.get(event.client_ref))
        log.write_round(work, conference_id, now_at.lines, now_at.changed, now_at.scene.seats)
        work.tell(AttendanceRecorded(conference_id, opening.revision + 1, now_at.revision, frozenset(now_at.site_ids)))
    return [known[event.client_ref] for event in events]


def _judge(here: _Round, event: NewEvent, code_hash: str | None) -> Verdict:
    here.revision += 1
    if event.site_id is not None:
        here.site_ids.add(event.site_id)
    delegate_id, refusal = _who(here.scene, event, code_hash)
    entry = Entry(
        here.revision,
        event.kind,
        moment_of(event.occurred_at, event.clock_offset_ms, here.work.now),
        event.site_id,
        event.mode,
        event.desk_id,
        event.reason,
    )
    refusal = refusal or _out_of_time(here, event) or _too_often(here.scene, event, delegate_id)
    verdict = _verdict(here, "refused", delegate_id, reason=refusal) if refusal or delegate_id is None else _apply(here, entry, delegate_id)
    here.lines.append(_line(here, event, verdict, code_hash))
    return verdict


def _who(scene: log.Scene, event: NewEvent, code_hash: str | None) -> tuple[int | None, str | None]:
    """The delegate meant and, where the event cannot be theirs, why."""
    if code_hash is not None:
        found = scene.passes.get(code_hash)
        if found is None:
            return None, "pass_unknown"
        if not found.of_this_conference:
            return None, "other_conference"
        return found.delegate_id, "pass_revoked" if found.revoked else None
    if event.delegate_id not in scene.seats:
        return None, "delegate_unknown"
    if event.desk_id is not None and not _on_roster(scene, event):
        return None, "delegate_unknown"
    return event.delegate_id, None


def _on_roster(scene: log.Scene, event: NewEvent) -> bool:
    """Whether a desk may name this person: the seat is at its site, or the person has been checked in there."""
    delegate_id = event.delegate_id or 0
    return scene.seats[delegate_id] == event.site_id or any(entry.site_id == event.site_id for entry in scene.entries[delegate_id])


def _out_of_time(here: _Round, event: NewEvent) -> str | None:
    """Why the conference does not take this event now: desks act while check-in is open, organisers may correct afterwards too."""
    state, corrects = here.opening.state, event.method == "organiser"
    if state == "cancelled" or (state == "closed" and not corrects):
        return "closed"
    if event.kind in ("excuse", "withdraw_excuse") or state in ("in_progress", "closed"):
        return None
    opens_at = here.opening.starts_at - timedelta(minutes=here.opening.check_in_minutes)
    return None if state == "published" and here.work.now >= opens_at else "not_yet_open"


def _too_often(scene: log.Scene, event: NewEvent, delegate_id: int | None) -> str | None:
    """Why this desk is not heard about this person any more: organisers and other desks still are."""
    said = sum(entry.desk_id == event.desk_id for entry in scene.entries.get(delegate_id or 0, ()))
    return "too_often" if event.desk_id is not None and said >= LINES_PER_DESK else None


def _apply(here: _Round, entry: Entry, delegate_id: int) -> Verdict:
    entries = here.scene.entries[delegate_id]
    before = fold(entries)
    if entry.kind == "undo":
        taken = history_before(entries, entry).undone_by(entry)
        if not taken:
            return _verdict(here, "refused", delegate_id, reason="not_present")
        word, was = "accepted", Standing(site_id=taken[0].site_id, desk_id=taken[0].desk_id, since=taken[0].since)
    else:
        word, was = _word(before, fold([*entries, entry]), entry), before
    entries.append(entry)
    after = fold(entries)
    first, _ = here.changed.get(delegate_id, (before, before))
    here.changed[delegate_id] = (first, after)
    here.site_ids |= {site for site in (here.scene.seats[delegate_id], before.site_id, after.site_id) if site is not None}
    was = Standing() if word == "accepted" and entry.kind != "undo" else was
    return _verdict(here, word, delegate_id, was)


def _word(before: Standing, after: Standing, entry: Entry) -> str:
    if entry.kind == "excuse":
        return "repeated" if before.state == "excused" else "accepted"
    if entry.kind == "withdraw_excuse":
        return "accepted" if before.state == "excused" else "repeated"
    # A late line may be overtaken: the person has been seen elsewhere since, and stays there.
    if after.site_id != entry.site_id or before.site_id == after.site_id:
        return "repeated"
    return "accepted" if before.site_id is None else "moved"


def _verdict(here: _Round, word: str, delegate_id: int | None, was: Standing | None = None, reason: str | None = None) -> Verdict:
    was = was or Standing()
    names = here.scene
    return Verdict(word, reason, delegate_id, was.since, names.sites.get(was.site_id or 0), names.desks.get(was.desk_id or 0), here.revision)


def _line(here: _Round, event: NewEvent, verdict: Verdict, code_hash: str | None) -> dict[str, Any]:
    said = {"code": verdict.reason, "since": verdict.since and verdict.since.isoformat(), "site": verdict.site, "desk": verdict.desk}
    return {
        "conference_id": here.opening.conference_id,
        "revision": here.revision,
        "delegate_id": verdict.delegate_id,
        "code_hash": code_hash if verdict.verdict == "refused" else None,
        "site_id": event.site_id,
        "kind": event.kind,
        "mode": event.mode,
        "method": event.method,
        "desk_id": event.desk_id,
        "account_id": event.account_id,
        "client_ref": event.client_ref,
        "occurred_at": event.occurred_at,
        "clock_offset_ms": event.clock_offset_ms,
        "recorded_at": here.work.now,
        "verdict": verdict.verdict,
        "reason": event.reason,
        "detail": said,
    }


def _as_verdict(word: str, delegate_id: int | None, revision: int, said: dict[str, Any]) -> Verdict:
    since = datetime.fromisoformat(said["since"]) if said["since"] else None
    return Verdict(word, said["code"], delegate_id, since, said["site"], said["desk"], revision)
