"""The job that empties the outbox: each message once, each outcome kept, woken at once, patient with what is broken."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import gevent
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from confsvc.app import create_app
from confsvc.boundary import begin_work, install_runtime
from confsvc.domain.work import System, Work
from confsvc.extensions import db
from confsvc.jobs import start_jobs
from confsvc.jobs.mail_sender import MailSender
from confsvc.models import Message
from tests.conftest import NOW, make_settings
from tests.factories import make_conference
from tests.jobs.mail_runs import SECONDS, everybody, outcomes, remind, share_the_work, wait_until
from tests.jobs.mail_servers import HOST, Line, bad_server, free_port, real_server
from tests.outgoing import put


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_app(data_dir: Path, clock: Clock) -> Iterator[Callable[..., Flask]]:
    """`make_app(smtp_port=…)`: the application over the fresh database, with the test's clock."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        changes = {"smtp_host": HOST, "smtp_security": "none", "mail_from": "hop@example.org", "mail_per_minute": 0, **changes} if changes else {}
        app = create_app(make_settings(data_dir, **changes))
        install_runtime(app, replace(app.extensions["confsvc"], clock=clock))
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@contextmanager
def running(sender: MailSender) -> Iterator[None]:
    thread = Thread(target=sender.run)
    thread.start()
    try:
        yield
    finally:
        sender.end()
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_without_a_mail_server_messages_lie_in_the_data_folder(make_app: Callable[..., Flask], data_dir: Path) -> None:
    app = make_app()
    remind(app, 3)
    assert MailSender(app).send_due() == 3
    assert outcomes(app) == [("sent", 1, "")] * 3
    assert len(list((data_dir / "mail/new").iterdir())) == 3


def test_each_recipient_has_an_outcome_of_its_own(make_app: Callable[..., Flask]) -> None:
    with real_server() as kept:
        kept.refusals |= {"nguoi-1@example.org": "550 5.1.1 unknown", "nguoi-2@example.org": "450 4.2.1 busy"}
        app = make_app(smtp_port=kept.port)
        remind(app, 4)
        sender = MailSender(app)
        assert sender.send_due() == 2
        sender.close()
        assert kept.recipients() == ["nguoi-0@example.org", "nguoi-3@example.org"]
        assert kept.lines == 1
    assert outcomes(app) == [("sent", 1, ""), ("failed", 1, "550 5.1.1 unknown"), ("ready", 1, "450 4.2.1 busy"), ("sent", 1, "")]


def test_what_has_nothing_to_say_any_more_holds_up_nothing(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    remind(app, 45)
    with app.app_context(), begin_work(System()) as work:
        for message in work.session.scalars(select(Message).order_by(Message.id).limit(44)):
            message.delegate_id = None
    assert MailSender(app).send_due() == 1
    assert [state for state, _, _ in outcomes(app)] == ["dropped"] * 44 + ["sent"]


def test_what_was_delayed_goes_once_its_pause_is_over(make_app: Callable[..., Flask], clock: Clock) -> None:
    with real_server() as kept:
        kept.refusals["nguoi-0@example.org"] = "450 4.2.1 busy"
        app = make_app(smtp_port=kept.port)
        remind(app, 1)
        sender = MailSender(app)
        assert (sender.send_due(), sender.send_due()) == (0, 0)
        kept.refusals.clear()
        clock.now += timedelta(minutes=2)
        assert sender.send_due() == 1
        sender.close()
    assert outcomes(app) == [("sent", 2, "")]


def test_a_server_that_is_away_costs_no_message_its_turn(make_app: Callable[..., Flask]) -> None:
    app = make_app(smtp_port=free_port())
    remind(app, 3)
    sender = MailSender(app)
    assert [sender.send_due() for _ in range(3)] == [0, 0, 0]
    assert sender.failures == 3
    [first, *others] = outcomes(app)
    assert first[:2] == ("ready", 0)
    assert "refused" in first[2]
    assert others == [("waiting", 0, "")] * 2


def test_a_server_that_breaks_off_is_not_asked_by_every_message(make_app: Callable[..., Flask]) -> None:
    lines: list[int] = []

    def drop(line: Line) -> None:
        lines.append(1)
        line.obey("DATA")
        line.say("354 go on")
        line.hear()

    with bad_server(drop) as port:
        app = make_app(smtp_port=port)
        remind(app, 3)
        assert MailSender(app).send_due() == 0
    assert len(lines) == 1
    assert [state for state, _, _ in outcomes(app)] == ["ready", "waiting", "waiting"]
    assert outcomes(app)[0][1] == 1


def test_an_outcome_that_could_not_be_noted_is_noted_later_and_nothing_goes_twice(make_app: Callable[..., Flask]) -> None:
    with real_server() as kept:
        app = make_app(smtp_port=kept.port)
        remind(app, 2)
        here = app.extensions["confsvc"]
        writes: list[int] = []

        def fail_at_the_second() -> Session:
            writes.append(1)
            if len(writes) == 2:
                raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))
            return here.open_writing()  # type: ignore[no-any-return]

        install_runtime(app, replace(here, open_writing=fail_at_the_second))
        sender = MailSender(app)
        assert sender.send_due() == 1
        assert [state for state, _, _ in outcomes(app)] == ["ready", "waiting"]
        assert sender.send_due() == 1
        sender.close()
        assert kept.recipients() == everybody(2)
    assert outcomes(app) == [("sent", 1, "")] * 2


