"""Pairing links: each turns one device into a desk of one site, once and in time."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from confsvc.domain.access import organised_conference, signed_in_account
from confsvc.domain.desks import fitting_name
from confsvc.domain.errors import LinkExpired, NotFound, WrongState
from confsvc.domain.planning import SETTLED_STATES
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.work import Work
from confsvc.models import Conference, Desk, Pairing, Site


@dataclass(frozen=True, slots=True)
class PairingView:
    """A pairing link that may still be used, and what it would make the device a desk of."""

    pairing: Pairing
    conference: Conference
    site: Site


def create_pairing(work: Work, conference_id: int, site_id: int, *, minutes: int) -> tuple[Pairing, str]:
    """A link for one device, good for `minutes`, and its token; raises NotFound, or WrongState once the conference is closed or cancelled."""
    conference = organised_conference(work, conference_id, lock=True)
    if conference.state in SETTLED_STATES:
        raise WrongState(state=conference.state, step="pair_desk")
    site = work.session.scalar(select(Site).where(Site.id == site_id, Site.conference_id == conference_id))
    if site is None:
        raise NotFound(kind="site")
    uid = work.new_id()
    token = derive_token(work.secret, "pairing", uid)
    pairing = Pairing(
        conference_id=conference_id,
        site_id=site.id,
        uid=uid,
        token_hash=hash_token(token),
        created_by_id=signed_in_account(work).id,
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=minutes),
    )
    work.session.add(pairing)
    work.session.flush()
    return pairing, token


def pairing_token(work: Work, pairing: Pairing) -> str:
    """The token in the link of this pairing."""
    return derive_token(work.secret, "pairing", pairing.uid)


def organised_pairing(work: Work, conference_id: int, pairing_id: int) -> PairingView:
    """A pairing of a conference the actor organises, used or not; raises NotFound."""
    conference = organised_conference(work, conference_id)
    statement = select(Pairing, Site).join(Site, Site.id == Pairing.site_id).where(Pairing.id == pairing_id, Pairing.conference_id == conference_id)
    row = work.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound(kind="pairing")
    return PairingView(row[0], conference, row[1])


def revoke_pairing(work: Work, conference_id: int, pairing_id: int) -> None:
    """Make the link useless; a desk it has made already stays. Raises NotFound."""
    pairing = organised_pairing(work, conference_id, pairing_id).pairing
    pairing.revoked_at = pairing.revoked_at or work.now


def open_pairing(work: Work, token: str) -> PairingView:
    """What the link is for, without using it; raises NotFound or LinkExpired."""
    columns = select(Pairing, Conference, Site).join(Conference, Conference.id == Pairing.conference_id).join(Site, Site.id == Pairing.site_id)
    row = work.session.execute(columns.where(Pairing.token_hash == hash_token(token))).one_or_none()
    if row is None:
        raise NotFound(kind="pairing")
    view = PairingView(*row)
    if view.pairing.used_at or view.pairing.revoked_at or view.pairing.expires_at <= work.now:
        raise LinkExpired
    return view


def pair_device(work: Work, token: str, name: str, *, days: int) -> tuple[Desk, str]:
    """Use the link up: this device is a desk of its site for `days`; returns the token of its cookie. Raises NotFound, LinkExpired, Invalid."""
    name = fitting_name(name)
    pairing = open_pairing(work, token).pairing
    # Two devices with one link: the database lets one of them through.
    claim = update(Pairing).where(Pairing.id == pairing.id, Pairing.used_at.is_(None)).values(used_at=work.now).returning(Pairing.id)
    if work.session.scalar(claim) is None:
        raise LinkExpired
    uid = work.new_id()
    desk_token = derive_token(work.secret, "desk", uid)
    desk = Desk(
        conference_id=pairing.conference_id,
        site_id=pairing.site_id,
        pairing_id=pairing.id,
        uid=uid,
        name=name,
        token_hash=hash_token(desk_token),
        paired_at=work.now,
        expires_at=work.now + timedelta(days=days),
        last_seen_at=work.now,
    )
    work.session.add(desk)
    work.session.flush()
    return desk, desk_token


def desk_of_pairing(work: Work, pairing: Pairing) -> Desk | None:
    """The desk that the link has made; asks no permission."""
    return work.session.scalar(select(Desk).where(Desk.pairing_id == pairing.id))
