"""What one message is about, gathered when its turn comes: facts without words, or None where there is nothing to say any more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from confsvc.domain.attendance_log import opens_at
from confsvc.domain.calendar_content import Change, Content
from confsvc.domain.calendar_holding import INFORMED_STATES, WHOLE, read_ground, read_holders
from confsvc.domain.calendar_parts import CalendarPart
from confsvc.domain.links import joining_link
from confsvc.domain.registration_links import registration_token
from confsvc.domain.registration_status import seated
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site, SiteTally
from confsvc.models.mail import Message

# Where personal links lead, below the address of the server.
DELEGATE_PATH, REGISTRATION_PATH = "/d/{token}", "/r/{token}"
# Why an entry is taken out of a calendar; after those that are open the personal page still says something.
OPEN_REASONS = ("conference_cancelled", "session_removed", "other_entries")
REASONS = (*OPEN_REASONS, "substituted", "other_address", "removed")


@dataclass(frozen=True, slots=True)
class Event:
    """When and where. `title` is that of the session, where a letter is about one, else of the conference; `chair` with the position."""

    title: str
    conference: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    site: str
    address: str
    chair: str
    video_link: str
    lines: Sequence[tuple[datetime, str]] = ()
    postponed: bool = False


@dataclass(frozen=True, slots=True)
class Seats:
    """What a unit is asked for: so many people of this rank, of whom `missing` are not named yet, until `deadline`."""

    unit: str
    seats: int
    missing: int
    required_rank: str
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Hall:
    """What whoever runs a site prepares for: check-in from `opens_at`, for `named` people."""

    opens_at: datetime
    named: int


@dataclass(frozen=True, slots=True)
class Matter:
    """All that one letter says: `kind` is one of LETTER_KINDS, `path` where its link leads ("" for none).

    `person` with the position is who is invited, `name` whom the letter speaks to. `reason` is why an entry is taken out: one of REASONS,
    about `because_of` (the title of a session, or the name of a person).
    """

    kind: str
    conference: Conference
    event: Event
    name: str
    path: str = ""
    person: str = ""
    position: str = ""
    unit: str = ""
    seats: Seats | None = None
    hall: Hall | None = None
    changes: Sequence[Change] = ()
    reason: str = ""
    because_of: str = ""


def read_matter(work: Work, message: Message) -> Matter | None:
    """What a message says that carries no calendar entry; None where that would not be true or of use any more.

    Nobody gets a reminder of what has begun, is cancelled or postponed, or of what they have refused, nor to an address they have left.
    """
    conference = work.session.get_one(Conference, message.conference_id)
    if conference.rehearses_id is not None or conference.state not in INFORMED_STATES:
        return None
    match message.purpose:
        case "registration" | "registration_reminder":
            matter = read_registration(work, conference, message.mandate_id, kind=message.purpose)
        case "reminder":
            matter = read_delegate(work, conference, message.delegate_id, kind=message.purpose)
        case _:
            matter = read_site(work, conference, message.site_id)
    return matter if matter and _is_worth_saying(work, matter, message) else None


def read_registration(work: Work, conference: Conference, mandate_id: int | None, *, kind: str) -> Matter | None:
    """What a unit's liaison is asked for; None without a unit that is invited or without a link. Two queries."""
    row = work.session.execute(
        select(Mandate, Site, seated()).join(Site, Site.id == Mandate.site_id).where(Mandate.id == mandate_id, Mandate.conference_id == conference.id)
    ).one_or_none()
    if row is None or row[0].unit_id is None:
        return None
    mandate, site, named = row
    token = registration_token(work, mandate)
    missing = max(0, mandate.seats - mandate.declined_seats - named)
    unit = clean(mandate.unit_name)
    return Matter(
        kind=kind,
        conference=conference,
        event=event_at(conference, site),
        name=clean(mandate.liaison_name) or unit,
        path=REGISTRATION_PATH.format(token=token) if token else "",
        unit=unit,
        seats=Seats(unit, mandate.seats, missing, mandate.required_rank, conference.registration_deadline),
    )


def read_delegate(work: Work, conference: Conference, delegate_id: int | None, *, kind: str, scope: str = WHOLE) -> Matter | None:
    """What is said to a delegate of this conference about what they are invited to; None for somebody who is not expected any more. Four queries."""
    holders = read_holders(work, conference.id, delegate_id=delegate_id) if delegate_id is not None else []
    if not holders or not holders[0].is_expected:
        return None
    ground = read_ground(work, conference, site_id=holders[0].site_id)
    return about_person(conference, ground.content(holders[0], scope if scope in ground.scopes else WHOLE), holders[0].full_name, kind=kind)


