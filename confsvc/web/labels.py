"""What the domain's fixed words are called on screen."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

CONFERENCE_STATES: dict[str, LazyString] = {
    "draft": _("Draft"),
    "published": _("Published"),
    "in_progress": _("In progress"),
    "closed": _("Closed"),
    "postponed": _("Postponed"),
    "cancelled": _("Cancelled"),
}
# How a state looks: a class of the badge.
STATE_TONES = {"draft": "", "published": "accent", "in_progress": "good", "closed": "", "postponed": "warn", "cancelled": "bad"}
CONFERENCE_MODES: dict[str, LazyString] = {
    "in_person": _("In person"),
    "online": _("Online"),
    "hybrid": _("In person and online"),
}
ADDRESS_FORMS: dict[str, LazyString] = {
    "comrade": _("Comrade"),
    "sir_madam": _("Sir or Madam"),
    "delegate": _("Delegate"),
}
SITE_KINDS: dict[str, LazyString] = {"main": _("Main site"), "remote": _("Remote site")}
ITEM_KINDS: dict[str, LazyString] = {
    "introduction": _("Introduction"),
    "opening": _("Opening"),
    "report": _("Report"),
    "speech": _("Speech"),
    "discussion": _("Discussion"),
    "commendation": _("Commendation"),
    "directing_speech": _("Directing speech"),
    "conclusion": _("Conclusion"),
    "break": _("Break"),
    "other": _("Other"),
}
REQUIRED_RANKS: dict[str, LazyString] = {
    "head": _("The head in person"),
    "leader": _("A leader"),
    "any": _("Anyone"),
}
RANKS: dict[str, LazyString] = {"head": _("Head"), "leader": _("Leader"), "staff": _("Staff")}
REPLIES: dict[str, LazyString] = {
    "none": _("No answer yet"),
    "accepted": _("Will attend"),
    "declined": _("Will not attend"),
}
ATTENDANCE_STATES: dict[str, LazyString] = {
    "not_yet": _("Not checked in"),
    "present": _("Present"),
    "excused": _("Excused"),
}
RESTS_ON_SITE: dict[str, LazyString] = {
    "sites": _("Other sites belong under it."),
    "mandates": _("Units are invited to it."),
    "delegates": _("Delegates have their seats there."),
    "desks": _("Desks have been paired with it."),
    "attendance": _("People have been checked in there."),
}
AGENDA_WARNINGS: dict[str, LazyString] = {
    "presenter_twice": _("%(presenter)s is also down for “%(other)s” at %(start)s."),
    "presenter_declined": _("%(presenter)s will not attend."),
    "presenter_elsewhere": _("%(presenter)s has a seat at %(seat)s, the item comes from %(site)s."),
    "site_does_not_attend": _("%(site)s does not take part."),
    "site_without_delegates": _("Nobody is invited to %(site)s."),
    "fixed_start_overrun": _("What comes before lasts %(minutes)s minutes beyond the fixed start at %(start)s."),
    "before_session": _("The fixed start at %(start)s lies %(minutes)s minutes before the session begins."),
    "session_overrun": _("The items last %(minutes)s minutes longer than planned, until %(until)s."),
    "session_overlap": _("Overlaps with “%(other)s” by %(minutes)s minutes."),
    "before_conference": _("Begins %(minutes)s minutes before the conference."),
    "after_conference": _("Ends %(minutes)s minutes after the conference."),
    "past_midnight": _("Lasts past midnight, until %(until)s."),
}
