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
