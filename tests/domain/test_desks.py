"""Pairing links make desks, once and in time; desks act until they are revoked; outsiders get nowhere."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from confsvc.domain.desks import acting_desk, find_desk, leave_desk, list_desks, organised_desk, rename_desk, revoke_desk, see_desks
from confsvc.domain.errors import DeskGone, DomainError, Invalid, LinkExpired, NotFound, SignInRequired, WrongState
from confsvc.domain.facts import DeskRevoked, Fact
from confsvc.domain.pairings import create_pairing, open_pairing, organised_pairing, pair_device, pairing_token, revoke_pairing
from confsvc.domain.work import Anonymous, DeskActor
from confsvc.models import Conference, Desk, Pairing, Site
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_site, settle


class Hall:
    """olga's conference with two sites; mallory organises another one."""

    def __init__(self, begin: BeginWork) -> None:
        self.begin = begin
        with begin() as work:
            olga, mallory = make_account(work), make_account(work, "mallory")
            self.olga, self.mallory = acting(olga), acting(mallory)
            self.conference: Conference = make_conference(work, olga)
            self.main: Site = make_site(work, self.conference)
            self.remote: Site = make_site(work, self.conference, "Điểm cầu huyện Phú Quý", kind="remote")
            self.other: Conference = make_conference(work, mallory)
            self.elsewhere: Site = make_site(work, self.other)

    def link(self, site: Site | None = None, *, minutes: int = 30) -> tuple[Pairing, str]:
        with self.begin(self.olga) as work:
            return create_pairing(work, self.conference.id, (site or self.main).id, minutes=minutes)

    def pair(self, token: str, name: str = "Bàn 1", **options: Any) -> tuple[Desk, str]:
        with self.begin(Anonymous(), **options) as work:
            return pair_device(work, token, name, days=7)

    def desk(self) -> Desk:
        return self.pair(self.link()[1])[0]


@pytest.fixture
def hall(begin: BeginWork) -> Hall:
    return Hall(begin)


def test_pairing_link_makes_a_desk_of_its_site_once(hall: Hall) -> None:
    pairing, token = hall.link(hall.remote)
    assert pairing.expires_at == NOW + timedelta(minutes=30)

    desk, cookie = hall.pair(token, "  Bàn   cổng\u200b chính ")

    assert (desk.name, desk.site_id, desk.conference_id) == ("Bàn cổng chính", hall.remote.id, hall.conference.id)
    assert (desk.paired_at, desk.expires_at) == (NOW, NOW + timedelta(days=7))
    assert cookie not in (desk.token_hash, token)
    with hall.begin(Anonymous()) as work:
        view = find_desk(work, cookie)
        assert view
        assert (view.desk.id, view.site.id, view.conference.id) == (desk.id, hall.remote.id, hall.conference.id)
        with pytest.raises(LinkExpired):
            open_pairing(work, token)
    with pytest.raises(LinkExpired):
        hall.pair(token)
    with hall.begin() as work:
        assert work.session.scalars(select(Desk.id)).all() == [desk.id]


def test_looking_at_a_link_uses_nothing_up(hall: Hall) -> None:
    pairing, token = hall.link()
    for _ in range(3):
        with hall.begin(Anonymous()) as work:
            view = open_pairing(work, token)
            assert (view.pairing.id, view.site.id, view.conference.id) == (pairing.id, hall.main.id, hall.conference.id)
    assert hall.pair(token.upper())[0].site_id == hall.main.id


def test_link_that_is_late_revoked_or_wrong_makes_no_desk(hall: Hall) -> None:
    _, token = hall.link(minutes=5)
    with pytest.raises(LinkExpired):
        hall.pair(token, now=NOW + timedelta(minutes=5))
    pairing, revoked = hall.link()
    with hall.begin(hall.olga) as work:
        revoke_pairing(work, hall.conference.id, pairing.id)
        revoke_pairing(work, hall.conference.id, pairing.id)
    with pytest.raises(LinkExpired):
        hall.pair(revoked)
    for wrong in ("", "x", "a" * 32, token[:-1]):
        with pytest.raises(NotFound):
            hall.pair(wrong)
    assert hall.pair(token, now=NOW + timedelta(minutes=4))[0].id


@pytest.mark.parametrize(("name", "reason"), [("", "required"), (" \n\u202e ", "required"), ("x" * 81, "too_long")])
def test_bad_name_leaves_the_link_unused(hall: Hall, name: str, reason: str) -> None:
    _, token = hall.link()
    with pytest.raises(Invalid) as refused:
        hall.pair(token, name)
    assert (refused.value.field, refused.value.reason) == ("name", reason)
    assert hall.pair(token)[0].name == "Bàn 1"


