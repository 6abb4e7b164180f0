"""The job that tells calendars of changes: once they have settled, once, and whatever goes wrong with another conference."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from confsvc.boundary import install_runtime
from confsvc.domain.sites import SiteEntry, change_site
from confsvc.domain.work import AccountActor
from confsvc.extensions import db
from confsvc.jobs.calendar_watch import CalendarWatch
from confsvc.models import Conference, Message, Site
from tests.conftest import NOW, BeginWork
from tests.domain.calendar_post import Scene, make_invited, send

SETTLED = NOW + timedelta(seconds=60)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(app: Flask) -> Clock:
    """The application's clock, to be set by hand."""
    clock = Clock()
    install_runtime(app, replace(app.extensions["confsvc"], clock=clock))
    return clock


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    """Everybody was told, and then the remote site was moved."""
    scene = make_invited(begin)
    send(begin, scene)
    rename(begin, scene, "Số 1", NOW)
    return scene


def rename(begin: BeginWork, scene: Scene, address: str, at: datetime) -> None:
    with begin(AccountActor(scene.account_id), now=at) as work:
        site = work.session.get_one(Site, scene.remote_id)
        change_site(work, scene.conference_id, site.id, SiteEntry(site.name, address=address), version=site.version)


def waiting(begin: BeginWork) -> list[str]:
    with begin() as work:
        return list(work.session.scalars(select(Message.to_address).where(Message.state == "waiting")))


def test_changes_are_told_once_they_have_settled_and_only_once(app: Flask, clock: Clock, begin: BeginWork, scene: Scene) -> None:
    job = CalendarWatch(app)
    assert (job.look(), waiting(begin)) == (0, [])
    rename(begin, scene, "Số 2", NOW + timedelta(seconds=30))
    clock.now = SETTLED
    assert job.look() == 0
    clock.now = SETTLED + timedelta(seconds=30)
    assert (job.look(), waiting(begin)) == (1, ["phuc@example.org"])
    assert (job.look(), waiting(begin)) == (0, ["phuc@example.org"])


def test_updates_that_need_a_yes_wait(app: Flask, clock: Clock, begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        work.session.get_one(Conference, scene.conference_id).update_rule = "ask"
    clock.now = SETTLED
    assert (CalendarWatch(app).look(), waiting(begin)) == (0, [])


def test_what_goes_wrong_leaves_the_mark_for_the_next_look(app: Flask, clock: Clock, begin: BeginWork, scene: Scene) -> None:
    clock.now = SETTLED
    job = CalendarWatch(app)
    with begin() as work:
        work.session.execute(text("CREATE TRIGGER no_mail BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'full'); END"))
    assert (job.look(), waiting(begin)) == (0, [])
    with begin() as work:
        assert work.session.get_one(Conference, scene.conference_id).calendar_stale_at == NOW
        work.session.execute(text("DROP TRIGGER no_mail"))
    assert (job.look(), waiting(begin)) == (1, ["phuc@example.org"])


def test_a_look_that_finds_nothing_asks_once_and_makes_nobody_wait(app: Flask, clock: Clock, scene: Scene) -> None:
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *told: seen.append(str(told[2]).split()[0]))
    CalendarWatch(app).look()
    assert seen in (["SELECT"], ["BEGIN", "SELECT"])
