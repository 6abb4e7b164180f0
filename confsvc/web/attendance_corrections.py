"""The forms by which organisers correct what is recorded of one person."""

from uuid import uuid4

from flask_babel import lazy_gettext as _l

from confsvc.domain import admissions, corrections
from confsvc.domain.attendance import Verdict
from confsvc.domain.choosing import SITES
from confsvc.domain.moments import moment_in_zone
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate, withdraw_substitution
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate
from confsvc.web import labels
from confsvc.web.choosing import Chosen
from confsvc.web.fields import Choice, Moment
from confsvc.web.forms import Form, Text

CORRECTIONS = (
    *("check_in", "leave", "undo", "undo_leave", "excuse", "withdraw_excuse"),
    *("substitute", "withdraw_substitute", "admit", "deny"),
)
# What is offered in which state; the domain decides what may be done.
OFFERED: dict[str, tuple[str, ...]] = {
    "not_yet": ("check_in", "excuse", "substitute"),
    "excused": ("withdraw_excuse", "check_in", "substitute"),
    "present": ("undo", "leave", "check_in"),
    "left": ("undo_leave", "check_in", "undo", "substitute"),
    "substituted": ("withdraw_substitute",),
    "pending": ("admit", "deny"),
    "not_admitted": ("check_in",),
}
# Nobody excuses or replaces people who came to the door.
ONLY_LISTED = ("excuse", "substitute")
# These need a reason at any time; once the conference is closed, all do.
REASONED = ("excuse", "undo", "undo_leave", "withdraw_substitute", "deny")


class CorrectionForm(Form):
    """One correction; each kind uses the fields that it needs."""

    site_id = Chosen(_l("Site"))
    mode = Choice(_l("How"), choices=list(labels.ATTENDANCE_MODES.items()), default="in_person")
    at = Moment(_l("When"))
    full_name = Text(_l("Full name of the substitute"))
    position = Text(_l("Position"))
    rank = Choice(_l("Rank"), choices=list(labels.RANKS.items()), default="staff")
    reason = Text(_l("Reason"))

    @property
    def client_ref(self) -> str:
        """One line of the log for one opening of the form, however often it is sent."""
        return str(self.form_key.data or uuid4())[:36]


def offered(attendance: Attendance, delegate: Delegate) -> list[str]:
    """The kinds of corrections that make sense where this person stands."""
    if delegate.origin == "substitute" and attendance.state == "not_admitted":
        return []
    kinds = [kind for kind in OFFERED[attendance.state] if delegate.origin == "listed" or kind not in ONLY_LISTED]
    return [*kinds, "withdraw_substitute"] if delegate.origin == "substitute" and attendance.state not in ("pending", "substituted") else kinds


def needs_reason(kind: str, conference: Conference) -> bool:
    """Whether this correction is not made without a reason."""
    return conference.state == "closed" or kind in REASONED


def correct(work: Work, conference: Conference, attendance: Attendance, kind: str, form: CorrectionForm) -> Verdict:
    """Carry the correction out; raises what the domain raises."""
    place, reason, ref = (conference.id, attendance.delegate_id), form.reason.data, form.client_ref
    at = moment_in_zone(form.at.data, conference.timezone, "at") if form.at.data else None
    match kind:
        case "check_in":
            return corrections.check_in_delegate(work, *place, ref, site_id=form.site_id.data, mode=form.mode.data, at=at, reason=reason)
        case "leave":
            return corrections.check_out_delegate(work, *place, ref, at=at, reason=reason)
        case "undo":
            return corrections.undo_attendance(work, *place, reason, ref)
        case "undo_leave":
            return corrections.undo_leave(work, *place, reason, ref)
        case "excuse":
            return corrections.excuse_delegate(work, *place, reason, ref)
        case "withdraw_excuse":
            return corrections.withdraw_excuse(work, *place, ref, reason)
        case "substitute":
            entry = SubstituteEntry(form.full_name.data, form.position.data, form.rank.data, reason)
            return substitute_delegate(work, *place, entry, ref)
        case "withdraw_substitute":
            return withdraw_substitution(work, conference.id, attendance.substitute_id or attendance.delegate_id, reason, ref)
        case "admit":
            return admissions.admit_person(work, *place, ref)
        case _:
            return admissions.deny_person(work, *place, reason, ref)


def forms_of(kind: str, typed: object) -> dict[str, CorrectionForm]:
    """Kind → its form; that of `kind` holds what was typed."""
    return {name: CorrectionForm(formdata=typed if name == kind else None, prefix=name) for name in CORRECTIONS}


def offer_sites(work: Work, form: CorrectionForm, delegate: Delegate) -> None:
    """Let the form choose a site, the seat's by default."""
    if form.site_id.data is None:
        form.site_id.data = delegate.site_id
    form.site_id.offer(work, SITES, delegate.conference_id)
