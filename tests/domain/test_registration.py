"""Units name their delegates by their link: until the start, never more than seats, every change written down, and only their own list."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from confsvc.domain.admissions import admit_person, deny_person, people_asking
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.errors import EditConflict, InUse, Invalid, LinkExpired, NotFound, SignInRequired, WrongState
from confsvc.domain.passes import valid_pass
from confsvc.domain.registration import change_person, decline_seats, name_people, name_substitute, remove_person, take_back_decline
from confsvc.domain.registration_links import find_liaison, revoke_link
from confsvc.domain.registration_page import read_by_link, read_unit
from confsvc.domain.registration_people import PersonEntry, WrongPeople
from confsvc.domain.registration_status import status_of
from confsvc.domain.replies import answer_invitation
from confsvc.domain.work import Anonymous, DelegateActor, LiaisonActor
from confsvc.models import Attendance, Conference, Delegate, Mandate, Pass
from tests.conftest import BeginWork
from tests.domain.registering import DEADLINE, Registry, make_registry
from tests.factories import ENDS, STARTS, acting, settle

AN = PersonEntry("Trần Thị An", "Giám đốc", "head", "0913 123 456", "an@example.org")
BINH = PersonEntry("Lê Văn Bình", "Phó Giám đốc", "leader")
CHI = PersonEntry("Phạm Thị Chi", "Chuyên viên")


@pytest.fixture
def registry(begin: BeginWork) -> Registry:
    return make_registry(begin)


def named(registry: Registry, *entries: PersonEntry) -> list[Delegate]:
    with registry.liaison() as work:
        return name_people(work, *registry.unit, entries)


def status(registry: Registry) -> str:
    def look(work: Any) -> str:
        return status_of(work, work.session.get_one(Conference, registry.conference_id), work.session.get_one(Mandate, registry.mandate_id))[0]

    return str(registry.read(look))


def problems(error: WrongPeople) -> tuple[str, list[list[tuple[str, str]]]]:
    return error.reason, [[(one.field, one.reason) for one in row] for row in error.rows]


def test_liaison_names_people_who_get_a_seat_a_pass_and_a_normal_telephone(registry: Registry) -> None:
    [an] = named(registry, AN)
    assert (an.full_name, an.position, an.rank, an.phone, an.email, an.site_id) == (
        AN.full_name,
        AN.position,
        "head",
        "+84913123456",
        AN.email,
        registry.site_id,
    )
    assert registry.read(lambda work: valid_pass(work, an.id)).revoked_at is None
    assert (status(registry), registry.mandate().registered_at) == ("part", None)
    named(registry, BINH)
    assert (status(registry), registry.mandate().registered_at) == ("registered", registry.now)
    assert registry.changes() == [("named", "Trần Thị An", False, None), ("named", "Lê Văn Bình", False, None)]


def test_more_people_than_seats_are_refused_as_a_whole(registry: Registry) -> None:
    named(registry, AN)
    with pytest.raises(WrongPeople) as caught, registry.liaison() as work:
        name_people(work, *registry.unit, [BINH, CHI])
    assert problems(caught.value) == ("more_than_seats", [[], []])
    assert caught.value.values == {"seats": 2, "named": 1, "surplus": 1}
    assert registry.names() == ["Trần Thị An"]


def test_what_is_wrong_is_said_of_each_row_and_nothing_is_saved(registry: Registry) -> None:
    rows = [PersonEntry("", phone="12"), PersonEntry("Trần Thị An", "x" * 201, "king", email="khong phai")]
    with pytest.raises(WrongPeople) as caught, registry.liaison() as work:
        name_people(work, *registry.unit, rows)
    first = [("full_name", "required"), ("phone", "phone_invalid")]
    second = [("position", "too_long"), ("rank", "not_a_choice"), ("email", "email_invalid")]
    assert problems(caught.value) == ("people_wrong", [first, second])
    assert registry.names() == []


def test_nobody_is_named_by_an_empty_list(registry: Registry) -> None:
    with pytest.raises(WrongPeople) as caught, registry.liaison() as work:
        name_people(work, *registry.unit, [])
    assert caught.value.reason == "nobody_named"


def test_the_same_list_sent_twice_names_nobody_twice(registry: Registry) -> None:
    named(registry, AN)
    same = PersonEntry("TRẦN THỊ AN")
    with pytest.raises(WrongPeople) as caught, registry.liaison() as work:
        name_people(work, *registry.unit, [same])
    assert problems(caught.value) == ("people_wrong", [[("full_name", "person_twice")]])
    named(registry, PersonEntry("TRẦN THỊ AN", is_another=True))
    assert registry.names() == ["Trần Thị An", "TRẦN THỊ AN"]


@pytest.mark.parametrize("name", ["{x}", "=HYPERLINK(1)", "<script>alert(1)</script>", "An\r\nBcc: x@example.org", "\u202eAn"])
def test_hostile_names_are_kept_as_one_line_of_text(registry: Registry, name: str) -> None:
    [delegate] = named(registry, PersonEntry(name))
    assert delegate.full_name == name.replace("\r\n", " ").replace("\u202e", "")


def test_person_is_changed_and_what_stood_before_is_kept(registry: Registry) -> None:
    [an] = named(registry, AN)
    with registry.liaison() as work:
        change_person(work, *registry.unit, an.id, PersonEntry("Trần Thị An", "Phó Giám đốc", "leader", AN.phone, AN.email), version=an.version)
    assert registry.changes()[1:] == [("changed", "Trần Thị An", False, None)]
    with registry.liaison() as work:
        last = read_by_link(work, registry.token).people[0].delegate
    assert (last.position, last.rank, last.phone) == ("Phó Giám đốc", "leader", "+84913123456")


def test_second_of_two_liaisons_is_told_and_overwrites_nothing(registry: Registry) -> None:
    [an, binh] = named(registry, AN, BINH)
    with registry.liaison() as work:
        change_person(work, *registry.unit, an.id, PersonEntry("Trần Thị An", "Quyền Giám đốc"), version=an.version)
    with pytest.raises(EditConflict) as caught, registry.liaison() as work:
        change_person(work, *registry.unit, an.id, PersonEntry("Trần Thị An", "Giám đốc Sở"), version=an.version)
    assert caught.value.current.position == "Quyền Giám đốc"
    with pytest.raises(EditConflict), registry.liaison() as work:
        remove_person(work, *registry.unit, an.id, version=an.version)
    # Another row is nobody's business but its own.
    with registry.liaison() as work:
        change_person(work, *registry.unit, binh.id, PersonEntry("Lê Văn Bình", "Phó Giám đốc Sở", "leader"), version=binh.version)
    assert registry.names() == ["Trần Thị An", "Lê Văn Bình"]


def test_person_is_removed_and_the_seat_is_open_again(registry: Registry) -> None:
    [an, _binh] = named(registry, AN, BINH)
    with registry.liaison() as work:
        remove_person(work, *registry.unit, an.id, version=an.version)
    assert (registry.names(), status(registry), registry.mandate().registered_at) == (["Lê Văn Bình"], "part", None)
    assert registry.changes()[-1] == ("removed", "Trần Thị An", False, None)


def test_who_has_answered_is_not_removed(registry: Registry) -> None:
    [an] = named(registry, AN)
    with registry.begin(DelegateActor(an.id), now=registry.now) as work:
        answer_invitation(work, reply="declined", reason="Ốm", client_ref="1")
    with pytest.raises(InUse), registry.liaison() as work:
        remove_person(work, *registry.unit, an.id, version=an.version)
    assert registry.names() == ["Trần Thị An"]


def test_what_comes_after_the_deadline_is_taken_and_marked_as_late(registry: Registry) -> None:
    named(registry, AN)
    registry.now = DEADLINE
    [binh] = named(registry, BINH)
    assert status(registry) == "registered"
    registry.now = DEADLINE + timedelta(seconds=1)
    with registry.liaison() as work:
        assert read_by_link(work, registry.token).late
        remove_person(work, *registry.unit, binh.id, version=binh.version)
    assert status(registry) == "part"
    named(registry, CHI)
    assert status(registry) == "late"
    assert [(kind, late) for kind, _name, late, _account in registry.changes()] == [("named", False), ("named", False), ("removed", True), ("named", True)]


def test_seats_are_declined_with_a_reason_and_taken_back(registry: Registry) -> None:
    version = registry.mandate().version
    with pytest.raises(Invalid, match="reason"), registry.liaison() as work:
        decline_seats(work, *registry.unit, 2, " ", version=version)
    for seats in (None, 0, 3):
        with pytest.raises(Invalid, match="free_seats_range"), registry.liaison() as work:
            decline_seats(work, *registry.unit, seats, "Bận", version=version)
    with registry.liaison() as work:
        decline_seats(work, *registry.unit, 2, "Trùng lịch họp tỉnh", version=version)
    assert (status(registry), registry.mandate().declined_reason, registry.mandate().registered_at) == ("declined", "Trùng lịch họp tỉnh", registry.now)
    with pytest.raises(EditConflict), registry.liaison() as work:
        decline_seats(work, *registry.unit, 1, "Bận", version=version)
    version = registry.mandate().version
    with registry.liaison() as work:
        take_back_decline(work, *registry.unit, version=version)
    mandate = registry.mandate()
    assert (status(registry), mandate.declined_seats, mandate.declined_reason, mandate.registered_at) == ("not_registered", 0, "", None)
    assert [kind for kind, *_rest in registry.changes()] == ["declined", "taken_back"]


def test_naming_somebody_takes_declined_seats_back(registry: Registry) -> None:
    version = registry.mandate().version
    with registry.liaison() as work:
        decline_seats(work, *registry.unit, 2, "Bận", version=version)
    named(registry, AN)
    assert (registry.mandate().declined_seats, registry.mandate().declined_reason, status(registry)) == (1, "Bận", "registered")
    named(registry, BINH)
    assert (registry.mandate().declined_seats, registry.mandate().declined_reason, status(registry)) == (0, "", "registered")


def test_substitute_of_sufficient_rank_has_the_seat_at_once(registry: Registry) -> None:
    [an] = named(registry, AN)
    with registry.liaison() as work:
        substitute, waits = name_substitute(work, *registry.unit, an.id, BINH, "Đi công tác", "k1")
    assert (waits, substitute.replaces_id, substitute.rank) == (False, an.id, "leader")
    with registry.liaison() as work:
        found = read_by_link(work, registry.token)
    assert [(one.delegate.full_name, one.attendance.state, one.replaces, one.substitute) for one in found.people] == [
        ("Trần Thị An", "substituted", "", "Lê Văn Bình"),
        ("Lê Văn Bình", "not_yet", "Trần Thị An", ""),
    ]
    assert (found.named, found.status) == (1, "part")
    with registry.begin(now=registry.now) as work:
        assert work.session.scalars(select(Pass.revoked_reason).where(Pass.delegate_id == an.id)).one() == "substituted"
        assert verify_attendance(work, registry.conference_id) == []
    # The button pressed twice is one substitution.
    with registry.liaison() as work:
        assert name_substitute(work, *registry.unit, an.id, BINH, "Đi công tác", "k1")[0].id == substitute.id
    with pytest.raises(WrongState), registry.liaison() as work:
        name_substitute(work, *registry.unit, an.id, CHI, "Đi công tác", "k2")
    assert registry.changes()[1:] == [("substituted", "Trần Thị An", False, None)]


def test_substitute_below_the_required_rank_waits_until_an_organiser_agrees(registry: Registry) -> None:
    [an] = named(registry, AN)
    with registry.liaison() as work:
        chi, waits = name_substitute(work, *registry.unit, an.id, CHI, "Ốm", "k1")
    assert waits
    with pytest.raises(WrongState), registry.liaison() as work:
        name_substitute(work, *registry.unit, an.id, CHI, "Ốm", "k2")
    with registry.organiser() as work:
        [asking] = people_asking(work, registry.conference_id)
        assert (asking.name, asking.replaces, asking.why, asking.required_rank, asking.reason) == ("Phạm Thị Chi", "Trần Thị An", "substitute", "leader", "Ốm")
        assert valid_pass(work, an.id)
        admit_person(work, registry.conference_id, chi.id, "a" * 36)
    with registry.begin(now=registry.now) as work:
        states = dict(work.session.execute(select(Attendance.delegate_id, Attendance.state)).all())
        assert states == {an.id: "substituted", chi.id: "not_yet"}
        assert work.session.scalars(select(Pass.revoked_reason).where(Pass.delegate_id == an.id)).one() == "substituted"
        assert verify_attendance(work, registry.conference_id) == []


def test_who_is_to_be_replaced_stays_on_the_list(registry: Registry) -> None:
    [an] = named(registry, AN)
    with registry.liaison() as work:
        name_substitute(work, *registry.unit, an.id, CHI, "Ốm", "k1")
    with pytest.raises(InUse), registry.liaison() as work:
        remove_person(work, *registry.unit, an.id, version=an.version)
    assert registry.names() == ["Trần Thị An", "Phạm Thị Chi"]


def test_refused_substitute_leaves_the_seat_to_whom_it_belongs(registry: Registry) -> None:
    [an] = named(registry, AN)
    with registry.liaison() as work:
        chi, _waits = name_substitute(work, *registry.unit, an.id, CHI, "Ốm", "k1")
    with registry.organiser() as work:
        deny_person(work, registry.conference_id, chi.id, "Cần lãnh đạo", "a" * 36)
    with registry.liaison() as work:
        found = read_by_link(work, registry.token)
    assert (found.named, found.open_seats) == (1, 1)
    with registry.liaison() as work:
        assert name_substitute(work, *registry.unit, an.id, BINH, "Ốm", "k2")[1] is False


def test_substitute_needs_a_name_and_a_reason(registry: Registry) -> None:
    [an] = named(registry, AN)
    with pytest.raises(WrongPeople), registry.liaison() as work:
        name_substitute(work, *registry.unit, an.id, PersonEntry(""), "Ốm", "k1")
    with pytest.raises(Invalid, match="reason"), registry.liaison() as work:
        name_substitute(work, *registry.unit, an.id, BINH, "", "k1")
    assert registry.names() == ["Trần Thị An"]


def test_organiser_fills_in_for_a_unit_that_phones_by_the_same_rules(registry: Registry) -> None:
    with registry.organiser() as work:
        [an, _binh] = name_people(work, *registry.unit, [AN, BINH])
    with pytest.raises(WrongPeople), registry.organiser() as work:
        name_people(work, *registry.unit, [CHI])
    with registry.organiser() as work:
        # Whoever may approve need not be asked.
        assert name_substitute(work, *registry.unit, an.id, CHI, "Ốm", "k1")[1] is False
    assert registry.changes() == [
        ("named", "Trần Thị An", False, registry.olga.id),
        ("named", "Lê Văn Bình", False, registry.olga.id),
        ("substituted", "Trần Thị An", False, registry.olga.id),
    ]


@pytest.mark.parametrize("state", ["in_progress", "closed", "cancelled"])
def test_nothing_changes_once_the_conference_has_begun_or_will_not_be(registry: Registry, state: str) -> None:
    [an] = named(registry, AN)
    with registry.begin() as work:
        settle(work.session.get_one(Conference, registry.conference_id), state)
    with pytest.raises(WrongState), registry.liaison() as work:
        name_people(work, *registry.unit, [BINH])
    with pytest.raises(WrongState), registry.liaison() as work:
        remove_person(work, *registry.unit, an.id, version=an.version)
    with registry.liaison() as work:
        assert not read_by_link(work, registry.token).open


def test_nothing_changes_after_the_start_unless_the_conference_is_postponed(registry: Registry) -> None:
    registry.now = STARTS
    with pytest.raises(WrongState), registry.liaison() as work:
        name_people(work, *registry.unit, [AN])
    registry.now = ENDS
    with pytest.raises(LinkExpired), registry.liaison() as work:
        name_people(work, *registry.unit, [AN])
    with registry.begin() as work:
        settle(work.session.get_one(Conference, registry.conference_id), "postponed")
    assert [one.full_name for one in named(registry, AN)] == ["Trần Thị An"]


def test_liaison_reaches_no_other_unit(registry: Registry) -> None:
    with registry.liaison(registry.other_id) as work:
        [other] = name_people(work, registry.conference_id, registry.other_id, [CHI])
    with pytest.raises(NotFound), registry.liaison() as work:
        name_people(work, registry.conference_id, registry.other_id, [AN])
    for attempt in (
        lambda work: change_person(work, *registry.unit, other.id, AN, version=other.version),
        lambda work: remove_person(work, *registry.unit, other.id, version=other.version),
        lambda work: name_substitute(work, *registry.unit, other.id, AN, "Ốm", "k"),
    ):
        with pytest.raises(NotFound), registry.liaison() as work:
            attempt(work)
    with registry.liaison() as work:
        assert [one.delegate.full_name for one in read_by_link(work, registry.token).people] == []


def test_dead_links_and_strangers_change_nothing(registry: Registry) -> None:
    with pytest.raises(SignInRequired), registry.begin(Anonymous(), now=registry.now) as work:
        name_people(work, *registry.unit, [AN])
    with pytest.raises(SignInRequired), registry.begin(DelegateActor(1), now=registry.now) as work:
        name_people(work, *registry.unit, [AN])
    with pytest.raises(NotFound), registry.begin(acting(registry.mallory), now=registry.now) as work:
        name_people(work, *registry.unit, [AN])
    with pytest.raises(NotFound), registry.begin(acting(registry.mallory), now=registry.now) as work:
        read_unit(work, *registry.unit)
    with pytest.raises(NotFound), registry.begin(LiaisonActor(registry.mandate_id + 100), now=registry.now) as work:
        name_people(work, *registry.unit, [AN])
    with registry.organiser() as work:
        revoke_link(work, *registry.unit)
    with pytest.raises(LinkExpired), registry.liaison() as work:
        name_people(work, *registry.unit, [AN])
    with pytest.raises(LinkExpired), registry.begin(Anonymous(), now=registry.now) as work:
        find_liaison(work, registry.token)
    assert registry.names() == []


def test_two_liaisons_at_the_same_moment_never_take_more_than_the_seats(registry: Registry) -> None:
    def name(people: list[PersonEntry]) -> str:
        try:
            with registry.liaison() as work:
                name_people(work, *registry.unit, people)
        except WrongPeople as error:
            return error.reason
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(name, [[AN, BINH], [CHI, PersonEntry("Đỗ Thị Dung")]]))
    assert sorted(done) == ["more_than_seats", "saved"]
    assert registry.names() in (["Trần Thị An", "Lê Văn Bình"], ["Phạm Thị Chi", "Đỗ Thị Dung"])
