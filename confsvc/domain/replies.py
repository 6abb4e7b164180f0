"""A delegate's own answer: will come, or will not and why."""

from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.invitations import acting_delegate
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate
from confsvc.models.delegate import REPLIES

REASON_MAX_CHARACTERS = 500
# The reason of a refusal that came from a calendar, which asks for none: said in words where it is shown.
BY_CALENDAR = "#calendar_reply"
ANSWERABLE = ("published", "in_progress", "postponed")
# Who has come, waits to be let in, was turned away or is represented by somebody else has nothing to answer.
ANSWERING = ("not_yet", "excused")


def answer_invitation(work: Work, *, reply: str, reason: str, client_ref: str) -> Delegate:
    """Set the acting delegate's reply to `accepted` or `declined` (which needs a reason), as often as they like.

    The attendance log gets an excuse, or its withdrawal; the same `client_ref` again writes nothing more. Raises NotFound,
    Invalid, or WrongState once the conference is over, or the delegate has come, waits to be let in or is replaced.
    """
    delegate = acting_delegate(work)
    attendance = work.session.scalars(select(Attendance).where(Attendance.delegate_id == delegate.id)).one()
    if delegate.conference.state not in ANSWERABLE:
        raise WrongState(state=delegate.conference.state, step="reply")
    if attendance.state not in ANSWERING:
        raise WrongState(state=attendance.state, step="reply")
    reason = _checked(reply, reason)
    declined = reply == "declined"
    if declined != (attendance.state == "excused") or reason != attendance.reason:
        record_attendance(work, delegate.conference_id, [_event(work, delegate, reply, reason, client_ref)])
    if (reply, reason) != (delegate.reply, delegate.reply_reason):
        delegate.reply, delegate.reply_reason, delegate.replied_at = reply, reason, work.now
    work.session.flush()
    return delegate


def _checked(reply: str, reason: str) -> str:
    reason = clean(reason) if reply == "declined" else ""
    if reply not in REPLIES or reply == "none":
        raise Invalid("reply", "reply_required")
    if reply == "declined" and not reason:
        raise Invalid("reason", "reply_reason_required")
    if len(reason) > REASON_MAX_CHARACTERS:
        raise Invalid("reason", "too_long")
    return reason


def _event(work: Work, delegate: Delegate, reply: str, reason: str, client_ref: str) -> NewEvent:
    return NewEvent(
        # Made from the delegate too: nobody can take a reference that somebody else's event needs.
        client_ref=str(uuid5(NAMESPACE_OID, f"reply:{delegate.id}:{client_ref}")),
        kind="excuse" if reply == "declined" else "withdraw_excuse",
        method="self",
        occurred_at=work.now,
        delegate_id=delegate.id,
        reason=reason,
    )
