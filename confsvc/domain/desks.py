"""Desks: each is one device at one site; what it may do is looked up anew for every command."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, select, update

from confsvc.domain.access import organised_conference
from confsvc.domain.errors import DeskGone, Invalid, NotFound
from confsvc.domain.facts import DeskRevoked
from confsvc.domain.lists import Page, read_page
from confsvc.domain.prepared import Prepared, is_one_of
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import DeskActor, Work
from confsvc.models import Conference, Desk, Pairing, Site

NAME_MAX_CHARACTERS = 80

_VIEW = (
    select(Desk, Conference, Site, Pairing.token_hash)
    .join(Conference, Conference.id == Desk.conference_id)
    .join(Site, Site.id == Desk.site_id)
    .join(Pairing, Pairing.id == Desk.pairing_id)
)
_OF_TOKEN = _VIEW.where(Desk.token_hash == bindparam("token_hash"))
_MAY_ACT = (Desk.revoked_at.is_(None), Desk.expires_at > bindparam("now"))
_ACTING = _VIEW.where(Desk.id == bindparam("desk_id"), *_MAY_ACT)
# When a switch loses its power, thousands of desks ask for themselves in one second: of nothing but what is needed then.
_OPENED = Prepared(
    select(Desk.id, Desk.uid, Desk.site_id, Desk.conference_id, Desk.expires_at, Conference.revision, Desk.revoked_at)
    .join(Conference, Conference.id == Desk.conference_id)
    .where(Desk.token_hash == bindparam("token_hash"))
)
_PLACE = Prepared(select(Desk.id, Desk.site_id, Desk.conference_id).where(Desk.id == bindparam("desk_id"), *_MAY_ACT))
_LIVING = Prepared(select(Desk.id, Desk.site_id).where(is_one_of(Desk.id, "desk_ids"), Desk.conference_id == bindparam("conference_id"), *_MAY_ACT))


@dataclass(frozen=True, slots=True)
class SiteDesks:
    """One site with its desks that may still act, and the pairing links that may still be used."""

    site: Site
    desks: list[Desk]
    pairings: list[Pairing]


class DeskPlace(NamedTuple):
    """Where a desk stands."""

    desk_id: int
    site_id: int
    conference_id: int


class OpenedDesk(NamedTuple):
    """A desk whose cookie was shown, and the revision of its conference."""

    id: int
    uid: str
    site_id: int
    conference_id: int
    expires_at: datetime
    revision: int
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskView:
    """A desk that may act, with the conference and site it serves and the hash of the link that made it."""

    desk: Desk
    conference: Conference
    site: Site
    pairing_hash: str

    @property
    def place(self) -> DeskPlace:
        return DeskPlace(self.desk.id, self.site.id, self.conference.id)


def find_desk(work: Work, token: str) -> DeskView | None:
    """The desk whose cookie holds this token, if it may still act."""
    view = desk_of_token(work, token)
    return view if view and is_living(work, view.desk) else None


def open_desk(work: Work, token: str) -> OpenedDesk:
    """The desk whose cookie holds this token; raises NotFound for one that was never a desk's, DeskGone for one that may not act any more. One query."""
    for row in _OPENED.rows(work.rows, token_hash=hash_token(token)) if token else ():
        desk = OpenedDesk(*row)
        if not is_living(work, desk):
            raise DeskGone
        return desk
    raise NotFound(kind="desk")


def desk_of_token(work: Work, token: str) -> DeskView | None:
    """The desk whose cookie holds this token, whether or not it may still act."""
    row = work.session.execute(_OF_TOKEN, {"token_hash": hash_token(token)}).one_or_none() if token else None
    return DeskView(*row) if row else None


def any_desk(work: Work, *conditions: ColumnElement[bool]) -> DeskView | None:
    """The one desk for which the conditions hold, whether or not it may still act; asks no permission."""
    row = work.session.execute(_VIEW.where(*conditions)).one_or_none()
    return DeskView(*row) if row else None


def is_living(work: Work, desk: Desk | OpenedDesk) -> bool:
    """Whether the desk may act now."""
    return desk.revoked_at is None and desk.expires_at > work.now


def ended_at(desk: Desk) -> datetime:
    """The moment from which the desk may not act any more."""
    return min(desk.revoked_at or desk.expires_at, desk.expires_at)


