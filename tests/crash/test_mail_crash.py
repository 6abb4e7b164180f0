"""The server is killed again and again while it sends two thousand mails to a real mail server: everybody has their message, once.

Between the moment a mail server takes a message and the moment its sender has noted it, nobody can know; whoever is killed just then sends
that one message again, under the same Message-ID, by which mailboxes know it (RFC 5321 §6.1). So at most one message a kill is doubled.
"""

import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, update

from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.passes import renew_link
from confsvc.domain.text import fold, name_sort_key
from confsvc.models import Attendance, Delegate, Message
from tests.crash.conftest import DATABASE, WAIT_SECONDS, Server, begin
from tests.factories import make_conference, make_mandate, make_site
from tests.jobs.mail_servers import free_port
from tests.nursery import Nursery

MAILS = 2000
KILLS = 6
MOST_IN_A_LIFE = MAILS // KILLS - 20
ONE_MAIL_SECONDS = 0.02
SEED = 20230116


class Postbox:
    """The mail server's process and what it has kept."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._kept = folder / "kept"
        command = [sys.executable, "-m", "tests.crash.mail_server", str(self.port), str(self._kept)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout
        assert self._process.stdout.readline() == b"listens\n"

    def copies(self) -> dict[str, list[str]]:
        """Recipient → the Message-IDs of what they have, in order."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for line in self._kept.read_text().splitlines() if self._kept.exists() else []:
            name, _, recipient = line.partition(" ")
            found[recipient].append(name)
        return dict(found)

    def wait_for(self, enough: int) -> None:
        """Wait until so many people have something, for as long as more of them get something."""
        seen, until = -1, 0.0
        while (count := len(self.copies())) < enough:
            if count > seen:
                seen, until = count, time.monotonic() + WAIT_SECONDS
            assert time.monotonic() < until, f"{count} of {enough}"
            time.sleep(0.02)  # another process's file: there is nothing to await

    def close(self) -> None:
        self._process.communicate(timeout=WAIT_SECONDS)


@pytest.fixture
def postbox(tmp_path: Path) -> Iterator[Postbox]:
    postbox = Postbox(tmp_path)
    yield postbox
    postbox.close()


class Sending(Server):
    """The server, set to this mail server."""

    postbox: Postbox

    def environment(self) -> dict[str, str]:
        settings = {"HOST": "127.0.0.1", "PORT": str(self.postbox.port), "SECURITY": "none"}
        mail = {"CONFSVC_MAIL_FROM": "hop@example.org", "CONFSVC_MAIL_PER_MINUTE": "0"}
        return super().environment() | {f"CONFSVC_SMTP_{key}": value for key, value in settings.items()} | mail


def remind_everybody(folder: Path) -> set[str]:
    """Two thousand delegates, each with a reminder in the outbox: their addresses."""
    with begin(folder) as work:
        starts_at = work.now + timedelta(hours=20)
        conference = make_conference(work, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
        mandate = make_mandate(work, conference, make_site(work, conference), seats=MAILS)
        seat = {"conference_id": conference.id, "mandate_id": mandate.id, "site_id": mandate.site_id, "created_at": work.now}
        people = []
        for n in range(MAILS):
            name = f"Đại biểu thứ {n}"
            person = Delegate(**seat, full_name=name, name_fold=fold(name), name_sort=name_sort_key(name), position_fold="", email=f"dai-bieu-{n}@example.org")
            renew_link(work, person)
            people.append(person)
        work.session.add_all(people)
        work.session.flush()
        work.session.add_all([Attendance(delegate_id=person.id, conference_id=conference.id) for person in people])
        put_mailing(work, conference.id, "reminder", [NewMessage(person.email, person.full_name, delegate_id=person.id) for person in people])
        return {person.email for person in people}


def end_leases(folder: Path) -> None:
    """As after the minutes for which a message is held for a sender that may still be alive."""
    with begin(folder) as work:
        work.session.execute(update(Message).values(claimed_until=datetime.now(UTC)).where(Message.claimed_until.is_not(None)))


def test_everybody_has_one_message_though_the_sender_is_killed(nursery: Nursery, migrated_database: Path, tmp_path: Path, postbox: Postbox) -> None:
    (folder := tmp_path / "data").mkdir()
    shutil.copy(migrated_database, folder / DATABASE)
    addresses = remind_everybody(folder)
    random = Random(SEED)
    server = Sending(nursery, folder, tmp_path)
    server.postbox = postbox
    try:
        for n in range(KILLS):
            server.start()
            postbox.wait_for(len(postbox.copies()) + random.randint(1, MOST_IN_A_LIFE))
            time.sleep(random.uniform(0, ONE_MAIL_SECONDS))  # the moment of the crash; nothing is waited for
            server.kill()
            assert len(postbox.copies()) < MAILS, f"all was sent before kill {n}"
            if random.random() < 0.5:
                end_leases(folder)
        end_leases(folder)
        server.start()
        postbox.wait_for(MAILS)
        server.stop()
    finally:
        server.kill()

    copies = postbox.copies()
    assert set(copies) == addresses
    assert {address for address, names in copies.items() if len(set(names)) != 1} == set(), "a copy under another name is a second message"
    doubled = sum(len(names) - 1 for names in copies.values())
    print(f"{doubled} of {MAILS} messages doubled by {KILLS} kills")  # noqa: T201 - the figure, shown by `pytest -rP`
    assert doubled <= KILLS
    with begin(folder) as work:
        rows = work.session.execute(select(Message.to_address, Message.state, Message.attempts, Message.message_id)).all()
        assert {(address, state, attempts, (name,)) for address, state, attempts, name in rows} == {
            (address, "sent", 1, tuple(dict.fromkeys(names))) for address, names in copies.items()
        }
