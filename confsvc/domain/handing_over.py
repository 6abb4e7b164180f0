"""Handing over: what a desk recorded that may not act any more is kept; `handed_over` has what organisers do about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from confsvc.domain.attendance import code_token
from confsvc.domain.attendance_fold import moment_of
from confsvc.domain.attendance_log import take_turn
from confsvc.domain.check_in import Act, WalkIn, WithdrawSubstitute
from confsvc.domain.desks import DeskView, any_desk, desk_of_token, ended_at, is_living
from confsvc.domain.errors import HandoverFull, NotAllowed
from confsvc.domain.text import fold
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import Work
from confsvc.models import AttendanceEvent, Conference, Delegate, Desk, HandedOver, Pass

MOST_WAITING = 2000
# How long a desk that may not act any more can hand over what it holds.
HANDOVER_DAYS = 30
SUBJECT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class GivenAct:
    """One act as it was handed over: what it says, and `name` and `payload` from which it can be read again."""

    act: Act
    name: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """`kept` or `known` for each act, in their order, and how many acts of the desk wait now."""

    statuses: list[str]
    waiting: int


def hand_over(work: Work, token: str, desk_uid: str | None, given: Sequence[GivenAct]) -> Received:
    """Keep what the desk `desk_uid` recorded, by default the one whose cookie holds `token`.

    A desk hands over its own acts, and a living one those of a desk of its conference that may not act any more; raises
    NotAllowed for everybody else, HandoverFull, keeping nothing, where too many wait already.
    """
    giver, owner = _giver_and_owner(work, token, desk_uid)
    conference = owner.conference
    # Nobody records or hands over the same act meanwhile.
    take_turn(work, conference.id)
    known = _known_refs(work, conference.id, {one.act.client_ref for one in given})
    fresh = {one.act.client_ref: one for one in reversed(given) if one.act.client_ref not in known}
    statuses, seen = [], set(known)
    for one in given:
        statuses.append("known" if one.act.client_ref in seen else "kept")
        seen.add(one.act.client_ref)
    waiting = count_waiting(work, HandedOver.desk_id == owner.desk.id)
    if fresh and waiting + len(fresh) > MOST_WAITING:
        raise HandoverFull(most=MOST_WAITING)
    new = [one for one in given if fresh.get(one.act.client_ref) is one]
    subjects = _subjects(work, conference, [one.act for one in new])
    for one in new:
        subject = subjects.get(one.act.client_ref, "")[:SUBJECT_CHARACTERS]
        kept = HandedOver(conference_id=conference.id, desk_id=owner.desk.id, handed_by_id=giver.desk.id, client_ref=one.act.client_ref)
        kept.act, kept.payload, kept.subject, kept.subject_fold = one.name, one.payload, subject, fold(subject)[:SUBJECT_CHARACTERS]
        kept.happened_at, kept.received_at = moment_of(one.act.occurred_at, one.act.clock_offset_ms, work.now), work.now
        work.session.add(kept)
    work.session.flush()
    return Received(statuses, waiting + len(new))


def count_waiting(work: Work, condition: ColumnElement[bool]) -> int:
    """How many acts wait for which the condition holds; asks no permission."""
    return work.session.scalars(select(func.count()).select_from(HandedOver).where(condition, HandedOver.decision.is_(None))).one()


def check_giver(work: Work, token: str) -> DeskView:
    """The desk whose cookie holds `token`, if it may hand anything over; raises NotAllowed, also for one that ended long ago."""
    giver = desk_of_token(work, token)
    if giver is None or ended_at(giver.desk) + timedelta(days=HANDOVER_DAYS) <= work.now:
        raise NotAllowed
    return giver


def _giver_and_owner(work: Work, token: str, desk_uid: str | None) -> tuple[DeskView, DeskView]:
    giver = check_giver(work, token)
    if desk_uid in (None, giver.desk.uid):
        return giver, giver
    owner = any_desk(work, Desk.conference_id == giver.conference.id, Desk.uid == desk_uid)
    if owner is None or is_living(work, owner.desk) or not is_living(work, giver.desk):
        raise NotAllowed
    return giver, owner


def _known_refs(work: Work, conference_id: int, refs: Collection[str]) -> set[str]:
    tables: tuple[Any, ...] = (AttendanceEvent, HandedOver)
    return {
        ref
        for table in tables
        for ref in work.session.scalars(select(table.client_ref).where(table.conference_id == conference_id, table.client_ref.in_(refs)))
    }


def _subjects(work: Work, conference: Conference, acts: Sequence[Act]) -> dict[str, str]:
    """`client_ref` → the name of whom the act is about, where it can be told; at most three queries."""
    names: dict[object, str] = {act.client_ref: act.name for act in acts if isinstance(act, WalkIn)}
    keys: dict[str, object] = {act.client_ref: _whom(act) for act in acts}
    wanted = set(keys.values())
    if ids := {key for key in wanted if isinstance(key, int)}:
        people = select(Delegate.id, Delegate.full_name).where(Delegate.conference_id == conference.id, Delegate.id.in_(ids))
        names |= dict(work.session.execute(people).all())
    if texts := {key for key in wanted if isinstance(key, str)}:
        owner_id = conference.rehearses_id or conference.id
        holders = select(Pass.token_hash, Delegate.full_name).join(Delegate, Delegate.id == Pass.delegate_id)
        lines = select(AttendanceEvent.client_ref, Delegate.full_name).join(Delegate, Delegate.id == AttendanceEvent.delegate_id)
        names |= dict(work.session.execute(holders.where(Pass.conference_id == owner_id, Pass.token_hash.in_(texts))).all())
        names |= dict(work.session.execute(lines.where(AttendanceEvent.conference_id == conference.id, AttendanceEvent.client_ref.in_(texts))).all())
    return {ref: names[key] for ref, key in keys.items() if key in names}


def _whom(act: Act) -> object:
    """What names the person: an id, the hash of a pass, or the `client_ref` of an act."""
    if isinstance(act, WithdrawSubstitute):
        return act.substitution
    code = getattr(act, "code", None)
    return hash_token(code_token(code)) if code is not None else getattr(act, "delegate_id", act.client_ref)
