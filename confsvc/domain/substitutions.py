"""Substitutions: somebody comes for a delegate and takes over the seat, at once or once an organiser agrees.

Two lines of the log belong together: `substitute` on the person who is replaced, and the substitute's own (`check_in`, or `admit`
where an organiser decided). Of several substitutes the one who came first has the seat, whichever desk tells of it first.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import or_, select

from confsvc.domain.access import acting_account_id, delegate_of, organised_conference
from confsvc.domain.attendance import NewEvent, Verdict, earlier_verdict, record_attendance, refusal_of
from confsvc.domain.corrections import fitting_reason, required_reason
from confsvc.domain.errors import NotFound, WrongState
from confsvc.domain.mandates import SUFFICIENT_RANKS
from confsvc.domain.newcomers import Newcomer, add_substitute
from confsvc.domain.passes import restore_pass, revoke_pass
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Mandate, Site

REPLACED = "substituted"


@dataclass(frozen=True, slots=True)
class SubstituteEntry:
    """Who comes instead, and why."""

    name: str
    position: str = ""
    rank: str = "staff"
    reason: str = ""


def substitute_delegate(work: Work, conference_id: int, delegate_id: int, entry: SubstituteEntry, client_ref: str) -> Verdict:
    """Put somebody into a delegate's seat, as an organiser, whose word is the approval; the substitute is expected then.

    The verdict is about the substitute. Raises NotFound, Invalid, or WrongState where the delegate is replaced already.
    """
    conference = organised_conference(work, conference_id, lock=True)
    reason = fitting_reason(entry.reason, required=conference.state == "closed")
    if (earlier := earlier_verdict(work, conference_id, client_ref)) is not None:
        return earlier
    replaced = delegate_of(work, conference_id, delegate_id)
    standing = work.session.scalars(select(Attendance.state).where(Attendance.delegate_id == delegate_id)).one()
    if standing == REPLACED or replaced.origin != "listed" or conference.state == "cancelled":
        raise WrongState(state=standing, step="substitute")
    substitute = add_substitute(work, conference, replaced, Newcomer(entry.name, entry.position, entry.rank))
    told = NewEvent(client_ref, "admit", "organiser", work.now, delegate_id=substitute.id, account_id=acting_account_id(work), reason=reason)
    return take_seat(work, replaced, told)


def withdraw_substitution(work: Work, conference_id: int, substitute_id: int, reason: str, client_ref: str) -> Verdict:
    """Give the seat back to whoever was replaced, as an organiser; the verdict is about that person. Raises NotFound or Invalid `reason`."""
    organised_conference(work, conference_id, lock=True)
    substitute = delegate_of(work, conference_id, substitute_id)
    if substitute.replaces_id is None:
        raise NotFound(kind="substitution")
    told = NewEvent(
        client_ref,
        "withdraw_substitute",
        "organiser",
        work.now,
        delegate_id=substitute.replaces_id,
        other_id=substitute.id,
        account_id=acting_account_id(work),
        reason=required_reason(reason),
    )
    return give_seat_back(work, substitute, told)


def come_for(work: Work, conference: Conference, act: NewEvent, entry: SubstituteEntry) -> Verdict:
    """A substitute has come to a desk; `act` says where and when, its `delegate_id` for whom.

    The verdict is about the substitute, or about the person to be replaced where nobody could be put on the list.
    """
    if (earlier := earlier_verdict(work, conference.id, act.client_ref)) is not None:
        return earlier
    about_replaced = act._replace(kind="substitute", method="form", reason=fitting_reason(entry.reason))
    if refusal := refusal_of(work, conference.id, about_replaced):
        return record_attendance(work, conference.id, [about_replaced._replace(refusal=refusal)])[0]
    replaced = delegate_of(work, conference.id, act.delegate_id or 0)
    substitute = add_substitute(work, conference, replaced, Newcomer(entry.name, entry.position, entry.rank))
    told = about_replaced._replace(kind="check_in", delegate_id=substitute.id)
    if needs_consent(work, replaced, entry.rank):
        return record_attendance(work, conference.id, [told._replace(kind="seek")])[0]
    return take_seat(work, replaced, told)


def take_seat(work: Work, replaced: Delegate, told: NewEvent, *, since: datetime | None = None) -> Verdict:
    """Write that the seat is a substitute's `since` then, and `told` (the substitute's own line), whose verdict it returns."""
    handed = told._replace(
        client_ref=_paired(told.client_ref),
        kind="substitute",
        occurred_at=since or told.occurred_at,
        clock_offset_ms=0 if since else told.clock_offset_ms,
        delegate_id=replaced.id,
        other_id=told.delegate_id,
    )
    _, verdict = record_attendance(work, replaced.conference_id, [handed, told])
    _settle_pass(work, replaced.id, verdict.revision)
    return verdict


def give_seat_back(work: Work, substitute: Delegate, told: NewEvent) -> Verdict:
    """Write `told` (on the person who was replaced), and that the substitute is not let in."""
    if (earlier := earlier_verdict(work, substitute.conference_id, told.client_ref)) is not None:
        return earlier
    denied = told._replace(client_ref=_paired(told.client_ref), kind="deny", delegate_id=substitute.id, other_id=None)
    verdict, _ = record_attendance(work, substitute.conference_id, [told, denied])
    _settle_pass(work, substitute.replaces_id or 0, verdict.revision)
    return verdict


def substitute_of(work: Work, site: Site, client_ref: str) -> Delegate | None:
    """The substitute whom the act `client_ref` put on the list, if this site may name them: it was done there, or the seat is there."""
    arrived = (AttendanceEvent.kind.in_(("check_in", "seek")), AttendanceEvent.method == "form")
    of_act = (AttendanceEvent.conference_id == site.conference_id, AttendanceEvent.client_ref == client_ref, *arrived)
    of_site = or_(AttendanceEvent.site_id == site.id, Delegate.site_id == site.id)
    return work.session.scalar(
        select(Delegate).join(AttendanceEvent, AttendanceEvent.delegate_id == Delegate.id).where(*of_act, of_site, Delegate.replaces_id.is_not(None))
    )


def _settle_pass(work: Work, delegate_id: int, revision: int) -> None:
    """The pass of somebody who is replaced is dead; it comes to life again with the seat."""
    state = work.session.scalars(select(Attendance.state).where(Attendance.delegate_id == delegate_id)).one()
    if state == REPLACED:
        revoke_pass(work, delegate_id, REPLACED, revision)
    else:
        restore_pass(work, delegate_id, REPLACED, revision)


def needs_consent(work: Work, replaced: Delegate, rank: str) -> bool:
    """Whether the rank falls below what the invitation asks for, where that of the person replaced did not."""
    required = work.session.scalars(select(Mandate.required_rank).where(Mandate.id == replaced.mandate_id)).one()
    enough = SUFFICIENT_RANKS[required]
    return rank not in enough and replaced.rank in enough


def _paired(client_ref: str) -> str:
    """The reference of the other line of a pair, made from that of the first."""
    return str(uuid5(NAMESPACE_OID, f"paired:{client_ref}"))
