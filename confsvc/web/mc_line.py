"""The one sentence about the attendance that is read aloud, in every language."""

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from confsvc.domain.figures import Figures
from confsvc.models import Conference
from confsvc.web.language import LOCALES
from confsvc.web.template_tools import marked, number, percent

SUMMONED: dict[str, LazyString] = {
    "comrade": _("Comrades summoned"),
    "sir_madam": _("Ladies and gentlemen invited"),
    "delegate": _("Delegates summoned"),
}
ALWAYS = _("%(whom)s: %(summoned)s; present: %(present)s (%(rate)s)")
# What is said only where there is any of it: those who left make up the sum, so they come before the excused.
LEFT = _("came and left: %(number)s")
EXCUSED = _("absent with a reason: %(number)s")
NOT_YET = _("not yet checked in: %(number)s")
ABSENT = _("absent without a reason: %(number)s")
ASIDES: dict[str, LazyString] = {
    "substitutes": _("substitutes: %(number)s"),
    "late": _("late: %(number)s"),
    "walk_ins": _("not on the list: %(number)s"),
}


def mc_line(conference: Conference, figures: Figures) -> str:
    """Summoned, present with the rate of present to summoned, gone, excused and the rest, which add up to those summoned; then asides.

    In the present language. The rest is "not yet checked in", and "absent without a reason" only once the conference is closed.
    """
    whom, rate = SUMMONED[conference.address_form], percent(figures.present, figures.summoned)
    parts = [ALWAYS % {"whom": whom, "summoned": number(figures.summoned), "present": number(figures.present), "rate": rate}]
    if figures.away:
        parts.append(_counted(LEFT, figures.away))
    parts.append(_counted(EXCUSED, figures.excused))
    parts.append(_counted(ABSENT if conference.state == "closed" else NOT_YET, figures.not_yet))
    parts += [_counted(words, getattr(figures, key)) for key, words in ASIDES.items() if getattr(figures, key)]
    return marked("; ".join(parts) + ".", conference)


def _counted(words: LazyString, count: int) -> str:
    return str(words % {"number": number(count)})


def mc_lines(conference: Conference, figures: Figures) -> dict[str, str]:
    """Locale → the sentence."""
    lines = {}
    for locale in LOCALES:
        with force_locale(locale):
            lines[locale] = mc_line(conference, figures)
    return lines
