"""What templates may call: dates, numbers and labels in the reader's language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask, request, url_for
from flask_babel import get_locale, gettext, ngettext

from confsvc.domain.contacts import shown_phone
from confsvc.domain.planning import SETTLED_STATES
from confsvc.models import Conference
from confsvc.schemas.letter_words import WEEKDAYS_VI
from confsvc.web import agenda_labels, labels
from confsvc.web.messages import reason_text


def init_app(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(labels=labels, agenda_labels=agenda_labels, reason_text=reason_text, page_url=page_url)
    app.jinja_env.tests.update(settled=settled, over=over)
    app.jinja_env.filters.update(moment=moment, clock=clock, clock_of_day=clock_of_day, day=day, number=number, percent=percent, phone=shown_phone)
    app.jinja_env.filters.update(given_reason=labels.given_reason)
    app.jinja_env.filters.update(lead_time=lead_time)


def settled(conference: Conference) -> bool:
    """Whether the plan of the conference stands for good: pages then offer no button that changes it."""
    return over(conference) or conference.rehearses_id is not None


def over(conference: Conference) -> bool:
    """Whether the conference is closed or cancelled."""
    return conference.state in SETTLED_STATES


def marked(text: str, conference: Conference) -> str:
    """What leaves the page (a file, a sentence to be copied), with a mark before it in a rehearsal."""
    return f"{gettext('REHEARSAL')} – {text}" if conference.rehearses_id is not None else text


def page_url(**changes: object) -> str:
    """The present address with some of its query parameters changed; None takes one out."""
    query = {**request.args.to_dict(), **changes}
    return url_for(request.endpoint or "", **{**(request.view_args or {}), **{k: v for k, v in query.items() if v not in (None, "")}})


def moment(value: datetime, zone: str) -> str:
    """Date and time in `zone`, e.g. "14:00, thứ Hai, 16/01/2023"."""
    return f"{clock(value, zone)}, {day(value.astimezone(ZoneInfo(zone)).date(), weekday=True)}"


def clock(value: datetime, zone: str) -> str:
    """Time of day in `zone`, 24 hours."""
    return value.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def wall(value: datetime | None, conference: Conference) -> str:
    """A moment as a field for date and time shows it, in the zone of the conference."""
    return value.astimezone(ZoneInfo(conference.timezone)).strftime("%Y-%m-%dT%H:%M") if value else ""


def clock_of_day(value: datetime, zone: str, of: datetime) -> str:
    """Time of day in `zone`, followed by the date unless that is the date of `of`."""
    here, there = (moment.astimezone(ZoneInfo(zone)).date() for moment in (value, of))
    return clock(value, zone) if here == there else f"{clock(value, zone)}, {day(here)}"


def day(value: date, weekday: bool = False) -> str:
    """A date as dd/mm/yyyy, with its weekday if asked for."""
    text = value.strftime("%d/%m/%Y")
    if not weekday:
        return text
    vietnamese = str(get_locale()) == "vi"
    return f"{WEEKDAYS_VI[value.weekday()]}, {text}" if vietnamese else f"{value.strftime('%A')}, {text}"


def number(value: int) -> str:
    """A count with the thousands mark of the language: 1.234 in Vietnamese, 1,234 in English."""
    text = f"{value:,}"
    return text.replace(",", ".") if str(get_locale()) == "vi" else text


def duration(minutes: int) -> str:
    """A span of time as it is said: "45 minutes", from an hour up "12 hours 15 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(num)s hour", "%(num)s hours", hours)] if hours else []
    parts += [ngettext("%(num)s minute", "%(num)s minutes", rest)] if rest or not hours else []
    return " ".join(parts)


def lead_time(minutes: int) -> str:
    """How long before something, in whole days where it is some: "3 days", else as `duration`."""
    days, rest = divmod(minutes, 24 * 60)
    return ngettext("%(num)s day", "%(num)s days", days) if days and not rest else duration(minutes)


def percent(part: int, whole: int) -> str:
    """A rate with two decimals, e.g. "91,99 %"; "–" where there is nothing to divide by."""
    if not whole:
        return "–"
    text = f"{100 * part / whole:.2f}%"
    return text.replace(".", ",") if str(get_locale()) == "vi" else text
