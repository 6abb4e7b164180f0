"""What many desks tell at once is written by one commit, and what befalls one of them befalls no other."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from traceback import walk_tb
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from confsvc.domain.check_in import CheckIn, Outcome, carry_out_together
from confsvc.domain.errors import DeskGone
from confsvc.domain.work import Work
from confsvc.extensions import db
from confsvc.live import group_commit
from confsvc.live.group_commit import GroupCommit
from confsvc.models import AttendanceEvent, Conference, Desk
from tests.conftest import NOW, BeginWork
from tests.factories import make_conference, make_crowd, make_desk, make_mandate, make_site

DESKS = 12
WAIT_SECONDS = 20


class Hall:
    """A conference with many desks at one site, and somebody for each of them to check in."""

    def __init__(self, app: Flask, begin: BeginWork) -> None:
        self.app = app
        self.begin = begin
        self.group = GroupCommit(app, threading.Event)
        self.commits: list[object] = []
        with begin() as work:
            conference = make_conference(work, state="in_progress", started_at=NOW - timedelta(hours=1))
            site = make_site(work, conference)
            mandate = make_mandate(work, conference, site, seats=DESKS)
            self.conference_id = conference.id
            self.desks = [make_desk(work, site, f"Bàn {n}", expires_at=NOW.replace(year=2100)).id for n in range(DESKS)]
            self.people = [person.id for person in make_crowd(work, mandate, [f"Người {n}" for n in range(DESKS)])]
        with app.app_context():
            event.listen(db.engine, "commit", self.commits.append)

    def tell(self, n: int) -> Outcome:
        act = CheckIn(client_ref=str(uuid4()), occurred_at=NOW, delegate_id=self.people[n])
        return self.group.carry_out(self.conference_id, self.desks[n], [act])

    def tell_all(self, pool: ThreadPoolExecutor) -> list[Future[Outcome]]:
        """Every desk tells while the first of them waits for its turn to write."""
        with self.app.extensions["confsvc"].turn:
            futures = []
            for n in range(DESKS):
                futures.append(pool.submit(self.tell, n))
                self.wait_for(n + 1)
        return futures

    def wait_for(self, desks: int) -> None:
        """Until so many have told something and are not answered yet."""
        waits_until = time.monotonic() + WAIT_SECONDS
        while len(self.group._queues.get(self.conference_id, ())) < desks:
            assert time.monotonic() < waits_until
            time.sleep(0.005)


@pytest.fixture
def hall(app: Flask, begin: BeginWork) -> Hall:
    return Hall(app, begin)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(DESKS) as threads:
        yield threads


def words(futures: Sequence[Future[Outcome]]) -> list[Any]:
    """The word of each desk's answer, or the type of its error."""
    found: list[Any] = []
    for future in futures:
        error = future.exception(WAIT_SECONDS)
        answer = None if error else future.result().answers[0]
        found.append(type(error) if error else getattr(answer, "verdict", answer).verdict)  # type: ignore[union-attr]  # none of these is an error
    return found


def test_whoever_waits_is_written_together(hall: Hall, pool: ThreadPoolExecutor) -> None:
    futures = hall.tell_all(pool)

    assert words(futures) == ["accepted"] * DESKS
    # The first one's, and that of all who came while it waited.
    assert len(hall.commits) == 2
    with hall.begin() as work:
        assert list(work.session.scalars(select(AttendanceEvent.desk_id).order_by(AttendanceEvent.revision))) == hall.desks
        assert work.session.get_one(Conference, hall.conference_id).revision == DESKS
    assert {future.result().revision for future in futures[1:]} == {DESKS}
    assert hall.group._queues == {}


class Stopped(threading.Event):
    """Of a desk that is stopped while it waits: at once, or in the moment in which it is to write."""

    def __init__(self, *, at_once: bool) -> None:
        super().__init__()
        self._at_once = at_once

    def wait(self, timeout: float | None = None) -> bool:
        if not self._at_once:
            super().wait(WAIT_SECONDS)
        raise SystemExit


