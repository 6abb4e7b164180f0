"""What is said about registering: how long there is time, what was changed, and what an organiser can send by Zalo or SMS."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from confsvc.domain.contacts import shown_phone
from confsvc.domain.registration_changes import Told
from confsvc.domain.registration_writing import REMINDER
from confsvc.models import Conference, Mandate
from confsvc.web import labels
from confsvc.web.template_tools import moment

CHANGES: dict[str, LazyString] = {
    "named": _l("%(name)s was put on the list"),
    "imported": _l("An import put people on the list: %(people)s"),
    "changed": _l("%(name)s was changed"),
    "removed": _l("%(name)s was taken off the list"),
    "substituted": _l("%(substitute)s in the place of %(name)s"),
    "declined": _l("Seats declined: %(seats)s"),
    "taken_back": _l("Declined seats taken back: %(seats)s"),
    "link_made": _l("A link was made"),
    "link_sent": _l("The link was sent to %(address)s"),
    "reminded": _l("Reminded to register: %(address)s"),
    "link_opened": _l("The link was opened"),
    "link_revoked": _l("The link was revoked"),
}
FIELDS: dict[str, LazyString] = {
    "full_name": _l("Full name"),
    "position": _l("Position"),
    "rank": _l("Rank"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
}


def time_left(deadline: datetime, now: datetime, zone: str) -> str:
    """How long there is until the deadline, in days as calendars in `zone` count them."""
    if now > deadline:
        over = (now.astimezone(ZoneInfo(zone)).date() - deadline.astimezone(ZoneInfo(zone)).date()).days
        return str(ngettext("over since %(num)s day", "over since %(num)s days", over) if over else _("over since today"))
    days = (deadline.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days
    return str(ngettext("%(num)s day left", "%(num)s days left", days) if days else _("ends today"))


def change_text(told: Told) -> str:
    """What was changed, as one sentence."""
    detail = told.change.detail
    known = {key: detail.get(key, "–") for key in ("seats", "address", "people")}
    kind = "reminded" if detail.get("purpose") == REMINDER else told.change.kind
    return str(CHANGES[kind] % {**known, "name": told.change.name, "substitute": detail.get("full_name", "–")})


def change_details(told: Told) -> list[str]:
    """What stood before and what stands now, and the reason that was given."""
    detail = told.change.detail
    if told.change.kind == "changed":
        return [f"{FIELDS[field]}: {_value(field, before)} → {_value(field, after)}" for field, (before, after) in detail.items() if field in FIELDS]
    notes = [_("reason: %(reason)s", reason=detail["reason"])] if detail.get("reason") else []
    return [*notes, *([_("waits for the organiser")] if detail.get("pending") else [])]


def unit_text(conference: Conference, mandate: Mandate, link: str, missing: int) -> str:
    """What an organiser sends to the liaison of one unit by other means than mail."""
    said = [
        _("%(unit)s: please register your delegates for “%(title)s”.", unit=mandate.unit_name, title=conference.title),
        _("When: %(when)s. Where: %(site)s.", when=moment(conference.starts_at, conference.timezone), site=mandate.site.name),
        _("Seats: %(seats)s. Who must come: %(rank)s.", seats=mandate.seats, rank=labels.REQUIRED_RANKS[mandate.required_rank]),
    ]
    if 0 < missing < mandate.seats:
        said.append(ngettext("%(num)s seat has no name yet.", "%(num)s seats have no name yet.", missing))
    return "\n".join([*said, *_deadline(conference), *([_("Register here: %(link)s", link=link)] if link else [])])


def common_text(conference: Conference, mandates: Sequence[Mandate]) -> str:
    """What an organiser puts into a group of all liaisons: who is missing, and no link, as each is one unit's secret."""
    asked = _("“%(title)s”, %(when)s: these units have not registered all their delegates yet:", title=conference.title, when=_start(conference))
    units = [f"{number}. {mandate.unit_name}" for number, mandate in enumerate(mandates, 1)]
    return "\n".join([asked, *units, *_deadline(conference), _("Please use the link that was sent to your unit.")])


def _start(conference: Conference) -> str:
    return moment(conference.starts_at, conference.timezone)


def _deadline(conference: Conference) -> list[str]:
    deadline = conference.registration_deadline
    return [_("Deadline: %(deadline)s.", deadline=moment(deadline, conference.timezone))] if deadline else []


def _value(field: str, value: str) -> str:
    if field == "rank":
        return str(labels.RANKS.get(value, value))
    return (shown_phone(value) if field == "phone" else value) or "–"
