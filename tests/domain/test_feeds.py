"""Calendars of sites, units, presenters and hosts: what they show, to whom they are given, and when they end."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from confsvc.domain.agenda import ItemEntry, change_item, remove_item
from confsvc.domain.calendar_entries import Entry
from confsvc.domain.errors import DomainError, Invalid, NotAllowed, NotFound, SignInRequired, WrongState
from confsvc.domain.feeds import feed_places, hand_out_feed, list_feeds, make_feed, make_host_feed, open_feed, revoke_feed, revoke_host_feed
from confsvc.domain.sites import SiteEntry, change_site
from confsvc.domain.units import remove_unit
from confsvc.domain.work import AccountActor, Anonymous, System
from confsvc.models import AgendaItem, Conference, FeedLink, Site, Unit
from tests.conftest import NOW, BeginWork
from tests.domain.calendar_post import Scene, make_invited
from tests.factories import ENDS, STARTS, make_account, make_conference, make_site, make_unit

Shown = list[tuple[str, str, int]]


@dataclass(frozen=True)
class World:
    """The scene with dina presenting an item, and the accounts of olga (organiser), mallory (of something else) and ada (administrator)."""

    scene: Scene
    olga: AccountActor
    mallory: AccountActor
    ada: AccountActor


@pytest.fixture
def world(begin: BeginWork) -> World:
    scene = make_invited(begin)
    with begin() as work:
        work.session.get_one(AgendaItem, scene.item_id).presenter_id = scene.dina
        mallory, ada = make_account(work, "mallory"), make_account(work, "ada", role="administrator")
        make_conference(work, mallory, title="Hội nghị khác")
        return World(scene, AccountActor(scene.account_id), AccountActor(mallory.id), AccountActor(ada.id))


def given(begin: BeginWork, world: World, kind: str, row_id: int) -> str:
    with begin(world.olga) as work:
        return make_feed(work, world.scene.conference_id, kind, row_id).token


def shown(begin: BeginWork, token: str, minutes: int = 0) -> Shown:
    """Title, state and sequence of each entry, as somebody reads it who has nothing but the link."""
    with begin(Anonymous(), now=NOW + timedelta(minutes=minutes)) as work:
        _, _, entries = open_feed(work, token)
        found: list[Entry] = entries if entries is not None else hand_out_feed(work, token)[1]
        return [(entry.content.title, entry.content.state, entry.sequence) for entry in found]


def test_site_and_unit_see_the_conference_and_its_sessions_at_their_site(begin: BeginWork, world: World) -> None:
    scene = world.scene
    for kind, row_id, site, unit in [
        ("site", scene.remote_id, "Điểm cầu Tuy Phong", ""),
        ("unit", scene.remote_mandate_id, "Điểm cầu Tuy Phong", "Huyện Tuy Phong"),
    ]:
        token = given(begin, world, kind, row_id)
        assert shown(begin, token) == [("Hội nghị tổng kết năm 2022", "", 0), ("Phiên một", "", 0), ("Phiên hai", "", 0)]
        with begin(Anonymous()) as work:
            _, calendar, entries = open_feed(work, token)
            assert entries is not None
            assert {(entry.content.site, entry.content.unit, entry.content.person, entry.content.link_token) for entry in entries} == {(site, unit, "", "")}
            assert calendar.name == f"{unit or site} – Hội nghị tổng kết năm 2022"


def test_presenter_sees_their_items_at_their_own_times_until_they_are_removed(begin: BeginWork, world: World) -> None:
    scene = world.scene
    token = given(begin, world, "presenter", scene.dina)
    assert shown(begin, token) == [("Khai mạc", "", 0)]
    with begin(Anonymous()) as work:
        _, _, entries = open_feed(work, token)
        assert entries is not None
        assert [(entry.content.starts_at, entry.content.ends_at) for entry in entries] == [(STARTS, STARTS + timedelta(minutes=10))]
    with begin(world.olga) as work:
        change_item(work, scene.conference_id, scene.item_id, ItemEntry("Khai mạc hội nghị", presenter_id=scene.dina), version=1)
    assert shown(begin, token) == [("Khai mạc hội nghị", "", 1)]
    with begin(world.olga) as work:
        remove_item(work, scene.conference_id, scene.item_id, version=2)
    assert shown(begin, token, 5) == shown(begin, token, 9) == [("Khai mạc hội nghị", "cancelled", 2)]


def test_sequence_rises_only_where_the_own_site_changes(begin: BeginWork, world: World) -> None:
    scene = world.scene
    here, there = given(begin, world, "site", scene.main_id), given(begin, world, "site", scene.remote_id)
    before = shown(begin, here), shown(begin, there)
    with begin(world.olga) as work:
        site = work.session.get_one(Site, scene.remote_id)
        change_site(work, scene.conference_id, site.id, SiteEntry("Điểm cầu Liên Hương"), version=site.version)
    assert shown(begin, here) == before[0]
    assert [sequence for *_, sequence in shown(begin, there)] == [1, 1, 1]


def test_host_sees_all_its_conferences_but_no_drafts_and_no_rehearsals(begin: BeginWork, world: World) -> None:
    with begin() as work:
        host = make_unit(work, "Ủy ban nhân dân tỉnh")
        held = work.session.get_one(Conference, world.scene.conference_id)
        held.host_unit_id = host.id
        later = make_conference(work, title="Hội nghị sau", host_unit_id=host.id, starts_at=STARTS + timedelta(days=1), ends_at=ENDS + timedelta(days=1))
        make_conference(work, title="Bản nháp", host_unit_id=host.id, state="draft")
        make_conference(work, title="Tổng duyệt", host_unit_id=host.id, rehearses_id=held.id)
        make_conference(work, title="Xưa", host_unit_id=host.id, starts_at=STARTS - timedelta(days=900), ends_at=ENDS - timedelta(days=900))
        make_conference(work, title="Của đơn vị khác")
        host_id, later_id = host.id, later.id
    with begin(world.ada) as work:
        token = make_host_feed(work, host_id).token
        assert make_host_feed(work, host_id).token == token
    assert shown(begin, token) == [("Hội nghị tổng kết năm 2022", "", 0), ("Hội nghị sau", "", 0)]
    with begin() as work:
        work.session.get_one(Conference, later_id).state = "cancelled"
    assert shown(begin, token) == [("Hội nghị tổng kết năm 2022", "", 0), ("Hội nghị sau", "cancelled", 1)]
    with begin(world.ada) as work:
        revoke_host_feed(work, host_id)
    with begin() as work, pytest.raises(NotFound):
        open_feed(work, token)


def test_what_was_held_long_ago_leaves_the_calendar_of_its_host_and_is_not_cancelled(begin: BeginWork, world: World) -> None:
    with begin() as work:
        host = make_unit(work, "Ủy ban nhân dân tỉnh")
        long_ago = timedelta(days=366)
        make_conference(work, title="Xưa", host_unit_id=host.id, state="closed", starts_at=STARTS - long_ago, ends_at=ENDS - long_ago)
        make_conference(work, title="Nay", host_unit_id=host.id)
        host_id = host.id
    with begin(world.ada) as work:
        token = make_host_feed(work, host_id).token
    assert shown(begin, token) == [("Xưa", "", 0), ("Nay", "", 0)]
    assert shown(begin, token, minutes=24 * 60) == [("Nay", "", 0)]


def test_the_same_link_is_given_until_it_is_revoked_and_another_one_then(begin: BeginWork, world: World) -> None:
    scene = world.scene
    first = given(begin, world, "site", scene.main_id)
    shown(begin, first)
    assert given(begin, world, "site", scene.main_id) == first
    with begin(world.olga) as work:
        [link], free = list_feeds(work, scene.conference_id)
        assert ("site", scene.main_id) not in [(place.kind, place.id) for place in free]
        assert (link.name, link.token) == ("Điểm cầu trung tâm", first)
        revoke_feed(work, scene.conference_id, link.feed.id)
        assert list_feeds(work, scene.conference_id)[0] == []
        with pytest.raises(NotFound):
            revoke_feed(work, scene.conference_id, link.feed.id)
    second = given(begin, world, "site", scene.main_id)
    assert second != first
    for call in (open_feed, hand_out_feed):
        with begin(Anonymous()) as work, pytest.raises(NotFound):
            call(work, first)


@pytest.mark.parametrize("token", ["", "x", "a" * 32, "\ud800"])
def test_a_link_that_was_never_given_opens_nothing(begin: BeginWork, world: World, token: str) -> None:
    with begin(Anonymous()) as work, pytest.raises(NotFound):
        open_feed(work, token)


def test_a_link_of_a_draft_opens_nothing(begin: BeginWork, world: World) -> None:
    token = given(begin, world, "site", world.scene.main_id)
    with begin() as work:
        work.session.get_one(Conference, world.scene.conference_id).state = "draft"
    with begin(Anonymous()) as work, pytest.raises(NotFound):
        open_feed(work, token)


def test_calendars_are_made_of_what_the_conference_has(begin: BeginWork, world: World) -> None:
    scene = world.scene
    with begin() as work:
        foreign = make_site(work, make_conference(work, title="Thứ ba")).id
    with begin(world.olga) as work:
        assert [(place.kind, place.id) for place in feed_places(work, scene.conference_id)] == [
            *(("site", scene.main_id), ("site", scene.remote_id), ("unit", scene.remote_mandate_id), ("unit", scene.unit_mandate_id)),
            ("presenter", scene.dina),
        ]
        for kind, row_id in [("site", foreign), ("presenter", scene.em), ("host", scene.main_id), ("", 0)]:
            with pytest.raises(Invalid, match="not_a_choice"):
                make_feed(work, scene.conference_id, kind, row_id)


def test_only_its_organisers_give_a_calendar_away_and_only_administrators_that_of_a_host(begin: BeginWork, world: World) -> None:
    scene = world.scene
    given(begin, world, "site", scene.main_id)
    with begin() as work:
        unit_id = work.session.scalars(select(Unit.id)).first() or 0
    refused: list[tuple[AccountActor | Anonymous, type[DomainError], type[DomainError]]] = [
        (world.mallory, NotFound, NotAllowed),
        (Anonymous(), SignInRequired, SignInRequired),
    ]
    for actor, error, host_error in refused:
        with begin(actor) as work:
            with pytest.raises(error):
                make_feed(work, scene.conference_id, "site", scene.main_id)
            with pytest.raises(error):
                list_feeds(work, scene.conference_id)
            with pytest.raises(error):
                revoke_feed(work, scene.conference_id, 1)
            for call in (make_host_feed, revoke_host_feed):
                with pytest.raises(host_error):
                    call(work, unit_id)
    with begin(world.olga) as work, pytest.raises(NotAllowed):
        make_host_feed(work, unit_id)


def test_rehearsals_have_no_calendars(begin: BeginWork, world: World) -> None:
    with begin() as work:
        rehearsal = make_conference(work, rehearses_id=world.scene.conference_id)
        site_id, rehearsal_id = make_site(work, rehearsal).id, rehearsal.id
    with begin(world.olga) as work, pytest.raises(WrongState):
        make_feed(work, rehearsal_id, "site", site_id)


def test_a_unit_with_a_link_can_still_be_removed(begin: BeginWork, world: World) -> None:
    with begin() as work:
        unit_id = make_unit(work, "Đơn vị thử").id
    with begin(world.ada) as work:
        make_host_feed(work, unit_id)
    with begin(System()) as work:
        remove_unit(work, unit_id, version=1)
        assert work.session.scalars(select(FeedLink)).all() == []
