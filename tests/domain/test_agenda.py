"""Sessions and items: made, changed, put in order."""

from datetime import UTC, datetime, time, timedelta

import pytest

from confsvc.domain.agenda import (
    ItemEntry,
    SessionEntry,
    add_item,
    add_session,
    change_item,
    change_session,
    list_sessions,
    move_item,
    order_mark,
    organised_item,
    organised_session,
    read_agenda,
    remove_item,
    remove_session,
)
from confsvc.domain.agenda_setting import find_presenters
from confsvc.domain.errors import EditConflict, InUse, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.work import Anonymous, DelegateActor, DeskActor, Work
from confsvc.models import AgendaItem, AgendaSession, Conference
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_mandate, make_site, settle

AFTERNOON = SessionEntry("Phiên chiều", STARTS, ENDS)


def order(work: Work, conference: Conference) -> list[list[str]]:
    return [[item.title for item in session.items] for session in list_sessions(work, conference.id)]


def mark(work: Work, conference: Conference) -> str:
    return order_mark(list_sessions(work, conference.id))


def two_sessions(work: Work) -> tuple[Conference, AgendaSession, AgendaSession, list[AgendaItem]]:
    """A conference with items a, b, c in its first session and d in its second, the day after."""
    conference = make_conference(work)
    first = add_session(work, conference.id, AFTERNOON)
    second = add_session(work, conference.id, SessionEntry("Hôm sau", STARTS + timedelta(days=1), ENDS + timedelta(days=1)))
    items = [add_item(work, conference.id, first.id, ItemEntry(title)) for title in "abc"]
    return conference, first, second, [*items, add_item(work, conference.id, second.id, ItemEntry("d"))]


def test_new_items_stand_at_the_end_and_take_their_time_from_there(work: Work) -> None:
    conference = make_conference(work)
    session = add_session(work, conference.id, AFTERNOON)
    add_item(work, conference.id, session.id, ItemEntry("Khai mạc", kind="opening", planned_minutes=15))
    add_item(work, conference.id, session.id, ItemEntry("Báo cáo", planned_minutes=30))

    (agenda,) = read_agenda(work, conference.id)

    assert [(i.item.title, i.starts_at, i.ends_at) for i in agenda.items] == [
        ("Khai mạc", STARTS, STARTS + timedelta(minutes=15)),
        ("Báo cáo", STARTS + timedelta(minutes=15), STARTS + timedelta(minutes=45)),
    ]


@pytest.mark.parametrize(
    ("entry", "field", "reason"),
    [
        (SessionEntry(" ", STARTS, ENDS), "title", "required"),
        (SessionEntry("a" * 301, STARTS, ENDS), "title", "too_long"),
        (SessionEntry("A", ENDS, STARTS), "ends_at", "ends_before_start"),
        (SessionEntry("A", STARTS, STARTS), "ends_at", "ends_before_start"),
        (SessionEntry("A", STARTS, STARTS + timedelta(hours=24, minutes=1)), "ends_at", "session_too_long"),
        (SessionEntry("A", datetime(9999, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, 1, tzinfo=UTC)), "starts_at", "date_out_of_range"),
    ],
)
def test_session_that_breaks_a_rule_is_refused(work: Work, entry: SessionEntry, field: str, reason: str) -> None:
    conference = make_conference(work)

    with pytest.raises(Invalid) as error:
        add_session(work, conference.id, entry)

    assert (error.value.field, error.value.reason) == (field, reason)


@pytest.mark.parametrize(
    ("entry", "field", "reason"),
    [
        (ItemEntry(""), "title", "required"),
        (ItemEntry("A", kind="dance"), "kind", "not_a_choice"),
        (ItemEntry("A", planned_minutes=0), "planned_minutes", "minutes_range"),
        (ItemEntry("A", planned_minutes=1441), "planned_minutes", "minutes_range"),
        (ItemEntry("A", presenter_name="a" * 201), "presenter_name", "too_long"),
        (ItemEntry("A", presenter_id=999), "presenter_id", "not_a_choice"),
        (ItemEntry("A", site_id=999), "site_id", "not_a_choice"),
    ],
)
def test_item_that_breaks_a_rule_is_refused(work: Work, entry: ItemEntry, field: str, reason: str) -> None:
    conference = make_conference(work)
    session = add_session(work, conference.id, AFTERNOON)

    with pytest.raises(Invalid) as error:
        add_item(work, conference.id, session.id, entry)

    assert (error.value.field, error.value.reason) == (field, reason)


