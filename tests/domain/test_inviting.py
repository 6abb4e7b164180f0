"""Invitations: whom they reach, once and not twice, and whoever is named later."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from confsvc.domain.agenda import SessionEntry, add_session
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.errors import Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.inviting import read_reach, send_invitations
from confsvc.domain.work import Anonymous, Work
from confsvc.models import Account, Attendance, Conference, Delegate, Message, Site
from tests.conftest import BeginWork
from tests.factories import (
    ENDS,
    STARTS,
    acting,
    make_account,
    make_conference,
    make_delegate,
    make_mandate,
    make_site,
    make_substitute,
    make_unit,
    make_walk_in,
    settle,
)

ADDRESS = "https://hop.example.org"


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def conference(begin: BeginWork, olga: Account) -> Conference:
    """Dina has an address, binh has none, chi was replaced by a deputy, a walk-in and a pending deputy have none to come."""
    with begin() as work:
        conference = make_conference(work, olga)
        site = make_site(work, conference)
        mandate = make_mandate(work, conference, site, seats=4)
        make_delegate(work, mandate, "Nguyễn Thị Dina", email="dina@example.org")
        make_delegate(work, mandate, "Trần Văn Bình")
        chi = make_delegate(work, mandate, "Lê Văn Chi", email="chi@example.org")
        state(work, chi, "substituted")
        make_substitute(work, chi, email="thay@example.org")
        state(work, make_substitute(work, chi, "Chờ Duyệt", email="cho@example.org"), "pending")
        state(work, make_walk_in(work, site, email="khach@example.org"), "not_admitted")
        return conference


def state(work: Work, delegate: Delegate, state: str) -> None:
    work.session.get_one(Attendance, delegate.id).state = state
    work.session.flush()


def told(work: Work) -> list[str]:
    return sorted(work.session.scalars(select(Message.to_address)))


def test_invitations_reach_everybody_who_is_expected_and_has_an_address(begin: BeginWork, conference: Conference, olga: Account) -> None:
    with begin(acting(olga)) as work:
        reach = read_reach(work, conference.id)
        assert (reach.people, reach.letters, [person.full_name for person in reach.without_address.items]) == (2, 2, ["Trần Văn Bình"])
        mailing = send_invitations(work, conference.id, web_address=ADDRESS)
        assert mailing
        assert (mailing.purpose, mailing.created_by_id) == ("calendar", olga.id)
        assert told(work) == ["dina@example.org", "thay@example.org"]
    with begin() as work:
        kept = work.session.get_one(Conference, conference.id)
        assert (kept.invited_at, kept.web_address, kept.calendar_stale_at) == (work.now, ADDRESS, None)


def test_those_without_an_address_come_by_unit_page_by_page(begin: BeginWork, conference: Conference, olga: Account) -> None:
    with begin() as work:
        site = work.session.scalars(select(Site)).one()
        named = {}
        for unit in range(70):
            name = f"Xã {unit:02}"
            mandate = make_mandate(work, work.session.get_one(Conference, conference.id), site, make_unit(work, name), sort_order=-unit, seats=2)
            named[name] = [f"Người {unit:02}{person}" for person in range(unit % 3)]
            for place, person in enumerate(reversed(named[name])):
                make_delegate(work, mandate, person, protocol_order=9 - place)
            make_delegate(work, mandate, email="co@example.org")
    with begin(acting(olga)) as work:
        pages = [read_reach(work, conference.id, page=number).without_address for number in (1, 2, 3)]
        shown = [person.full_name for page in pages[:2] for person in page.items]
        assert shown == ["Trần Văn Bình", *(person for name in sorted(named) for person in named[name])]
        assert [(page.number, page.total, page.last) for page in pages] == [(1, 70, 2), (2, 70, 2), (2, 70, 2)]
        assert {person.mandate.unit_name for person in pages[1].items} <= set(named)


def test_a_second_press_invites_nobody_twice(begin: BeginWork, conference: Conference, olga: Account) -> None:
    for _ in range(2):
        with begin(acting(olga)) as work:
            send_invitations(work, conference.id, web_address=ADDRESS)
    with begin() as work:
        assert told(work) == ["dina@example.org", "thay@example.org"]


def test_whoever_is_named_later_is_invited_by_itself(begin: BeginWork, conference: Conference, olga: Account) -> None:
    with begin(acting(olga)) as work:
        send_invitations(work, conference.id, web_address=ADDRESS)
        binh = work.session.scalars(select(Delegate).where(Delegate.full_name == "Trần Văn Bình")).one()
        binh.email = "binh@example.org"
        work.session.flush()
        put_calendar_messages(work, conference.id)
        assert told(work) == ["binh@example.org", "dina@example.org", "thay@example.org"]


def test_with_an_entry_for_each_session_everybody_gets_as_many_letters(begin: BeginWork, conference: Conference, olga: Account) -> None:
    with begin(acting(olga)) as work:
        work.session.get_one(Conference, conference.id).entry_rule = "sessions"
        for begins, ends in ((STARTS - timedelta(days=1), ENDS - timedelta(days=1)), (STARTS, STARTS + timedelta(hours=1)), (ENDS - timedelta(hours=1), ENDS)):
            add_session(work, conference.id, SessionEntry("Phiên", begins, ends))
        reach = read_reach(work, conference.id)
        assert (reach.people, reach.letters_each, reach.letters) == (2, 2, 4)
        send_invitations(work, conference.id, web_address=ADDRESS)
        assert told(work) == ["dina@example.org"] * 2 + ["thay@example.org"] * 2


@pytest.mark.parametrize("standing", ["draft", "closed", "cancelled"])
def test_nobody_is_invited_to_a_draft_or_to_what_is_over(begin: BeginWork, conference: Conference, olga: Account, standing: str) -> None:
    with begin() as work:
        settle(work.session.get_one(Conference, conference.id), standing)
    with pytest.raises(WrongState) as refused, begin(acting(olga)) as work:
        send_invitations(work, conference.id, web_address=ADDRESS)
    assert refused.value.fields == {"state": standing, "step": "invite"}
    with begin(now=ENDS) as work:
        settle(work.session.get_one(Conference, conference.id), "published")
    with pytest.raises(WrongState), begin(acting(olga), now=ENDS) as work:
        send_invitations(work, conference.id, web_address=ADDRESS)
    with begin() as work:
        assert (told(work), work.session.get_one(Conference, conference.id).invited_at) == ([], None)


def test_without_any_address_there_is_nobody_to_invite(begin: BeginWork, conference: Conference, olga: Account) -> None:
    with begin(acting(olga)) as work:
        for delegate in work.session.scalars(select(Delegate)):
            delegate.email = ""
        with pytest.raises(Invalid) as refused:
            send_invitations(work, conference.id, web_address=ADDRESS)
    assert refused.value.reason == "nobody_to_invite"


def test_only_organisers_of_the_conference_send_invitations(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        make_conference(work, mallory)
    for actor, error in ((acting(mallory), NotFound), (Anonymous(), SignInRequired)):
        with pytest.raises(error), begin(actor) as work:
            read_reach(work, conference.id)
        with pytest.raises(error), begin(actor) as work:
            send_invitations(work, conference.id, web_address=ADDRESS)
    with begin() as work:
        assert told(work) == []
