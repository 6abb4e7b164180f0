"""The job that takes what comes in, from a maildir and from a real IMAP server: once each, in any weather, nothing lost."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from gevent.queue import Queue
from sqlalchemy import select, text
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from confsvc.app import create_app
from confsvc.boundary import install_runtime
from confsvc.extensions import db
from confsvc.jobs import start_jobs
from confsvc.jobs.mail_receiver import MailReceiver
from confsvc.jobs.mailboxes import AT_ONCE
from confsvc.models import Delegate
from confsvc.models.mail import Received
from tests.answering import ADDRESS, answer_mail, answer_text, letter
from tests.conftest import NOW, BeginWork, make_settings
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.jobs.imap_server import PASSWORD, USER, ImapServer, imap_server
from tests.told_entries import tell_entry

MakeReceiver = Callable[..., MailReceiver]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_receiver(data_dir: Path, clock: Clock) -> Iterator[MakeReceiver]:
    """`make_receiver(inbox_dir=…)`: over the fresh database, with the test's clock; a new one is as after a restart."""
    made: list[Flask] = []

    def make(**changes: object) -> MailReceiver:
        app = create_app(make_settings(data_dir, **changes))
        install_runtime(app, replace(app.extensions["confsvc"], clock=clock))
        made.append(app)
        return MailReceiver(app)

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def uid(begin: BeginWork) -> str:
    """The entry of dina, who was invited by mail."""
    with begin() as work:
        conference = make_conference(work, invited_at=NOW)
        return tell_entry(work, make_delegate(work, make_mandate(work, conference, make_site(work, conference)), email=ADDRESS)).uid


def reply(begin: BeginWork) -> str:
    with begin() as work:
        return work.session.scalars(select(Delegate.reply)).one()


def kept(begin: BeginWork) -> int:
    with begin() as work:
        return len(work.session.scalars(select(Received.id)).all())


def counted(outcomes: Counter[str]) -> dict[str, int]:
    return {name: number for name, number in outcomes.items() if number}


