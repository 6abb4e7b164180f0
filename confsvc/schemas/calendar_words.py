"""The texts around the content of a calendar entry, in one language."""

from confsvc.domain.calendar import Words as CalendarWords
from confsvc.schemas.letter_words import Words
from confsvc.schemas.letter_words import mark as _

ADDRESS_FORMS = {"comrade": _("Comrade"), "sir_madam": _("Sir or Madam"), "delegate": _("Delegate")}
STATES = {"postponed": _("Postponed"), "cancelled": _("Cancelled")}


def calendar_words(words: Words) -> CalendarWords:
    """What calendar entries say in this language."""
    return CalendarWords(
        invited=words.gettext("Invited:"),
        chair=words.gettext("Chair"),
        site=words.gettext("Site"),
        video_link=words.gettext("Video link"),
        personal_link=words.gettext("Personal page"),
        address_forms={key: words.gettext(label) for key, label in ADDRESS_FORMS.items()},
        states={key: words.gettext(label) for key, label in STATES.items()},
    )
