"""Wall-clock times and the moments they are."""

from datetime import UTC, datetime, timedelta

import pytest

from confsvc.domain.errors import Invalid
from confsvc.domain.moments import known_timezones, moment_in_zone, require_timezone, shifted, wall_clock


def shown(clock: str) -> datetime:
    """What clocks show, without a zone."""
    return datetime.fromisoformat(clock)


def test_a_wall_clock_time_is_a_moment() -> None:
    moment = moment_in_zone(shown("2023-01-16T14:00"), "Asia/Ho_Chi_Minh", "starts_at")
    assert (moment, moment.tzinfo) == (datetime(2023, 1, 16, 7, tzinfo=UTC), UTC)
    assert wall_clock(moment, "Asia/Ho_Chi_Minh") == shown("2023-01-16T14:00")


def test_an_hour_that_is_jumped_over_is_refused_and_one_that_comes_twice_is_the_first() -> None:
    with pytest.raises(Invalid) as caught:
        moment_in_zone(shown("2023-03-26T02:30"), "Europe/Berlin", "ends_at")
    assert (caught.value.field, caught.value.reason) == ("ends_at", "moment_skipped")
    assert moment_in_zone(shown("2023-10-29T02:30"), "Europe/Berlin", "x") == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_a_year_nobody_means_is_refused(year: int) -> None:
    with pytest.raises(Invalid) as caught:
        moment_in_zone(shown(f"{year:04}-01-01"), "UTC", "starts_at")
    assert (caught.value.field, caught.value.reason) == ("starts_at", "date_out_of_range")


def test_zones_are_known_by_their_names() -> None:
    assert {"Asia/Ho_Chi_Minh", "UTC", "America/Argentina/Buenos_Aires"} <= set(known_timezones())
    assert not {"Etc/GMT+7", "EST", "Factory"} & set(known_timezones())
    assert require_timezone(" UTC ") == "UTC"


def test_a_shift_keeps_the_clock_across_zones_and_seasons() -> None:
    moment = datetime(2023, 3, 25, 8, tzinfo=UTC)  # 09:00 in Berlin
    assert shifted(moment, timedelta(days=1), "Europe/Berlin") == datetime(2023, 3, 26, 7, tzinfo=UTC)
    assert shifted(moment, timedelta(0), "Europe/Berlin", "Asia/Ho_Chi_Minh") == datetime(2023, 3, 25, 2, tzinfo=UTC)


def test_a_shift_into_an_hour_that_is_jumped_over_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        shifted(datetime(2023, 3, 25, 1, 30, tzinfo=UTC), timedelta(days=1), "Europe/Berlin")
    assert (caught.value.field, caught.value.reason) == ("starts_at", "moment_skipped")
