"""The example's next conference: it is still to come, and its units are naming their delegates just now."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.conferences import ConferenceEntry, change_conference, move_conference
from confsvc.domain.demo import Example
from confsvc.domain.demo_people import made_up_names
from confsvc.domain.demo_scenes import SCENES
from confsvc.domain.mandates import MandateChange, change_mandate, list_mandates
from confsvc.domain.registration import decline_seats, name_people
from confsvc.domain.registration_links import make_link, registration_token
from confsvc.domain.registration_people import PersonEntry
from confsvc.domain.work import AccountActor, Work
from confsvc.models import Conference, ConferenceMember, Mandate

TITLE = "Hội nghị triển khai nhiệm vụ chuyển đổi số"
AHEAD, DEADLINE_BEFORE = timedelta(days=10), timedelta(days=3)
SEATS = 3
# So many units are enough to look at.
REGISTERING = 40


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The conference, and a unit (if one is still there) with the token of its liaison's link."""

    conference: Conference
    mandate: Mandate | None
    token: str


def load_upcoming(work: Work, example: Example) -> Upcoming:
    """The conference after `example`, made unless one is to come already. For the server itself."""
    acting = replace(work, actor=AccountActor(example.account.id))
    organised = select(ConferenceMember.conference_id).where(ConferenceMember.account_id == example.account.id)
    coming = (Conference.title == TITLE, Conference.starts_at > work.now, Conference.id.in_(organised))
    conference = work.session.scalar(select(Conference).where(*coming).order_by(Conference.id).limit(1)) or _make(acting, example.conference)
    linked = select(Mandate).where(Mandate.conference_id == conference.id, Mandate.link_uid.is_not(None)).order_by(Mandate.id).limit(1)
    mandate = work.session.scalar(linked)
    return Upcoming(conference, mandate, registration_token(work, mandate) if mandate else "")


def _make(acting: Work, pattern: Conference) -> Conference:
    zone = ZoneInfo(pattern.timezone)
    begins_at = next(scene.starts for scene in SCENES.values() if scene.title == pattern.title).time()
    starts_at = datetime.combine((acting.now + AHEAD).astimezone(zone).date(), begins_at, zone)
    conference = duplicate_conference(acting, pattern.id, title=TITLE, starts_at=starts_at).conference
    entry = ConferenceEntry(**{field.name: getattr(conference, field.name) for field in fields(ConferenceEntry)})
    change_conference(acting, conference.id, replace(entry, registration_deadline=starts_at - DEADLINE_BEFORE), version=conference.version)
    move_conference(acting, conference.id, "publish", version=conference.version)
    random = Random(TITLE)  # noqa: S311  # an example is to be the same every time
    names = made_up_names(random)
    mandates = list_mandates(acting, conference.id)[:REGISTERING]
    for place, mandate in enumerate(mandates):
        about = (mandate.unit_name, mandate.site_id, SEATS, mandate.required_rank, mandate.sort_order)
        change = MandateChange(*about, next(names), liaison_email=f"van-thu.{place + 1}@example.org")
        change_mandate(acting, conference.id, mandate.id, change, version=mandate.version)
        # Every third list is complete, every third one begun.
        people = [
            PersonEntry(name, email=f"dai-bieu.{place + 1}.{seat + 1}@example.org") for seat, name in enumerate(islice(names, (SEATS, 1, 0)[place % SEATS]))
        ]
        if people:
            name_people(acting, conference.id, mandate.id, people)
    silent = [mandate for place, mandate in enumerate(mandates) if place % SEATS == SEATS - 1]
    for mandate in silent[1:2]:
        decline_seats(acting, conference.id, mandate.id, SEATS, "Trùng lịch công tác", version=mandate.version)
    for mandate in silent[:1]:
        make_link(acting, conference.id, mandate.id)
    return conference
