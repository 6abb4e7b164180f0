"""When a reminder is due: so long before the start, never at night, and only while it still helps."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsvc.domain.moments import wall_clock
from confsvc.domain.reminder_moments import is_night, reminder_moment, still_helps

VIETNAM, BERLIN, NEW_YORK, LORD_HOWE = "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
HOUR, DAY = 60, 1440


def at(shown: str, zone: str = VIETNAM) -> datetime:
    return datetime.fromisoformat(shown).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("starts", "minutes", "due"),
    [
        ("2023-01-16T14:00", 3 * DAY, "2023-01-13T14:00"),
        ("2023-01-16T14:00", DAY, "2023-01-15T14:00"),
        ("2023-01-16T14:00", HOUR, "2023-01-16T13:00"),
        ("2023-01-16T07:00", HOUR, "2023-01-16T06:00"),
        # 06:00 is nearer and leaves half an hour; once it leaves less, the evening before.
        ("2023-01-16T06:30", HOUR, "2023-01-16T06:00"),
        ("2023-01-16T06:29", HOUR, "2023-01-15T21:00"),
        ("2023-01-16T05:00", HOUR, "2023-01-15T21:00"),
        # The evening is nearer.
        ("2023-01-16T23:00", DAY, "2023-01-15T21:00"),
        ("2023-01-16T08:00", 9 * HOUR, "2023-01-15T21:00"),
        ("2023-01-16T08:00", 10 * HOUR, "2023-01-15T21:00"),
        ("2023-01-16T08:00", 10 * HOUR + 1, "2023-01-15T21:59"),
        # Half way between both: the evening, since nothing comes too late then.
        ("2023-01-16T08:00", 6 * HOUR + 30, "2023-01-15T21:00"),
        ("2023-01-16T08:00", 6 * HOUR + 29, "2023-01-16T06:00"),
        ("2023-01-16T23:30", HOUR, "2023-01-16T21:00"),
    ],
)
def test_reminder_is_due_so_long_before_and_never_at_night(starts: str, minutes: int, due: str) -> None:
    assert wall_clock(reminder_moment(at(starts), minutes, VIETNAM), VIETNAM) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("zone", "starts", "minutes", "due"),
    [
        # Clocks go forward on 26/03/2023 at 02:00 and back on 29/10/2023 at 03:00.
        (BERLIN, "2023-03-26T08:00", DAY, "2023-03-25T08:00"),
        (BERLIN, "2023-10-29T08:00", DAY, "2023-10-28T08:00"),
        (BERLIN, "2023-03-26T08:00", HOUR, "2023-03-26T07:00"),
        (BERLIN, "2023-03-28T09:00", 3 * DAY, "2023-03-25T09:00"),
        # 02:30 of the day before the change would be the same hour: it lies in the night either way.
        (BERLIN, "2023-03-27T02:30", DAY, "2023-03-26T06:00"),
        (BERLIN, "2023-10-30T02:30", DAY, "2023-10-29T06:00"),
        (BERLIN, "2023-03-26T06:20", HOUR, "2023-03-25T21:00"),
        (NEW_YORK, "2023-03-12T10:00", DAY, "2023-03-11T10:00"),
        (LORD_HOWE, "2023-10-01T10:00", DAY, "2023-09-30T10:00"),
    ],
)
def test_days_are_counted_on_the_clock_where_it_is_changed(zone: str, starts: str, minutes: int, due: str) -> None:
    assert wall_clock(reminder_moment(at(starts, zone), minutes, zone), zone) == datetime.fromisoformat(due)


@given(
    st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 31)),  # noqa: DTZ001  # as clocks show it
    st.integers(1, 90 * DAY),
    st.sampled_from([VIETNAM, BERLIN, NEW_YORK, LORD_HOWE, "UTC"]),
)
def test_no_reminder_is_due_at_night_or_after_the_start(shown: datetime, minutes: int, zone: str) -> None:
    starts_at = shown.replace(tzinfo=ZoneInfo(zone), second=0, microsecond=0).astimezone(UTC)

    moment = reminder_moment(starts_at, minutes, zone)

    assert not is_night(moment, zone)
    assert moment < starts_at
    # Moved by a whole night at the most, and by the hour that clocks may be changed by.
    assert abs(starts_at - timedelta(minutes=minutes) - moment) <= timedelta(hours=10)


@pytest.mark.parametrize(("shown", "night"), [("21:59", False), ("22:00", True), ("00:00", True), ("05:59", True), ("06:00", False)])
def test_night_is_from_ten_to_six(shown: str, night: bool) -> None:
    assert is_night(at(f"2023-01-16T{shown}"), VIETNAM) is night


@pytest.mark.parametrize(("late", "helps"), [(0, True), (29, True), (30, False), (61, False)])
def test_late_reminder_helps_while_less_than_half_the_time_has_passed(late: int, helps: bool) -> None:
    starts_at = at("2023-01-16T14:00")
    moment = starts_at - timedelta(minutes=60)

    assert still_helps(moment, starts_at, moment + timedelta(minutes=late)) is helps
