"""What the calendar of a site, an invited unit, a presenter or a host unit shows."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from confsvc.domain.agenda_schedule import ScheduledItem, ScheduledSession
from confsvc.domain.calendar_content import Content
from confsvc.domain.calendar_holding import WHOLE, Ground, read_ground
from confsvc.domain.errors import NotFound
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import Conference, Delegate, FeedLink, Mandate, Site, Unit

# How far back the calendar of a host unit goes.
HOST_PAST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar with a name; each content with the conference it is of. `zone` is where its reader is taken to be."""

    name: str
    zone: str
    contents: list[tuple[Conference, Content]]


def read_calendar(work: Work, feed: FeedLink) -> Calendar:
    """What this feed shows now; raises NotFound while its conference is a draft. Few statements, however long it is."""
    if feed.kind == "host":
        return _of_host(work, feed)
    conference = work.session.get(Conference, feed.conference_id)
    if conference is None or conference.state == "draft" or conference.rehearses_id is not None:
        raise NotFound(kind="feed")
    match feed.kind:
        case "site":
            site = work.session.get_one(Site, feed.site_id)
            return _of_site(work, conference, site, f"{clean(site.name)} – {clean(conference.title)}")
        case "unit":
            mandate = work.session.get_one(Mandate, feed.mandate_id)
            site = work.session.get_one(Site, mandate.site_id)
            return _of_site(work, conference, site, f"{clean(mandate.unit_name)} – {clean(conference.title)}", unit=clean(mandate.unit_name))
    return _of_presenter(work, conference, work.session.get_one(Delegate, feed.delegate_id))


def _of_site(work: Work, conference: Conference, site: Site, name: str, *, unit: str = "") -> Calendar:
    """The whole and each session, as at this site."""
    ground = read_ground(work, conference, site_id=site.id)
    contents = [replace(ground.plain(scope, site.id), unit=unit) for scope in ground.scopes]
    return Calendar(name, conference.timezone, [(conference, content) for content in contents])


def _of_presenter(work: Work, conference: Conference, person: Delegate) -> Calendar:
    """Each item they present, at its own time and where they present it."""
    ground = read_ground(work, conference)
    timed = [(planned, one) for planned in ground.agenda for one in planned.items if one.item.presenter_id == person.id]
    contents = [_item(ground, planned, one, ground.sites[one.item.site_id or person.site_id]) for planned, one in timed]
    name = f"{clean(person.full_name)} – {clean(conference.title)}"
    return Calendar(name, conference.timezone, [(conference, content) for content in contents])


def _item(ground: Ground, planned: ScheduledSession, one: ScheduledItem, site: Site) -> Content:
    return replace(
        ground.plain(ground.scope_of(planned), site.id),
        scope=f"item:{one.item.id}",
        title=clean(one.item.title),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        lines=[],
    )


def _of_host(work: Work, feed: FeedLink) -> Calendar:
    """Every conference the unit holds or has held lately, at its main site."""
    unit = work.session.get_one(Unit, feed.unit_id)
    told = (Conference.state != "draft", Conference.rehearses_id.is_(None), Conference.ends_at > work.now - HOST_PAST)
    held = (
        select(Conference, Site)
        .outerjoin(Site, (Site.conference_id == Conference.id) & (Site.kind == "main"))
        .where(Conference.host_unit_id == unit.id, *told)
        .order_by(Conference.starts_at, Conference.id)
    )
    found = [(conference, _whole(conference, site)) for conference, site in work.session.execute(held)]
    zone = found[0][0].timezone if found else "UTC"
    return Calendar(clean(unit.name), zone, found)


def _whole(conference: Conference, site: Site | None) -> Content:
    """A conference without its agenda."""
    place = site or Site(name="", address="", video_link="")
    ground = Ground(conference, [], {0: place})
    return replace(ground.plain(WHOLE, 0), scope=f"conference:{conference.uid}")
