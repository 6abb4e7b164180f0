"""What the kinds of letters and their placeholders are called on screen."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

# What each kind is called, and when it is sent.
LETTERS: dict[str, tuple[LazyString, LazyString]] = {
    "invitation": (_("Invitation"), _("To everybody on the list, with the calendar entry, once invitations were sent.")),
    "update": (_("Notice of a change"), _("To those whose calendar entry has changed; it says what was and what is.")),
    "cancellation": (_("Cancellation"), _("To everybody who was invited, when the conference is cancelled. Who alone is taken out reads other words.")),
    "registration": (_("Request to register"), _("To the liaison of a unit, with the link by which the unit names its delegates.")),
    "registration_reminder": (_("Reminder to register"), _("To the liaison of a unit with seats that have no name yet.")),
    "reminder": (_("Reminder to delegates"), _("Before the conference, to those who have not declined.")),
    "operator_reminder": (_("Reminder to sites"), _("Before the conference, to the contact of each site.")),
    "counter_declined": (_("Answer to a proposed time"), _("To a delegate whose calendar proposed another time, where it stays as planned.")),
}
PLACEHOLDERS: dict[str, LazyString] = {
    "name": _("the recipient, with the form of address"),
    "full_name": _("the delegate's name alone"),
    "position": _("the delegate's position"),
    "unit": _("the unit"),
    "site": _("the site"),
    "title": _("the conference, or the session the entry is about"),
    "conference": _("the conference"),
    "host": _("the host unit"),
    "starts": _("time and date of the beginning"),
    "link": _("the address of the personal page"),
    "seats": _("how many the unit may send"),
    "missing": _("how many have no name yet"),
    "deadline": _("until when the unit names its delegates"),
    "reason": _("why the entry is taken out"),
    "details": _("the table of time, place and so on, with the button; on a line of its own"),
    "changes": _("what has changed, old and new; on a line of its own"),
    "answer": _("how to answer; on a line of its own"),
}
