"""What organisers correct in the attendance, from their own pages: every correction is a line of the log with its reason."""

from sqlalchemy import select

from confsvc.domain.access import organised_conference
from confsvc.domain.attendance import NewEvent, Verdict, record_attendance
from confsvc.domain.errors import Invalid, NotFound
from confsvc.domain.text import clean
from confsvc.domain.work import AccountActor, Work
from confsvc.models import Delegate, Site

REASON_MAX_CHARACTERS = 500


def excuse_delegate(work: Work, conference_id: int, delegate_id: int, reason: str, client_ref: str) -> Verdict:
    """Excuse somebody, with the reason given; raises NotFound or Invalid `reason`. Look at the verdict: it may be refused."""
    return _correct(work, conference_id, delegate_id, "excuse", client_ref, _required(reason))


def withdraw_excuse(work: Work, conference_id: int, delegate_id: int, client_ref: str, reason: str = "") -> Verdict:
    """Let an excuse no longer stand; raises NotFound. Look at the verdict: it may be refused."""
    return _correct(work, conference_id, delegate_id, "withdraw_excuse", client_ref, _fitting(reason))


def check_in_delegate(work: Work, conference_id: int, delegate_id: int, client_ref: str, *, site_id: int | None = None, reason: str = "") -> Verdict:
    """Check somebody in at a site, by default that of their seat; raises NotFound. Look at the verdict: it may be refused."""
    return _correct(work, conference_id, delegate_id, "check_in", client_ref, _fitting(reason), site_id)


def undo_attendance(work: Work, conference_id: int, delegate_id: int, reason: str, client_ref: str) -> Verdict:
    """Take back every check-in of somebody; raises NotFound or Invalid `reason`. Look at the verdict: it may be refused."""
    return _correct(work, conference_id, delegate_id, "undo", client_ref, _required(reason))


def _correct(work: Work, conference_id: int, delegate_id: int, kind: str, client_ref: str, reason: str, site_id: int | None = None) -> Verdict:
    organised_conference(work, conference_id)
    seat_id = work.session.scalar(select(Delegate.site_id).where(Delegate.id == delegate_id, Delegate.conference_id == conference_id))
    if seat_id is None:
        raise NotFound(kind="delegate")
    if site_id is not None and work.session.scalar(select(Site.id).where(Site.id == site_id, Site.conference_id == conference_id)) is None:
        raise NotFound(kind="site")
    event = NewEvent(
        client_ref,
        kind,
        "organiser",
        work.now,
        site_id=(site_id or seat_id) if kind == "check_in" else None,
        delegate_id=delegate_id,
        account_id=work.actor.account_id if isinstance(work.actor, AccountActor) else None,
        reason=reason,
    )
    return record_attendance(work, conference_id, [event])[0]


def _fitting(reason: str) -> str:
    reason = clean(reason)
    if len(reason) > REASON_MAX_CHARACTERS:
        raise Invalid("reason", "too_long")
    return reason


def _required(reason: str) -> str:
    reason = _fitting(reason)
    if not reason:
        raise Invalid("reason", "required")
    return reason
