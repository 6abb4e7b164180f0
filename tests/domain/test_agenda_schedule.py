"""Times follow from the order and the fixed points."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsvc.domain.agenda_schedule import moment_in_session, schedule
from confsvc.domain.errors import Invalid
from confsvc.models import AgendaItem, AgendaSession

TWO = datetime(2023, 1, 16, 7, 0, tzinfo=UTC)  # 14:00 in Bình Thuận
ZONE = "Asia/Ho_Chi_Minh"
minutes = st.integers(1, 1440)
pins = st.none() | st.integers(-600, 1440)


def session_of(*items: tuple[int, int | None], starts_at: datetime = TWO, lasts: int = 180, session_id: int = 1) -> AgendaSession:
    """A session whose items are (planned minutes, fixed start in minutes after the session's or None)."""
    session = AgendaSession(id=session_id, title="Phiên chiều", starts_at=starts_at, ends_at=starts_at + timedelta(minutes=lasts))
    session.items = [
        AgendaItem(id=n, planned_minutes=planned, fixed_start=None if pin is None else starts_at + timedelta(minutes=pin))
        for n, (planned, pin) in enumerate(items)
    ]
    return session


def offsets(*items: tuple[int, int | None]) -> list[tuple[int, int, int]]:
    """(start, end, overrun) of each item in minutes after the session's start."""
    (scheduled,) = schedule([session_of(*items)])
    return [((i.starts_at - TWO) // timedelta(minutes=1), (i.ends_at - TWO) // timedelta(minutes=1), i.overrun_minutes) for i in scheduled.items]


def test_items_follow_one_another_from_the_start_of_the_session() -> None:
    assert offsets((10, None), (25, None), (5, None)) == [(0, 10, 0), (10, 35, 0), (35, 40, 0)]


def test_fixed_start_waits_for_its_time_and_the_rest_follows_it() -> None:
    assert offsets((10, None), (25, 60), (5, None)) == [(0, 10, 0), (60, 85, 0), (85, 90, 0)]


def test_fixed_start_is_kept_when_what_precedes_it_takes_too_long() -> None:
    assert offsets((70, None), (25, 60), (5, None)) == [(0, 70, 0), (60, 85, 10), (85, 90, 0)]


def test_fixed_start_before_the_session_counts_as_overrun() -> None:
    assert offsets((10, -15)) == [(-15, -5, 15)]


def test_session_without_items_is_over_when_it_begins() -> None:
    (scheduled,) = schedule([session_of()])

    assert (scheduled.items, scheduled.ends_at, scheduled.overrun_minutes) == ([], TWO, 0)


def test_session_says_how_long_its_items_last_beyond_its_end() -> None:
    (scheduled,) = schedule([session_of((100, None), (85, None), lasts=180)])

    assert (scheduled.ends_at, scheduled.overrun_minutes) == (TWO + timedelta(minutes=185), 5)


def test_sessions_stand_in_the_order_of_their_start() -> None:
    late, early = session_of(starts_at=TWO + timedelta(hours=4), session_id=1), session_of(session_id=2)

    assert [scheduled.session.id for scheduled in schedule([late, early])] == [2, 1]


@given(st.lists(st.tuples(minutes, pins), max_size=30))
def test_order_and_fixed_points_are_kept_and_only_they_may_overlap(items: list[tuple[int, int | None]]) -> None:
    session = session_of(*items)

    (scheduled,) = schedule([session])

    assert [i.item for i in scheduled.items] == session.items
    free = TWO
    for entry, (planned, pin) in zip(scheduled.items, items, strict=True):
        assert entry.ends_at - entry.starts_at == timedelta(minutes=planned)
        assert entry.starts_at == (free if pin is None else TWO + timedelta(minutes=pin))
        assert (entry.overrun_minutes > 0) == (entry.starts_at < free)
        assert pin is not None or entry.overrun_minutes == 0
        free = entry.ends_at
    assert scheduled.ends_at == max([i.ends_at for i in scheduled.items], default=TWO)


@given(st.lists(st.tuples(minutes, st.none()), max_size=30))
def test_without_fixed_points_a_session_lasts_as_long_as_its_items(items: list[tuple[int, None]]) -> None:
    (scheduled,) = schedule([session_of(*items)])

    assert scheduled.ends_at - TWO == timedelta(minutes=sum(planned for planned, _ in items))


@pytest.mark.parametrize(
    ("clock", "lasts", "expected"),
    [
        (time(15, 0), 180, datetime(2023, 1, 16, 8, 0, tzinfo=UTC)),
        (time(13, 0), 180, datetime(2023, 1, 16, 6, 0, tzinfo=UTC)),
        (time(0, 30), 12 * 60, datetime(2023, 1, 16, 17, 30, tzinfo=UTC)),
    ],
)
def test_time_of_day_lies_on_the_day_of_the_session_or_after_its_midnight(clock: time, lasts: int, expected: datetime) -> None:
    assert moment_in_session(session_of(lasts=lasts), clock, ZONE) == expected


def test_time_of_day_that_clocks_jump_over_is_refused() -> None:
    night = session_of(starts_at=datetime(2023, 3, 26, 0, 0, tzinfo=UTC))  # 01:00 in Berlin, where 02:00 is 03:00 that day
    with pytest.raises(Invalid) as caught:
        moment_in_session(night, time(2, 30), "Europe/Berlin")
    assert (caught.value.field, caught.value.reason) == ("fixed_start", "moment_skipped")
