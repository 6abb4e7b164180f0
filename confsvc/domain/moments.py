"""Wall-clock times in a zone, as people type them, and the moments they are."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from confsvc.domain.errors import Invalid

FIRST_YEAR, LAST_YEAR = 2000, 2100


@cache
def known_timezones() -> list[str]:
    """Every IANA zone that names a place, and UTC, in alphabetical order."""
    return sorted(zone for zone in available_timezones() if zone == "UTC" or ("/" in zone and not zone.startswith("Etc/")))


def require_timezone(name: str, field: str = "timezone") -> str:
    """The name of a known zone; raises Invalid `timezone_unknown`."""
    name = name.strip()
    if name not in known_timezones():
        raise Invalid(field, "timezone_unknown")
    return name


def moment_in_zone(typed: datetime, zone: str, field: str) -> datetime:
    """The moment in UTC at which clocks in `zone` show the naive `typed`; the first of two where clocks go back.

    Raises Invalid `moment_skipped` for an hour that clocks jump over, `date_out_of_range` for a year nobody means.
    """
    require_timezone(zone)
    if not FIRST_YEAR <= typed.year <= LAST_YEAR:
        raise Invalid(field, "date_out_of_range", first=FIRST_YEAR, last=LAST_YEAR)
    moment = typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if wall_clock(moment, zone) != typed:
        raise Invalid(field, "moment_skipped")
    return moment


def wall_clock(moment: datetime, zone: str) -> datetime:
    """What clocks in `zone` show at this moment, without a zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def shifted(moment: datetime, by: timedelta, zone: str, new_zone: str | None = None, *, field: str = "starts_at") -> datetime:
    """The moment in UTC at which clocks in `new_zone` show what clocks in `zone` show at `moment`, `by` later.

    Raises Invalid as `moment_in_zone`.
    """
    return moment_in_zone(wall_clock(moment, zone) + by, new_zone or zone, field)