def acting_desk(work: Work) -> DeskView:
    """The desk that acts; raises DeskGone once it is revoked or its time is over."""
    row = work.session.execute(_ACTING, {"desk_id": work.actor.desk_id, "now": work.now}).one_or_none() if isinstance(work.actor, DeskActor) else None
    if row is None:
        raise DeskGone
    return DeskView(*row)


def acting_place(work: Work) -> DeskPlace:
    """Where the desk that acts stands; raises DeskGone once it is revoked or its time is over. One query."""
    rows = _PLACE.rows(work.rows, desk_id=work.actor.desk_id, now=work.now) if isinstance(work.actor, DeskActor) else ()
    for row in rows:
        return DeskPlace(*row)
    raise DeskGone


def acting_places(work: Work, conference_id: int, desk_ids: Collection[int]) -> dict[int, DeskPlace]:
    """Desk id → its place, of those that may act now; one query however many."""
    rows = _LIVING.rows(work.rows, conference_id=conference_id, desk_ids=desk_ids, now=work.now)
    return {desk_id: DeskPlace(desk_id, site_id, conference_id) for desk_id, site_id in rows}


def see_desks(work: Work, desk_ids: Collection[int]) -> None:
    """Note that these desks were here just now; asks no permission, one statement."""
    work.session.execute(update(Desk).where(Desk.id.in_(desk_ids)).values(last_seen_at=work.now))


def leave_desk(work: Work) -> None:
    """Let the acting device be a desk no longer; raises DeskGone."""
    _revoke(work, acting_desk(work).desk)


def revoke_desk(work: Work, conference_id: int, desk_id: int) -> Desk:
    """Stop a desk at once; what it recorded stays. Raises NotFound."""
    desk = organised_desk(work, conference_id, desk_id)
    _revoke(work, desk)
    return desk


def rename_desk(work: Work, conference_id: int, desk_id: int, name: str) -> Desk:
    """Give a desk another name; raises NotFound or Invalid."""
    desk = organised_desk(work, conference_id, desk_id)
    desk.name = fitting_name(name)
    return desk


def list_desks(work: Work, conference_id: int, query: str = "", page: int = 1) -> Page[SiteDesks]:
    """The sites of the conference, main site first, each with its living desks and open pairing links; `query` looks in site names."""
    organised_conference(work, conference_id)
    statement = select(Site).where(Site.conference_id == conference_id).order_by(Site.kind, Site.sort_order, Site.id)
    if query:
        statement = statement.where(Site.name_fold.like(like_pattern(query), escape="\\"))
    sites = read_page(work, statement, page)
    listed = {site.id: SiteDesks(site, [], []) for site in sites.items}
    living = (Desk.site_id.in_(listed), Desk.revoked_at.is_(None), Desk.expires_at > work.now)
    for desk in work.session.scalars(select(Desk).where(*living).order_by(Desk.name, Desk.id)):
        listed[desk.site_id].desks.append(desk)
    usable = (Pairing.site_id.in_(listed), Pairing.used_at.is_(None), Pairing.revoked_at.is_(None), Pairing.expires_at > work.now)
    for pairing in work.session.scalars(select(Pairing).where(*usable).order_by(Pairing.expires_at)):
        listed[pairing.site_id].pairings.append(pairing)
    return Page(list(listed.values()), sites.total, sites.number, sites.size)


def organised_desk(work: Work, conference_id: int, desk_id: int) -> Desk:
    """A desk of a conference the actor organises; raises NotFound."""
    organised_conference(work, conference_id)
    desk = work.session.scalar(select(Desk).where(Desk.id == desk_id, Desk.conference_id == conference_id))
    if desk is None:
        raise NotFound(kind="desk")
    return desk


def _revoke(work: Work, desk: Desk) -> None:
    if desk.revoked_at is None:
        desk.revoked_at = work.now
        work.tell(DeskRevoked(desk.id, desk.site_id, desk.conference_id))


def fitting_name(name: str) -> str:
    """The name of a desk as it is kept; raises Invalid."""
    name = clean(name)
    if not name:
        raise Invalid("name", "required")
    if len(name) > NAME_MAX_CHARACTERS:
        raise Invalid("name", "too_long")
    return name