def test_nothing_due_asks_for_no_turn(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.extensions["confsvc"].turn:
        assert MailSender(app).send_due() == 0


def test_two_senders_share_the_work_and_double_nothing(make_app: Callable[..., Flask]) -> None:
    with real_server() as kept:
        apps = [make_app(smtp_port=kept.port) for _ in range(2)]
        remind(apps[0], 40)
        share_the_work(apps, 40)
        assert sorted(kept.recipients()) == sorted(everybody(40))
    assert outcomes(apps[0]) == [("sent", 1, "")] * 40


def test_whoever_puts_mail_wakes_the_sender(make_app: Callable[..., Flask]) -> None:
    with real_server() as kept:
        app = make_app(smtp_port=kept.port)
        with running(MailSender(app, look_seconds=600)):
            for n in range(3):
                remind(app, 1)
                wait_until(lambda n=n: len(kept.messages) == n + 1)  # type: ignore[misc]
    assert outcomes(app) == [("sent", 1, "")] * 3


def test_what_another_process_put_is_found_within_a_look(make_app: Callable[..., Flask]) -> None:
    with real_server() as kept:
        app, other = make_app(smtp_port=kept.port), make_app(smtp_port=kept.port)
        with running(MailSender(app, look_seconds=0.05)):
            remind(other, 1)
            wait_until(lambda: len(kept.messages) == 1)


def test_the_message_in_hand_is_marked_before_the_sender_ends(make_app: Callable[..., Flask]) -> None:
    reached, go_on = Event(), Event()

    def take_slowly(line: Line) -> None:
        line.obey("DATA")
        line.say("354 go on")
        line.read_words()
        reached.set()
        go_on.wait(SECONDS)
        line.say("250 taken")
        line.obey("QUIT")

    with bad_server(take_slowly) as port:
        app = make_app(smtp_port=port)
        remind(app, 2)
        sender = MailSender(app)
        with running(sender):
            assert reached.wait(SECONDS)
            sender.end()
            go_on.set()
    assert [state for state, _, _ in outcomes(app)] == ["sent", "waiting"]


class Watch:
    """A clock that goes on only while somebody waits, and by half a second for each message."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.pauses: list[float] = []

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.seconds += seconds + 0.5
        return False


def test_no_more_goes_than_a_minute_may_hold(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    with real_server() as kept:
        app = make_app(smtp_port=kept.port, mail_per_minute=30)
        remind(app, 4)
        sender = MailSender(app)
        watch = Watch()
        monkeypatch.setattr("confsvc.jobs.mail_sender.time.monotonic", lambda: watch.seconds)
        monkeypatch.setattr(sender, "_ending", watch)
        assert sender.send_due() == 4
        sender.close()
    assert watch.pauses == [0.0, 1.5, 1.5, 1.5]


def test_the_server_sends_by_itself(make_app: Callable[..., Flask], data_dir: Path) -> None:
    app = make_app()
    end = start_jobs(app)
    remind(app, 2)
    with gevent.Timeout(SECONDS):
        while len(list((data_dir / "mail").rglob("*@*"))) < 2:
            gevent.sleep(0.01)
    end()
    assert outcomes(app) == [("sent", 1, "")] * 2


def test_the_next_message_is_found_by_its_index(work: Work) -> None:
    put(work, make_conference(work), 300)
    work.session.execute(text("ANALYZE"))
    due = "SELECT id FROM messages WHERE messages.state IN ('waiting', 'ready') AND due_at <= '2030-01-01' ORDER BY due_at, id LIMIT 1"
    [plan] = [row[3] for row in work.session.execute(text(f"EXPLAIN QUERY PLAN {due}"))]
    assert plan.startswith("SEARCH messages USING")
    assert "ix_messages_due" in plan