@pytest.mark.parametrize("at_once", [True, False])
def test_who_is_stopped_while_waiting_holds_up_nobody(hall: Hall, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    signals = iter([threading.Event(), Stopped(at_once=at_once), threading.Event()])
    monkeypatch.setattr(hall.group, "_make_signal", signals.__next__)
    with hall.app.extensions["confsvc"].turn:
        first = pool.submit(hall.tell, 0)
        hall.wait_for(1)
        stopped = pool.submit(hall.tell, 1)
        if at_once:
            assert isinstance(stopped.exception(WAIT_SECONDS), SystemExit)
        else:
            hall.wait_for(2)
        last = pool.submit(hall.tell, 2)
        hall.wait_for(2 if at_once else 3)

    assert words([first, last]) == ["accepted"] * 2
    assert isinstance(stopped.exception(WAIT_SECONDS), SystemExit)
    assert hall.group._queues == {}
    with hall.begin() as work:
        assert hall.desks[1] not in set(work.session.scalars(select(AttendanceEvent.desk_id)))


def test_a_group_has_an_end(hall: Hall, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_ACTS", 4)
    assert words(hall.tell_all(pool)) == ["accepted"] * DESKS
    # Of 4 acts each but the first, who did not wait for anybody.
    assert len(hall.commits) == 4


def test_a_desk_that_may_not_act_any_more_keeps_no_other_from_being_heard(hall: Hall, pool: ThreadPoolExecutor) -> None:
    with hall.begin() as work:
        work.session.get_one(Desk, hall.desks[5]).revoked_at = NOW

    assert words(hall.tell_all(pool)) == ["accepted"] * 5 + [DeskGone] + ["accepted"] * (DESKS - 6)
    assert len(hall.commits) == 2


def test_what_goes_wrong_for_one_is_tried_for_each_alone(hall: Hall, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_for_the_fifth(work: Work, conference_id: int, told: Sequence[tuple[int, Sequence[Any]]]) -> list[Outcome | DeskGone]:
        outcomes = carry_out_together(work, conference_id, told)
        if hall.desks[5] in {desk_id for desk_id, _ in told}:
            raise ZeroDivisionError
        return outcomes

    monkeypatch.setattr(group_commit, "carry_out_together", fail_for_the_fifth)

    assert words(hall.tell_all(pool)) == ["accepted"] * 5 + [ZeroDivisionError] + ["accepted"] * (DESKS - 6)
    with hall.begin() as work:
        assert list(work.session.scalars(select(AttendanceEvent.desk_id).order_by(AttendanceEvent.revision))) == hall.desks[:5] + hall.desks[6:]


def test_the_next_one_is_heard_after_a_group_that_failed(hall: Hall, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(group_commit, "carry_out_together", lambda *_: 1 / 0)
        assert words(hall.tell_all(pool)) == [ZeroDivisionError] * DESKS
    assert hall.tell(0).revision == 1


@pytest.mark.parametrize("make_error", [lambda: OperationalError("SELECT", {}, Exception("disk full")), NoConnection])
def test_what_no_desk_is_to_blame_for_is_tried_once_and_told_to_each_as_it_was(
    hall: Hall, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, make_error: Callable[[], Exception]
) -> None:
    tried: list[int] = []

    def fail(work: Work, conference_id: int, told: Sequence[tuple[int, Sequence[Any]]]) -> None:
        tried.append(len(told))
        raise make_error()

    monkeypatch.setattr(group_commit, "carry_out_together", fail)

    futures = hall.tell_all(pool)

    assert words(futures) == [type(make_error())] * DESKS
    assert tried == [1, DESKS - 1]
    # In the log each desk's trace is its own.
    for future in futures:
        error = future.exception()
        raised = [frame.f_code.co_name for frame, _ in walk_tb(error.__traceback__ if error else None)]
        assert (raised.count("carry_out"), raised.count("fail")) == (1, 1)