def test_delegates_and_sites_of_another_conference_are_no_choice(work: Work) -> None:
    conference, elsewhere = make_conference(work), make_conference(work)
    session = add_session(work, conference.id, AFTERNOON)
    site = make_site(work, elsewhere)
    dina = make_delegate(work, make_mandate(work, elsewhere, site))

    for entry, field in ((ItemEntry("A", presenter_id=dina.id), "presenter_id"), (ItemEntry("A", site_id=site.id), "site_id")):
        with pytest.raises(Invalid) as error:
            add_item(work, conference.id, session.id, entry)
        assert (error.value.field, error.value.reason) == (field, "not_a_choice")


def test_presenter_of_the_conference_lends_the_item_their_name(work: Work) -> None:
    conference = make_conference(work)
    session = add_session(work, conference.id, AFTERNOON)
    dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))

    item = add_item(work, conference.id, session.id, ItemEntry("Tham luận", kind="speech", presenter_id=dina.id, presenter_name="Ai đó"))

    assert (item.presenter_id, item.presenter_name) == (dina.id, "Nguyễn Thị Dina")


def test_item_moves_within_its_session_and_to_another(work: Work) -> None:
    conference, first, second, (a, _, c, _) = two_sessions(work)

    move_item(work, conference.id, c.id, session_id=first.id, place=0, mark=mark(work, conference))
    assert order(work, conference) == [["c", "a", "b"], ["d"]]
    move_item(work, conference.id, a.id, session_id=second.id, place=99, mark=mark(work, conference))
    assert order(work, conference) == [["c", "b"], ["d", "a"]]
    move_item(work, conference.id, a.id, session_id=second.id, place=-1, mark=mark(work, conference))
    assert order(work, conference) == [["c", "b"], ["a", "d"]]


def test_second_tab_that_moves_is_told_and_changes_nothing(work: Work) -> None:
    conference, first, _, (a, b, c, _) = two_sessions(work)
    seen = mark(work, conference)
    move_item(work, conference.id, c.id, session_id=first.id, place=0, mark=seen)

    with pytest.raises(EditConflict) as error:
        move_item(work, conference.id, a.id, session_id=first.id, place=2, mark=seen)

    assert error.value.current is a
    assert order(work, conference) == [["c", "a", "b"], ["d"]]
    seen = mark(work, conference)
    remove_item(work, conference.id, b.id, version=1)
    with pytest.raises(EditConflict):
        move_item(work, conference.id, a.id, session_id=first.id, place=0, mark=seen)


def test_fixed_start_keeps_its_time_of_day_on_the_day_of_its_session(work: Work) -> None:
    conference, first, second, (a, *_) = two_sessions(work)
    change_item(work, conference.id, a.id, ItemEntry("a", fixed_start=time(15, 0)), version=1)
    assert a.fixed_start == STARTS + timedelta(hours=1)

    move_item(work, conference.id, a.id, session_id=second.id, place=0, mark=mark(work, conference))
    assert a.fixed_start == STARTS + timedelta(days=1, hours=1)

    change_session(work, conference.id, second.id, SessionEntry("Sau", STARTS + timedelta(days=3), ENDS + timedelta(days=3)), version=1)
    assert a.fixed_start == STARTS + timedelta(days=3, hours=1)
    assert first.version == 1


def test_second_edit_of_the_same_opening_is_told(work: Work) -> None:
    conference, first, _, (a, *_) = two_sessions(work)
    change_item(work, conference.id, a.id, ItemEntry("mới"), version=1)
    change_session(work, conference.id, first.id, SessionEntry("mới", STARTS, ENDS), version=1)

    for attempt in (
        lambda: change_item(work, conference.id, a.id, ItemEntry("x"), version=1),
        lambda: remove_item(work, conference.id, a.id, version=1),
        lambda: change_session(work, conference.id, first.id, AFTERNOON, version=1),
        lambda: remove_session(work, conference.id, first.id, version=1),
    ):
        with pytest.raises(EditConflict) as error:
            attempt()
        assert error.value.current.title == "mới"


