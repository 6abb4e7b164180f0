"""Calling the people who are missing: what was done about each, one line after the other; the latest one stands.

An excuse is a line of the attendance log besides, and so is taking it back: what the log says is what counts.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select

from confsvc.domain.access import organised_conference, signed_in_account
from confsvc.domain.attendance import Verdict
from confsvc.domain.corrections import excuse_delegate, required_reason, withdraw_excuse
from confsvc.domain.errors import Invalid, NotFound, WrongState
from confsvc.domain.facts import FollowedUp
from confsvc.domain.planning import line
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, FollowUp, Mandate
from confsvc.models.follow_up import FOLLOW_UPS

# When the list is gone through: so long before the conference begins.
MUSTER = timedelta(minutes=15)
NOTE_CHARACTERS = 300
# Where somebody may stand who is missing.
AWAITED_STATES = ("not_yet", "excused", "left", "pending")


@dataclass(frozen=True, slots=True)
class FollowUpEntry:
    """What was found out about somebody, or (`delegate_id` None) about the seats of a mandate for which nobody is named.

    `note` is the reason of an excuse. `client_ref`: the same one again is the same line of the attendance log.
    """

    mandate_id: int
    delegate_id: int | None
    status: str
    note: str = ""
    client_ref: str = ""


def follow_up(work: Work, conference_id: int, entry: FollowUpEntry) -> FollowUp:
    """Note what was found out; `excused` excuses the person in the attendance log, anything else takes such an excuse back.

    Raises NotFound, Invalid `status` or `note`, or WrongState where the person has come or was replaced meanwhile, or the
    conference is cancelled.
    """
    conference = organised_conference(work, conference_id, lock=True)
    if entry.status not in FOLLOW_UPS:
        raise Invalid("status", "not_a_choice")
    state = _awaited(work, conference_id, entry)
    if conference.state == "cancelled":
        raise WrongState(state=conference.state, step="follow_up")
    note = line("note", entry.note, NOTE_CHARACTERS)
    if entry.status == "excused":
        if entry.delegate_id is None:
            raise Invalid("status", "not_a_choice")
        _check(excuse_delegate(work, conference_id, entry.delegate_id, required_reason(note), entry.client_ref))
    elif state == "excused" and entry.delegate_id is not None:
        _check(withdraw_excuse(work, conference_id, entry.delegate_id, entry.client_ref, note))
    return _write(work, conference_id, entry, note)


def send_deputy(work: Work, conference_id: int, entry: FollowUpEntry, deputy: SubstituteEntry) -> Verdict:
    """Put the deputy into the seat of a missing person; the verdict is about the deputy.

    Raises as `follow_up` and `substitute_delegate` do.
    """
    organised_conference(work, conference_id, lock=True)
    if entry.delegate_id is None:
        raise Invalid("status", "not_a_choice")
    if _awaited(work, conference_id, entry) == "excused":
        # The seat is taken now: the excuse would come back with it.
        _check(withdraw_excuse(work, conference_id, entry.delegate_id, _paired(entry.client_ref), deputy.reason))
    verdict = substitute_delegate(work, conference_id, entry.delegate_id, deputy, entry.client_ref)
    _check(verdict)
    _write(work, conference_id, entry, line("note", deputy.name, NOTE_CHARACTERS))
    return verdict


def _awaited(work: Work, conference_id: int, entry: FollowUpEntry) -> str | None:
    """The state of the person, None for unnamed seats; raises NotFound or WrongState."""
    mandate = select(Mandate.id).where(Mandate.id == entry.mandate_id, Mandate.conference_id == conference_id)
    if work.session.scalar(mandate) is None:
        raise NotFound(kind="mandate")
    if entry.delegate_id is None:
        return None
    states = select(Attendance.state).join(Delegate, Delegate.id == Attendance.delegate_id)
    state = work.session.scalar(states.where(Delegate.id == entry.delegate_id, Delegate.mandate_id == entry.mandate_id))
    if state is None:
        raise NotFound(kind="delegate")
    if state not in AWAITED_STATES:
        raise WrongState(state=state, step="follow_up")
    return state


def _write(work: Work, conference_id: int, entry: FollowUpEntry, note: str) -> FollowUp:
    account = signed_in_account(work)
    told = FollowUp(
        conference_id=conference_id,
        mandate_id=entry.mandate_id,
        delegate_id=entry.delegate_id,
        status=entry.status,
        note=note,
        account_id=account.id,
        at=work.now,
    )
    work.session.add(told)
    work.session.flush()
    work.tell(FollowedUp(conference_id, entry.mandate_id, entry.delegate_id, entry.status, account.name))
    return told


def _check(verdict: Verdict) -> None:
    if verdict.verdict == "refused":
        raise WrongState(state=verdict.reason, step="follow_up")


def _paired(client_ref: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"excuse:{client_ref}"))
