"""The lines of the attendance log in plain words."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from confsvc.domain.attendance_history import LoggedLine, Story, StoryLine
from confsvc.models import Conference
from confsvc.web import labels
from confsvc.web.messages import REFUSALS
from confsvc.web.template_tools import clock_of_day, duration

SHORT = 6
# What happened, by kind; the second sentence is for a line that names no site.
DONE: dict[str, tuple[LazyString, LazyString]] = {
    "check_in": (_l("Checked in at %(site)s"), _l("Checked in")),
    "undo": (_l("The check-in at %(site)s was taken back"), _l("Every check-in was taken back")),
    "leave": (_l("Left %(site)s"), _l("Left")),
    "undo_leave": (_l("Had not left %(site)s after all"), _l("Had not left after all")),
    "excuse": (_l("Excused"), _l("Excused")),
    "withdraw_excuse": (_l("The excuse was withdrawn"), _l("The excuse was withdrawn")),
    "seek": (_l("Came to %(site)s and waited for approval"), _l("Was named beforehand and waited for approval")),
    "admit": (_l("Was let in"), _l("Was let in")),
    "deny": (_l("Was not let in"), _l("Was not let in")),
    "substitute": (_l("%(other)s came in the place of %(person)s"), _l("%(other)s comes in the place of %(person)s")),
    "withdraw_substitute": (_l("%(person)s has the seat again, not %(other)s"), _l("%(person)s has the seat again, not %(other)s")),
    "headcount": (_l("%(amount)s people counted at %(site)s"), _l("%(amount)s people counted")),
    "renew_pass": (_l("Got a new QR code; the old one is dead"), _l("Got a new QR code; the old one is dead")),
    "close": (_l("The conference was closed"), _l("The conference was closed")),
}
ONLINE: dict[str, LazyString] = {
    "check_in": _l("Joined online"),
    "leave": _l("Left the online meeting"),
    "seek": _l("Joined online and waited for approval"),
}
# Who is named for a seat without an organiser's doing is named by the unit.
NAMED_BY_THE_UNIT = ("seek", "admit", "substitute")
BY_THE_UNIT = _l("by the unit")
# What was tried and changed nothing.
TRIED: dict[str, LazyString] = {
    "check_in": _l("Check-in at %(site)s"),
    "undo": _l("Taking a check-in back"),
    "leave": _l("Leaving %(site)s"),
    "undo_leave": _l("Taking a leave back"),
    "excuse": _l("Excuse"),
    "withdraw_excuse": _l("Withdrawing the excuse"),
    "seek": _l("Coming to %(site)s without a place on the list"),
    "admit": _l("Letting in"),
    "deny": _l("Turning away"),
    "substitute": _l("A substitute for %(person)s"),
    "withdraw_substitute": _l("Taking a substitution back"),
    "headcount": _l("Headcount at %(site)s"),
    "renew_pass": _l("A new QR code"),
    "close": _l("Closing the conference"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A line as it is read: when it happened, what, by whom, and what there is to say besides; `marks` are labels with their tones."""

    when: str
    what: str
    who: str
    notes: list[str]
    marks: list[tuple[LazyString, str]] = field(default_factory=list)
    undone: bool = False
    other_id: int | None = None
    other: str = ""


def tell(story_line: StoryLine, conference: Conference, delegate_id: int) -> Told:
    """A line of the story of this delegate."""
    line = story_line.line
    event = line.event
    other_id, other = (event.other_id, line.other) if event.delegate_id == delegate_id else (event.delegate_id, line.person)
    if event.kind == "close":
        other_id = None
    return Told(
        clock_of_day(line.moment, conference.timezone, conference.starts_at),
        closed(story_line, conference) if story_line.closed_as else happened(line, returned=story_line.returned),
        actor(line),
        remarks(line, conference),
        _marks(story_line),
        story_line.undone,
        other_id,
        other,
    )


def latest(story: Story) -> list[Told]:
    """The last lines of a story, for pages that have more to show."""
    return [tell(line, story.conference, story.delegate.id) for line in story.lines[-SHORT:]]


def closed(story_line: StoryLine, conference: Conference) -> str:
    """The end of the conference, and the state in which it found the person."""
    state = labels.attendance_state(story_line.closed_as, conference.state)
    return str(_("The conference was closed: %(state)s", state=state))


