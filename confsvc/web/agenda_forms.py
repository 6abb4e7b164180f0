"""The forms of the agenda."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Length

from confsvc.domain.agenda import ItemEntry, SessionEntry
from confsvc.domain.agenda_schedule import ScheduledSession
from confsvc.domain.choosing import SITES
from confsvc.domain.moments import moment_in_zone, wall_clock
from confsvc.domain.work import Work
from confsvc.models import AgendaItem, AgendaSession, Conference
from confsvc.web.agenda_labels import ITEM_KINDS
from confsvc.web.choosing import NOTHING, Chosen
from confsvc.web.fields import Choice, Clock, IdChoice, Moment, Number
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Text

NONE = ("", "–")


class SessionForm(Form):
    """A session; its moments are what clocks of the conference show."""

    title = Text(_l("Title"), [InputRequired(REQUIRED), Length(max=300, message=TOO_LONG)])
    starts_at = Moment(_l("Begins"), [InputRequired(REQUIRED)])
    ends_at = Moment(_l("Ends"), [InputRequired(REQUIRED)])
    zone: str = "UTC"

    @classmethod
    def of(cls, conference: Conference, session: AgendaSession) -> "SessionForm":
        form = cls(obj=_on_the_wall(session, conference.timezone))
        form.zone = conference.timezone
        return form

    @classmethod
    def after(cls, conference: Conference, agenda: list[ScheduledSession]) -> "SessionForm":
        """The form of a new session: from the end of the last one, or the whole of the conference."""
        starts_at = max([scheduled.session.ends_at for scheduled in agenda], default=conference.starts_at)
        ends_at = max(conference.ends_at, starts_at)
        times = {"starts_at": wall_clock(starts_at, conference.timezone), "ends_at": wall_clock(ends_at, conference.timezone)}
        form = cls(data=times)
        form.zone = conference.timezone
        return form

    def entry(self) -> SessionEntry:
        """What was typed; raises Invalid for a moment that no clock shows."""
        starts_at = moment_in_zone(self.starts_at.data, self.zone, "starts_at")
        return SessionEntry(self.title.data or "", starts_at, moment_in_zone(self.ends_at.data, self.zone, "ends_at"))

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(_on_the_wall(current, self.zone))
        for field in (self.starts_at, self.ends_at):
            label, stands = str(field.label.text), wall_clock(getattr(current, field.short_name), self.zone)
            if label in self.standing:
                self.standing[label] = _in_full(stands)


class ItemForm(Form):
    """An item; `presenter_id` is one of the delegates found, or none for the name as it is typed."""

    title = Text(_l("Title"), [InputRequired(REQUIRED), Length(max=300, message=TOO_LONG)])
    kind = Choice(_l("Kind"), choices=list(ITEM_KINDS.items()), default="report")
    planned_minutes = Number(_l("Minutes"), [InputRequired(REQUIRED)], default=10)
    presenter_name = Text(_l("Presenter"), [Length(max=200, message=TOO_LONG)])
    presenter_id = IdChoice(_l("Which delegate"), choices=[NONE])
    site_id = Chosen(_l("Comes from"))
    fixed_start = Clock(_l("Fixed start"))
    zone: str = "UTC"

    @classmethod
    def of(cls, conference: Conference, item: AgendaItem | None = None) -> "ItemForm":
        form = cls(obj=_pinned(item, conference.timezone)) if item else cls()
        form.zone = conference.timezone
        return form

    def offer(self, work: Work, conference_id: int) -> None:
        """Let one choose a site."""
        self.site_id.offer(work, SITES, conference_id, NOTHING)

    def entry(self) -> ItemEntry:
        return ItemEntry(
            title=self.title.data or "",
            kind=self.kind.data or "",
            planned_minutes=self.planned_minutes.data or 0,
            presenter_id=self.presenter_id.data,
            presenter_name=self.presenter_name.data or "",
            site_id=self.site_id.data,
            fixed_start=self.fixed_start.data,
        )

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(_pinned(current, self.zone))
        self.standing.pop(str(self.presenter_id.label.text), None)


def _on_the_wall(session: AgendaSession, zone: str) -> SimpleNamespace:
    starts_at, ends_at = wall_clock(session.starts_at, zone), wall_clock(session.ends_at, zone)
    return SimpleNamespace(title=session.title, starts_at=starts_at, ends_at=ends_at, version=session.version)


def _pinned(item: AgendaItem, zone: str) -> SimpleNamespace:
    names = ("title", "kind", "planned_minutes", "presenter_name", "presenter_id", "site_id", "version")
    fixed_start = None if item.fixed_start is None else wall_clock(item.fixed_start, zone).time()
    return SimpleNamespace(**{name: getattr(item, name) for name in names}, fixed_start=fixed_start)


def _in_full(moment: datetime) -> str:
    return moment.strftime("%H:%M, %d/%m/%Y")
