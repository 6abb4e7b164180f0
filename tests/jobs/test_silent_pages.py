"""The round that lets silent pages leave: it waits for a grace, survives everything, and asks little."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from gevent.queue import Empty, Queue
from sqlalchemy import event, select, text

from confsvc.boundary import install_runtime
from confsvc.domain.facts import AttendanceRecorded, Fact
from confsvc.domain.online import join_online
from confsvc.domain.work import DelegateActor
from confsvc.extensions import db
from confsvc.jobs import start_jobs
from confsvc.jobs.silent_pages import SilentPages
from confsvc.models import Attendance
from tests.conftest import NOW, BeginWork
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.jobs.mail_runs import SECONDS

GRACE = timedelta(seconds=90)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(app: Flask, published: list[Fact]) -> Clock:
    """The application's clock, to be set by hand."""
    clock = Clock()
    install_runtime(app, replace(app.extensions["confsvc"], clock=clock, publish=published.append))
    return clock


@pytest.fixture
def dina(begin: BeginWork) -> int:
    """Somebody who has joined online."""
    with begin() as work:
        conference = make_conference(work)
        delegate_id = make_delegate(work, make_mandate(work, conference, make_site(work, conference))).id
    with begin(DelegateActor(delegate_id)) as work:
        join_online(work, "once")
    return delegate_id


def state(begin: BeginWork) -> str:
    with begin() as work:
        return work.session.scalars(select(Attendance.state)).one()


def looks(job: SilentPages, clock: Clock, until: timedelta) -> list[int]:
    """How many left in each round, one every thirty seconds."""
    found = []
    while clock.now < NOW + until:
        clock.now += timedelta(seconds=30)
        found.append(job.look())
    return found


@pytest.mark.usefixtures("dina")
def test_who_is_silent_leaves_once_and_those_who_look_on_are_told(app: Flask, begin: BeginWork, clock: Clock, published: list[Fact]) -> None:
    job = SilentPages(app)
    published.clear()
    assert looks(job, clock, 2 * GRACE) == [0, 0, 1, 0, 0, 0]
    assert (state(begin), [type(fact) for fact in published]) == ("left", [AttendanceRecorded])


@pytest.mark.usefixtures("dina")
def test_a_server_that_was_down_or_asleep_listens_for_a_grace_first(app: Flask, begin: BeginWork, clock: Clock) -> None:
    clock.now += timedelta(hours=1)
    job = SilentPages(app)
    assert [job.look(), state(begin)] == [0, "present"]
    clock.now += timedelta(hours=8)
    assert [job.look(), state(begin)] == [0, "present"]
    for _ in range(3):
        clock.now += timedelta(seconds=30)
        job.look()
    assert state(begin) == "left"


@pytest.mark.usefixtures("dina")
def test_what_goes_wrong_is_logged_and_ends_nothing(app: Flask, begin: BeginWork, clock: Clock) -> None:
    job = SilentPages(app)
    clock.now += GRACE
    with begin() as work:
        work.session.execute(text("ALTER TABLE online_presences RENAME TO elsewhere"))
    assert job.look() == 0
    with begin() as work:
        work.session.execute(text("ALTER TABLE elsewhere RENAME TO online_presences"))
    # Nobody could be heard meanwhile, as far as this process knows.
    assert (job.look(), state(begin)) == (0, "present")
    assert sum(looks(job, clock, 3 * GRACE)) == 1


def test_a_quiet_round_reads_once_and_writes_nothing(app: Flask, clock: Clock) -> None:
    job, seen = SilentPages(app), list[str]()
    clock.now += GRACE
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *told: seen.append(str(told[2]).split()[0]))
    job.look()
    assert seen == ["BEGIN", "SELECT"]


def test_the_job_runs_until_it_is_ended(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = Queue()
    monkeypatch.setattr(SilentPages, "look", lambda _self: rounds.put("looked"))
    monkeypatch.setattr("confsvc.jobs.silent_pages.ROUND_SECONDS", 0.01)
    end = start_jobs(app)
    assert [rounds.get(timeout=SECONDS) for _ in range(2)] == ["looked", "looked"]
    end()
    seen = rounds.qsize()
    with pytest.raises(Empty):
        [rounds.get(timeout=0.05) for _ in range(seen + 1)]
