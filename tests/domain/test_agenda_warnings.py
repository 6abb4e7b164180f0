"""What the organiser is told about an agenda that does not fit."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session, read_agenda
from confsvc.domain.agenda_setting import read_setting
from confsvc.domain.agenda_warnings import AgendaWarning, agenda_warnings
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Site
from tests.factories import ENDS, STARTS, make_conference, make_delegate, make_mandate, make_site

HOUR = timedelta(hours=1)


def warnings(work: Work, conference: Conference) -> list[AgendaWarning]:
    return agenda_warnings(read_agenda(work, conference.id), read_setting(work, conference))


def told(work: Work, conference: Conference) -> list[tuple[str, dict[str, Any]]]:
    return [(warning.code, dict(warning.fields)) for warning in warnings(work, conference)]


def plan(
    work: Work, conference: Conference, *items: ItemEntry, starts_at: datetime = STARTS, ends_at: datetime = ENDS, title: str = "Phiên chiều"
) -> list[int]:
    """A session with these items; returns their ids."""
    session = add_session(work, conference.id, SessionEntry(title, starts_at, ends_at))
    return [add_item(work, conference.id, session.id, item).id for item in items]


def seat(work: Work, conference: Conference, **changes: Any) -> tuple[Site, Delegate]:
    site = make_site(work, conference)
    return site, make_delegate(work, make_mandate(work, conference, site), **changes)


def test_agenda_that_fits_is_not_talked_about(work: Work) -> None:
    conference = make_conference(work)
    site, dina = seat(work, conference)
    plan(work, conference, ItemEntry("Khai mạc", kind="opening"), ItemEntry("Báo cáo", presenter_id=dina.id, site_id=site.id))

    assert warnings(work, conference) == []


def test_presenter_in_two_sessions_at_once_is_told_at_both_items(work: Work) -> None:
    conference = make_conference(work)
    _, dina = seat(work, conference)
    (first,) = plan(work, conference, ItemEntry("Báo cáo A", planned_minutes=30, presenter_id=dina.id), ends_at=STARTS + HOUR)
    ids = plan(
        work,
        conference,
        ItemEntry("Mở đầu", planned_minutes=29),
        ItemEntry("Báo cáo B", presenter_id=dina.id),
        ends_at=STARTS + HOUR,
        title="Phiên song song",
    )

    found = [(w.item_id, w.code, dict(w.fields)) for w in warnings(work, conference) if w.item_id]

    assert found == [
        (first, "presenter_twice", {"presenter": "Nguyễn Thị Dina", "other": "Báo cáo B", "start": STARTS + timedelta(minutes=29)}),
        (ids[1], "presenter_twice", {"presenter": "Nguyễn Thị Dina", "other": "Báo cáo A", "start": STARTS}),
    ]


def test_presenter_of_one_item_after_the_other_is_nothing_to_tell(work: Work) -> None:
    conference = make_conference(work)
    _, dina = seat(work, conference)
    plan(work, conference, ItemEntry("A", presenter_id=dina.id), ItemEntry("B", presenter_id=dina.id))

    assert warnings(work, conference) == []


def test_names_typed_freely_are_compared_without_marks(work: Work) -> None:
    conference = make_conference(work)
    plan(work, conference, ItemEntry("A", presenter_name="Lê Thị Đào"), ends_at=STARTS + HOUR)
    plan(work, conference, ItemEntry("B", presenter_name="LE THI DAO"), ends_at=STARTS + HOUR)

    assert [code for code, _ in told(work, conference)] == ["presenter_twice", "session_overlap", "presenter_twice"]


def test_presenter_who_declined_or_is_excused_is_told(work: Work) -> None:
    conference = make_conference(work)
    _, dina = seat(work, conference)
    plan(work, conference, ItemEntry("A", presenter_id=dina.id))

    dina.reply = "declined"
    assert told(work, conference) == [("presenter_declined", {"presenter": "Nguyễn Thị Dina"})]
    dina.reply = "accepted"
    work.session.get_one(Attendance, dina.id).state = "excused"
    assert told(work, conference) == [("presenter_declined", {"presenter": "Nguyễn Thị Dina"})]


def test_item_from_a_site_that_does_not_attend_is_told(work: Work) -> None:
    conference = make_conference(work)
    site, _ = seat(work, conference)
    site.attends = False
    plan(work, conference, ItemEntry("Tham luận", site_id=site.id))

    assert told(work, conference) == [("site_does_not_attend", {"site": "Điểm cầu trung tâm"})]


def test_item_from_a_site_nobody_is_invited_to_is_told(work: Work) -> None:
    conference = make_conference(work)
    empty = make_site(work, conference, "Điểm cầu Phú Quý", kind="remote")
    plan(work, conference, ItemEntry("Tham luận", site_id=empty.id))

    assert told(work, conference) == [("site_without_delegates", {"site": "Điểm cầu Phú Quý"})]


def test_presenter_whose_seat_is_at_another_site_is_told(work: Work) -> None:
    conference = make_conference(work)
    _, dina = seat(work, conference)
    remote = make_site(work, conference, "Điểm cầu Phú Quý", kind="remote")
    plan(work, conference, ItemEntry("Tham luận", site_id=remote.id, presenter_id=dina.id))

    assert told(work, conference) == [
        ("site_without_delegates", {"site": "Điểm cầu Phú Quý"}),
        ("presenter_elsewhere", {"presenter": "Nguyễn Thị Dina", "site": "Điểm cầu Phú Quý", "seat": "Điểm cầu trung tâm"}),
    ]


def test_overrun_of_a_fixed_point_says_by_how_much(work: Work) -> None:
    conference = make_conference(work)
    plan(work, conference, ItemEntry("A", planned_minutes=75), ItemEntry("B", fixed_start=time(15)))

    assert told(work, conference) == [("fixed_start_overrun", {"minutes": 15, "start": STARTS + HOUR})]


def test_fixed_point_before_the_session_is_told(work: Work) -> None:
    conference = make_conference(work)
    plan(work, conference, ItemEntry("A", fixed_start=time(13)))

    assert told(work, conference) == [("before_session", {"minutes": 60, "start": STARTS - HOUR})]


def test_items_longer_than_the_session_and_the_conference_are_told(work: Work) -> None:
    conference = make_conference(work)
    plan(work, conference, ItemEntry("A", planned_minutes=200))

    assert told(work, conference) == [
        ("session_overrun", {"minutes": 20, "until": ENDS + timedelta(minutes=20)}),
        ("after_conference", {"minutes": 20}),
    ]


def test_session_outside_the_conference_is_told(work: Work) -> None:
    conference = make_conference(work)
    plan(work, conference, starts_at=STARTS - HOUR, ends_at=ENDS + HOUR)

    assert told(work, conference) == [("before_conference", {"minutes": 60}), ("after_conference", {"minutes": 60})]


def test_session_past_midnight_of_the_conference_is_told(work: Work) -> None:
    midnight = datetime(2023, 1, 16, 17, 0, tzinfo=UTC)
    conference = make_conference(work, ends_at=midnight + HOUR)
    plan(work, conference, ends_at=midnight)
    assert told(work, conference) == []

    plan(work, conference, starts_at=midnight - HOUR, ends_at=midnight + HOUR, title="Phiên tối")
    assert told(work, conference) == [
        ("past_midnight", {"until": midnight + HOUR}),
        ("session_overlap", {"other": "Phiên chiều", "minutes": 60}),
    ]


def test_agenda_longer_than_the_day_is_told_and_kept(work: Work) -> None:
    conference = make_conference(work)
    plan(work, conference, *[ItemEntry(str(n), planned_minutes=1440) for n in range(3)])

    assert [code for code, _ in told(work, conference)] == ["session_overrun", "after_conference", "past_midnight"]
