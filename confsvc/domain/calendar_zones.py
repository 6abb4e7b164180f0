"""Time zones as calendars carry them: VTIMEZONE (RFC 5545 §3.6.5)."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vText


def build_timezone(tzid: str, first: datetime, last: datetime) -> Timezone:
    """A VTIMEZONE that is right from a year before `first` until a year after `last`, one observance for each change.

    Timezone.from_tzid of icalendar 7.3 gives the start of summer time in summer time; RFC 5545 §3.6.5 wants the local
    time before the change, and readers would be an hour off on that night.
    """
    zone = ZoneInfo(tzid)
    component = Timezone()
    component.add("tzid", tzid)
    begin = datetime(first.year - 1, 1, 1, tzinfo=UTC)
    component.add_component(_observance(zone, begin, begin))
    for change in _changes(zone, begin, datetime(last.year + 2, 1, 1, tzinfo=UTC)):
        component.add_component(_observance(zone, change - timedelta(seconds=1), change))
    return component


def _observance(zone: ZoneInfo, before: datetime, at: datetime) -> TimezoneStandard | TimezoneDaylight:
    old, new = before.astimezone(zone), at.astimezone(zone)
    observance = TimezoneDaylight() if new.dst() else TimezoneStandard()
    offset = old.utcoffset() or timedelta()
    observance.DTSTART = (at + offset).replace(tzinfo=None)
    observance.TZOFFSETFROM = offset
    observance.TZOFFSETTO = new.utcoffset() or timedelta()
    observance.add("tzname", vText(new.tzname() or zone.key))
    return observance


@lru_cache(maxsize=64)
def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> tuple[datetime, ...]:
    """The moments in UTC, to the second, at which the zone's offset changes; kept, as every letter of a conference asks for the same."""
    changes, day = list[datetime](), timedelta(days=1)
    while begin < end:
        low, high = begin, begin + day
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            changes.append(high)
        begin += day
    return tuple(changes)
