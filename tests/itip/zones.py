"""Local times by the VTIMEZONE that the object itself carries (RFC 5545 §3.6.5, §3.3.5); nothing is looked up elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.itip.content_lines import Component, Malformed
from tests.itip.values import read_date_time, read_offset

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Further than any calendar of the tests looks.
LAST_YEAR = 2100


@dataclass(frozen=True, slots=True)
class Onset:
    """A moment (UTC, naive) at which an observance begins, with the offsets before and after it."""

    at: datetime
    before: timedelta
    after: timedelta


class Zone:
    """The clock that one VTIMEZONE describes."""

    def __init__(self, component: Component) -> None:
        self.tzid = component.value("TZID") or ""
        self._onsets = sorted((onset for part in component.parts for onset in _onsets(part)), key=lambda onset: onset.at)
        if not self._onsets:
            raise Malformed(f"{self.tzid!r} has no observance")

    def offset_at(self, moment: datetime) -> timedelta:
        """The offset at a moment in UTC (naive); before the first onset, what stood before it."""
        begun = [onset for onset in self._onsets if onset.at <= moment]
        return begun[-1].after if begun else self._onsets[0].before

    def in_utc(self, local: datetime) -> datetime:
        """The aware moment of a local time.

        §3.3.5: a time that comes twice is the first of the two; one that is left out counts by the offset before the gap.
        """
        offsets = {onset.after for onset in self._onsets} | {self._onsets[0].before}
        moments = [local - offset for offset in offsets if self.offset_at(local - offset) == offset]
        if not moments:
            gaps = [onset for onset in self._onsets if onset.at + onset.before <= local < onset.at + onset.after]
            moments = [local - gaps[0].before]
        return min(moments).replace(tzinfo=UTC)


def _onsets(observance: Component) -> Iterator[Onset]:
    values = [observance.value(name) for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")]
    if None in values:
        raise Malformed(f"{observance.name} lacks a required property")
    start, before, after = (str(value) for value in values)
    starts = {read_date_time(start)}
    starts.update(read_date_time(moment) for line in observance.all("RDATE") for moment in line.value.split(","))
    if any(moment.tzinfo for moment in starts):
        raise Malformed(f"{observance.name} begins at no local time")
    for rule in observance.all("RRULE"):
        starts.update(_yearly(read_date_time(start), rule.value, read_offset(before)))
    for local in starts:
        yield Onset(local - read_offset(before), read_offset(before), read_offset(after))


def _yearly(start: datetime, rule: str, before: timedelta) -> Iterator[datetime]:
    """The local times of a yearly rule on the nth weekday of a month: the only kind that time zones are described by."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    if parts.pop("FREQ", "") != "YEARLY" or not {"BYMONTH", "BYDAY"} <= parts.keys() or not parts.keys() <= {"BYMONTH", "BYDAY", "UNTIL"}:
        raise Malformed(f"a rule that no time zone needs: {rule}")
    until = read_date_time(parts["UNTIL"]).replace(tzinfo=None) if "UNTIL" in parts else datetime(LAST_YEAR, 12, 31)  # noqa: DTZ001  # UTC, naive as all here
    nth, weekday = int(parts["BYDAY"][:-2]), WEEKDAYS.index(parts["BYDAY"][-2:])
    for year in range(start.year, LAST_YEAR + 1):
        local = _nth(start.replace(year=year, month=int(parts["BYMONTH"]), day=1), nth, weekday)
        if start <= local and local - before <= until:
            yield local


def _nth(first: datetime, nth: int, weekday: int) -> datetime:
    """The nth such weekday of the month that `first` begins; -1 is the last."""
    days = [first + timedelta(days=number) for number in range(31)]
    days = [day for day in days if day.month == first.month and day.weekday() == weekday]
    return days[nth - 1 if nth > 0 else nth]
