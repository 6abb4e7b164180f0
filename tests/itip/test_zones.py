"""Local times by a VTIMEZONE are those of the real clock, on both sides of every change of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from confsvc.domain.calendar_zones import build_timezone
from tests.itip.content_lines import Malformed, parse
from tests.itip.objects import BERLIN, as_octets
from tests.itip.zones import Zone

HOUR = timedelta(hours=1)


def zone_of(text: str) -> Zone:
    return Zone(parse(as_octets(text))[0])


@pytest.mark.parametrize(
    ("local", "moment"),
    [
        ((2024, 1, 1, 12, 0), datetime(2024, 1, 1, 11, tzinfo=UTC)),
        ((2024, 7, 1, 12, 0), datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ((2024, 3, 31, 1, 59), datetime(2024, 3, 31, 0, 59, tzinfo=UTC)),
        # Half past two does not exist that night: it counts by the offset before the gap.
        ((2024, 3, 31, 2, 30), datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),
        ((2024, 3, 31, 3, 0), datetime(2024, 3, 31, 1, 0, tzinfo=UTC)),
        # Half past two comes twice that night: it is the first.
        ((2024, 10, 27, 2, 30), datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        ((2024, 10, 27, 3, 0), datetime(2024, 10, 27, 2, 0, tzinfo=UTC)),
        ((1970, 7, 1, 12, 0), datetime(1970, 7, 1, 11, tzinfo=UTC)),
    ],
)
def test_local_time_in_berlin(local: tuple[int, int, int, int, int], moment: datetime) -> None:
    assert zone_of(BERLIN).in_utc(datetime(*local)) == moment  # noqa: DTZ001  # a local time


@pytest.mark.parametrize("tzid", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Ho_Chi_Minh", "Africa/Casablanca", "America/St_Johns"])
def test_the_product_describes_the_real_clock(tzid: str) -> None:
    first, last = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 12, 31, tzinfo=UTC)
    zone = Zone(parse(build_timezone(tzid, first, last).to_ical())[0])
    real, moment = ZoneInfo(tzid), first
    while moment < last:
        local = moment.astimezone(real)
        assert zone.offset_at(moment.replace(tzinfo=None)) == local.utcoffset()
        if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
            assert zone.in_utc(local.replace(tzinfo=None)) == moment
        moment += HOUR


def test_dates_of_change_and_an_end_of_the_rule() -> None:
    until = "BYDAY=-1SU;UNTIL=20250101T000000Z"
    text = BERLIN.replace("BYDAY=-1SU", until).replace("TZNAME:CEST", "RDATE:20260401T020000,20270401T020000")
    zone = zone_of(text)
    offsets = [zone.offset_at(datetime(year, 7, 1)) for year in (2024, 2025, 2026)]  # noqa: DTZ001  # UTC, naive as the zones count
    assert offsets == [2 * HOUR, HOUR, 2 * HOUR]


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VTIMEZONE\nTZID:A\nEND:VTIMEZONE",
        BERLIN.replace("TZOFFSETTO:+0200\n", ""),
        BERLIN.replace("FREQ=YEARLY", "FREQ=DAILY"),
        BERLIN.replace("+0100", "0100"),
    ],
)
def test_zone_that_describes_no_clock(text: str) -> None:
    with pytest.raises(Malformed):
        zone_of(text)
