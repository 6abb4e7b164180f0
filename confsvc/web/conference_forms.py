"""The forms of a conference: its particulars, a copy of it, a new period, one more organiser."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField
from wtforms.validators import InputRequired, Length

from confsvc.domain.conferences import ConferenceEntry
from confsvc.domain.errors import Invalid
from confsvc.domain.moments import moment_in_zone, require_timezone, wall_clock
from confsvc.domain.unit_choice import chosen_unit, unit_label
from confsvc.domain.work import Work
from confsvc.models import Conference, Unit
from confsvc.web.fields import Choice, Moment, Number
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Lines, Text
from confsvc.web.labels import ADDRESS_FORMS, CONFERENCE_MODES, ENTRY_RULES, MAIL_LANGUAGES, ONLINE_RULES, UPDATE_RULES, WALK_IN_RULES

USUAL_HOUR, USUAL_LENGTH = 8, timedelta(hours=3, minutes=30)


class ConferenceForm(Form):
    """Times are what clocks in the conference's own zone show; the host is typed and chosen from the living units."""

    title = Text(_("Title"), [InputRequired(REQUIRED), Length(max=300, message=TOO_LONG)])
    mode = Choice(_("How it is held"), choices=list(CONFERENCE_MODES.items()))
    timezone = Text(_("Time zone"), [InputRequired(REQUIRED)])
    starts_at = Moment(_("Begins"), [InputRequired(REQUIRED)])
    ends_at = Moment(_("Ends"), [InputRequired(REQUIRED)])
    move_agenda = BooleanField(_("Let the agenda follow when the beginning is moved"))
    check_in_minutes = Number(_("Check-in opens this many minutes before"), [InputRequired(REQUIRED)])
    late_minutes = Number(_("Late is who comes more than this many minutes after the beginning"), [InputRequired(REQUIRED)])
    walk_in_rule = Choice(_("Who is not on the list"), choices=list(WALK_IN_RULES.items()))
    online_rule = Choice(_("Who joins online"), choices=list(ONLINE_RULES.items()))
    registration_deadline = Moment(_("Units name their delegates until"))
    entry_rule = Choice(_("Calendar entries of a delegate"), choices=list(ENTRY_RULES.items()))
    update_rule = Choice(_("Changes go out by mail"), choices=list(UPDATE_RULES.items()))
    mail_languages = Choice(_("Language of the letters"), choices=list(MAIL_LANGUAGES.items()))
    host_unit = Text(_("Host unit"))
    chair_name = Text(_("Chair"), [Length(max=200, message=TOO_LONG)])
    chair_position = Text(_("Position of the chair"), [Length(max=200, message=TOO_LONG)])
    address_form = Choice(_("Form of address"), choices=list(ADDRESS_FORMS.items()))
    video_link = Text(_("Video link"))
    notes = Lines(_("Notes for delegates"))

    def entry(self, work: Work) -> ConferenceEntry:
        """What was typed, for the domain; raises Invalid."""
        zone = require_timezone(self.timezone.data or "")
        host = chosen_unit(work, "host_unit", self.host_unit.data or "")
        return ConferenceEntry(
            title=self.title.data or "",
            mode=self.mode.data,
            timezone=zone,
            starts_at=_moment(self.starts_at, zone),
            ends_at=_moment(self.ends_at, zone),
            host_unit_id=host.id if host else None,
            chair_name=self.chair_name.data or "",
            chair_position=self.chair_position.data or "",
            address_form=self.address_form.data,
            video_link=self.video_link.data or "",
            notes=self.notes.data or "",
            check_in_minutes=self.check_in_minutes.data or 0,
            late_minutes=self.late_minutes.data or 0,
            walk_in_rule=self.walk_in_rule.data,
            online_rule=self.online_rule.data,
            registration_deadline=_moment(self.registration_deadline, zone) if self.registration_deadline.data else None,
            entry_rule=self.entry_rule.data,
            update_rule=self.update_rule.data,
            mail_languages=self.mail_languages.data,
        )

    def show_conflict(self, current: Conference) -> None:
        typed = self.host_unit.data or ""
        same_host = bool(current.host_name) and typed.startswith(current.host_name)
        super().show_conflict(_as_typed(current, typed if same_host else current.host_name))
        for field in (self.starts_at, self.ends_at, self.registration_deadline):
            if str(field.label.text) in self.standing and getattr(current, field.name):
                self.standing[str(field.label.text)] = wall_clock(getattr(current, field.name), current.timezone).strftime("%H:%M, %d/%m/%Y")


class CopyForm(Form):
    """A conference after the pattern of another one."""

    title = Text(_("Title"), [InputRequired(REQUIRED), Length(max=300, message=TOO_LONG)])
    starts_at = Moment(_("Begins"), [InputRequired(REQUIRED)])

    def begins(self, zone: str) -> datetime:
        return _moment(self.starts_at, zone)


class PeriodForm(Form):
    """When a postponed conference takes place after all."""

    starts_at = Moment(_("Begins"), [InputRequired(REQUIRED)])
    ends_at = Moment(_("Ends"), [InputRequired(REQUIRED)])

    def period(self, zone: str) -> tuple[datetime, datetime]:
        return _moment(self.starts_at, zone), _moment(self.ends_at, zone)

    def show_conflict(self, current: Conference) -> None:
        super().show_conflict(_as_typed(current, ""))


class MemberForm(Form):
    """One more organiser."""

    email = Text(_("E-mail"), [InputRequired(REQUIRED), Length(max=254, message=TOO_LONG)])


def blank_conference(now: datetime, zone: str) -> SimpleNamespace:
    """What the form of a new conference offers: tomorrow morning."""
    starts = (wall_clock(now, zone) + timedelta(days=1)).replace(hour=USUAL_HOUR, minute=0, second=0, microsecond=0)
    offered = {"mode": "hybrid", "address_form": "delegate", "check_in_minutes": 120, "late_minutes": 15, "timezone": zone}
    offered |= {"walk_in_rule": "open", "online_rule": "counts", "entry_rule": "conference", "update_rule": "automatic", "mail_languages": "vi"}
    return SimpleNamespace(starts_at=starts, ends_at=starts + USUAL_LENGTH, **offered)


def standing_conference(conference: Conference, host: Unit | None) -> SimpleNamespace:
    """What the form of this conference shows."""
    return _as_typed(conference, unit_label(host) if host else "", move_agenda=True)


def _as_typed(conference: Conference, host_unit: str, **more: Any) -> SimpleNamespace:
    names: tuple[str, ...] = ("title", "mode", "timezone", "check_in_minutes", "late_minutes", "walk_in_rule", "online_rule", "version")
    names += ("entry_rule", "update_rule", "mail_languages", "chair_name", "chair_position", "address_form", "video_link", "notes")
    values = {name: getattr(conference, name) for name in names}
    moments = {name: getattr(conference, name) for name in ("starts_at", "ends_at", "registration_deadline")}
    times = {name: moment and wall_clock(moment, conference.timezone) for name, moment in moments.items()}
    return SimpleNamespace(**values, **times, host_unit=host_unit, **more)


def _moment(field: Moment, zone: str) -> datetime:
    if field.data is None:
        raise Invalid(field.name, "required")
    return moment_in_zone(field.data, zone, field.name)