class Drop:
    """A maildir that a test fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, data: bytes) -> Path:
        (self.folder / "new").mkdir(parents=True, exist_ok=True)
        path = self.folder / "new" / name
        path.write_bytes(data)
        return path

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.folder / folder).iterdir()) if (self.folder / folder).exists() else []


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path / "inbox")


@pytest.fixture
def from_maildir(make_receiver: MakeReceiver, drop: Drop) -> Callable[[], MailReceiver]:
    return lambda: make_receiver(inbox_dir=str(drop.folder))


def test_without_a_box_there_is_nothing_to_do(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver()
    assert (receiver.has_boxes, counted(receiver.receive())) == (False, {})


def test_mail_in_a_maildir_is_taken_and_put_away(begin: BeginWork, uid: str, drop: Drop, from_maildir: Callable[[], MailReceiver]) -> None:
    drop.put("1.a.host", answer_mail(answer_text(uid, "DECLINED")))
    drop.put("2.b.host:2,", letter())
    receiver = from_maildir()
    assert counted(receiver.receive()) == {"messages": 2, "taken": 1, "ignored": 1}
    assert reply(begin) == "declined"
    assert (drop.names("new"), drop.names("cur"), drop.names("aside")) == ([], ["1.a.host:2,S", "2.b.host:2,S"], [])
    assert counted(receiver.receive()) == {}


def test_folder_that_is_not_there_is_made(drop: Drop, from_maildir: Callable[[], MailReceiver]) -> None:
    assert counted(from_maildir().receive()) == {}
    assert sorted(path.name for path in drop.folder.iterdir()) == ["cur", "new", "tmp"]


def test_message_that_was_kept_but_not_put_away_is_taken_once(begin: BeginWork, uid: str, drop: Drop, from_maildir: Callable[[], MailReceiver]) -> None:
    data = answer_mail(answer_text(uid, "DECLINED"))
    drop.put("1", data)
    from_maildir().receive()
    # As if the process had died between the commit and the move.
    drop.put("1", data)
    assert counted(from_maildir().receive()) == {"messages": 1, "repeated": 1}
    assert (kept(begin), drop.names("new"), len(drop.names("cur"))) == (1, [], 2)


def test_what_cannot_be_read_is_set_aside_and_holds_up_nothing(begin: BeginWork, uid: str, drop: Drop, from_maildir: Callable[[], MailReceiver]) -> None:
    (drop.folder / "new" / "0-folder").mkdir(parents=True)
    (drop.folder / "new" / "1-link").symlink_to("/etc/passwd")
    os.mkfifo(drop.folder / "new" / "2-pipe")
    drop.put("3", answer_mail(answer_text(uid, "DECLINED")))
    receiver = from_maildir()
    assert counted(receiver.receive()) == {"messages": 4, "set_aside": 3, "taken": 1}
    assert drop.names("aside") == ["0-folder", "1-link", "2-pipe"]
    assert counted(receiver.receive()) == {}


def test_nothing_that_was_set_aside_or_taken_is_overwritten(drop: Drop, from_maildir: Callable[[], MailReceiver]) -> None:
    for text_ in ("a", "b"):
        drop.put("1", letter(text_))
        from_maildir().receive()
    assert sorted((drop.folder / "cur" / name).read_bytes()[-3:-2] for name in drop.names("cur")) == [b"a", b"b"]


def test_folder_that_cannot_be_had_is_left_alone_for_longer_and_longer(
    drop: Drop, clock: Clock, uid: str, begin: BeginWork, from_maildir: Callable[[], MailReceiver]
) -> None:
    drop.folder.write_bytes(b"no folder")
    receiver, tried = from_maildir(), []
    for minute in range(60):
        clock.now = NOW + timedelta(minutes=minute)
        if receiver.receive()["unreachable"]:
            tried.append(minute)
    assert tried == [0, 1, 3, 7, 15, 30, 45]
    drop.folder.unlink()
    drop.put("1", answer_mail(answer_text(uid, "DECLINED")))
    clock.now = NOW + timedelta(minutes=60)
    receiver.receive()
    assert reply(begin) == "declined"


def test_database_that_fails_loses_no_mail(begin: BeginWork, uid: str, drop: Drop, clock: Clock, from_maildir: Callable[[], MailReceiver]) -> None:
    drop.put("1", answer_mail(answer_text(uid, "DECLINED")))
    receiver = from_maildir()
    with begin() as work:
        work.session.execute(text("ALTER TABLE received RENAME TO elsewhere"))
    assert counted(receiver.receive()) == {"messages": 1, "unreachable": 1}
    assert drop.names("new") == ["1"]
    with begin() as work:
        work.session.execute(text("ALTER TABLE elsewhere RENAME TO received"))
    clock.now += timedelta(minutes=1)
    assert counted(receiver.receive()) == {"messages": 1, "taken": 1}


def test_a_box_that_fails_in_a_way_nobody_thought_of_is_looked_into_again(
    begin: BeginWork, uid: str, drop: Drop, clock: Clock, from_maildir: Callable[[], MailReceiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.put("1", answer_mail(answer_text(uid, "DECLINED")))
    receiver = from_maildir()

    def stumble(_: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'uid'")

    with monkeypatch.context() as broken:
        broken.setattr("confsvc.jobs.mailboxes.MaildirBox.waiting", stumble)
        assert counted(receiver.receive()) == {"unreachable": 1}
    clock.now += timedelta(minutes=1)
    assert counted(receiver.receive()) == {"messages": 1, "taken": 1}


def test_a_server_that_is_too_busy_sets_no_mail_aside(
    begin: BeginWork, uid: str, drop: Drop, clock: Clock, from_maildir: Callable[[], MailReceiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.put("1", answer_mail(answer_text(uid, "DECLINED")))
    receiver = from_maildir()

    def wait_in_vain(*_: object) -> None:
        raise NoConnectionFree("QueuePool limit of size 5 overflow 10 reached")

    with monkeypatch.context() as busy:
        busy.setattr("confsvc.jobs.mail_receiver.take_mail", wait_in_vain)
        assert counted(receiver.receive()) == {"messages": 1, "unreachable": 1}
    clock.now += timedelta(minutes=1)
    assert counted(receiver.receive()) == {"messages": 1, "taken": 1}
    assert reply(begin) == "declined"


def test_message_that_the_product_stumbles_over_is_set_aside(
    begin: BeginWork, uid: str, drop: Drop, from_maildir: Callable[[], MailReceiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.put("1", b"stumble")
    drop.put("2", answer_mail(answer_text(uid, "DECLINED")))

    def read(data: bytes) -> object:
        if data == b"stumble":
            raise RecursionError
        return original(data)

    original = __import__("confsvc.schemas.inbound_mail", fromlist=["read_mail"]).read_mail
    monkeypatch.setattr("confsvc.jobs.mail_receiver.read_mail", read)
    assert counted(from_maildir().receive()) == {"messages": 2, "set_aside": 1, "taken": 1}
    assert (drop.names("aside"), reply(begin)) == (["1"], "declined")


def test_more_than_one_look_takes_is_taken_all_the_same(
    begin: BeginWork, drop: Drop, from_maildir: Callable[[], MailReceiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert AT_ONCE >= 100
    monkeypatch.setattr("confsvc.jobs.mailboxes.AT_ONCE", 2)
    for number in range(5):
        drop.put(str(number), letter(str(number)))
    assert counted(from_maildir().receive()) == {"messages": 5, "ignored": 5}


def test_the_job_runs_where_there_is_a_box_until_it_is_ended(data_dir: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: Queue = Queue()
    monkeypatch.setattr(MailReceiver, "receive", lambda _self: rounds.put("looked"))
    with_box = create_app(make_settings(data_dir, inbox_dir=str(drop.folder)))
    end = start_jobs(with_box)
    assert rounds.get(timeout=20) == "looked"
    end()
    with with_box.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def standing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapServer]:
    with imap_server(tmp_path_factory.mktemp("imap")) as running:
        yield running


@pytest.fixture
def server(standing_server: ImapServer) -> ImapServer:
    """The server, its mailbox empty."""
    with standing_server.client() as client:
        client.uid("STORE", "1:*", "+FLAGS.SILENT", r"(\Deleted)")
        client.expunge()
    return standing_server


@pytest.fixture
def breaking_server(tmp_path: Path) -> Iterator[ImapServer]:
    """One of the test's own: pymap does not always get over a line that was cut."""
    with imap_server(tmp_path) as running:
        yield running


