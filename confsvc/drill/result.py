"""What a drill has shown, in figures, and whether that is good enough."""

import json
import platform
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from confsvc.drill.answers import AT_ONCE, RETURNED
from confsvc.drill.count import Count
from confsvc.drill.morning import Morning
from confsvc.drill.own_share import MOST_SHARE
from confsvc.drill.series import MIB, Series, Spread, gather, spread

P99_MS = 250


@dataclass(slots=True)
class Result:
    """The whole outcome; `failures` says in words what is not good enough, `real` what was real and what was not."""

    started: str
    machine: str
    wanted: dict[str, Any]
    real: list[str]
    lines: dict[str, Any]
    at_once: Spread
    returned: Spread
    throughput: dict[str, float]
    boards: dict[str, Any]
    memory_mib: dict[str, float]
    own: dict[str, Any]
    count: Count
    failures: list[str]
    series: Series

    @property
    def passed(self) -> bool:
        return not self.failures

    def to_json(self) -> str:
        return json.dumps({"passed": self.passed, **asdict(self)}, ensure_ascii=False, indent=1)


def conclude(morning: Morning, count: Count, started: datetime) -> Result:
    """The figures of a morning that is over, and of its count."""
    answers, gallery, own = morning.stage.answers, morning.gallery, morning.own
    series = gather(morning.samples, answers, gallery.lags)
    at_once, returned = (spread([answers.latency[person] for person in answers.numbers(how)]) for how in (AT_ONCE, RETURNED))
    lag = spread(gallery.lags.seconds)
    memory = [sample.memory / MIB for sample in morning.samples.taken if sample.memory]
    return Result(
        started=started.isoformat(timespec="seconds"),
        machine=f"{platform.machine()}, Python {platform.python_version()}",
        wanted={**asdict(morning.plan.wishes), **asdict(morning.company), "sites": len(morning.plan.desks), "people": len(morning.plan.people)},
        real=real(morning),
        lines={
            "most": morning.most_lines,
            "warm_up_seconds": round(morning.warm_up_seconds, 1),
            "cut_in_the_storm": morning.storm_lines,
            "ended_by_the_server": dict(morning.stage.dropped),
            "errors": dict(answers.errors),
        },
        at_once=at_once,
        returned=returned,
        throughput={"mean": round(len(morning.plan.people) / morning.plan.wishes.seconds, 1), "most": max(series.answered, default=0.0)},
        boards={
            "lag": asdict(lag),
            "frames": gallery.frames,
            "gaps": gallery.gaps,
            "dropped": dict(gallery.dropped),
            "behind_at_the_end": morning.boards_behind,
        },
        memory_mib={"first": round(memory[0], 1), "last": round(memory[-1], 1), "most": round(max(memory), 1)} if memory else {},
        own={
            "share_mean": round(own.mean, 3),
            "share_busiest_second": round(own.busiest, 3),
            "is_small": own.is_small,
            "longest_turn_ms": round(morning.wire.longest_turn * 1000, 1),
            "latest_call_ms": round(morning.schedule.latest * 1000, 1),
        },
        count=count,
        failures=failures(at_once, count, morning.boards_behind),
        series=series,
    )


def failures(at_once: Spread, count: Count, boards_behind: int = 0) -> list[str]:
    """What is not good enough, in words; empty: the drill has passed."""
    found = []
    if at_once.p99 > P99_MS:
        found.append(f"the slowest hundredth of the answers took more than {P99_MS} ms: {at_once.p99:.0f} ms")
    for field_, words in (
        ("lost", "acknowledged check-ins are not in the log"),
        ("doubled", "check-ins are in the log twice"),
        ("unanswered", "people got no answer"),
        ("refused", "people were answered otherwise than by a yes"),
        ("gaps", "revisions are missing"),
        ("strange", "lines are of no act of this drill"),
    ):
        number = getattr(count, field_)
        if number:
            found.append(f"{number} {words}")
    if not count.arrived == count.present == count.tallied:
        found.append(f"the log lets {count.arrived} in, {count.present} are present, the tallies count {count.tallied}")
    if boards_behind:
        found.append(f"{boards_behind} boards do not show the last check-in five seconds after it")
    return found


def real(morning: Morning) -> list[str]:
    """What of the load was real, and what was made smaller so that the machine could carry it."""
    plan = morning.plan
    away = sum(desk.offline for desk in plan.desks)
    there = len(plan.desks) - away
    said = [
        f"Every one of {len(plan.people)} people of {len(plan.desks)} sites is an act of its own, sent by the paired desk of their own site over its own "
        "WebSocket, and counts from the moment when it was due, however late it could be sent."
    ]
    if plan.standing < there:
        said.append(
            f"Not real: {plan.standing} desks are on the line at a time and not {there}; they take turns, and each takes in its people in the "
            f"time that is its own ({plan.standing / there:.1%} of the whole), then gives its place to the next, which opens a socket and fetches its roster."
        )
    else:
        said.append(f"All {there} desks that are not offline are on the line all the time.")
    said.append(f"{away} desks are offline, and return at once with all that they have queued; what they hand in then has a latency of its own.")
    said.append(
        f"{morning.storm_lines} lines break at once, and come back within seconds; whoever waits then counts from when their desk set out to come back."
    )
    said.append(f"{morning.company.boards} boards watch; {morning.company.sleeping_boards} more have stopped to read.")
    near = "small enough not to be what was measured" if morning.own.is_small else "so much that the figures may be worse than the server is"
    shares = f"{morning.own.mean:.0%} of a core, {morning.own.busiest:.0%} in its busiest second"
    said.append(f"The load came from one process, which took {shares}: {near} (bound: {MOST_SHARE:.0%}).")
    return said
