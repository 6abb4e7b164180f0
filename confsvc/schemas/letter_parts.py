"""The parts a letter is made of, in one language: tables of facts, what changed, how to answer. Plain texts, escaped by whoever shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from confsvc.domain.calendar_content import Change
from confsvc.domain.letters import Event, Matter
from confsvc.domain.text import clean
from confsvc.schemas.letter_words import Words
from confsvc.schemas.letter_words import mark as _

MOST_LINES = 12
REQUIRED_RANKS = {"head": _("The head in person"), "leader": _("A leader"), "any": _("Anyone")}
ADDRESSED = {"comrade": _("Comrade %(name)s"), "sir_madam": _("Mr/Ms %(name)s"), "delegate": _("Delegate %(name)s")}
CHANGED = {
    "state": _("State"),
    "title": _("Title"),
    "conference": _("Conference"),
    "period": _("Time"),
    "place": _("Place"),
    "video_link": _("Video link"),
    "agenda": _("Programme"),
    "chair": _("Chair"),
    "host": _("Host unit"),
    "person": _("Invited"),
    "unit": _("Unit"),
    "address_form": _("Form of address"),
    "personal_link": _("Personal page"),
}
STATES = {"postponed": _("Postponed"), "cancelled": _("Cancelled")}
AS_PLANNED = _("As planned")
REASONS = {
    "conference_cancelled": _("We regret to inform you that %(conference)s has been cancelled."),
    "session_removed": _("“%(because_of)s” is no longer part of the programme of %(conference)s."),
    "substituted": _("%(because_of)s will attend %(conference)s in your place; this entry is therefore taken out of your calendar."),
    "other_entries": _("Your calendar gets other entries for %(conference)s; this one is taken out. The invitation itself stands."),
    "other_address": _("The invitation to %(conference)s does not go to this address any more; this entry is therefore taken out here."),
    "removed": _("You are no longer on the list of delegates of %(conference)s; this entry is therefore taken out of your calendar."),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a table; `link` is the web address that `value` is, or leads to."""

    label: str
    value: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """One change in words; `says_all` where an empty side is not worth a word."""

    label: str
    before: str
    after: str
    says_all: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """The table of facts, the programme below it, and the button that leads on (`button` empty: none)."""

    facts: list[Fact]
    heading: str
    lines: list[str]
    button: str
    link: str


def addressed(matter: Matter, words: Words) -> str:
    """Whom the letter speaks to, as is proper: in Vietnamese people by the conference's form of address, units and sites by their name."""
    if words.locale == "en" or matter.name in (matter.unit, matter.event.site):
        return matter.name
    form = matter.conference.address_form
    spoken = ADDRESSED["sir_madam" if form == "delegate" and not matter.person else form]
    return words.gettext(spoken, name=matter.name)


def host_name(matter: Matter, words: Words) -> str:
    return clean(matter.conference.host_name) or words.gettext("The organisers")


def placeholder_values(matter: Matter, words: Words, link: str) -> dict[str, str]:
    """What every placeholder stands for that is no part of its own."""
    event, seats = matter.event, matter.seats
    deadline = words.moment(seats.deadline, event.timezone) if seats and seats.deadline else words.gettext("as soon as possible")
    return {
        "name": addressed(matter, words),
        "full_name": matter.name,
        "position": matter.position,
        "unit": matter.unit,
        "site": event.site,
        "title": event.title,
        "conference": event.conference,
        "host": host_name(matter, words),
        "starts": words.moment(event.starts_at, event.timezone),
        "link": link,
        "reason": reason(matter, words),
        "seats": words.ngettext("%(num)s seat", "%(num)s seats", seats.seats) if seats else "",
        "missing": words.number(seats.missing) if seats else "",
        "deadline": deadline,
    }


def reason(matter: Matter, words: Words) -> str:
    """Why an entry is taken out, as a sentence; empty where nothing is."""
    return words.gettext(REASONS[matter.reason], conference=matter.event.conference, because_of=matter.because_of) if matter.reason else ""


