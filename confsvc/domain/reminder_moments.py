"""When a reminder is due: so long before the start, never at night, once for a start, and only while it still helps.

The night lasts from 22:00 to 06:00 on the clocks of the conference. A reminder that falls into it moves to 21:00 before that night, so that
a long run is over when the night begins; or to 06:00 after it, if that is closer to the moment that was asked for and leaves at least
half an hour until the start. Whole days are counted on the clocks (the day before at the same time of day, also where clocks are
changed in between), the rest as time that passes.

A server that was down at the moment reminds later, but not at night, not after the start, and not once half of the time between the
moment and the start has passed.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from confsvc.domain.moments import wall_clock

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)
# When something is sent that would fall into the night after it.
EVENING = time(21)
LEAST_LEAD = timedelta(minutes=30)
DAY_MINUTES = 1440


def asked_moment(starts_at: datetime, minutes_before: int, zone: str) -> datetime:
    """The moment in UTC that is asked for, be it at night."""
    days, minutes = divmod(minutes_before, DAY_MINUTES)
    asked = _moment(wall_clock(starts_at, zone) - timedelta(days=days), zone) if days else starts_at
    return asked - timedelta(minutes=minutes)


def reminder_moment(starts_at: datetime, minutes_before: int, zone: str) -> datetime:
    """The moment in UTC at which those are reminded who are to be reminded so many minutes before the start."""
    asked = asked_moment(starts_at, minutes_before, zone)
    if not is_night(asked, zone):
        return asked
    shown = wall_clock(asked, zone)
    evening = shown.date() - timedelta(days=1 if shown.time() < NIGHT_ENDS else 0)
    before, after = _moment(datetime.combine(evening, EVENING), zone), _moment(datetime.combine(evening + timedelta(days=1), NIGHT_ENDS), zone)
    return after if starts_at - after >= LEAST_LEAD and after - asked < asked - before else before


def is_night(moment: datetime, zone: str) -> bool:
    """Whether clocks in `zone` show an hour at which nobody is written to."""
    shown = wall_clock(moment, zone).time()
    return shown >= NIGHT_BEGINS or shown < NIGHT_ENDS


def still_helps(moment: datetime, starts_at: datetime, now: datetime) -> bool:
    """Whether a reminder that was due at `moment` is still of use."""
    return now < starts_at and now - moment < (starts_at - moment) / 2


def counts_for(done_for: datetime, starts_at: datetime, minutes_before: int, zone: str) -> bool:
    """Whether a reminder of the start `done_for` is one of `starts_at` too: the same day, and moved by less than half of the time before it."""
    same_day = wall_clock(done_for, zone).date() == wall_clock(starts_at, zone).date()
    return same_day and abs(starts_at - done_for) < timedelta(minutes=minutes_before) / 2


def _moment(shown: datetime, zone: str) -> datetime:
    """The moment at which clocks in `zone` show this; where they jump over it, so much later."""
    return shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
