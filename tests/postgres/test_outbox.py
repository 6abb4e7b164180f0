"""The outbox over PostgreSQL, where several processes send at once and no lock of one of them helps."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import URL, select

from confsvc.app import create_app
from confsvc.boundary import install_runtime
from confsvc.domain.outbox import note_sent
from confsvc.extensions import db
from confsvc.models import CalendarEntry, Message
from tests.conftest import NOW, BeginWork, make_settings
from tests.domain.test_outbox import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
from tests.domain.test_outbox_list import *  # noqa: F403  # as above
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.jobs.mail_runs import everybody, outcomes, remind, share_the_work
from tests.jobs.mail_servers import HOST, real_server
from tests.outgoing import claim, claim_next, make_entry, put, put_about

SECONDS = 20


@pytest.fixture
def apps(postgres_database: URL, tmp_path: Path) -> Iterator[Callable[[int, int], list[Flask]]]:
    """`apps(count, port)`: as many applications over one fresh database, set to the mail server at this port."""
    made: list[Flask] = []

    def make(count: int, port: int) -> list[Flask]:
        url = postgres_database.render_as_string(hide_password=False)
        mail = {"smtp_host": HOST, "smtp_port": port, "smtp_security": "none", "mail_from": "hop@example.org", "mail_per_minute": 0}
        for _ in range(count):
            app = create_app(make_settings(tmp_path, database_url=url, **mail))
            install_runtime(app, replace(app.extensions["confsvc"], clock=lambda: NOW))
            made.append(app)
        return made

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def test_senders_of_several_processes_share_the_work_and_double_nothing(apps: Callable[[int, int], list[Flask]]) -> None:
    with real_server() as kept:
        senders = apps(4, kept.port)
        remind(senders[0], 80)
        share_the_work(senders, 80)
        assert sorted(kept.recipients()) == sorted(everybody(80))
    assert outcomes(senders[0]) == [("sent", 1, "")] * 80


def test_a_message_that_somebody_is_claiming_is_passed_over(begin: BeginWork) -> None:
    with begin() as work:
        put(work, make_conference(work), 2)
    with begin() as first, begin() as second:
        assert (claim_next(first).recipient, claim_next(second).recipient) == ("nguoi-0@example.org", "nguoi-1@example.org")
        with begin() as third:
            assert claim(third) is None


def test_a_change_that_is_put_while_its_entry_is_being_written_gets_a_message_of_its_own(begin: BeginWork) -> None:
    with begin() as work:
        entry = make_entry(work, make_delegate(work, make_mandate(work, conference := make_conference(work), make_site(work, conference))))
        put_about(work, entry)
    began = Event()

    def change() -> None:
        with begin() as work:
            began.set()
            put_about(work, work.session.get_one(CalendarEntry, entry.id))

    changing = Thread(target=change)
    with begin() as writing:
        outgoing = claim_next(writing)
        changing.start()
        assert began.wait(SECONDS)
    changing.join(SECONDS)
    with begin() as work:
        note_sent(work, outgoing.message_id)
        assert work.session.scalars(select(Message.state).order_by(Message.id)).all() == ["sent", "waiting"]


def test_a_message_that_a_change_counts_on_is_not_written_by_what_was_true_before(begin: BeginWork) -> None:
    with begin() as work:
        entry = make_entry(work, make_delegate(work, make_mandate(work, conference := make_conference(work), make_site(work, conference))))
        put_about(work, entry)
    with begin() as changing:
        put_about(changing, changing.session.get_one(CalendarEntry, entry.id))
        with begin() as work:
            assert claim(work) is None
    with begin() as work:
        assert claim(work)