def details(matter: Matter, words: Words, link: str) -> Details:
    """When, where, with whom, and what the reader needs besides."""
    event = matter.event
    facts = [
        Fact(words.gettext("Conference"), event.conference),
        Fact(words.gettext("Session"), event.title if event.title != event.conference else ""),
        Fact(words.gettext("State"), words.gettext("Postponed; the new time will follow.") if event.postponed else ""),
        Fact(words.gettext("Planned time") if event.postponed else words.gettext("Time"), words.period(event.starts_at, event.ends_at, event.timezone)),
        Fact(words.gettext("Place"), ", ".join(part for part in (event.site, event.address) if part)),
        Fact(words.gettext("Video link"), event.video_link, event.video_link),
        Fact(words.gettext("Chair"), event.chair),
        Fact(words.gettext("Invited"), ", ".join(part for part in (matter.person, matter.unit) if part and matter.person)),
        *_seat_facts(matter, words),
        *_hall_facts(matter, words),
    ]
    button = words.gettext("Open the list of delegates") if matter.seats else words.gettext("Open your personal page")
    lines = programme(event.lines, event, words)
    return Details([fact for fact in facts if fact.value], words.gettext("Programme") if lines else "", lines, button if link else "", link)


def programme(lines: Sequence[tuple[datetime, str]], event: Event, words: Words) -> list[str]:
    """The times and titles, no more than a letter bears; with the date where it is not that of the start."""
    first = words.short_date(event.starts_at, event.timezone)
    shown = []
    for at, title in lines[:MOST_LINES]:
        date = words.short_date(at, event.timezone)
        shown.append(f"{words.clock(at, event.timezone)}{'' if date == first else f', {date}'}  {title}")
    rest = len(lines) - MOST_LINES
    return [*shown, words.ngettext("and %(num)s more", "and %(num)s more", rest)] if rest > 0 else shown


def changed(matter: Matter, words: Words) -> list[Changed]:
    """Every change in words, old and new; what is or was empty says so."""
    said = [_changed(change, matter.event, words) for change in matter.changes]
    none = words.gettext("(none)")
    return [one if one.says_all else replace(one, before=one.before or none, after=one.after or none) for one in said]


def how_to_answer(words: Words) -> str:
    """How an invitation is answered."""
    return words.gettext(
        "Please confirm whether you will attend: with the buttons of your calendar (“Accept”, “Decline”), or on your personal page, "
        "where you can also give the reason if you cannot come. Your QR code for check-in is there too."
    )


def foot(matter: Matter, words: Words, link: str) -> str:
    """What stands below every letter."""
    told = [words.gettext("This letter was sent by the conference service of %(host)s.", host=host_name(matter, words))]
    if link:
        told.append(words.gettext("The link is meant for you alone: please do not pass it on."))
    return " ".join(told)


def _seat_facts(matter: Matter, words: Words) -> list[Fact]:
    seats = matter.seats
    if seats is None:
        return []
    deadline = words.moment(seats.deadline, matter.event.timezone) if seats.deadline else ""
    return [
        Fact(words.gettext("Unit"), seats.unit),
        Fact(words.gettext("Seats"), words.number(seats.seats)),
        Fact(words.gettext("Seats without a name"), words.number(seats.missing) if matter.kind == "registration_reminder" else ""),
        Fact(words.gettext("Required rank"), words.gettext(REQUIRED_RANKS[seats.required_rank])),
        Fact(words.gettext("Please register before"), deadline),
    ]


def _hall_facts(matter: Matter, words: Words) -> list[Fact]:
    hall = matter.hall
    if hall is None:
        return []
    return [
        Fact(words.gettext("Check-in opens"), words.moment(hall.opens_at, matter.event.timezone)),
        Fact(words.gettext("Delegates expected"), words.number(hall.named)),
    ]


def _changed(change: Change, event: Event, words: Words) -> Changed:
    label = words.gettext(CHANGED[change.what])
    if change.what == "agenda":
        gone, new = _moved_lines(change, event, words)
        return Changed(label, gone, new or words.gettext("none any more"), says_all=True)
    if change.what in ("personal_link", "address_form"):
        return Changed(label, "", words.gettext("is a new one"), says_all=True)
    said: Callable[[Any], str] = {"state": lambda state: _state(state, words), "period": lambda period: words.period(period[0], period[1], event.timezone)}.get(
        change.what, str
    )
    return Changed(label, said(change.before), said(change.after))


def _state(state: str, words: Words) -> str:
    return words.gettext(STATES.get(state, AS_PLANNED))


def _moved_lines(change: Change, event: Event, words: Words) -> tuple[str, str]:
    """Those lines of the programme that are not the same in both."""
    before: list[tuple[datetime, str]] = [tuple(line) for line in change.before]
    after: list[tuple[datetime, str]] = [tuple(line) for line in change.after]
    gone, new = [line for line in before if line not in after], [line for line in after if line not in before]
    return "\n".join(programme(gone, event, words)), "\n".join(programme(new, event, words))
