"""The morning itself: everybody comes to their line, then the people come as the plan has it, whatever the server does."""

import secrets
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from confsvc.drill.own_share import OwnShare
from confsvc.drill.plan import Plan
from confsvc.drill.played_desk import PlayedDesk, Stage
from confsvc.drill.samples import Samples
from confsvc.drill.schedule import Schedule
from confsvc.drill.viewers import Gallery
from confsvc.drill.wire import Wire

# So many set out at a time before the morning begins.
OPENING_AT_ONCE = 100
WARM_UP_SECONDS = 600.0
TURN_SECONDS = 0.1
SAMPLE_SECONDS = 1.0
STORM = 0.45  # of the time: the lines of so many break at once, and each comes back within some seconds
STORM_SHARE = 0.2
STORM_BACK_BETWEEN = (0.2, 5.0)
STORM_BACK_SHARE = 0.1  # of the time at most, so that a short drill has its storm too
RETURN_BETWEEN = (0.0, 5.0)
# After the last arrival: for answers that are still to come, and for boards to show them all.
SETTLE_SECONDS = 30.0
BOARDS_SECONDS = 5.0


class NotReady(Exception):
    """Not every desk and board came to its line; says why."""


@dataclass(slots=True)
class Company:
    """Who watches besides the desks, and which processes are looked at."""

    boards: int = 100
    sleeping_boards: int = 20
    pids: Sequence[int] = ()


class Morning:
    """One run of a plan; its parts hold what came of it."""

    def __init__(self, plan: Plan, wire: Wire, company: Company) -> None:
        self.plan = plan
        self.company = company
        self.wire = wire
        self.schedule = Schedule(wire.clock)
        self.run = secrets.randbits(32)
        self.stage = Stage(plan, wire, self.schedule, self.run, self._acked)
        self.gallery = Gallery(wire, self.schedule, plan.board_token, self.stage.random)
        self.own = OwnShare()
        self.samples = Samples(company.pids, self.own)
        self.desks = [PlayedDesk(self.stage, desk) for desk in plan.desks]
        self.warm_up_seconds = 0.0
        self.most_lines = self.boards_behind = self.storm_lines = 0
        self.boards_late_by = 0.0
        self._in_order = array("d", sorted(plan.due))

    def play(self, progress: Callable[[str, int, int], None]) -> None:
        """Everything from the first line to the last answer; raises NotReady."""
        self._warm_up(progress)
        self._plan_ahead()
        self.own = self.samples.own = OwnShare()
        self.stage.start()
        whole, told = len(self.plan.people), 0.0
        while not self._is_over():
            self.schedule.run_due()
            self.wire.turn(self.schedule.until_next(TURN_SECONDS))
            if self.schedule.now - told >= SAMPLE_SECONDS:
                told = self.schedule.now
                progress("check-ins", self.stage.answers.count, whole)
        self._wait_for_boards()
        self._sample()

    def come(self, now: float) -> int:
        """How many people have come until then."""
        return bisect_right(self._in_order, now)

    def _warm_up(self, progress: Callable[[str, int, int], None]) -> None:
        began, wire = self.wire.clock(), self.wire
        callers = [desk.come for desk in self.desks if desk.planned.comes < 0] + [self.gallery.add_viewer] * self.company.boards
        callers += [self.gallery.add_sleeper] * self.company.sleeping_boards
        wanted = 0
        while wanted < len(callers):
            for come in callers[wanted : wanted + OPENING_AT_ONCE]:
                come()
                wanted += 1
            wire.run_until(partial(self._need_not_wait, wanted), WARM_UP_SECONDS)
            if self._was_refused() or self._ready() < wanted:
                raise NotReady(
                    f"{self._ready()} of {wanted} lines are open: {', '.join(self.stage.dropped | self.gallery.dropped) or 'no word from the server'}"
                )
            progress("lines", wanted, len(callers))
        self.warm_up_seconds = wire.clock() - began

    def _ready(self) -> int:
        return self.stage.ready + self.gallery.ready

    def _need_not_wait(self, wanted: int) -> bool:
        return self._ready() >= wanted or self._was_refused()

    def _was_refused(self) -> bool:
        return bool(self.stage.dropped) or bool(self.gallery.dropped)

    def _plan_ahead(self) -> None:
        seconds, random, at = self.plan.wishes.seconds, self.stage.random, self.schedule.at
        for desk in self.desks:
            desk.expect()
            if desk.planned.comes >= 0:
                jitter = random.uniform(*RETURN_BETWEEN) if desk.planned.offline else 0.0
                at(desk.planned.comes + min(jitter, STORM_BACK_SHARE * seconds), desk.come)
        at(STORM * seconds, self._storm)
        at(0.0, self._sample)

    def _storm(self) -> None:
        random, longest = self.stage.random, STORM_BACK_SHARE * self.plan.wishes.seconds
        there = [desk for desk in self.desks if desk.is_open]
        cut = random.sample(there, round(STORM_SHARE * len(there)))
        self.storm_lines = len(cut)
        for desk in cut:
            desk.cut(min(random.uniform(*STORM_BACK_BETWEEN), random.uniform(0, longest)))

    def _sample(self) -> None:
        now = self.schedule.now
        self.most_lines = max(self.most_lines, len(self.wire.lines))
        self.samples.take(now, self.come(now), self.stage.answers.count, len(self.wire.lines))
        self.schedule.after(SAMPLE_SECONDS, self._sample)

    def _acked(self, revision: int) -> None:
        self.gallery.acked(revision)

    def _is_over(self) -> bool:
        now, seconds = self.schedule.now, self.plan.wishes.seconds
        return (now >= seconds and self.stage.answers.count == len(self.plan.people)) or now >= seconds + SETTLE_SECONDS

    def _wait_for_boards(self) -> None:
        last, began = self.gallery.lags.last_revision, self.schedule.now
        self.wire.run_until(lambda: not self.gallery.behind(last), BOARDS_SECONDS)
        self.boards_behind, self.boards_late_by = self.gallery.behind(last), self.schedule.now - began
