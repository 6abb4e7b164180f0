"""What badges, name plates and sign-in sheets say, in the reader's language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from confsvc.domain.paper import PaperPerson
from confsvc.models import Conference
from confsvc.schemas.paper import Paper, in_batches
from confsvc.web.template_tools import marked, moment

KINDS: dict[str, LazyString] = {
    "badges": _l("Badges, one a page (A6)"),
    "badge_sheets": _l("Badges, four on a sheet (A4)"),
    "plates": _l("Table name plates (A4, folded)"),
    "site_sheets": _l("Sign-in sheets by site"),
    "unit_sheets": _l("Sign-in sheets by unit"),
}
FILE_TITLES: dict[str, LazyString] = {
    "badges": _l("Badges – %(title)s"),
    "badge_sheets": _l("Badges – %(title)s"),
    "plates": _l("Table name plates – %(title)s"),
    "site_sheets": _l("Sign-in sheets – %(title)s"),
    "unit_sheets": _l("Sign-in sheets – %(title)s"),
}
WITH_PASSES = ("badges", "badge_sheets")
TEMPLATES = {"badges": "badges.typ", "badge_sheets": "badges.typ", "plates": "plates.typ", "site_sheets": "sign_in.typ", "unit_sheets": "sign_in.typ"}
# A printer takes a file of this many pages; larger ones come as several.
MOST_IN_A_FILE = 1000
MOST_ON_SHEETS = 2000
SPARE_ROWS = 3
# Of the columns in millimetres; 0 takes what is left.
SHEET_WIDTHS = (12, 60, 52, 62, 45, 0)

Tokens = Callable[[Sequence[PaperPerson]], Sequence[str]]
Papers = Iterator[tuple[Paper, int]]


def file_title(kind: str, conference: Conference) -> str:
    return marked(FILE_TITLES[kind] % {"title": conference.title}, conference)


def papers(kind: str, conference: Conference, people: Sequence[PaperPerson], tokens: Tokens) -> Papers:
    """The files of one kind, each with how many people are in it. Everything that needs the request is said before the first is asked for.

    `tokens` gives the address in the code of each of some people; it is called batch by batch, wherever the papers are drawn.
    """
    common = _common(kind, conference)
    if TEMPLATES[kind] == "sign_in.typ":
        groups = _groups(kind, people)
        return (
            (_sheets(common, batch), sum(len(group["rows"]) for group in batch))
            for batch in in_batches(groups, MOST_ON_SHEETS, lambda group: len(group["rows"]))
        )
    alt = _("QR code of %(name)s", name="\x00")
    codes = tokens if kind in WITH_PASSES else None
    return ((Paper(TEMPLATES[kind], common, _people(batch, codes, alt)), len(batch)) for batch in in_batches(people, MOST_IN_A_FILE))


def _common(kind: str, conference: Conference) -> dict[str, Any]:
    return {
        "lang": str(get_locale()),
        "title": file_title(kind, conference),
        "author": conference.host_name,
        "host": conference.host_name,
        "heading": marked(conference.title, conference),
        "when": moment(conference.starts_at, conference.timezone),
        "four": kind == "badge_sheets",
        "heads": [_("No."), _("Full name"), _("Position"), _("Site") if kind == "unit_sheets" else _("Unit"), _("Signature"), _("Remarks")],
        "words": {
            "delegate": _("DELEGATE"),
            "title": _("SIGN-IN SHEET"),
            "page": _("Page %(page)s/%(pages)s", page="{page}", pages="{pages}"),
            "closing": _("Present: ……… of them with a name on this list: ………; not on the list: ………"),
        },
    }


def _people(people: Sequence[PaperPerson], tokens: Tokens | None, alt: str) -> list[Mapping[str, Any]]:
    codes = tokens(people) if tokens else [""] * len(people)
    return [
        {
            "name": person.name,
            "position": person.position,
            "unit": person.unit,
            "site": person.site,
            "rank": person.rank,
            "code": code or None,
            "alt": alt.replace("\x00", person.name),
        }
        for person, code in zip(people, codes, strict=True)
    ]


def _sheets(common: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> Paper:
    return Paper("sign_in.typ", {**common, "widths": SHEET_WIDTHS, "groups": groups})


def _groups(kind: str, people: Sequence[PaperPerson]) -> list[dict[str, Any]]:
    """The people of each site or unit, in the order in which they come."""
    by_unit = kind == "unit_sheets"
    found = []
    for _key, members in groupby(people, key=lambda person: person.mandate_id if by_unit else person.site_id):
        group = list(members)
        name = group[0].unit if by_unit else group[0].site
        rows = [[str(place), one.name, one.position, one.site if by_unit else one.unit, "", ""] for place, one in enumerate(group, 1)]
        count = ngettext("%(num)s person on the list", "%(num)s people on the list", len(rows))
        found.append({"name": name, "count": count, "rows": rows, "blanks": SPARE_ROWS})
    return found
