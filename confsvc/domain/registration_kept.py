"""What the bearer of a unit's link cannot change of somebody: it would be a substitution that nobody agrees to."""

from sqlalchemy import exists, select

from confsvc.domain.errors import Invalid
from confsvc.domain.registration_people import PersonEntry, likeness
from confsvc.domain.substitutions import needs_consent
from confsvc.domain.text import fold
from confsvc.domain.work import Work
from confsvc.models import Attendance, CalendarEntry, Delegate


def kept_fields(work: Work, delegate: Delegate, attendance: Attendance, entry: PersonEntry) -> list[Invalid]:
    """What of `entry` only an organiser can put in place of what stands; asks no permission.

    Whoever was invited by mail, or has answered, stays the same person; their rank, and that of a substitute, does not fall below
    what the invitation asks for. The rank of a substitute who waits is what the organiser decides about.
    """
    known = _is_known(work, delegate)
    wrong = []
    if known and likeness(fold(entry.full_name)) != likeness(fold(delegate.full_name)):
        wrong.append(Invalid("full_name", "person_invited", name=delegate.full_name))
    if entry.rank != delegate.rank and attendance.state == "pending":
        wrong.append(Invalid("rank", "rank_decided"))
    elif (known or delegate.origin == "substitute") and needs_consent(work, delegate, entry.rank):
        wrong.append(Invalid("rank", "rank_too_low"))
    return wrong


def _is_known(work: Work, delegate: Delegate) -> bool:
    """Whether they have answered, or an invitation went out to them, whatever their address was."""
    told = exists().where(CalendarEntry.delegate_id == delegate.id, CalendarEntry.told_at.is_not(None))
    return delegate.reply != "none" or bool(work.session.scalar(select(told)))
