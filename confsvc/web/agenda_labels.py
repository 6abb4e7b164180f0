"""What the kinds of items, the warnings of an agenda and the ways of a ripple are called on screen."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

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
AGENDA_WARNINGS: dict[str, LazyString] = {
    "presenter_twice": _("%(presenter)s is also down for “%(other)s” at %(start)s."),
    "presenter_declined": _("%(presenter)s will not attend."),
    "presenter_elsewhere": _("%(presenter)s has a seat at %(seat)s, the item comes from %(site)s."),
    "site_does_not_attend": _("%(site)s does not take part."),
    "site_without_delegates": _("Nobody is invited to %(site)s."),
    "fixed_start_overrun": _("What comes before lasts %(minutes)s beyond the fixed start at %(start)s."),
    "before_session": _("The fixed start at %(start)s lies %(minutes)s before the session begins."),
    "session_overrun": _("The items last %(minutes)s longer than planned, until %(until)s."),
    "session_overlap": _("Overlaps with “%(other)s” by %(minutes)s."),
    "before_conference": _("Begins %(minutes)s before the conference."),
    "after_conference": _("Ends %(minutes)s after the conference."),
    "past_midnight": _("Lasts past midnight, until %(until)s."),
}
RIPPLE_FIXED: dict[str, LazyString] = {
    "hold": _("They hold. What comes before overlaps with them, and that is shown."),
    "shorten": _("They hold. What comes before them is shortened."),
    "move": _("They move as far as they must."),
}
RIPPLE_LATER: dict[str, LazyString] = {
    "hold": _("They hold."),
    "push": _("They begin later, as far as they must."),
    "along": _("All of that day move by the same distance."),
}
