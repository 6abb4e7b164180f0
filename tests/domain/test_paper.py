"""Who is printed for, in which order, and what letters of invitation are written from."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from confsvc.domain.errors import NotFound, SignInRequired
from confsvc.domain.paper import PaperChoice, count_paper_list, paper_tokens, read_paper_list
from confsvc.domain.paper_letters import addressed, read_letter_ground
from confsvc.domain.passes import pass_token, revoke_pass, valid_pass
from confsvc.domain.work import Anonymous, DelegateActor, DeskActor, Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site
from tests.conftest import NOW, BeginWork
from tests.factories import (
    acting,
    make_account,
    make_conference,
    make_delegate,
    make_desk,
    make_mandate,
    make_site,
    make_substitute,
    make_unit,
    make_walk_in,
)


@pytest.fixture
def conference(work: Work) -> Conference:
    return make_conference(work)


@pytest.fixture
def main(work: Work, conference: Conference) -> Site:
    return make_site(work, conference)


@pytest.fixture
def mandate(work: Work, conference: Conference, main: Site) -> Mandate:
    return make_mandate(work, conference, main, seats=3)


def put(work: Work, delegate: Delegate, **values: object) -> None:
    work.session.execute(update(Attendance).where(Attendance.delegate_id == delegate.id).values(**values))


def names(work: Work, conference: Conference, choice: PaperChoice | None = None) -> list[str]:
    found = read_paper_list(work, conference.id, choice or PaperChoice())
    assert found.total == len(found.people)
    return [person.name for person in found.people]


def test_order_is_by_site_then_by_protocol(work: Work, conference: Conference, main: Site, mandate: Mandate) -> None:
    remote = make_site(work, conference, "A trước", kind="remote")
    other = make_mandate(work, conference, remote, make_unit(work, "A"), sort_order=-1)
    make_delegate(work, other, "Remote", protocol_order=1)
    make_delegate(work, mandate, "Bình")
    make_delegate(work, mandate, "An")
    make_delegate(work, mandate, "First", protocol_order=5)
    assert names(work, conference) == ["First", "An", "Bình", "Remote"]
    assert names(work, conference, PaperChoice(order="unit")) == ["Remote", "First", "An", "Bình"]


def test_choice_narrows_to_site_unit_and_person(work: Work, conference: Conference, mandate: Mandate) -> None:
    remote = make_site(work, conference, "Xa", kind="remote")
    other = make_mandate(work, conference, remote, make_unit(work, "A"))
    dina, _minh, xa = make_delegate(work, mandate, "Dina"), make_delegate(work, mandate, "Minh"), make_delegate(work, other, "Xa")
    assert names(work, conference, PaperChoice(site_id=remote.id)) == ["Xa"]
    assert names(work, conference, PaperChoice(mandate_id=mandate.id)) == ["Dina", "Minh"]
    assert names(work, conference, PaperChoice(delegate_id=dina.id)) == ["Dina"]
    assert names(work, conference, PaperChoice(mandate_id=mandate.id, delegate_id=xa.id)) == []


def test_first_few_come_with_how_many_there_are(work: Work, conference: Conference, mandate: Mandate) -> None:
    for number in range(3):
        make_delegate(work, mandate, f"Người {number}")
    found = read_paper_list(work, conference.id, PaperChoice(), first=2)
    assert ([person.name for person in found.people], found.total) == (["Người 0", "Người 1"], 3)


@pytest.mark.parametrize("order", ["site", "unit"])
def test_first_few_are_those_with_whom_all_of_them_begin(work: Work, conference: Conference, main: Site, order: str) -> None:
    for number in range(4):
        site = make_site(work, conference, f"Xã {number}", kind="remote", sort_order=4 - number)
        mandate = make_mandate(work, conference, site, make_unit(work, f"Xã {number}"), sort_order=number)
        for person in range(number):
            # Of the first unit nobody is printed for, of the others not everybody.
            put(work, make_delegate(work, mandate, f"Người {number}{person}", protocol_order=9 - person), state="not_yet" if person else "excused")
    for choice in (PaperChoice(order=order), PaperChoice(order=order, everybody=True), PaperChoice(order=order, site_id=site.id)):
        everybody = read_paper_list(work, conference.id, choice)
        for first in range(1, 9):
            found = read_paper_list(work, conference.id, choice, first=first)
            assert (found.people, found.total) == (everybody.people[:first], everybody.total)
            assert count_paper_list(work, conference, choice) == len(everybody.people)


@pytest.mark.parametrize("state", ["substituted", "pending", "not_admitted"])
def test_nobody_without_a_seat_is_printed(work: Work, conference: Conference, mandate: Mandate, state: str) -> None:
    replaced = make_delegate(work, mandate, "Dina")
    make_substitute(work, replaced, "Thay")
    put(work, replaced, state=state)
    assert names(work, conference) == names(work, conference, PaperChoice(everybody=True)) == ["Thay"]


def test_those_who_will_not_come_are_printed_only_where_asked_for(work: Work, conference: Conference, main: Site, mandate: Mandate) -> None:
    make_delegate(work, mandate, "A Comes")
    make_delegate(work, mandate, "B Declined", reply="declined")
    put(work, make_delegate(work, mandate, "C Excused"), state="excused")
    put(work, make_delegate(work, mandate, "D Came all the same", reply="declined"), state="present", site_id=main.id, mode="in_person", since=NOW)
    assert sorted(names(work, conference)) == ["A Comes", "D Came all the same"]
    assert len(names(work, conference, PaperChoice(everybody=True))) == 4


def test_since_keeps_those_whose_pass_is_newer(begin: BeginWork) -> None:
    with begin() as work:
        conference = make_conference(work)
        mandate = make_mandate(work, conference, make_site(work, conference))
        old = make_delegate(work, mandate, "Cũ")
    later = NOW + timedelta(hours=1)
    with begin(now=later) as work:
        make_substitute(work, work.session.get_one(Delegate, old.id), "Mới")
        make_walk_in(work, work.session.scalars(select(Site)).one(), "Khách")
    with begin() as work:
        assert sorted(names(work, conference, PaperChoice(since=later))) == ["Khách", "Mới"]
        assert names(work, conference, PaperChoice(since=later + timedelta(seconds=1))) == []
        assert len(names(work, conference, PaperChoice(since=NOW))) == 3


def test_codes_are_those_of_the_valid_passes(work: Work, conference: Conference, mandate: Mandate) -> None:
    dina, minh = make_delegate(work, mandate, "Dina"), make_delegate(work, mandate, "Minh")
    revoke_pass(work, minh.id, "lost", 1)
    people = read_paper_list(work, conference.id, PaperChoice()).people
    assert [person.name for person in people] == ["Dina", "Minh"]
    assert paper_tokens(work.secret, conference, people) == [pass_token(work, valid_pass(work, dina.id)), ""]


def test_rehearsal_prints_the_real_passes(work: Work, conference: Conference, mandate: Mandate) -> None:
    dina = make_delegate(work, mandate, "Dina")
    rehearsal = make_conference(work, rehearses_id=conference.id)
    hall = make_site(work, rehearsal)
    stand_in = make_delegate(work, make_mandate(work, rehearsal, hall, make_unit(work, "B")), "Dina", rehearses_id=dina.id)
    people = read_paper_list(work, rehearsal.id, PaperChoice()).people
    assert [person.id for person in people] == [stand_in.id]
    assert paper_tokens(work.secret, rehearsal, people) == [pass_token(work, valid_pass(work, dina.id))]


def test_outsiders_read_nothing(begin: BeginWork) -> None:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference, hers = make_conference(work, olga), make_conference(work, mallory)
        site = make_site(work, conference)
        mandate = make_mandate(work, conference, site)
        dina, desk = make_delegate(work, mandate), make_desk(work, site)
        make_site(work, hers)
    for actor, error in (
        (acting(mallory), NotFound),
        (Anonymous(), SignInRequired),
        (DelegateActor(dina.id), SignInRequired),
        (DeskActor(desk.id), SignInRequired),
    ):
        with begin(actor) as work:
            with pytest.raises(error):
                read_paper_list(work, conference.id, PaperChoice())
            with pytest.raises(error):
                read_letter_ground(work, conference.id)
    with begin(acting(mallory)) as work:
        for choice in (PaperChoice(site_id=site.id), PaperChoice(mandate_id=mandate.id), PaperChoice(delegate_id=dina.id)):
            assert read_paper_list(work, hers.id, choice).people == []
        with pytest.raises(NotFound):
            addressed(read_letter_ground(work, hers.id), mandate.id)
    with begin(acting(olga)) as work:
        assert [person.name for person in read_paper_list(work, conference.id, PaperChoice()).people] == [dina.full_name]


def test_letters_name_the_unit_above_the_host_and_who_is_invited(work: Work) -> None:
    above = make_unit(work, "Ủy ban nhân dân tỉnh Bình Thuận")
    host = make_unit(work, "Sở Thông tin và Truyền thông", parent_id=above.id)
    conference = make_conference(work, host_unit_id=host.id, host_name=host.name)
    site = make_site(work, conference)
    make_walk_in(work, site)
    invited = [make_mandate(work, conference, site, make_unit(work, name)) for name in ("An", "Bình")]
    ground = read_letter_ground(work, conference.id)
    assert (ground.superior, ground.mandates) == (above.name, invited)
    assert addressed(ground, None) == invited
    assert addressed(ground, invited[1].id) == invited[1:]


def test_conference_without_a_host_has_nothing_above(work: Work, conference: Conference) -> None:
    assert read_letter_ground(work, conference.id).superior == ""
