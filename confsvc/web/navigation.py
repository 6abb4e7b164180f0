"""How an organiser moves about: the areas of the service, and within a conference its areas with their pages."""

from dataclasses import dataclass

from flask import Flask
from flask_babel import gettext

from confsvc.models import Conference

# Pages that stand in the navigation under another one.
PARTS = {
    "agenda_ripple": "agenda",
    "attendance_export": "attendance",
    "attendance_history": "attendance",
    "delegate_imports": "delegates",
    "handed_over": "desks",
    "members": "conferences",
    "paper_letters": "paper",
}


@dataclass(frozen=True, slots=True)
class Area:
    """Pages that belong together: each with its endpoint and label; the first is where the area begins."""

    label: str
    pages: list[tuple[str, str]]

    def holds(self, section: str) -> bool:
        """Whether the page of this section (the name of a blueprint) is one of them."""
        return any(_section(endpoint) == page_of(section) for endpoint, _label in self.pages)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(navigation=navigation, conference_areas=conference_areas, page_of=page_of)


def navigation() -> list[tuple[str, str]]:
    """The areas of the service: endpoint and label."""
    return [("conferences.index", gettext("Conferences")), ("units.index", gettext("Units"))]


def conference_areas(conference: Conference) -> list[Area]:
    """The areas of one conference; of a rehearsal those in which something can be done."""
    on_the_day = [
        ("desks.index", gettext("Desks")),
        ("missing.index", gettext("Missing")),
        ("attendance.index", gettext("Attendance")),
        ("board.show", gettext("Live board")),
    ]
    if conference.rehearses_id is not None:
        delegates = [("delegates.index", gettext("Delegates"))]
        return [Area(gettext("Overview"), [("conferences.show", gettext("Overview"))]), Area(delegates[0][1], delegates), Area(gettext("Check-in"), on_the_day)]
    overview = [("conferences.show", gettext("Overview")), ("rehearsals.show", gettext("Rehearsal"))]
    plan = [("sites.index", gettext("Sites")), ("agenda.show", gettext("Agenda"))]
    guests = [("mandates.index", gettext("Invited units")), ("registrations.index", gettext("Registration")), ("delegates.index", gettext("Delegates"))]
    mail = [
        ("invitations.show", gettext("Invitations")),
        ("letters.index", gettext("Texts of the letters")),
        ("calendar_updates.show", gettext("Calendars")),
        ("feeds.index", gettext("Calendar links")),
        ("reminders.index", gettext("Reminders")),
        ("mail.index", gettext("Mail")),
        ("received.index", gettext("Incoming mail")),
    ]
    return [
        Area(gettext("Overview"), overview),
        Area(gettext("Plan"), plan),
        Area(gettext("Participants"), guests),
        Area(gettext("Invitations"), mail),
        Area(gettext("On paper"), [("paper.index", gettext("On paper"))]),
        Area(gettext("Check-in"), on_the_day),
    ]


def page_of(section: str) -> str:
    """The section under which a page of this one stands."""
    return PARTS.get(section, section)


def _section(endpoint: str) -> str:
    return endpoint.partition(".")[0]
