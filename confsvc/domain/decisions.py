"""Deciding on the board about people who ask: one decision stands, and whoever was slower hears which."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from confsvc.domain.admissions import admit_person, deny_person
from confsvc.domain.attendance import Verdict
from confsvc.domain.errors import WrongState
from confsvc.domain.work import Work
from confsvc.models import Account, AttendanceEvent

DECISIONS = {"admit": "admitted", "deny": "denied"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What stands about somebody who asked: `admitted`, `denied`, `refused` (the log says no, for `reason`) or `gone` (waits no more).

    `mine`: it was this command that decided; else `by` (a name; None: not an organiser) was faster, at `at`.
    """

    decision: str
    reason: str
    by: str | None
    at: datetime | None
    mine: bool


def decide_admission(work: Work, conference_id: int, delegate_id: int, client_ref: str) -> Outcome:
    """Let somebody in who waits; raises NotFound."""
    return _decide(work, conference_id, delegate_id, client_ref, lambda: admit_person(work, conference_id, delegate_id, client_ref))


def decide_denial(work: Work, conference_id: int, delegate_id: int, reason: str, client_ref: str) -> Outcome:
    """Turn somebody away who waits; raises NotFound or Invalid `reason`."""
    return _decide(work, conference_id, delegate_id, client_ref, lambda: deny_person(work, conference_id, delegate_id, reason, client_ref))


def _decide(work: Work, conference_id: int, delegate_id: int, client_ref: str, command: Callable[[], Verdict]) -> Outcome:
    try:
        verdict = command()
    except WrongState:
        return _standing(work, conference_id, delegate_id, client_ref)
    if verdict.verdict == "refused":
        return Outcome("refused", verdict.reason or "", None, None, mine=True)
    return _standing(work, conference_id, delegate_id, client_ref)


def _standing(work: Work, conference_id: int, delegate_id: int, client_ref: str) -> Outcome:
    """The latest decision about this person."""
    line = AttendanceEvent
    of_person = (line.conference_id == conference_id, line.delegate_id == delegate_id, line.kind.in_(DECISIONS), line.verdict != "refused")
    statement = select(line.kind, line.reason, Account.name, line.recorded_at, line.client_ref).outerjoin(Account, Account.id == line.account_id)
    found = work.session.execute(statement.where(*of_person).order_by(line.revision.desc()).limit(1)).first()
    if found is None:
        return Outcome("gone", "", None, None, mine=False)
    kind, reason, name, at, decided_by_ref = found
    return Outcome(DECISIONS[kind], reason, name, at, mine=decided_by_ref == client_ref)
