"""A conference in which every text is awkward: a delegate, a unit and a site for each, two sessions with presenters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.feeds import make_feed, make_host_feed
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import AgendaItem, AgendaSession, Delegate, Mandate, Site
from tests.conftest import NOW
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit
from tests.itip.products import AWKWARD

TEXTS = [text for text in map(clean, AWKWARD) if text]
WEB = "https://hop.example.org"


@dataclass(frozen=True, slots=True)
class Scene:
    """The conference, and the ids of its people in the order of TEXTS."""

    conference_id: int
    host_id: int
    delegate_ids: Sequence[int]


def make_scene(work: Work, **columns: Any) -> Scene:
    """Everybody is invited; their messages wait in the outbox."""
    host = make_unit(work, TEXTS[1])
    texts = {"title": TEXTS[0], "host_name": TEXTS[1], "chair_name": TEXTS[2], "chair_position": TEXTS[3]}
    link = "https://v.example.org/a?b=c&d=(e),;f"
    conference = make_conference(work, make_account(work), **{**texts, "host_unit_id": host.id, "invited_at": NOW, "video_link": link, **columns})
    people: list[Delegate] = []
    for number, text in enumerate(TEXTS):
        site = make_site(work, conference, text, kind="remote" if number else "main", address=TEXTS[number - 1])
        mandate = make_mandate(work, conference, site, make_unit(work, f"{text} "))
        people.append(make_delegate(work, mandate, text, position=TEXTS[number - 2], email=f"person.{number}@example.org"))
    for number in range(2):
        session = AgendaSession(conference_id=conference.id, uid=work.new_id(), title=TEXTS[number + 4], starts_at=STARTS, ends_at=ENDS)
        work.session.add(session)
        work.session.flush()
        item = {"kind": "report", "title": TEXTS[number + 6], "planned_minutes": 10, "presenter_id": people[number].id}
        work.session.add(AgendaItem(conference_id=conference.id, session_id=session.id, **item))
    put_calendar_messages(work, conference.id, web_address=WEB)
    return Scene(conference.id, host.id, [person.id for person in people])


def make_feeds(work: Work, scene: Scene) -> list[str]:
    """A link of every kind; their tokens."""
    admin = make_account(work, "admin", role="administrator")
    place = Site.conference_id == scene.conference_id
    ids = {
        "site": work.session.scalars(select(Site.id).where(place)).all()[-1],
        "unit": work.session.scalars(select(Mandate.id).where(Mandate.conference_id == scene.conference_id)).all()[-1],
        "presenter": scene.delegate_ids[0],
    }
    as_admin = replace(work, actor=acting(admin))
    return [*(make_feed(as_admin, scene.conference_id, kind, row_id).token for kind, row_id in ids.items()), make_host_feed(as_admin, scene.host_id).token]
