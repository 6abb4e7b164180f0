"""Group commit: one transaction for all the desks that tell of something while the one before it is being made durable.

A commit that waits for the disk costs the same for one check-in and for two hundred. So nobody waits for a timer, and
nobody writes alone: what came in while others were writing is written together, as soon as they are done. Each is answered
after the commit.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Protocol

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from confsvc.boundary import begin_work
from confsvc.domain.check_in import Act, Outcome, carry_out_together
from confsvc.domain.errors import DomainError
from confsvc.domain.work import System
from confsvc.metrics import group_committed

log = structlog.get_logger()
# Bounds how long the first of them waits for the last; more acts than that gain nothing more.
MOST_ACTS = 256
# Where the database is locked, away or out of connections, or its disk full, nobody fares better alone; all of it may be sent again.
NOT_BETTER_ALONE = (DomainError, OperationalError, NoConnection)


class Signal(Protocol):
    """An event of the server's concurrency, threads or greenlets."""

    def set(self) -> None: ...
    def wait(self) -> object: ...


@dataclass(slots=True, eq=False)
class _Told:
    """What one desk has told, and what came of it."""

    desk_id: int
    acts: Sequence[Act]
    turned: Signal
    # Whether somebody writes for this one, or has done so.
    is_taken: bool = field(default=False)
    outcome: Outcome | Exception | None = field(default=None)
    # Where the error came from: raised for each of many, one error would gather the traces of all of them.
    trace: TracebackType | None = field(default=None)


class GroupCommit:
    """One queue for each conference. Whoever comes to find it empty writes; the others wait, and the first of them writes next."""

    def __init__(self, app: Flask, make_signal: Callable[[], Signal]) -> None:
        self._app = app
        self._make_signal = make_signal
        self._lock = Lock()
        self._queues: dict[int, deque[_Told]] = {}

    def carry_out(self, conference_id: int, desk_id: int, acts: Sequence[Act]) -> Outcome:
        """Carry out the plain acts of a desk, together with whatever else waits; raises what `carry_out` does."""
        mine = _Told(desk_id, acts, self._make_signal())
        with self._lock:
            queue = self._queues.setdefault(conference_id, deque())
            queue.append(mine)
            is_first = len(queue) == 1
        if not is_first:
            try:
                mine.turned.wait()
            except BaseException:
                # Whoever is stopped while waiting holds up nobody.
                self._step_out(conference_id, queue, mine)
                raise
        if mine.outcome is None:
            self._write(conference_id, queue)
        if isinstance(mine.outcome, Outcome):
            return mine.outcome
        error = mine.outcome or RuntimeError("nothing came of an act")
        raise error.with_traceback(mine.trace)

    def _write(self, conference_id: int, queue: deque[_Told]) -> None:
        """Write for those at the head of the queue, the caller among them, and let the one behind them write next."""
        with self._lock:
            group = _first_of(queue)
        try:
            with self._app.app_context():
                _carry_out_group(conference_id, group)
        finally:
            with self._lock:
                for _ in group:
                    told = queue.popleft()
                    told.outcome = told.outcome or RuntimeError("whoever wrote for others was stopped")
                if not queue:
                    del self._queues[conference_id]
                following = queue[0] if queue else None
            for told in group[1:]:
                told.turned.set()
            if following:
                following.turned.set()

    def _step_out(self, conference_id: int, queue: deque[_Told], mine: _Told) -> None:
        with self._lock:
            if mine.is_taken:
                # Somebody writes for this one; it goes with the others.
                return
            is_next = queue[0] is mine
            queue.remove(mine)
            if not queue:
                del self._queues[conference_id]
            following = queue[0] if queue and is_next else None
        if following:
            following.turned.set()


def _first_of(queue: deque[_Told]) -> list[_Told]:
    group: list[_Told] = []
    acts = 0
    for told in list(queue):
        acts += len(told.acts)
        if group and acts > MOST_ACTS:
            break
        told.is_taken = True
        group.append(told)
    return group


def _carry_out_group(conference_id: int, group: list[_Told]) -> None:
    outcomes: Sequence[Outcome | Exception]
    began = time.perf_counter()
    try:
        with begin_work(System()) as work:
            outcomes = carry_out_together(work, conference_id, [(told.desk_id, told.acts) for told in group])
        group_committed(sum(len(told.acts) for told in group), time.perf_counter() - began)
    except NOT_BETTER_ALONE as error:
        outcomes = [error] * len(group)
    except Exception as error:
        if len(group) == 1:
            outcomes = [error]
        else:
            log.exception("group_failed", conference_id=conference_id, desks=len(group))
            for told in group:
                _carry_out_group(conference_id, [told])
            return
    for told, outcome in zip(group, outcomes, strict=True):
        told.outcome, told.trace = outcome, getattr(outcome, "__traceback__", None)
