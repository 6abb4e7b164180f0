"""Whoever is invited or has answered stays who they are for the bearer of the unit's link; an organiser may change all of it."""

import pytest
from sqlalchemy import select

from confsvc.domain.admissions import people_asking
from confsvc.domain.errors import EditConflict
from confsvc.domain.registration import change_person, name_people, name_substitute
from confsvc.domain.registration_people import PersonEntry, WrongPeople
from confsvc.domain.replies import answer_invitation
from confsvc.domain.work import DelegateActor
from confsvc.models import CalendarEntry, Delegate
from tests.conftest import BeginWork
from tests.domain.registering import Registry, make_registry, tell_by_mail

LY = PersonEntry("Nguyễn Thị Lý", "Phó Giám đốc", "leader", "", "ly@example.org")


@pytest.fixture
def registry(begin: BeginWork) -> Registry:
    return make_registry(begin)


def named(registry: Registry, entry: PersonEntry = LY) -> Delegate:
    with registry.liaison() as work:
        return name_people(work, *registry.unit, [entry])[0]


def invite(registry: Registry, delegate: Delegate) -> None:
    with registry.begin(now=registry.now) as work:
        tell_by_mail(work, work.session.get_one(Delegate, delegate.id))


def answer(registry: Registry, delegate: Delegate, reply: str = "accepted") -> None:
    with registry.begin(DelegateActor(delegate.id), now=registry.now) as work:
        answer_invitation(work, reply=reply, reason="Ốm", client_ref="1")


def changed(registry: Registry, delegate: Delegate, entry: PersonEntry, *, organiser: bool = False) -> list[tuple[str, str]]:
    """What is wrong, field and reason; nothing for what was saved."""
    version = current(registry, delegate).version
    try:
        with registry.organiser() if organiser else registry.liaison() as work:
            change_person(work, *registry.unit, delegate.id, entry, version=version)
    except WrongPeople as error:
        return [(one.field, one.reason) for one in error.rows[0]]
    return []


def current(registry: Registry, delegate: Delegate) -> Delegate:
    return registry.read(lambda work: work.session.get_one(Delegate, delegate.id))  # type: ignore[no-any-return]


ANOTHER = PersonEntry("Phạm Văn Cường", "Phó Giám đốc", "leader")
LOWER = PersonEntry("Nguyễn Thị Lý", "Chuyên viên", "staff")
BOTH = PersonEntry("Phạm Văn Cường", "Chuyên viên", "staff")


@pytest.mark.parametrize("step", [invite, answer])
def test_invited_person_is_turned_into_nobody_else_nor_to_too_low_a_rank(registry: Registry, step: object) -> None:
    ly = named(registry)
    step(registry, ly)  # type: ignore[operator]  # one of two functions
    name, rank = ("full_name", "person_invited"), ("rank", "rank_too_low")
    assert [changed(registry, ly, entry) for entry in (ANOTHER, LOWER, BOTH)] == [[name], [rank], [name, rank]]
    kept = current(registry, ly)
    assert (kept.full_name, kept.rank, [kind for kind, *_rest in registry.changes()]) == ("Nguyễn Thị Lý", "leader", ["named"])


@pytest.mark.parametrize(("name", "rank"), [("NGUYỄN THỊ LÍ", "leader"), ("Nguyen Thi Ly", "head"), ("Nguyễn Thị Lý", "leader")])
def test_spelling_and_a_rank_that_suffices_can_be_put_right(registry: Registry, name: str, rank: str) -> None:
    ly = named(registry)
    invite(registry, ly)
    assert changed(registry, ly, PersonEntry(name, "Quyền Giám đốc", rank, "", "ly.moi@example.org")) == []
    assert (current(registry, ly).full_name, current(registry, ly).rank) == (name, rank)


def test_another_address_does_not_set_free_who_was_invited(registry: Registry) -> None:
    ly = named(registry)
    invite(registry, ly)
    assert changed(registry, ly, PersonEntry(LY.full_name, LY.position, LY.rank)) == []
    assert changed(registry, ly, ANOTHER) == [("full_name", "person_invited")]


def test_rank_that_never_sufficed_can_be_any_other(registry: Registry) -> None:
    ly = named(registry, PersonEntry("Nguyễn Thị Lý", rank="staff"))
    answer(registry, ly)
    assert changed(registry, ly, PersonEntry("Nguyễn Thị Lý", "Chuyên viên cao cấp", "staff")) == []
    assert changed(registry, ly, PersonEntry("Nguyễn Thị Lý", rank="head")) == []


def test_who_knows_of_nothing_yet_can_be_anybody(registry: Registry) -> None:
    assert changed(registry, named(registry), BOTH) == []
    assert registry.names() == ["Phạm Văn Cường"]


def test_organiser_may_change_all_of_it(registry: Registry) -> None:
    ly = named(registry)
    invite(registry, ly)
    answer(registry, ly, "declined")
    assert changed(registry, ly, BOTH, organiser=True) == []
    assert registry.names() == ["Phạm Văn Cường"]


def test_rank_of_a_substitute_who_waits_is_the_organisers_business(registry: Registry) -> None:
    ly = named(registry)
    with registry.liaison() as work:
        chi, waits = name_substitute(work, *registry.unit, ly.id, PersonEntry("Phạm Thị Chi"), "Ốm", "k1")
    assert waits
    assert changed(registry, chi, PersonEntry("Phạm Thị Chi", rank="leader")) == [("rank", "rank_decided")]
    assert changed(registry, chi, PersonEntry("Phạm Thị Chi", "Chuyên viên", "staff", "0913 123 456")) == []
    with registry.organiser() as work:
        assert [asking.rank for asking in people_asking(work, registry.conference_id)] == ["staff"]
    assert changed(registry, chi, PersonEntry("Phạm Thị Chi", rank="leader"), organiser=True) == []


def test_substitute_who_has_the_seat_by_their_rank_keeps_one_that_suffices(registry: Registry) -> None:
    ly = named(registry)
    with registry.liaison() as work:
        chi, waits = name_substitute(work, *registry.unit, ly.id, PersonEntry("Phạm Thị Chi", rank="head"), "Ốm", "k1")
    assert not waits
    assert changed(registry, chi, PersonEntry("Phạm Thị Chi", rank="staff")) == [("rank", "rank_too_low")]
    assert changed(registry, chi, PersonEntry("Phạm Thị Chi", rank="leader")) == []


def test_conflict_is_told_before_the_rule(registry: Registry) -> None:
    ly = named(registry)
    invite(registry, ly)
    assert changed(registry, ly, ANOTHER, organiser=True) == []
    with pytest.raises(EditConflict), registry.liaison() as work:
        change_person(work, *registry.unit, ly.id, LY, version=ly.version)
    told = registry.read(lambda work: work.session.scalars(select(CalendarEntry.delegate_id)).all())
    assert told == [ly.id]
