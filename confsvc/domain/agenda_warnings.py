"""What an organiser should know about the agenda: why, where and by how much. Never a reason to refuse it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from confsvc.domain.agenda_schedule import ScheduledItem, ScheduledSession, whole_minutes
from confsvc.domain.agenda_setting import Setting
from confsvc.domain.figures import Figures
from confsvc.domain.moments import wall_clock
from confsvc.domain.text import fold
from confsvc.models import Conference


@dataclass(frozen=True, slots=True)
class AgendaWarning:
    """`code` names the reason; `item_id` is None where the whole session is meant; `fields` is what a sentence needs."""

    CODES: ClassVar[tuple[str, ...]] = (
        "presenter_twice",
        "presenter_declined",
        "presenter_elsewhere",
        "site_does_not_attend",
        "site_without_delegates",
        "fixed_start_overrun",
        "before_session",
        "session_overrun",
        "session_overlap",
        "before_conference",
        "after_conference",
        "past_midnight",
    )
    code: str
    session_id: int
    item_id: int | None
    fields: Mapping[str, str | int | datetime]


def agenda_warnings(agenda: Sequence[ScheduledSession], setting: Setting) -> list[AgendaWarning]:
    """Every warning, those of a session before those of its items, in the order of the agenda."""
    twice = _presenters_twice(agenda, setting)
    found: list[AgendaWarning] = []
    for number, scheduled in enumerate(agenda):
        found += _of_session(scheduled, agenda[:number], setting.conference)
        for position, item in enumerate(scheduled.items):
            found += _of_time(scheduled, item, is_first=position == 0)
            found += _of_people(scheduled, item, setting)
            found += twice[item.item.id]
    return found


def _of_session(scheduled: ScheduledSession, earlier: Sequence[ScheduledSession], conference: Conference) -> Iterator[AgendaWarning]:
    session = scheduled.session

    def warn(code: str, **fields: str | int | datetime) -> AgendaWarning:
        return AgendaWarning(code, session.id, None, fields)

    if scheduled.overrun_minutes:
        yield warn("session_overrun", minutes=scheduled.overrun_minutes, until=scheduled.ends_at)
    over = max(session.ends_at, scheduled.ends_at)
    if session.starts_at < conference.starts_at:
        yield warn("before_conference", minutes=whole_minutes(conference.starts_at - session.starts_at))
    if over > conference.ends_at:
        yield warn("after_conference", minutes=whole_minutes(over - conference.ends_at))
    last_instant = over - timedelta(microseconds=1)
    if wall_clock(last_instant, conference.timezone).date() > wall_clock(session.starts_at, conference.timezone).date():
        yield warn("past_midnight", until=over)
    for other in earlier:
        if session.starts_at < other.session.ends_at:
            yield warn("session_overlap", other=other.session.title, minutes=whole_minutes(min(other.session.ends_at, session.ends_at) - session.starts_at))


def _of_time(scheduled: ScheduledSession, item: ScheduledItem, *, is_first: bool) -> Iterator[AgendaWarning]:
    if item.overrun_minutes:
        code = "before_session" if is_first else "fixed_start_overrun"
        yield AgendaWarning(code, scheduled.session.id, item.item.id, {"minutes": item.overrun_minutes, "start": item.starts_at})


def _of_people(scheduled: ScheduledSession, item: ScheduledItem, setting: Setting) -> Iterator[AgendaWarning]:
    row = item.item

    def warn(code: str, **fields: str) -> AgendaWarning:
        return AgendaWarning(code, scheduled.session.id, row.id, fields)

    presenter = setting.presenters.get(row.presenter_id or 0)
    if presenter and not presenter.coming:
        yield warn("presenter_declined", presenter=presenter.name)
    site, figures = setting.sites.get(row.site_id or 0, (None, Figures()))
    if site is None:
        return
    if not site.attends:
        yield warn("site_does_not_attend", site=site.name)
    elif not figures.summoned:
        yield warn("site_without_delegates", site=site.name)
    if presenter and presenter.site_id != site.id:
        yield warn("presenter_elsewhere", presenter=presenter.name, site=site.name, seat=presenter.site)


def _presenters_twice(agenda: Sequence[ScheduledSession], setting: Setting) -> dict[int, list[AgendaWarning]]:
    """Item id → its warning of `presenter_twice`, for both items of a pair.

    People are compared by their id; names typed freely by their letters, since nothing else is known of them.
    """
    spoken: dict[int | str, list[tuple[ScheduledSession, ScheduledItem]]] = defaultdict(list)
    for session in agenda:
        for item in session.items:
            who = item.item.presenter_id or fold(item.item.presenter_name)
            if who:
                spoken[who].append((session, item))
    found: dict[int, list[AgendaWarning]] = defaultdict(list)
    for appearances in spoken.values():
        for session, item in appearances:
            presenter = setting.presenters.get(item.item.presenter_id or 0)
            name = presenter.name if presenter else item.item.presenter_name
            others = (other for _, other in appearances if other is not item)
            at_once = next((other for other in others if item.starts_at < other.ends_at and other.starts_at < item.ends_at), None)
            if at_once:
                fields: dict[str, str | int | datetime] = {"presenter": name, "other": at_once.item.title, "start": at_once.starts_at}
                found[item.item.id].append(AgendaWarning("presenter_twice", session.session.id, item.item.id, fields))
    return found
