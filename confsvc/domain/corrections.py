"""What organisers correct in the attendance, from their own pages: every correction is a line of the log with its reason.

Once the conference is closed, each needs a reason. Look at the verdicts: an event may be refused.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from confsvc.domain.access import acting_account_id, delegate_of, organised_conference
from confsvc.domain.attendance import NewEvent, Verdict, record_attendance
from confsvc.domain.errors import Invalid, NotFound
from confsvc.domain.planning import line
from confsvc.domain.work import Work
from confsvc.models import Site
from confsvc.models.attendance import ATTENDANCE_MODES

REASON_MAX_CHARACTERS = 500


def excuse_delegate(work: Work, conference_id: int, delegate_id: int, reason: str, client_ref: str) -> Verdict:
    """Excuse somebody; raises NotFound or Invalid `reason`."""
    return _correct(work, conference_id, delegate_id, Correction("excuse", required_reason(reason)), client_ref)


def withdraw_excuse(work: Work, conference_id: int, delegate_id: int, client_ref: str, reason: str = "") -> Verdict:
    """Let an excuse no longer stand; raises NotFound or Invalid `reason`."""
    return _correct(work, conference_id, delegate_id, Correction("withdraw_excuse", reason), client_ref)


def check_in_delegate(
    work: Work,
    conference_id: int,
    delegate_id: int,
    client_ref: str,
    *,
    site_id: int | None = None,
    mode: str = "in_person",
    at: datetime | None = None,
    reason: str = "",
) -> Verdict:
    """Check somebody in at a site (by default that of their seat), now or at an earlier moment; raises NotFound, Invalid `reason`, `mode` or `at`."""
    if mode not in ATTENDANCE_MODES:
        raise Invalid("mode", "not_a_choice")
    return _correct(work, conference_id, delegate_id, Correction("check_in", reason, site_id=site_id, mode=mode, at=at), client_ref)


def check_out_delegate(work: Work, conference_id: int, delegate_id: int, client_ref: str, *, at: datetime | None = None, reason: str = "") -> Verdict:
    """Note that somebody has left the hall, now or at an earlier moment; raises NotFound, Invalid `reason` or `at`."""
    return _correct(work, conference_id, delegate_id, Correction("leave", reason, at=at), client_ref)


def undo_leave(work: Work, conference_id: int, delegate_id: int, reason: str, client_ref: str) -> Verdict:
    """Take back that somebody has left; raises NotFound or Invalid `reason`."""
    return _correct(work, conference_id, delegate_id, Correction("undo_leave", required_reason(reason)), client_ref)


def undo_attendance(work: Work, conference_id: int, delegate_id: int, reason: str, client_ref: str) -> Verdict:
    """Take back every check-in of somebody; raises NotFound or Invalid `reason`."""
    return _correct(work, conference_id, delegate_id, Correction("undo", required_reason(reason)), client_ref)


def fitting_reason(reason: str, *, required: bool = False) -> str:
    """The cleaned reason; raises Invalid `reason`."""
    return line("reason", reason, REASON_MAX_CHARACTERS, required=required)


def required_reason(reason: str) -> str:
    """The cleaned reason, which may not be empty; raises Invalid `reason`."""
    return fitting_reason(reason, required=True)


@dataclass(frozen=True, slots=True)
class Correction:
    kind: str
    reason: str
    site_id: int | None = None
    mode: str = "in_person"
    at: datetime | None = None


def _correct(work: Work, conference_id: int, delegate_id: int, correction: Correction, client_ref: str) -> Verdict:
    conference = organised_conference(work, conference_id, lock=True)
    reason = fitting_reason(correction.reason, required=conference.state == "closed")
    seat_id = delegate_of(work, conference_id, delegate_id).site_id
    site_id = correction.site_id
    if site_id is not None and work.session.scalar(select(Site.id).where(Site.id == site_id, Site.conference_id == conference_id)) is None:
        raise NotFound(kind="site")
    if correction.at is not None and correction.at > work.now:
        raise Invalid("at", "in_the_future")
    event = NewEvent(
        client_ref,
        correction.kind,
        "organiser",
        correction.at or work.now,
        site_id=(site_id or seat_id) if correction.kind == "check_in" else None,
        delegate_id=delegate_id,
        account_id=acting_account_id(work),
        mode=correction.mode,
        reason=reason,
    )
    return record_attendance(work, conference_id, [event])[0]
