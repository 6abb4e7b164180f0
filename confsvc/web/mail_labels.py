"""What runs of mail, and what became of a message, are called on screen."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from confsvc.models import Mailing
from confsvc.web.letter_labels import LETTERS

PURPOSES: dict[str, LazyString] = {
    "calendar": _("Invitations and calendar updates"),
    **{kind: LETTERS[kind][0] for kind in ("registration", "registration_reminder", "reminder", "operator_reminder", "counter_declined")},
}
# A run of calendar entries says what each recipient's calendar lacks: after the invitations the server itself sends changes.
UPDATES = _("Calendar updates")
STATES: dict[str, LazyString] = {
    "waiting": _("To be sent"),
    "ready": _("To be sent"),
    "sent": _("Sent out"),
    "failed": _("Refused by the mail server"),
    "bounced": _("Came back"),
    "dropped": _("Not needed any more"),
}
TONES = {"waiting": "", "ready": "", "sent": "good", "failed": "bad", "bounced": "bad", "dropped": ""}
FILTERS: dict[str, LazyString] = {
    "open": _("To be sent"),
    "sent": _("Sent out"),
    "trouble": _("Did not arrive"),
    "dropped": _("Not needed any more"),
}
METHODS: dict[str, LazyString] = {"REQUEST": _("Puts the entry into the calendar, or changes it"), "CANCEL": _("Takes the entry out of the calendar")}
# Why a message was not even tried: what was kept as its error instead of a server's words.
OWN_ERRORS: dict[str, LazyString] = {"email_invalid": _("No mail server can be told this address.")}


def run_name(mailing: Mailing) -> LazyString:
    """What a run is called."""
    return UPDATES if mailing.purpose == "calendar" and mailing.created_by_id is None else PURPOSES[mailing.purpose]


def error_words(error: str) -> LazyString | str:
    """What went wrong: our own words for our own codes, else what the mail server said."""
    return OWN_ERRORS.get(error, error)