def happened(line: LoggedLine, *, returned: bool = False) -> str:
    """What happened, or was tried, as one sentence."""
    event, was_at = line.event, str(line.event.detail.get("site") or "")
    values = {"site": line.site or was_at or "–", "person": line.person, "other": line.other, "amount": event.amount or 0}
    if event.verdict in ("refused", "repeated"):
        return str(TRIED[event.kind] % values)
    if event.kind == "check_in" and event.verdict == "moved":
        return str(_("Came to %(site)s from %(before)s and so left there", site=line.site, before=was_at))
    if returned:
        return str(_("Came back to %(site)s", site=line.site))
    if event.mode == "online" and event.kind in ONLINE:
        return str(ONLINE[event.kind])
    placed, placeless = DONE[event.kind]
    has_place = bool(line.site or (event.kind == "leave" and was_at))
    return str((placed if has_place else placeless) % values)


def actor(line: LoggedLine) -> str:
    """Who did it, and how."""
    event = line.event
    if event.method == "system":
        return str(labels.EVENT_METHODS["system"])
    how = str(BY_THE_UNIT if event.method == "self" and event.kind in NAMED_BY_THE_UNIT else labels.EVENT_METHODS[event.method])
    name = line.desk or line.account
    return f"{name} · {how}" if name else how


def remarks(line: LoggedLine, conference: Conference) -> list[str]:
    """Why it was refused, where the person was, the reason given, and what became of the line on its way."""
    reason = "" if turned_away(line) else labels.given_reason(line.event.reason)
    return [*_verdict(line, conference), *([_("reason: %(reason)s", reason=reason)] if reason else []), *_way(line, conference)]


def turned_away(line: LoggedLine) -> str:
    """Who came to the door and was put on no list ("" for any other line): the log keeps that in place of a reason."""
    return line.event.reason if line.event.delegate_id is None and line.event.method == "form" else ""


def _verdict(line: LoggedLine, conference: Conference) -> list[str]:
    event, said = line.event, line.event.detail
    notes = []
    if event.verdict == "refused":
        notes.append(str(REFUSALS.get(event.refusal or "", "")))
    if said.get("by"):
        notes.append(_("in the seat: %(name)s", name=said["by"]))
    if event.verdict in ("refused", "repeated") and said.get("site") and said.get("since"):
        since = clock_of_day(datetime.fromisoformat(said["since"]), conference.timezone, conference.starts_at)
        where = f"{said['site']} ({said['desk']})" if said.get("desk") else said["site"]
        notes.append(_("was at %(site)s since %(since)s", site=where, since=since))
    return [note for note in notes if note]


def _way(line: LoggedLine, conference: Conference) -> list[str]:
    event, zone = line.event, conference.timezone
    notes = []
    told_at = clock_of_day(event.recorded_at, zone, line.moment)
    if line.told_late and event.desk_id is not None:
        notes.append(_("told %(time)s by a desk that was offline", time=told_at))
    elif line.told_late:
        notes.append(_("noted %(time)s", time=told_at))
    if line.after_close and event.kind != "close":
        notes.append(_("recorded after the close"))
    if (ahead := line.clock_ahead) is not None:
        showed, span = clock_of_day(event.occurred_at, zone, line.moment), duration(round(abs(ahead) / timedelta(minutes=1)))
        off = _("%(span)s fast", span=span) if ahead > timedelta() else _("%(span)s slow", span=span)
        notes.append(_("the desk's clock showed %(time)s, it was %(off)s; the time was put right", time=showed, off=off))
    if line.desk and line.account:
        notes.append(_("handed over by the desk, %(name)s let it count", name=line.account))
    return notes


def _marks(story_line: StoryLine) -> list[tuple[LazyString, str]]:
    line = story_line.line
    marks = []
    if line.event.verdict in ("refused", "repeated"):
        marks.append((labels.VERDICTS[line.event.verdict], "bad" if line.event.verdict == "refused" else ""))
    wanted = {"late": story_line.late, "left_early": story_line.early}
    if line.after_close and line.event.kind != "close":
        wanted["told_late" if line.event.desk_id is not None else "corrected"] = True
    return marks + [(labels.ATTENDANCE_MARKS[mark], labels.MARK_TONES[mark]) for mark, held in wanted.items() if held]
