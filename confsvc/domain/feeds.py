"""Links to calendars that follow by themselves: of a site, an invited unit, a presenter, or all that a host unit holds.

Whoever has the link reads the calendar, without an account; it can be revoked. A calendar of one conference is an organiser's to
give away, that of a host unit an administrator's, as it shows conferences that not every organiser sees.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from confsvc.domain.access import acting_account_id, organised_conference, real_conference, require_administrator
from confsvc.domain.calendar_entries import Entry, entries_as_handed_out, hand_out, rows_of
from confsvc.domain.errors import Invalid, NotAllowed, NotFound
from confsvc.domain.feed_contents import Calendar, read_calendar
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.unit_rules import known_unit
from confsvc.domain.work import Work
from confsvc.models import AgendaItem, CalendarEntry, Delegate, FeedLink, Mandate, Site

PURPOSE = "feed"


@dataclass(frozen=True, slots=True)
class Place:
    """What a calendar may be of: a `kind` of models.calendar.FEED_KINDS with the id of the site, mandate, delegate or unit, and its name."""

    kind: str
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    """A valid link: what it is of, and its token."""

    feed: FeedLink
    name: str
    token: str


def open_feed(work: Work, token: str) -> tuple[FeedLink, Calendar, list[Entry] | None]:
    """The calendar of the link with this token; the entries are None where something must be handed out first.

    Raises NotFound, the same for every token that opens nothing.
    """
    feed = work.session.scalar(select(FeedLink).where(FeedLink.token_hash == hash_token(token), FeedLink.revoked_at.is_(None)))
    if feed is None:
        raise NotFound(kind="feed")
    calendar = read_calendar(work, feed)
    rows = rows_of(work, CalendarEntry.feed_id == feed.id)
    return feed, calendar, entries_as_handed_out(work, rows, [content for _, content in calendar.contents])


def hand_out_feed(work: Work, token: str) -> tuple[Calendar, list[Entry]]:
    """The same, with what is new or changed written down; raises NotFound."""
    # Of two readers at once only one counts a change.
    valid = (FeedLink.token_hash == hash_token(token), FeedLink.revoked_at.is_(None))
    feed = work.session.scalar(select(FeedLink).where(*valid).with_for_update())
    if feed is None:
        raise NotFound(kind="feed")
    calendar = read_calendar(work, feed)
    conference_of = {content.scope: conference.id for conference, content in calendar.contents}
    rows = rows_of(work, CalendarEntry.feed_id == feed.id, lock=True)
    contents = [content for _, content in calendar.contents]
    return calendar, hand_out(work, rows, contents, lambda one: CalendarEntry(conference_id=conference_of[one.scope], feed_id=feed.id))


def feed_places(work: Work, conference_id: int) -> list[Place]:
    """Of what an organiser may give calendars away: sites, units that are invited, delegates who present. Raises NotFound; four queries."""
    organised_conference(work, conference_id)
    sites = select(Site.id, Site.name).where(Site.conference_id == conference_id).order_by(Site.sort_order, Site.id)
    invited = select(Mandate.id, Mandate.unit_name).where(Mandate.conference_id == conference_id, Mandate.unit_id.is_not(None))
    presenting = select(AgendaItem.presenter_id).where(AgendaItem.conference_id == conference_id, AgendaItem.presenter_id.is_not(None))
    people = select(Delegate.id, Delegate.full_name).where(Delegate.id.in_(presenting)).order_by(Delegate.name_sort, Delegate.id)
    asked = (("site", sites), ("unit", invited.order_by(Mandate.sort_order, Mandate.unit_name_sort, Mandate.id)), ("presenter", people))
    return [Place(kind, row_id, name) for kind, statement in asked for row_id, name in work.session.execute(statement)]


def list_feeds(work: Work, conference_id: int) -> tuple[list[Link], list[Place]]:
    """The valid links of a conference, the newest first, and what has none; raises NotFound. One query more than `feed_places`, two at most."""
    places = feed_places(work, conference_id)
    names = {(place.kind, place.id): place.name for place in places}
    feeds = _valid(work, FeedLink.conference_id == conference_id)
    # Somebody who presents nothing any more keeps their link.
    silent = {feed.delegate_id for feed in feeds if feed.kind == "presenter" and ("presenter", _of(feed)) not in names}
    for delegate_id, name in work.session.execute(select(Delegate.id, Delegate.full_name).where(Delegate.id.in_(silent))) if silent else ():
        names["presenter", delegate_id] = name
    given = {(feed.kind, _of(feed)) for feed in feeds}
    return [_link(work, feed, names.get((feed.kind, _of(feed)), "")) for feed in feeds], [place for place in places if (place.kind, place.id) not in given]


def make_feed(work: Work, conference_id: int, kind: str, row_id: int) -> Link:
    """A link to the calendar of a site, a unit or a presenter; the one there is, if there is a valid one. Raises NotFound or Invalid `place`."""
    real_conference(work, conference_id, lock=True)
    place = next((place for place in feed_places(work, conference_id) if (place.kind, place.id) == (kind, row_id)), None)
    if place is None:
        raise Invalid("place", "not_a_choice")
    column = {"site": "site_id", "unit": "mandate_id", "presenter": "delegate_id"}[kind]
    standing = _valid(work, FeedLink.conference_id == conference_id, FeedLink.kind == kind, getattr(FeedLink, column) == row_id)
    feed = standing[0] if standing else _make(work, FeedLink(kind=kind, conference_id=conference_id, **{column: row_id}))
    return _link(work, feed, place.name)


def revoke_feed(work: Work, conference_id: int, feed_id: int) -> None:
    """Let a link open nothing any more; raises NotFound."""
    organised_conference(work, conference_id, lock=True)
    _revoke(work, FeedLink.id == feed_id, FeedLink.conference_id == conference_id)


def host_feed(work: Work, unit_id: int) -> Link | None:
    """The valid link to the calendar of a host unit, for an administrator; raises NotAllowed or NotFound."""
    require_administrator(work)
    unit = known_unit(work, unit_id)
    standing = _valid(work, FeedLink.unit_id == unit.id)
    return _link(work, standing[0], unit.name) if standing else None


def make_host_feed(work: Work, unit_id: int) -> Link:
    """A link to the calendar of a host unit; the one there is, if there is a valid one. Raises NotAllowed or NotFound."""
    standing = host_feed(work, unit_id)
    if standing:
        return standing
    unit = known_unit(work, unit_id)
    return _link(work, _make(work, FeedLink(kind="host", unit_id=unit.id)), unit.name)


def revoke_host_feed(work: Work, unit_id: int) -> None:
    """Let the link to the calendar of a host unit open nothing any more; raises NotAllowed or NotFound."""
    require_administrator(work)
    _revoke(work, FeedLink.unit_id == unit_id)


def _valid(work: Work, *conditions: ColumnElement[bool]) -> list[FeedLink]:
    return list(work.session.scalars(select(FeedLink).where(FeedLink.revoked_at.is_(None), *conditions).order_by(FeedLink.id.desc())))


def _make(work: Work, feed: FeedLink) -> FeedLink:
    account_id = acting_account_id(work)
    if account_id is None:
        raise NotAllowed
    feed.uid, feed.created_by_id, feed.created_at = work.new_id(), account_id, work.now
    feed.token_hash = hash_token(derive_token(work.secret, PURPOSE, feed.uid))
    work.session.add(feed)
    work.session.flush()
    return feed


def _revoke(work: Work, *conditions: ColumnElement[bool]) -> None:
    standing = _valid(work, *conditions)
    if not standing:
        raise NotFound(kind="feed")
    for feed in standing:
        feed.revoked_at = work.now


def _link(work: Work, feed: FeedLink, name: str) -> Link:
    return Link(feed, name, derive_token(work.secret, PURPOSE, feed.uid))


def _of(feed: FeedLink) -> int:
    return feed.site_id or feed.mandate_id or feed.delegate_id or feed.unit_id or 0