def test_session_with_items_is_not_removed_and_an_empty_one_is(work: Work) -> None:
    conference, first, second, (*_, d) = two_sessions(work)

    with pytest.raises(InUse) as error:
        remove_session(work, conference.id, first.id, version=1)
    assert error.value.fields == {"by": "items"}

    remove_item(work, conference.id, d.id, version=1)
    work.session.refresh(second)
    remove_session(work, conference.id, second.id, version=second.version)
    assert order(work, conference) == [["a", "b", "c"]]


def test_agenda_of_a_closed_conference_stays_as_it_is(work: Work) -> None:
    conference, first, _, (a, *_) = two_sessions(work)
    settle(conference, "closed")

    for attempt in (
        lambda: add_session(work, conference.id, AFTERNOON),
        lambda: change_item(work, conference.id, a.id, ItemEntry("x"), version=1),
        lambda: move_item(work, conference.id, a.id, session_id=first.id, place=0, mark=""),
    ):
        with pytest.raises(WrongState):
            attempt()


def test_presenters_are_found_by_name_or_unit_without_marks(work: Work) -> None:
    conference, elsewhere = make_conference(work), make_conference(work)
    mandate = make_mandate(work, conference, make_site(work, conference))
    duc = make_delegate(work, mandate, "Trần Văn Đức", position="Giám đốc", protocol_order=5)
    an = make_delegate(work, mandate, "Lê Thị An", reply="declined", protocol_order=9)
    make_delegate(work, make_mandate(work, elsewhere, make_site(work, elsewhere)), "Phạm Minh Đức")

    def found(query: str, chosen_id: int | None = None) -> list[int]:
        return [presenter.id for presenter in find_presenters(work, conference.id, query, chosen_id=chosen_id)]

    assert found("duc") == [duc.id]
    assert found("so noi vu") == [duc.id, an.id]
    assert found("tran DUC noi vu") == [duc.id]
    assert found("le duc") == []
    assert found("so noi vu", an.id) == [an.id, duc.id]
    assert found("", an.id) == [an.id]
    assert found("%") == []
    assert [p.coming for p in find_presenters(work, conference.id, "so noi vu")] == [True, False]


def test_outsiders_neither_see_nor_change_the_agenda(begin: BeginWork) -> None:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference, hers = make_conference(work, olga), make_conference(work, mallory)
        session = add_session(work, conference.id, AFTERNOON)
        own = add_session(work, hers.id, AFTERNOON)
        item = add_item(work, conference.id, session.id, ItemEntry("a"))
        dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
        seen = mark(work, conference)
    for actor, expected in (
        (acting(mallory), NotFound),
        (Anonymous(), SignInRequired),
        (DeskActor(1), SignInRequired),
        (DelegateActor(dina.id), SignInRequired),
    ):
        with begin(actor) as work:
            for attempt in (
                lambda: organised_session(work, conference.id, session.id),
                lambda: organised_item(work, conference.id, item.id),
                lambda: find_presenters(work, conference.id, "dina"),
                lambda: add_session(work, conference.id, AFTERNOON),
                lambda: change_session(work, conference.id, session.id, AFTERNOON, version=1),
                lambda: remove_session(work, conference.id, session.id, version=1),
                lambda: add_item(work, conference.id, session.id, ItemEntry("x")),
                lambda: change_item(work, conference.id, item.id, ItemEntry("x"), version=1),
                lambda: remove_item(work, conference.id, item.id, version=1),
                lambda: move_item(work, conference.id, item.id, session_id=session.id, place=0, mark=seen),
            ):
                with pytest.raises(expected):
                    attempt()
    with begin(acting(mallory)) as work:
        for attempt in (
            lambda: add_item(work, hers.id, session.id, ItemEntry("x")),
            lambda: change_item(work, hers.id, item.id, ItemEntry("x"), version=1),
            lambda: move_item(work, hers.id, item.id, session_id=own.id, place=0, mark=mark(work, hers)),
        ):
            with pytest.raises(NotFound):
                attempt()
    with begin() as work:
        assert order(work, conference) == [["a"]]
