"""What follows on the agenda when something takes longer or begins at another time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from confsvc.domain.agenda_ripple_rules import SHORTEST_MINUTES, Agenda, RippleEntry
from confsvc.domain.agenda_times import Times
from confsvc.domain.errors import Invalid
from confsvc.models import AgendaItem, AgendaSession, Conference

TWO = datetime(2023, 1, 16, 7, 0, tzinfo=UTC)  # 14:00 in Bình Thuận
LONG_BEFORE = TWO - timedelta(days=30)
Row = tuple[int, int | None]


def after(minutes: float) -> datetime:
    return TWO + timedelta(minutes=minutes)


def session_of(session_id: int, starts: int, lasts: int, *rows: Row) -> AgendaSession:
    """A session so many minutes after two, whose items are (minutes, fixed start in minutes after two or None); ids from 100 × its own."""
    session = AgendaSession(id=session_id, title=f"Phiên {session_id}", starts_at=after(starts), ends_at=after(starts + lasts))
    session.items = [
        AgendaItem(id=session_id * 100 + n, title="x", sort_order=n, planned_minutes=minutes, fixed_start=None if pin is None else after(pin))
        for n, (minutes, pin) in enumerate(rows)
    ]
    return session


def conference_of(sessions: list[AgendaSession], **changes: Any) -> Conference:
    values = {"timezone": "Asia/Ho_Chi_Minh", "state": "published", "starts_at": sessions[0].starts_at, "ends_at": after(3 * 1440)}
    return Conference(**{**values, **changes})


def rippled(sessions: list[AgendaSession], entry: RippleEntry, *, now: datetime = LONG_BEFORE, **conference: Any) -> tuple[Times, Times]:
    """The times before and after."""
    agenda = Agenda(sessions, conference_of(sessions, **conference), entry, now)
    agenda.ripple()
    return agenda.before, Times.of(sessions)


def starts(times: Times) -> dict[int, int]:
    """When each item begins, in minutes after two."""
    return {key: (time.span.starts_at - TWO) // timedelta(minutes=1) for key, time in times.items.items()}


def spans(times: Times) -> dict[int, tuple[int, int]]:
    """From when to when each session is planned, in minutes after two."""
    planned = {key: time.planned for key, time in times.sessions.items()}
    return {key: ((span.starts_at - TWO) // timedelta(minutes=1), (span.ends_at - TWO) // timedelta(minutes=1)) for key, span in planned.items()}


def test_overrun_shifts_what_follows_and_stretches_the_session() -> None:
    _, now = rippled([session_of(1, 0, 60, (20, None), (20, None), (20, None))], RippleEntry(item_id=100, overrun=15))

    assert (starts(now), spans(now)) == ({100: 0, 101: 35, 102: 55}, {1: (0, 75)})


def test_slack_before_a_fixed_point_is_used_first() -> None:
    before, now = rippled([session_of(1, 0, 120, (20, None), (20, None), (20, 60), (20, None))], RippleEntry(item_id=100, overrun=15))

    assert starts(now) == {100: 0, 101: 35, 102: 60, 103: 80}
    assert (before.items[102].slack, now.items[102].slack, spans(now)) == (timedelta(minutes=20), timedelta(minutes=5), {1: (0, 120)})


def test_fixed_point_holds_and_the_overlap_stays_to_be_seen() -> None:
    _, now = rippled([session_of(1, 0, 120, (20, None), (20, None), (20, 60), (20, None))], RippleEntry(item_id=100, overrun=30))

    assert (starts(now), now.items[102].overrun) == ({100: 0, 101: 50, 102: 60, 103: 80}, timedelta(minutes=10))


def test_fixed_point_moves_only_as_far_as_it_must_when_asked() -> None:
    rows: list[Row] = [(20, None), (20, None), (20, 60), (10, None), (10, 100)]
    _, now = rippled([session_of(1, 0, 120, *rows)], RippleEntry(item_id=100, overrun=35, fixed="move"))

    assert starts(now) == {100: 0, 101: 55, 102: 75, 103: 95, 104: 105}


def test_what_comes_before_the_fixed_point_is_shortened_in_proportion_when_asked() -> None:
    rows: list[Row] = [(20, None), (25, None), (15, None), (20, 60)]
    _, now = rippled([session_of(1, 0, 120, *rows)], RippleEntry(item_id=100, overrun=15, fixed="shorten"))

    assert [time.minutes for time in now.items.values()] == [35, 15, 10, 20]
    assert now.items[103].overrun == timedelta(0)


def test_nothing_is_shortened_below_the_least_and_the_rest_stays_to_be_seen() -> None:
    rows: list[Row] = [(20, None), (7, None), (3, None), (20, 30)]
    _, now = rippled([session_of(1, 0, 120, *rows)], RippleEntry(item_id=100, overrun=15, fixed="shorten"))

    assert [time.minutes for time in now.items.values()] == [35, SHORTEST_MINUTES, 3, 20]
    assert now.items[103].overrun == timedelta(minutes=13)


def test_overlap_that_was_there_already_is_nobodys_business() -> None:
    rows: list[Row] = [(20, None), (20, 10), (20, None)]
    _, now = rippled([session_of(1, 0, 120, *rows)], RippleEntry(item_id=100, overrun=5, fixed="move"))

    assert (starts(now), now.items[101].overrun) == ({100: 0, 101: 15, 102: 35}, timedelta(minutes=10))


def test_without_fixed_points_what_is_left_of_the_session_is_shortened() -> None:
    _, now = rippled([session_of(1, 0, 60, (20, None), (20, None), (20, None))], RippleEntry(item_id=100, overrun=10, fixed="shorten"))

    assert ([time.minutes for time in now.items.values()], spans(now)) == ([30, 15, 15], {1: (0, 60)})


def test_session_keeps_its_end_when_asked() -> None:
    _, now = rippled([session_of(1, 0, 60, (60, None))], RippleEntry(item_id=100, overrun=10, extend=False))

    assert (spans(now), now.sessions[1].overrun) == ({1: (0, 60)}, timedelta(minutes=10))


def test_item_that_takes_less_lets_what_follows_move_up_to_the_fixed_point() -> None:
    _, now = rippled([session_of(1, 0, 120, (30, None), (20, None), (20, 60))], RippleEntry(item_id=100, minutes=10))

    assert (starts(now), spans(now)) == ({100: 0, 101: 10, 102: 60}, {1: (0, 120)})


def test_item_begins_later_in_its_place_and_the_rest_follows() -> None:
    _, now = rippled([session_of(1, 0, 60, (20, None), (20, None), (20, None))], RippleEntry(item_id=101, starts_at=after(30)))

    assert (starts(now), now.items[101].is_fixed, spans(now)) == ({100: 0, 101: 30, 102: 50}, True, {1: (0, 70)})


def test_item_goes_behind_what_begins_before_it_when_asked() -> None:
    sessions = [session_of(1, 0, 60, (20, None), (20, None), (20, None))]
    _, now = rippled(sessions, RippleEntry(item_id=100, starts_at=after(50), by_time=True))

    assert [(item.id, item.sort_order) for item in sessions[0].items] == [(101, 0), (102, 1), (100, 2)]
    assert starts(now) == {101: 0, 102: 20, 100: 50}


def test_item_moved_into_another_sessions_time_goes_there() -> None:
    sessions = [session_of(1, 0, 60, (20, None), (20, None)), session_of(2, 120, 60, (20, None), (20, None))]
    _, now = rippled(sessions, RippleEntry(item_id=100, starts_at=after(140)))

    assert [[item.id for item in session.items] for session in sessions] == [[101], [200, 100, 201]]
    assert starts(now) == {101: 0, 200: 120, 100: 140, 201: 160}


def test_item_cannot_go_to_a_day_without_a_session() -> None:
    with pytest.raises(Invalid) as caught:
        rippled([session_of(1, 0, 60, (20, None))], RippleEntry(item_id=100, starts_at=after(1440)))
    assert (caught.value.field, caught.value.reason) == ("starts_at", "ripple_no_session")


@pytest.mark.parametrize(("fixed", "pin"), [("hold", 60), ("move", 90)])
def test_session_begins_later_and_keeps_its_length(fixed: str, pin: int) -> None:
    sessions = [session_of(1, 0, 120, (20, None), (20, 60), (20, None))]
    _, now = rippled(sessions, RippleEntry(session_id=1, starts_at=after(30), fixed=fixed))

    assert (starts(now), spans(now)) == ({100: 30, 101: pin, 102: pin + 20}, {1: (30, 150)})


def test_fixed_points_keep_their_time_of_day_on_another_day() -> None:
    _, now = rippled([session_of(1, 0, 120, (20, None), (20, 60))], RippleEntry(session_id=1, starts_at=after(1440 + 30)))

    assert starts(now) == {100: 1440 + 30, 101: 1440 + 60}


def test_session_lasts_as_long_as_is_said_and_its_items_are_shortened_to_fit() -> None:
    _, now = rippled([session_of(1, 0, 60, (30, None), (30, None))], RippleEntry(session_id=1, minutes=40, fixed="shorten"))

    assert ([time.minutes for time in now.items.values()], spans(now)) == ([20, 20], {1: (0, 40)})


def three_sessions() -> list[AgendaSession]:
    return [session_of(1, 0, 60, (60, None)), session_of(2, 70, 60, (20, None), (20, 110)), session_of(3, 130, 60, (60, None))]


def test_later_sessions_hold_unless_asked() -> None:
    _, now = rippled(three_sessions(), RippleEntry(item_id=100, overrun=30))

    assert spans(now) == {1: (0, 90), 2: (70, 130), 3: (130, 190)}


def test_later_sessions_are_pushed_by_what_the_slack_between_leaves_over() -> None:
    _, now = rippled(three_sessions(), RippleEntry(item_id=100, overrun=30, later="push"))

    assert (spans(now), starts(now)[201]) == ({1: (0, 90), 2: (90, 150), 3: (150, 210)}, 110)


def test_session_pushed_out_of_the_way_of_one_stays_out_of_that_of_the_next() -> None:
    sessions = [session_of(1, 0, 10, (10, None)), session_of(2, 10, 10), session_of(3, 20, 10)]
    _, now = rippled(sessions, RippleEntry(item_id=100, overrun=20, later="push"))

    assert spans(now) == {1: (0, 30), 2: (30, 40), 3: (40, 50)}


def test_later_sessions_of_that_day_go_along_by_the_same_distance() -> None:
    tomorrow = session_of(4, 1440, 60)
    _, now = rippled([*three_sessions(), tomorrow], RippleEntry(session_id=1, starts_at=after(15), later="along", fixed="move"))

    assert (spans(now), starts(now)[201]) == ({1: (15, 75), 2: (85, 145), 3: (145, 205), 4: (1440, 1500)}, 125)


def test_sessions_go_along_to_another_day_with_their_fixed_points() -> None:
    sessions = [session_of(1, 0, 60), session_of(2, 70, 60, (20, None), (20, 110))]
    _, now = rippled(sessions, RippleEntry(session_id=1, starts_at=after(1440), later="along"))

    assert (spans(now), starts(now)) == ({1: (1440, 1500), 2: (1510, 1570)}, {200: 1510, 201: 1440 + 110})


def test_fixed_point_holds_where_its_session_is_pushed_past_midnight() -> None:
    sessions = [session_of(1, 500, 60, (60, None)), session_of(2, 560, 60, (20, None), (20, 590))]  # midnight is at 600
    _, now = rippled(sessions, RippleEntry(item_id=100, overrun=60, later="push"))

    assert (spans(now), starts(now)[201]) == ({1: (500, 620), 2: (620, 680)}, 590)


def test_conference_ends_later_with_its_sessions_when_asked() -> None:
    sessions = [session_of(1, 0, 60, (60, None))]
    kept, follows = conference_of(sessions, ends_at=after(60)), conference_of(sessions, ends_at=after(60))
    Agenda(sessions, kept, RippleEntry(item_id=100, overrun=5), LONG_BEFORE).ripple()
    Agenda(sessions, follows, RippleEntry(item_id=100, overrun=5, extend_conference=True), LONG_BEFORE).ripple()

    assert (kept.ends_at, follows.ends_at) == (after(60), after(70))


@pytest.mark.parametrize(
    ("entry", "field", "reason"),
    [
        (RippleEntry(item_id=100), "overrun", "ripple_one_of"),
        (RippleEntry(item_id=100, overrun=5, minutes=7), "minutes", "ripple_one_of"),
        (RippleEntry(item_id=100, overrun=0), "overrun", "minutes_range"),
        (RippleEntry(item_id=100, overrun=-5), "overrun", "minutes_range"),
        (RippleEntry(item_id=100, overrun=1440), "overrun", "minutes_range"),
        (RippleEntry(item_id=100, minutes=0), "minutes", "minutes_range"),
        (RippleEntry(session_id=1, minutes=1441), "minutes", "minutes_range"),
        (RippleEntry(item_id=100, overrun=1400), "overrun", "session_too_long"),
        (RippleEntry(item_id=100, overrun=5, fixed="x"), "fixed", "not_a_choice"),
        (RippleEntry(item_id=100, overrun=5, later="x"), "later", "not_a_choice"),
        (RippleEntry(session_id=1, starts_at=after(60 * 24 * 366 * 90)), "starts_at", "date_out_of_range"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(entry: RippleEntry, field: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        rippled([session_of(1, 0, 60, (20, None), (40, None))], entry)
    assert (caught.value.field, caught.value.reason) == (field, reason)


def test_item_that_should_be_over_can_still_take_longer_than_now() -> None:
    rows: list[Row] = [(20, None), (20, None), (20, None)]
    _, now = rippled([session_of(1, 0, 60, *rows)], RippleEntry(item_id=100, overrun=30), now=after(35), state="in_progress")

    assert starts(now) == {100: 0, 101: 50, 102: 70}


@pytest.mark.parametrize("entry", [RippleEntry(item_id=100, overrun=10), RippleEntry(item_id=100, minutes=10), RippleEntry(item_id=102, starts_at=after(5))])
def test_nothing_is_moved_into_the_past(entry: RippleEntry) -> None:
    with pytest.raises(Invalid) as caught:
        rippled([session_of(1, 0, 60, (20, None), (20, None), (20, None))], entry, now=after(35))
    assert caught.value.reason == "ripple_past"


@pytest.mark.parametrize("what", [{"item_id": 100}, {"item_id": 101}, {"session_id": 1}])
def test_what_has_begun_in_a_running_conference_cannot_begin_again(what: dict[str, Any]) -> None:
    sessions = [session_of(1, 0, 60, (20, None), (20, None), (20, None))]
    with pytest.raises(Invalid) as caught:
        rippled(sessions, RippleEntry(**what, starts_at=after(50)), now=after(20), state="in_progress")
    assert (caught.value.field, caught.value.reason) == ("starts_at", "ripple_begun")


def test_session_that_should_have_begun_can_be_put_off_while_the_conference_has_not() -> None:
    _, now = rippled([session_of(1, 0, 60, (20, None))], RippleEntry(session_id=1, starts_at=after(30)), now=after(10))

    assert spans(now) == {1: (30, 90)}
