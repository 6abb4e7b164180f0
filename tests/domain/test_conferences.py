"""Conferences: made, changed, moved from state to state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from confsvc.domain.conference_states import STEPS, allowed_steps
from confsvc.domain.conferences import ConferenceEntry, change_conference, create_conference, move_conference
from confsvc.domain.errors import EditConflict, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.facts import ConferenceStateChanged, Fact, RosterChanged
from confsvc.domain.work import Anonymous, Work
from confsvc.models import AgendaItem, AgendaSession, Conference, ConferenceMember
from confsvc.models.conference import STATES
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_site, make_unit

ENTRY = ConferenceEntry("Hội nghị tổng kết", "hybrid", "Asia/Ho_Chi_Minh", STARTS, ENDS)


def test_whoever_makes_a_conference_organises_it(begin: BeginWork) -> None:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        by_system = create_conference(work, ENTRY).id
    with begin(acting(olga)) as work:
        made = create_conference(work, replace(ENTRY, title="  Hội nghị\u200b  Đức ", chair_name="Nguyễn Minh", notes="a \r\n b"))
        assert (made.title, made.title_fold, made.state, made.version, made.revision) == ("Hội nghị Đức", "hoi nghi duc", "draft", 1, 0)
        assert (made.starts_at, made.chair_name, made.notes, made.check_in_minutes) == (STARTS, "Nguyễn Minh", "a\nb", 120)
    with begin() as work:
        members = work.session.execute(select(ConferenceMember.conference_id, ConferenceMember.account_id)).all()
        assert members == [(made.id, olga.id)]
        assert by_system != made.id
    with begin(acting(mallory)) as work, pytest.raises(NotFound):
        change_conference(work, made.id, ENTRY, version=1)
    with begin(Anonymous()) as work, pytest.raises(SignInRequired):
        create_conference(work, ENTRY)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": " \u202e"}, ("title", "required")),
        ({"title": "x" * 301}, ("title", "too_long")),
        ({"mode": "hologram"}, ("mode", "not_a_choice")),
        ({"address_form": "you"}, ("address_form", "not_a_choice")),
        ({"timezone": "Asia/Saigon2"}, ("timezone", "timezone_unknown")),
        ({"timezone": "../etc/passwd"}, ("timezone", "timezone_unknown")),
        ({"ends_at": STARTS}, ("ends_at", "ends_before_start")),
        ({"ends_at": STARTS - timedelta(hours=1)}, ("ends_at", "ends_before_start")),
        ({"ends_at": STARTS + timedelta(days=32)}, ("ends_at", "period_too_long")),
        ({"starts_at": datetime(1023, 1, 16, tzinfo=UTC)}, ("starts_at", "date_out_of_range")),
        ({"chair_name": "x" * 201}, ("chair_name", "too_long")),
        ({"chair_position": "x" * 201}, ("chair_position", "too_long")),
        ({"video_link": "javascript:alert(1)"}, ("video_link", "link_invalid")),
        ({"notes": "x" * 10_001}, ("notes", "too_long")),
        ({"check_in_minutes": -1}, ("check_in_minutes", "number_range")),
        ({"check_in_minutes": 1441}, ("check_in_minutes", "number_range")),
        ({"late_minutes": -1}, ("late_minutes", "number_range")),
        ({"late_minutes": 1441}, ("late_minutes", "number_range")),
        ({"walk_in_rule": "bribe"}, ("walk_in_rule", "not_a_choice")),
        ({"online_rule": ""}, ("online_rule", "not_a_choice")),
        ({"host_unit_id": 99}, ("host_unit", "unit_unknown")),
    ],
)
def test_what_breaks_a_rule_is_refused(work: Work, changes: dict[str, object], expected: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        create_conference(work, replace(ENTRY, **changes))  # type: ignore[arg-type]  # values of many types
    assert (caught.value.field, caught.value.reason) == expected


def test_the_host_keeps_the_name_it_had_once_published(work: Work) -> None:
    unit, other = make_unit(work, "Sở TT&TT"), make_unit(work, "Sở KH&CN")
    conference = create_conference(work, replace(ENTRY, host_unit_id=unit.id))
    unit.name = "Sở Thông tin"
    change_conference(work, conference.id, replace(ENTRY, host_unit_id=unit.id), version=1)
    assert conference.host_name == "Sở Thông tin"
    conference.state, unit.name, unit.valid_to = "published", "Sở Khác", STARTS.date()
    change_conference(work, conference.id, replace(ENTRY, host_unit_id=unit.id), version=2)
    assert conference.host_name == "Sở Thông tin"
    change_conference(work, conference.id, replace(ENTRY, host_unit_id=other.id), version=3)
    assert (conference.host_unit_id, conference.host_name) == (other.id, "Sở KH&CN")
    with pytest.raises(Invalid) as caught:
        change_conference(work, conference.id, replace(ENTRY, host_unit_id=unit.id), version=4)
    assert caught.value.reason == "unit_unknown"
    work.session.rollback()


def test_the_second_tab_is_told_and_a_change_is_told_to_desks(begin: BeginWork, published: list[Fact]) -> None:
    with begin() as work:
        olga = make_account(work)
        conference_id = make_conference(work, olga).id
    published.clear()
    with begin(acting(olga)) as work:
        change_conference(work, conference_id, replace(ENTRY, title="Erste"), version=1)
    with pytest.raises(EditConflict) as caught, begin(acting(olga)) as work:
        change_conference(work, conference_id, replace(ENTRY, title="Zweite"), version=1)
    assert (caught.value.current.title, caught.value.current.version) == ("Erste", 2)
    assert published == [RosterChanged(conference_id)]


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_a_settled_conference_is_not_changed(work: Work, state: str) -> None:
    conference = make_conference(work, state=state)
    with pytest.raises(WrongState):
        change_conference(work, conference.id, ENTRY, version=1)


def test_the_steps_of_every_state() -> None:
    assert {state: allowed_steps(state) for state in STATES} == {
        "draft": ["publish", "cancel"],
        "published": ["start", "postpone", "cancel"],
        "in_progress": ["close", "postpone"],
        "closed": [],
        "postponed": ["resume", "cancel"],
        "cancelled": [],
    }


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", [*STEPS, "", "delete"])
def test_a_step_is_taken_where_it_is_allowed_and_nowhere_else(begin: BeginWork, published: list[Fact], state: str, step: str) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga, state=state)
        make_site(work, conference)
    published.clear()
    times = {"starts_at": STARTS, "ends_at": ENDS}
    if step in allowed_steps(state):
        with begin(acting(olga)) as work:
            assert move_conference(work, conference.id, step, version=1, **times).state == STEPS[step][1]
        assert published[-1] == ConferenceStateChanged(conference.id, STEPS[step][1])
    else:
        with pytest.raises(WrongState) as caught, begin(acting(olga)) as work:
            move_conference(work, conference.id, step, version=1, **times)
        assert (caught.value.fields, published) == ({"state": state, "step": step}, [])
        with begin() as work:
            assert work.session.scalars(select(Conference.state)).all() == [state]


def test_publishing_needs_a_site(work: Work) -> None:
    conference = make_conference(work, state="draft")
    with pytest.raises(Invalid) as caught:
        move_conference(work, conference.id, "publish", version=1)
    assert (caught.value.reason, conference.state) == ("conference_needs_site", "draft")


def test_a_step_from_an_old_page_is_told(work: Work) -> None:
    conference = make_conference(work, version=3)
    with pytest.raises(EditConflict):
        move_conference(work, conference.id, "start", version=2)


def test_the_outsider_takes_no_step(begin: BeginWork) -> None:
    with begin() as work:
        conference_id = make_conference(work, make_account(work)).id
        mallory = make_account(work, "mallory")
    with begin(acting(mallory)) as work, pytest.raises(NotFound):
        move_conference(work, conference_id, "cancel", version=1)
    with begin(Anonymous()) as work, pytest.raises(SignInRequired):
        move_conference(work, conference_id, "cancel", version=1)


def agenda_of(work: Work, conference: Conference) -> tuple[AgendaSession, AgendaItem]:
    """A session over the whole conference with an item fixed half an hour after the start."""
    session = AgendaSession(conference_id=conference.id, uid=work.new_id(), title="Phiên", starts_at=STARTS, ends_at=ENDS)
    work.session.add(session)
    work.session.flush()
    item = AgendaItem(conference_id=conference.id, session_id=session.id, title="Khai mạc", fixed_start=STARTS + timedelta(minutes=30))
    work.session.add(item)
    work.session.flush()
    return session, item


def test_the_agenda_follows_the_new_time_of_a_postponed_conference(work: Work) -> None:
    conference = make_conference(work, state="postponed")
    session, item = agenda_of(work, conference)
    for times in ({}, {"starts_at": STARTS}, {"ends_at": ENDS}):
        with pytest.raises(Invalid) as caught:
            move_conference(work, conference.id, "resume", version=conference.version, **times)
        assert caught.value.reason == "required"
    week = timedelta(days=7, hours=1)
    move_conference(work, conference.id, "resume", version=conference.version, starts_at=STARTS + week, ends_at=ENDS + week)
    assert (conference.state, conference.starts_at, conference.ends_at) == ("published", STARTS + week, ENDS + week)
    assert (session.starts_at, session.ends_at, item.fixed_start) == (STARTS + week, ENDS + week, STARTS + week + timedelta(minutes=30))
    assert (session.version, item.version) == (2, 2)


def test_the_agenda_follows_a_change_only_when_asked(work: Work) -> None:
    conference = make_conference(work)
    session, _ = agenda_of(work, conference)
    later = replace(ENTRY, starts_at=STARTS + timedelta(hours=1))
    change_conference(work, conference.id, later, version=1)
    assert session.starts_at == STARTS
    change_conference(work, conference.id, replace(ENTRY, starts_at=STARTS + timedelta(hours=2)), version=2, move_agenda=True)
    assert session.starts_at == STARTS + timedelta(hours=1)


def test_the_end_follows_with_the_agenda_unless_it_was_changed_too(work: Work) -> None:
    conference = make_conference(work)
    hour = timedelta(hours=1)
    change_conference(work, conference.id, replace(ENTRY, starts_at=STARTS - 6 * hour), version=1, move_agenda=True)
    assert (conference.starts_at, conference.ends_at) == (STARTS - 6 * hour, ENDS - 6 * hour)
    # Moved beyond where it ended.
    change_conference(work, conference.id, replace(ENTRY, starts_at=ENDS + hour, ends_at=ENDS - 6 * hour), version=2, move_agenda=True)
    assert (conference.starts_at, conference.ends_at) == (ENDS + hour, ENDS + hour + (ENDS - STARTS))
    change_conference(work, conference.id, replace(ENTRY, ends_at=ENDS + hour), version=3, move_agenda=True)
    assert (conference.starts_at, conference.ends_at) == (STARTS, ENDS + hour)
    change_conference(work, conference.id, replace(ENTRY, starts_at=STARTS - hour, ends_at=ENDS + hour), version=4)
    assert (conference.starts_at, conference.ends_at) == (STARTS - hour, ENDS + hour)
    # Only the zone: clocks show the same there.
    entry = replace(ENTRY, timezone="UTC", starts_at=STARTS + 6 * hour, ends_at=ENDS + 8 * hour)
    change_conference(work, conference.id, entry, version=5, move_agenda=True)
    assert (conference.starts_at, conference.ends_at) == (STARTS + 6 * hour, ENDS + 8 * hour)
    with pytest.raises(Invalid):
        change_conference(work, conference.id, replace(entry, starts_at=datetime(1, 1, 2, tzinfo=UTC)), version=6, move_agenda=True)


@pytest.mark.parametrize(
    ("columns", "is_refused"),
    [
        ({"state": "published", "invited_at": NOW}, True),
        ({"state": "published"}, False),
        ({"state": "in_progress", "invited_at": NOW}, False),
    ],
)
def test_a_start_in_the_past_is_not_set_where_people_were_invited(work: Work, columns: dict[str, Any], *, is_refused: bool) -> None:
    conference = make_conference(work, **columns)
    gone = NOW - timedelta(hours=1)
    if not is_refused:
        assert change_conference(work, conference.id, replace(ENTRY, starts_at=gone, ends_at=ENDS), version=1).starts_at == gone
        return
    with pytest.raises(Invalid) as caught:
        change_conference(work, conference.id, replace(ENTRY, starts_at=gone, ends_at=ENDS), version=1)
    assert (caught.value.field, caught.value.reason) == ("starts_at", "start_past")


def test_a_start_that_has_passed_meanwhile_can_stay(work: Work) -> None:
    gone = NOW - timedelta(hours=1)
    conference = make_conference(work, state="published", invited_at=gone, starts_at=gone, ends_at=ENDS)
    assert change_conference(work, conference.id, replace(ENTRY, title="Tên mới", starts_at=gone, ends_at=ENDS), version=1).title == "Tên mới"


def test_the_agenda_keeps_its_wall_clock_where_clocks_change(work: Work) -> None:
    summer, winter = datetime(2022, 10, 29, 7, tzinfo=UTC), datetime(2022, 10, 30, 8, tzinfo=UTC)  # 09:00 in Berlin on both days
    conference = make_conference(work, timezone="Europe/Berlin", starts_at=summer, ends_at=summer + timedelta(hours=2))
    session, _ = agenda_of(work, conference)
    session.starts_at, session.ends_at = summer, summer + timedelta(hours=1)
    entry = replace(ENTRY, timezone="Europe/Berlin", starts_at=winter, ends_at=winter + timedelta(hours=2))
    change_conference(work, conference.id, entry, version=1, move_agenda=True)
    assert (session.starts_at, session.ends_at) == (winter, winter + timedelta(hours=1))