@pytest.fixture
def imap(make_receiver: MakeReceiver) -> Callable[..., MailReceiver]:
    """`imap(server, imap_done_folder=…)`: a receiver for the mailbox."""

    def make(server: ImapServer, **changes: object) -> MailReceiver:
        account = {"imap_host": "localhost", "imap_port": server.port, "imap_ca_file": str(server.ca_file), "imap_user": USER, "imap_password": PASSWORD}
        return make_receiver(**{**account, **changes})

    return make


def test_mail_over_imap_is_taken_and_marked_as_read(begin: BeginWork, uid: str, server: ImapServer, imap: Callable[..., MailReceiver]) -> None:
    server.deliver(answer_mail(answer_text(uid, "DECLINED")), letter(), letter("x" * 3_000_000))
    receiver = imap(server)
    assert counted(receiver.receive()) == {"messages": 3, "taken": 1, "ignored": 2}
    assert (reply(begin), server.flags()) == ("declined", [{"\\Seen"}] * 3)
    assert counted(receiver.receive()) == {}


def test_mail_over_imap_is_moved_where_a_folder_is_named(begin: BeginWork, uid: str, server: ImapServer, imap: Callable[..., MailReceiver]) -> None:
    server.deliver(answer_mail(answer_text(uid, "DECLINED")))
    receiver = imap(server, imap_done_folder="Đã xong".encode("ascii", "ignore").decode() + ' "done"')
    assert counted(receiver.receive()) == {"messages": 1, "taken": 1}
    assert (reply(begin), server.flags()) == ("declined", [])
    assert counted(receiver.receive()) == {}


def test_line_that_breaks_after_the_commit_counts_nothing_twice(
    begin: BeginWork, uid: str, breaking_server: ImapServer, imap: Callable[..., MailReceiver], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking_server.deliver(answer_mail(answer_text(uid, "DECLINED")))
    receiver = imap(breaking_server)
    [box] = receiver._boxes
    finish = box.finish

    def break_line(key: str) -> None:
        monkeypatch.undo()
        breaking_server.cut()
        finish(key)

    monkeypatch.setattr(box, "finish", break_line)
    assert counted(receiver.receive()) == {"messages": 1, "taken": 1, "unreachable": 1}
    assert (reply(begin), breaking_server.flags()) == ("declined", [set()])
    clock.now += timedelta(minutes=2)
    assert counted(receiver.receive()) == {"messages": 1, "repeated": 1}
    assert (kept(begin), breaking_server.flags()) == (1, [{"\\Seen"}])


@pytest.mark.parametrize("allowance", [200, 1_500])
def test_line_that_breaks_anywhere_is_opened_anew(
    begin: BeginWork, uid: str, breaking_server: ImapServer, imap: Callable[..., MailReceiver], clock: Clock, allowance: int
) -> None:
    breaking_server.deliver(answer_mail(answer_text(uid, "DECLINED")), letter("b" * 5_000))
    receiver, rounds = imap(breaking_server), 0
    breaking_server.allowance = allowance
    while breaking_server.flags() != [{"\\Seen"}] * 2:
        receiver.receive()
        breaking_server.allowance = None if rounds else allowance
        clock.now += timedelta(minutes=15)
        rounds += 1
        assert rounds < 6
    assert (reply(begin), kept(begin)) == ("declined", 2)


def test_server_that_nobody_vouches_for_is_told_nothing(server: ImapServer, imap: Callable[..., MailReceiver]) -> None:
    server.deliver(letter())
    assert counted(imap(server, imap_ca_file="").receive()) == {"unreachable": 1}
    assert counted(imap(server, imap_host="127.0.0.1").receive()) == {"unreachable": 1}
    assert counted(imap(server, imap_ca_file="/nowhere.pem").receive()) == {"unreachable": 1}
    assert counted(imap(server, imap_port=server.plain_port).receive()) == {"unreachable": 1}
    assert server.flags() == [set()]


@pytest.mark.parametrize("changes", [{"imap_password": "wrong"}, {"imap_user": 'a" b'}, {"imap_folder": "Nowhere"}, {"imap_password": "mật khẩu"}])
def test_account_that_opens_nothing_is_unreachable(server: ImapServer, imap: Callable[..., MailReceiver], changes: dict[str, str]) -> None:
    assert counted(imap(server, **changes).receive()) == {"unreachable": 1}


def test_a_box_that_rests_holds_up_no_other(begin: BeginWork, uid: str, drop: Drop, make_receiver: MakeReceiver) -> None:
    drop.put("1", answer_mail(answer_text(uid, "DECLINED")))
    nobody = {"imap_host": "localhost", "imap_port": 1, "imap_user": "a", "imap_password": "b"}
    assert counted(make_receiver(inbox_dir=str(drop.folder), **nobody).receive()) == {"messages": 1, "taken": 1, "unreachable": 1}
