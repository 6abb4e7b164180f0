"""The one sentence about the attendance that is read aloud, in every language."""

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from confsvc.domain.figures import Figures
from confsvc.models import Conference
from confsvc.web.language import LOCALES
from confsvc.web.template_tools import number, percent

SUMMONED: dict[str, LazyString] = {
    "comrade": _("Comrades summoned"),
    "sir_madam": _("Ladies and gentlemen invited"),
    "delegate": _("Delegates summoned"),
}
BEFORE = _("%(whom)s: %(summoned)s; present: %(present)s (%(rate)s); absent with a reason: %(excused)s; not yet checked in: %(rest)s.")
AFTERWARDS = _("%(whom)s: %(summoned)s; present: %(present)s (%(rate)s); absent with a reason: %(excused)s; absent without a reason: %(rest)s.")


def mc_line(conference: Conference, figures: Figures) -> str:
    """Summoned, present with the rate of present to summoned, excused, and the rest, in the present language.

    The rest is "not yet checked in", and "absent without a reason" only once the conference is closed.
    """
    values = {
        "whom": SUMMONED[conference.address_form],
        "summoned": number(figures.summoned),
        "present": number(figures.present),
        "rate": percent(figures.present, figures.summoned),
        "excused": number(figures.excused),
        "rest": number(figures.not_yet),
    }
    return str((AFTERWARDS if conference.state == "closed" else BEFORE) % values)


def mc_lines(conference: Conference, figures: Figures) -> dict[str, str]:
    """Locale → the sentence."""
    lines = {}
    for locale in LOCALES:
        with force_locale(locale):
            lines[locale] = mc_line(conference, figures)
    return lines
