"""The example conferences, made through the same commands as any other; loading one twice changes nothing."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from confsvc.domain.accounts import create_account, find_account
from confsvc.domain.board import board_token, renew_board_link
from confsvc.domain.conferences import ConferenceEntry, change_conference
from confsvc.domain.demo_making import make_scene
from confsvc.domain.demo_scenes import SCENES, ZONE, Scene
from confsvc.domain.figures import figures_by_site
from confsvc.domain.pairings import create_pairing
from confsvc.domain.passes import link_token
from confsvc.domain.passwords import Passwords
from confsvc.domain.planning import SETTLED_STATES
from confsvc.domain.tokens import derive_token
from confsvc.domain.work import AccountActor, Work
from confsvc.models import Account, Attendance, Conference, ConferenceMember, Delegate, Site

EMAIL = "bantochuc@example.org"
NAME = "Ban Tổ chức"
QUARTER_MINUTES = 15
PASSWORD_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Doors:
    """Tokens of the links that let each kind of person in: a delegate still expected, a desk at each of two sites, the public board.

    Whoever plays with an example may have removed the delegates, or closed it: then there is no desk to pair.
    """

    delegate: Delegate | None
    link: str
    pairings: list[tuple[Site, str]]
    board: str


@dataclass(frozen=True, slots=True)
class Example:
    """A loaded example and the account that organises it; `is_new` unless it was there before."""

    conference: Conference
    account: Account
    is_new: bool


def demo_password(work: Work) -> str:
    """The example account's first password: of this server only, so that an example opens no door elsewhere."""
    return derive_token(work.secret, "demo-password")[:PASSWORD_CHARACTERS]


def load_example(work: Work, passwords: Passwords, key: str, *, live_now: bool = False) -> Example:
    """The example `key` of SCENES, made unless it is there; `live_now` moves it to this hour of today. For the server itself."""
    scene = SCENES[key]
    account = find_account(work, EMAIL) or create_account(work, passwords, email=EMAIL, name=NAME, password=demo_password(work))
    acting = replace(work, actor=AccountActor(account.id))
    conference = _standing(work, account, scene)
    if conference is None:
        return Example(make_scene(acting, scene, _start(work, scene, live_now)), account, True)
    if live_now:
        _move_to_now(acting, conference, scene)
    return Example(conference, account, False)


def open_doors(work: Work, example: Example, *, minutes: int) -> Doors:
    """Links to show, the second desk where most are still to come; the pairing links are new each time and good for `minutes`."""
    acting = replace(work, actor=AccountActor(example.account.id))
    conference = example.conference
    if board_token(acting, conference) is None:
        conference = renew_board_link(acting, conference.id)
    by_need = sorted(figures_by_site(acting, conference.id), key=lambda found: (found[0].kind != "main", -found[1].not_yet))
    sites = [site for site, _ in by_need[:2]]
    likely = (Attendance.state != "not_yet", Delegate.rank != "staff", Delegate.site_id != (sites[-1].id if sites else None))
    people = select(Delegate).join(Attendance, Attendance.delegate_id == Delegate.id).where(Delegate.conference_id == conference.id)
    delegate = work.session.scalar(people.order_by(*likely, Delegate.id).limit(1))
    settled = conference.state in SETTLED_STATES
    pairings = [] if settled else [(site, create_pairing(acting, conference.id, site.id, minutes=minutes)[1]) for site in sites]
    return Doors(delegate, link_token(work, delegate) if delegate else "", pairings, board_token(acting, conference) or "")


def _standing(work: Work, account: Account, scene: Scene) -> Conference | None:
    organised = select(ConferenceMember.conference_id).where(ConferenceMember.account_id == account.id)
    return work.session.scalar(select(Conference).where(Conference.title == scene.title, Conference.id.in_(organised)).order_by(Conference.id.desc()).limit(1))


def _start(work: Work, scene: Scene, live_now: bool) -> datetime:
    """When the scene begins: on its own day, or at the last full quarter of an hour."""
    if not live_now:
        return scene.starts.replace(tzinfo=ZoneInfo(ZONE))
    local = work.now.astimezone(ZoneInfo(ZONE))
    return local.replace(minute=local.minute // QUARTER_MINUTES * QUARTER_MINUTES, second=0, microsecond=0)


def _move_to_now(acting: Work, conference: Conference, scene: Scene) -> None:
    starts = _start(acting, scene, True)
    if conference.state in SETTLED_STATES or conference.starts_at <= acting.now < conference.ends_at:
        return
    entry = ConferenceEntry(**{field.name: getattr(conference, field.name) for field in fields(ConferenceEntry)})
    entry = replace(entry, starts_at=starts, ends_at=starts + (scene.ends - scene.starts))
    change_conference(acting, conference.id, entry, version=conference.version, move_agenda=True)