def test_desk_acts_until_it_is_revoked_or_its_time_is_over(hall: Hall, published: list[Fact]) -> None:
    desk, cookie = hall.pair(hall.link()[1])
    with hall.begin(DeskActor(desk.id), now=NOW + timedelta(days=6)) as work:
        see_desks(work, [desk.id])
    with hall.begin(DeskActor(desk.id), now=NOW + timedelta(days=6)) as work:
        assert acting_desk(work).desk.last_seen_at == NOW + timedelta(days=6)
    with hall.begin(DeskActor(desk.id), now=NOW + timedelta(days=7)) as work, pytest.raises(DeskGone):
        acting_desk(work)
    published.clear()

    with hall.begin(hall.olga) as work:
        revoke_desk(work, hall.conference.id, desk.id)
        revoke_desk(work, hall.conference.id, desk.id)

    assert published == [DeskRevoked(desk.id, hall.main.id, hall.conference.id)]
    with hall.begin(DeskActor(desk.id)) as work:
        assert find_desk(work, cookie) is None
        for command in (acting_desk, leave_desk):
            with pytest.raises(DeskGone):
                command(work)


def test_desk_that_leaves_is_gone(hall: Hall, published: list[Fact]) -> None:
    desk = hall.desk()
    published.clear()
    with hall.begin(DeskActor(desk.id)) as work:
        leave_desk(work)
    assert published == [DeskRevoked(desk.id, hall.main.id, hall.conference.id)]
    with hall.begin(hall.olga) as work:
        assert [row.desks for row in list_desks(work, hall.conference.id).items] == [[], []]


def test_nobody_but_a_desk_acts_as_one(hall: Hall) -> None:
    hall.desk()
    for actor in (Anonymous(), hall.olga, DeskActor(4711)):
        with hall.begin(actor) as work, pytest.raises(DeskGone):
            acting_desk(work)
    with hall.begin(Anonymous()) as work:
        assert [find_desk(work, token) for token in ("", "a" * 32)] == [None, None]


def test_list_holds_living_desks_and_open_links_by_site(hall: Hall) -> None:
    (used, first), (open_link, _) = hall.link(), hall.link(hall.remote)
    desk, _ = hall.pair(first, "Bàn 2")
    gone = hall.desk()
    with hall.begin(hall.olga) as work:
        revoke_desk(work, hall.conference.id, gone.id)
        rename_desk(work, hall.conference.id, desk.id, "Cổng A")

        page = list_desks(work, hall.conference.id)
        assert [(row.site.id, [(d.id, d.name) for d in row.desks], [p.id for p in row.pairings]) for row in page.items] == [
            (hall.main.id, [(desk.id, "Cổng A")], []),
            (hall.remote.id, [], [open_link.id]),
        ]
        assert [row.site.id for row in list_desks(work, hall.conference.id, "PHU QUY").items] == [hall.remote.id]
        assert list_desks(work, hall.conference.id, "100%").items == []
        assert organised_pairing(work, hall.conference.id, used.id).pairing.used_at == NOW
        assert pairing_token(work, organised_pairing(work, hall.conference.id, used.id).pairing) == first


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_no_desk_is_paired_with_a_conference_that_is_over(hall: Hall, state: str) -> None:
    with hall.begin() as work:
        settle(work.session.get_one(Conference, hall.conference.id), state)
    with hall.begin(hall.olga) as work, pytest.raises(WrongState) as refused:
        create_pairing(work, hall.conference.id, hall.main.id, minutes=5)
    assert refused.value.fields == {"state": state, "step": "pair_desk"}
    with hall.begin() as work:
        assert work.session.scalars(select(Pairing)).all() == []


def test_mallory_and_nobody_get_nowhere(hall: Hall) -> None:
    desk, (pairing, token) = hall.desk(), hall.link()
    conference_id = hall.conference.id
    commands: list[Any] = [
        lambda work: create_pairing(work, conference_id, hall.main.id, minutes=5),
        lambda work: organised_pairing(work, conference_id, pairing.id),
        lambda work: revoke_pairing(work, conference_id, pairing.id),
        lambda work: organised_desk(work, conference_id, desk.id),
        lambda work: revoke_desk(work, conference_id, desk.id),
        lambda work: rename_desk(work, conference_id, desk.id, "x"),
        lambda work: list_desks(work, conference_id),
    ]
    for actor, error in ((hall.mallory, NotFound), (Anonymous(), SignInRequired), (DeskActor(desk.id), SignInRequired)):
        for command in commands:
            with hall.begin(actor) as work, pytest.raises(error):
                command(work)
    # Through the door of a conference of her own she reaches none of olga's either.
    own: list[Any] = [
        lambda work: create_pairing(work, hall.other.id, hall.main.id, minutes=5),
        lambda work: organised_pairing(work, hall.other.id, pairing.id),
        lambda work: revoke_pairing(work, hall.other.id, pairing.id),
        lambda work: revoke_desk(work, hall.other.id, desk.id),
        lambda work: rename_desk(work, hall.other.id, desk.id, "x"),
    ]
    for command in own:
        with hall.begin(hall.mallory) as work, pytest.raises(DomainError) as refused:
            command(work)
        assert refused.value.code == "not_found"
    assert hall.pair(token)[0].name == "Bàn 1"
