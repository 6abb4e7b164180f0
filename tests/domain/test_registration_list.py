"""Who has registered: five statuses, found, filtered, in order and counted; links made, renewed and revoked; units written to in one step."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from confsvc.domain.delegates import DelegateEntry, Seating, add_delegates, change_delegate, delegate_texts, remove_delegate, seat_delegates
from confsvc.domain.errors import Invalid, LinkExpired, NotFound, SignInRequired, WrongState
from confsvc.domain.mandates import MandateChange, change_mandate
from confsvc.domain.passes import fresh_link, fresh_pass
from confsvc.domain.registration import decline_seats, name_people, name_substitute
from confsvc.domain.registration_changes import read_changes
from confsvc.domain.registration_links import find_liaison, make_link, registration_token, revoke_link
from confsvc.domain.registration_list import RegistrationQuery, read_registrations
from confsvc.domain.registration_mail import make_missing_links, read_audience, send_link, write_to_units
from confsvc.domain.registration_people import PersonEntry
from confsvc.domain.registration_status import status_of
from confsvc.domain.rehearsals import start_rehearsal
from confsvc.domain.tallies import recount_sites
from confsvc.domain.work import Anonymous, LiaisonActor, Work
from confsvc.models import Attendance, Conference, Mandate, Message, Site
from tests.conftest import BeginWork
from tests.domain.registering import DEADLINE, Registry, make_registry
from tests.factories import STARTS, make_crowd, make_delegate, make_mandate, make_site, make_substitute, make_unit, make_walk_in, settle

AN, BINH = PersonEntry("Trần Thị An", rank="leader"), PersonEntry("Lê Văn Bình")


@pytest.fixture
def registry(begin: BeginWork) -> Registry:
    return make_registry(begin)


def add_unit(registry: Registry, name: str, seats: int = 1, **changes: Any) -> int:
    with registry.begin() as work:
        conference = work.session.get_one(Conference, registry.conference_id)
        site = work.session.get_one(Mandate, registry.mandate_id).site_id
        mandate = make_mandate(work, conference, work.session.get_one(Site, site), make_unit(work, name), seats=seats, **changes)
        return mandate.id


def statuses(registry: Registry, **query: Any) -> list[tuple[str, str]]:
    with registry.organiser() as work:
        found = read_registrations(work, registry.conference_id, RegistrationQuery(**query))
        assert found.page.total == len(found.page.items)
        return [(unit.mandate.unit_name, unit.status) for unit in found.page.items]


def test_lists_stand_as_each_unit_alone_does_however_units_share_their_sites(registry: Registry) -> None:
    """Up to three units at a site, each with too few, enough or too many people, some of whom have no seat, and some seats declined."""
    with registry.begin() as work:
        conference = work.session.get_one(Conference, registry.conference_id)
        combinations = [(seats, people, declined) for seats in (1, 3) for people in (0, 1, 3, 4) for declined in (0, 1) if people + declined <= seats + 1]
        rounds = [combinations[number : number + size] for size in (1, 2, 3) for number in range(0, len(combinations), size)]
        for number, units in enumerate(rounds):
            site = make_site(work, conference, f"Xã {number}", kind="remote")
            for place, (seats, people, declined) in enumerate(units):
                mandate = make_mandate(work, conference, site, make_unit(work, f"Đơn vị {number}.{place}"), seats=seats, declined_seats=min(declined, seats))
                named = make_crowd(work, mandate, [f"Người {person}" for person in range(people)])
                if named and number % 2:
                    work.session.get_one(Attendance, named[0].id).state = "substituted"
                    work.session.get_one(Attendance, make_substitute(work, named[0]).id).state = "pending" if number % 3 else "not_yet"
                    recount_sites(work, conference.id, [site.id])
            make_walk_in(work, site)
    with registry.organiser() as work:
        pages = [read_registrations(work, conference.id, RegistrationQuery(page=number)) for number in (1, 2)]
        shown = [unit for page in pages for unit in page.page.items]
        alone = {unit.mandate.id: status_of(work, conference, unit.mandate) for unit in shown}
        assert {unit.mandate.id: (unit.status, unit.named) for unit in shown} == alone
        assert pages[0].counts == Counter(status for status, _named in alone.values())
        assert {"registered", "part", "not_registered", "declined"} <= set(pages[0].counts)
        for status in pages[0].counts:
            found = read_registrations(work, conference.id, RegistrationQuery(status=status, sort="named")).page
            assert {unit.mandate.id for unit in found.items} <= {about for about, (stands, _named) in alone.items() if stands == status}
            assert found.total == pages[0].counts[status]


def test_each_of_the_five_statuses(registry: Registry) -> None:
    """Sở Nội vụ has said nothing; a unit without seats and one that came by itself are not waited for."""
    declined, late, complete = add_unit(registry, "Ban Dân tộc"), add_unit(registry, "Cục Thuế"), add_unit(registry, "Đài Phát thanh")
    add_unit(registry, "Không ghế", seats=0)
    with registry.begin() as work:
        make_walk_in(work, work.session.get_one(Site, registry.site_id))
        make_delegate(work, work.session.get_one(Mandate, complete))
    with registry.liaison() as work:
        name_people(work, *registry.unit, [AN])
    with registry.organiser() as work:
        decline_seats(work, registry.conference_id, declined, 1, "Bận", version=1)
    registry.now = DEADLINE + timedelta(days=1)
    with registry.organiser() as work:
        name_people(work, registry.conference_id, late, [BINH])
    assert statuses(registry, sort="unit") == [
        ("Ban Dân tộc", "declined"),
        ("Cục Thuế", "late"),
        ("Đài Phát thanh", "registered"),
        ("Sở Nội vụ", "not_registered"),
        ("Sở Y tế", "part"),
    ]
    assert [status for _name, status in statuses(registry, sort="status")] == ["not_registered", "part", "late", "declined", "registered"]
    assert statuses(registry, status="awaited", sort="unit") == [("Sở Nội vụ", "not_registered"), ("Sở Y tế", "part")]
    assert statuses(registry, status="late") == [("Cục Thuế", "late")]
    assert statuses(registry, text="so noi vu") == [("Sở Nội vụ", "not_registered")]
    assert statuses(registry, text="syt@") == [("Sở Y tế", "part")]
    assert [name for name, _status in statuses(registry, sort="changed")][:1] == ["Cục Thuế"]
    with registry.organiser() as work:
        found = read_registrations(work, registry.conference_id, RegistrationQuery(status="part", page=99))
    assert (dict(found.counts), found.page.number) == ({"declined": 1, "late": 1, "registered": 1, "not_registered": 1, "part": 1}, 1)


def test_list_is_for_organisers_of_the_conference(registry: Registry) -> None:
    for actor, error in ((Anonymous(), SignInRequired), (LiaisonActor(registry.mandate_id), SignInRequired)):
        with pytest.raises(error), registry.begin(actor, now=registry.now) as work:
            read_registrations(work, registry.conference_id, RegistrationQuery())
    with pytest.raises(NotFound), registry.organiser(registry.mallory) as work:
        read_registrations(work, registry.conference_id, RegistrationQuery())


def test_fewer_seats_take_the_declined_ones_with_them(registry: Registry) -> None:
    with registry.liaison() as work:
        decline_seats(work, *registry.unit, 2, "Bận", version=1)
    for seats, expected in ((1, (1, "Bận")), (0, (0, ""))):
        mandate = registry.mandate()
        with registry.organiser() as work:
            change_mandate(work, *registry.unit, MandateChange("Sở Y tế", registry.site_id, seats, "any"), version=mandate.version)
        mandate = registry.mandate()
        assert (mandate.declined_seats, mandate.declined_reason) == expected


def set_seats(registry: Registry, seats: int) -> None:
    version = registry.mandate().version
    with registry.organiser() as work:
        change_mandate(work, *registry.unit, MandateChange("Sở Y tế", registry.site_id, seats, "any"), version=version)


def test_seats_raised_after_the_deadline_and_taken_back_make_nobody_late(registry: Registry) -> None:
    with registry.liaison() as work:
        an, _binh = name_people(work, *registry.unit, [AN, BINH])
    punctual = registry.now
    registry.now = DEADLINE + timedelta(days=1)
    with registry.organiser() as work:
        name_substitute(work, *registry.unit, an.id, PersonEntry("Đỗ Thay"), "Ốm", "k1")
    set_seats(registry, 4)
    assert (statuses(registry, text="y te"), registry.mandate().registered_at) == ([("Sở Y tế", "part")], None)
    set_seats(registry, 2)
    assert (statuses(registry, text="y te"), registry.mandate().registered_at) == ([("Sở Y tế", "registered")], punctual)
    set_seats(registry, 3)
    with registry.liaison() as work:
        name_people(work, *registry.unit, [PersonEntry("Phạm Chi")])
    assert (statuses(registry, text="y te"), registry.mandate().registered_at) == ([("Sở Y tế", "late")], registry.now)
    set_seats(registry, 4)
    set_seats(registry, 3)
    assert statuses(registry, text="y te") == [("Sở Y tế", "late")]


def test_declined_seats_count_since_they_were_declined(registry: Registry) -> None:
    with registry.liaison() as work:
        name_people(work, *registry.unit, [AN])
    registry.now = late = DEADLINE + timedelta(days=1)
    version = registry.mandate().version
    with registry.liaison() as work:
        decline_seats(work, *registry.unit, 1, "Bận", version=version)
    registry.now += timedelta(hours=1)
    for seats in (3, 2):
        set_seats(registry, seats)
    assert (statuses(registry, text="y te"), registry.mandate().registered_at) == ([("Sở Y tế", "late")], late)


def test_liaisons_address_is_kept_in_one_form(registry: Registry) -> None:
    change = MandateChange("Sở Y tế", registry.site_id, 2, "any", liaison_email=" VanThu@Example.ORG ")
    with registry.organiser() as work:
        change_mandate(work, *registry.unit, change, version=1)
    assert registry.mandate().liaison_email == "vanthu@example.org"
    with pytest.raises(Invalid) as caught, registry.organiser() as work:
        change_mandate(work, *registry.unit, MandateChange("Sở Y tế", registry.site_id, 2, "any", liaison_email="a\r\nBcc: b@c"), version=2)
    assert (caught.value.field, caught.value.reason) == ("liaison_email", "email_invalid")


def test_new_link_kills_the_old_one_and_a_revoked_one_says_so(registry: Registry) -> None:
    with registry.organiser() as work:
        fresh = registration_token(work, make_link(work, *registry.unit))
    with registry.begin(Anonymous(), now=registry.now) as work:
        assert find_liaison(work, fresh)[1].id == registry.mandate_id
        with pytest.raises(NotFound):
            find_liaison(work, registry.token)
    with registry.organiser() as work:
        assert registration_token(work, revoke_link(work, *registry.unit)) == ""
        revoke_link(work, *registry.unit)
    with pytest.raises(LinkExpired), registry.begin(Anonymous(), now=registry.now) as work:
        find_liaison(work, fresh)
    assert [(kind, account) for kind, _name, _late, account in registry.changes()] == [("link_made", registry.olga.id), ("link_revoked", registry.olga.id)]


def test_links_of_drafts_and_rehearsals_open_nothing(registry: Registry) -> None:
    with registry.organiser() as work:
        rehearsal = start_rehearsal(work, registry.conference_id)
        copies = work.session.scalars(select(Mandate).where(Mandate.conference_id == rehearsal.id)).all()
        assert [(copy.link_uid, copy.link_token_hash) for copy in copies] == [(None, None)] * 2
        with pytest.raises(WrongState):
            make_link(work, rehearsal.id, copies[0].id)
        with pytest.raises(WrongState):
            name_people(work, rehearsal.id, copies[0].id, [AN])
    with registry.begin() as work:
        settle(work.session.get_one(Conference, registry.conference_id), "draft")
    with pytest.raises(NotFound), registry.begin(Anonymous(), now=registry.now) as work:
        find_liaison(work, registry.token)


def messages(registry: Registry) -> list[tuple[str, str, int | None]]:
    def look(work: Work) -> list[tuple[str, str, int | None]]:
        return [(one.purpose, one.to_address, one.mandate_id) for one in work.session.scalars(select(Message).order_by(Message.id))]

    return registry.read(look)  # type: ignore[no-any-return]


def test_all_that_are_missing_are_reminded_in_one_step(registry: Registry) -> None:
    registered = add_unit(registry, "Cục Thuế", liaison_email="thue@example.org")
    fresh = add_unit(registry, "Ban Dân tộc", liaison_email="bdt@example.org")
    revoked = add_unit(registry, "Đài Phát thanh", liaison_email="dai@example.org")
    with registry.organiser() as work:
        name_people(work, registry.conference_id, registered, [BINH])
        make_link(work, registry.conference_id, revoked)
        revoke_link(work, registry.conference_id, revoked)
    with registry.organiser() as work:
        found = read_audience(work, work.session.get_one(Conference, registry.conference_id), "registration_reminder")
        assert [unit.mandate.unit_name for unit in found.by_mail] == ["Ban Dân tộc", "Sở Y tế"]
        assert [unit.mandate.unit_name for unit in found.unreached] == ["Đài Phát thanh", "Sở Nội vụ"]
        write_to_units(work, registry.conference_id, "registration_reminder", web_address="https://hop.example.org")
    purpose = "registration_reminder"
    assert sorted(messages(registry)) == [(purpose, "bdt@example.org", fresh), (purpose, "syt@example.org", registry.mandate_id)]
    with registry.begin() as work:
        assert registration_token(work, work.session.get_one(Mandate, fresh))
        assert work.session.get_one(Conference, registry.conference_id).web_address == "https://hop.example.org"
    assert registry.changes() == [("link_sent", "", False, registry.olga.id)]


def test_first_links_go_to_each_unit_once(registry: Registry) -> None:
    with registry.organiser() as work:
        write_to_units(work, registry.conference_id, "registration", web_address="")
    assert messages(registry) == [("registration", "syt@example.org", registry.mandate_id)]
    with pytest.raises(Invalid, match="nobody_to_write"), registry.organiser() as work:
        write_to_units(work, registry.conference_id, "registration", web_address="")
    # By hand it goes out again.
    with registry.organiser() as work:
        send_link(work, *registry.unit, web_address="")
    assert len(messages(registry)) == 2
    with pytest.raises(Invalid) as caught, registry.organiser() as work:
        send_link(work, registry.conference_id, registry.other_id, web_address="")
    assert caught.value.reason == "unit_without_address"


@pytest.mark.parametrize(
    ("state", "address", "expected"), [("bounced", "syt@example.org", True), ("sent", "syt@example.org", False), ("failed", "old@example.org", False)]
)
def test_message_that_did_not_arrive_is_known_by_the_unit(registry: Registry, state: str, address: str, expected: bool) -> None:
    with registry.organiser() as work:
        send_link(work, *registry.unit, web_address="")
        message = work.session.scalars(select(Message)).one()
        message.state, message.to_address = state, address
    with registry.organiser() as work:
        found = read_registrations(work, registry.conference_id, RegistrationQuery(text="y te"))
    assert [unit.undelivered for unit in found.page.items] == [expected]


def test_nobody_is_written_to_about_a_date_that_has_passed(registry: Registry) -> None:
    registry.now = STARTS
    with registry.begin() as work:
        settle(work.session.get_one(Conference, registry.conference_id), "postponed")
    with pytest.raises(WrongState), registry.organiser() as work:
        send_link(work, *registry.unit, web_address="")


def test_links_are_made_for_units_that_mail_does_not_reach(registry: Registry) -> None:
    first = add_unit(registry, "Ban Dân tộc")
    with registry.organiser() as work:
        assert make_missing_links(work, registry.conference_id) == 1
        assert make_missing_links(work, registry.conference_id) == 0
        assert registration_token(work, work.session.get_one(Mandate, first))


STEPS: list[Callable[[Work, Registry], object]] = [
    lambda work, registry: write_to_units(work, registry.conference_id, "registration_reminder", web_address=""),
    lambda work, registry: send_link(work, *registry.unit, web_address=""),
    lambda work, registry: make_missing_links(work, registry.conference_id),
    lambda work, registry: make_link(work, *registry.unit),
    lambda work, registry: revoke_link(work, *registry.unit),
]


@pytest.mark.parametrize("step", STEPS)
def test_only_organisers_handle_links(registry: Registry, step: Callable[[Work, Registry], object]) -> None:
    with pytest.raises(NotFound), registry.organiser(registry.mallory) as work:
        step(work, registry)
    for actor in (Anonymous(), LiaisonActor(registry.mandate_id)):
        with pytest.raises(SignInRequired), registry.begin(actor, now=registry.now) as work:
            step(work, registry)
    assert (messages(registry), registry.changes()) == ([], [])


@pytest.mark.parametrize("state", ["draft", "in_progress", "closed", "cancelled"])
@pytest.mark.parametrize("step", STEPS[:3])
def test_nobody_is_written_to_who_cannot_register(registry: Registry, state: str, step: Callable[[Work, Registry], object]) -> None:
    with registry.begin() as work:
        settle(work.session.get_one(Conference, registry.conference_id), state)
    with pytest.raises(WrongState), registry.organiser() as work:
        step(work, registry)
    assert messages(registry) == []


def test_what_organisers_do_on_other_pages_is_written_down_and_settles_the_list(registry: Registry) -> None:
    registry.now = DEADLINE + timedelta(days=1)
    with registry.organiser() as work:
        an, binh = add_delegates(
            work, registry.conference_id, [DelegateEntry("Trần Thị An", registry.mandate_id), DelegateEntry("Lê Văn Bình", registry.mandate_id)]
        )
    assert (statuses(registry, text="y te"), registry.mandate().registered_at) == ([("Sở Y tế", "late")], registry.now)
    with registry.organiser() as work:
        change_delegate(work, registry.conference_id, an.id, DelegateEntry("Trần Thị An", registry.other_id, position="Giám đốc"), version=1)
    assert (statuses(registry, sort="unit"), registry.mandate().registered_at) == ([("Sở Nội vụ", "late"), ("Sở Y tế", "part")], None)
    with registry.organiser() as work:
        remove_delegate(work, registry.conference_id, binh.id)
        seating = Seating(registry.mandate_id, None, "head", 1, {**delegate_texts(DelegateEntry("Đỗ Thị Dung", 0)), **fresh_link(work)}, fresh_pass(work, 1))
        seat_delegates(work, registry.conference_id, [seating])
    olga = registry.olga.id
    assert registry.changes() == [
        ("named", "Trần Thị An", True, olga),
        ("named", "Lê Văn Bình", True, olga),
        ("removed", "Lê Văn Bình", True, olga),
        ("imported", "", True, olga),
    ]


def test_history_says_who_changed_what(registry: Registry) -> None:
    with registry.liaison() as work:
        name_people(work, *registry.unit, [AN])
    with registry.organiser() as work:
        name_people(work, *registry.unit, [BINH])
        told = read_changes(work, registry.mandate_id)
    assert [(one.change.kind, one.change.name, one.by) for one in told.items] == [("named", "Lê Văn Bình", "Olga"), ("named", "Trần Thị An", "")]