def read_site(work: Work, conference: Conference, site_id: int | None) -> Matter | None:
    """What whoever runs a site is reminded of; None for a site that is gone or takes no part. One query."""
    row = work.session.execute(
        select(Site, SiteTally.named).join(SiteTally, SiteTally.site_id == Site.id).where(Site.id == site_id, Site.conference_id == conference.id, Site.attends)
    ).one_or_none()
    if row is None:
        return None
    site, named = row
    name = clean(site.contact_name) or clean(site.name)
    return Matter(kind="operator_reminder", conference=conference, event=event_at(conference, site), name=name, hall=Hall(opens_at(conference), named))


def read_calendar_matter(work: Work, conference: Conference, part: CalendarPart, *, delegate_id: int | None) -> Matter:
    """What the letter around a calendar part says; `delegate_id` is whom the entry is or was of. One query for what is taken out."""
    if part.method == "REQUEST":
        kind = "invitation" if part.first else "update"
        return about_person(conference, part.content, part.to_name, kind=kind, changes=part.changes)
    reason, because_of = why_taken_out(work, conference, part, delegate_id)
    matter = about_person(conference, part.content, part.to_name, kind="cancellation")
    return replace(matter, reason=reason, because_of=because_of, path=matter.path if reason in OPEN_REASONS else "")


def why_taken_out(work: Work, conference: Conference, part: CalendarPart, delegate_id: int | None) -> tuple[str, str]:
    """One of REASONS, and the session or the person it is about."""
    if conference.state == "cancelled":
        return "conference_cancelled", ""
    substitute = aliased(Delegate)
    row = work.session.execute(
        select(Delegate.email, Attendance.state, substitute.full_name)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(substitute, substitute.id == Attendance.substitute_id)
        .where(Delegate.id == delegate_id)
    ).one_or_none()
    if row is None:
        return "removed", ""
    email, state, substitute_name = row
    if state == "substituted" and substitute_name:
        return "substituted", clean(substitute_name)
    if state in ("substituted", "pending", "not_admitted"):
        return "removed", ""
    if email != part.to_address:
        return "other_address", ""
    if part.content.scope != WHOLE and conference.entry_rule == "sessions":
        return "session_removed", part.content.title
    return "other_entries", ""


def about_person(conference: Conference, content: Content, name: str, *, kind: str, changes: Sequence[Change] = ()) -> Matter:
    """A letter about this entry of the delegate of this name."""
    name = clean(name)
    return Matter(
        kind=kind,
        conference=conference,
        event=event_of(content),
        name=name,
        path=DELEGATE_PATH.format(token=content.link_token),
        person=content.person,
        position=content.person.removeprefix(name).lstrip(", "),
        unit=content.unit,
        changes=changes,
    )


def event_of(content: Content) -> Event:
    return Event(
        title=content.title,
        conference=content.conference,
        starts_at=content.starts_at,
        ends_at=content.ends_at,
        timezone=content.timezone,
        site=content.site,
        address=content.address,
        chair=content.chair,
        video_link=content.video_link,
        lines=content.lines,
        postponed=content.state == "postponed",
    )


def event_at(conference: Conference, site: Site) -> Event:
    """The whole conference, seen from one site."""
    title = clean(conference.title)
    return Event(
        title=title,
        conference=title,
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        timezone=conference.timezone,
        site=clean(site.name),
        address=clean(site.address),
        chair=", ".join(part for part in map(clean, (conference.chair_name, conference.chair_position)) if part),
        video_link=joining_link(conference, site),
        postponed=conference.state == "postponed",
    )


def _is_worth_saying(work: Work, matter: Matter, message: Message) -> bool:
    """Whether a message that was put some time ago still holds."""
    conference, is_to_come = matter.conference, matter.conference.starts_at > work.now
    if _address(work, message) != message.to_address:
        return False
    match matter.kind:
        case "registration":
            return bool(matter.path) and (is_to_come or conference.state == "postponed")
        case "registration_reminder":
            return bool(matter.path) and is_to_come and matter.seats is not None and matter.seats.missing > 0
        case _:
            return conference.state == "published" and is_to_come


def _address(work: Work, message: Message) -> str | None:
    """Where this person is written to now; None for a delegate who has said that they will not come."""
    if message.mandate_id is not None:
        return work.session.scalar(select(Mandate.liaison_email).where(Mandate.id == message.mandate_id))
    if message.delegate_id is not None:
        return work.session.scalar(select(Delegate.email).where(Delegate.id == message.delegate_id, Delegate.reply != "declined"))
    return work.session.scalar(select(Site.contact_email).where(Site.id == message.site_id))
