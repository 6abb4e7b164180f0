"""A server process that can be killed and started again on the same data, and the conference it serves."""

import os
import resource
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from confsvc.database import prepare_engine, session_makers
from confsvc.domain.attendance_check import Difference, verify_attendance
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.work import Work
from confsvc.models import AttendanceEvent, Conference
from tests.beside import beside
from tests.conftest import SECRET
from tests.factories import make_account, make_conference, make_crowd, make_desk, make_mandate, make_site
from tests.nursery import Born, Nursery

WAIT_SECONDS = 60
DESKS_PER_SITE = 2
DELEGATES_PER_SITE = 40
DATABASE = "confsvc.sqlite3"


@dataclass
class Line:
    """One line of the log, as far as an ack tells of it."""

    kind: str
    verdict: str
    reason: str | None


class Server:
    """The real server over `folder`, on one port for all its lives; what it says goes to a file in `logs`."""

    def __init__(self, nursery: Nursery, folder: Path, logs: Path) -> None:
        self._nursery = nursery
        self.folder = folder
        self.log = logs / "server.log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: Born | None = None
        self.settings: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        """That of every program that works on this data."""
        settings = {"DATA_DIR": str(self.folder), "SECRET_KEY": SECRET, "LOG_LEVEL": "ERROR", "DESK_EVENTS_PER_SECOND": "2000", **self.settings}
        own = {key: value for key, value in os.environ.items() if not key.startswith("CONFSVC_")}
        return own | {f"CONFSVC_{key}": value for key, value in settings.items()}

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.process = self._nursery.begin(["serve", "--port", str(self.port)], self.environment(), self.log)
        assert "listens" in self.process.stdout.readline(), self.log.read_text()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self.process:
            self.process.kill()
            self._see_it_end()

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self._see_it_end()

    def _see_it_end(self) -> None:
        assert self.process
        self.process.wait(WAIT_SECONDS)
        self.process.stdout.close()
        self.process = None

    def is_alive(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def limit_files(self, most_bytes: int) -> None:
        """Let no file of the living server grow beyond this."""
        assert self.process
        _, hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most_bytes, hard))

    def verify(self) -> str:
        """What the administrator's command says of this data; it must say that all is well."""
        process = self._nursery.begin(["attendance", "verify"], self.environment(), self.log.with_name("verify.log"))
        with process.stdout:
            said = process.stdout.read()
        assert process.wait(WAIT_SECONDS) == 0, said + self.log.with_name("verify.log").read_text()
        return said


@dataclass
class Province:
    """A conference that is open now: two sites, two desks at each, delegates at both; `codes` are passes by the site's id."""

    folder: Path
    conference_id: int = 0
    desk_tokens: list[str] = field(default_factory=list)
    site_of: dict[str, int] = field(default_factory=dict)
    codes: dict[int, list[str]] = field(default_factory=dict)
    delegate_ids: dict[int, list[int]] = field(default_factory=dict)

    def populate(self) -> None:
        now = datetime.now(UTC)
        with begin(self.folder) as work:
            conference = make_conference(
                work, make_account(work), state="in_progress", started_at=now - timedelta(hours=1), starts_at=now, ends_at=now + timedelta(hours=3)
            )
            self.conference_id = conference.id
            for n, kind in enumerate(("main", "remote")):
                site = make_site(work, conference, f"Điểm cầu {n}", kind=kind)
                mandate = make_mandate(work, conference, site, seats=DELEGATES_PER_SITE, required_rank="leader")
                delegates = make_crowd(work, mandate, [f"Đại biểu {n}.{m}" for m in range(DELEGATES_PER_SITE)])
                self.delegate_ids[site.id] = [delegate.id for delegate in delegates]
                self.codes[site.id] = [pass_token(work, valid_pass(work, delegate.id)) for delegate in delegates]
                for m in range(DESKS_PER_SITE):
                    token = f"cookie-of-desk-{n}-{m}"
                    make_desk(work, site, f"Bàn {n}.{m}", token=token)
                    self.desk_tokens.append(token)
                    self.site_of[token] = site.id

    def lines(self, folder: Path) -> dict[str, Line]:
        """`client_ref` → its line in the data of `folder`, after a look that the revisions have no gap."""
        with begin(folder) as work:
            event = AttendanceEvent
            rows = work.session.execute(select(event.client_ref, event.revision, event.kind, event.verdict, event.refusal).order_by(event.revision)).all()
            assert [row.revision for row in rows] == list(range(1, len(rows) + 1))
            assert work.session.scalar(select(Conference.revision)) == len(rows)
        found = {row.client_ref: Line(row.kind, row.verdict, row.refusal) for row in rows}
        assert len(found) == len(rows)
        return found

    def differences(self, folder: Path) -> list[Difference]:
        with begin(folder) as work:
            return verify_attendance(work, self.conference_id)


@contextmanager
def begin(folder: Path) -> Iterator[Work]:
    """A unit of work over the database of this folder."""
    engine = create_engine(f"sqlite:///{folder / DATABASE}")
    prepare_engine(engine)
    _, open_writing = session_makers(engine)
    try:
        with beside(open_writing)() as work:
            yield work
    finally:
        engine.dispose()


Serving = Callable[[Path], AbstractContextManager[tuple[Server, Province]]]


@pytest.fixture
def serving(nursery: Nursery, migrated_database: Path, tmp_path: Path) -> Serving:
    """`serving(folder)`: a province in this folder, and a server of it that has not been started."""

    @contextmanager
    def serve(folder: Path) -> Iterator[tuple[Server, Province]]:
        shutil.copy(migrated_database, folder / DATABASE)
        province = Province(folder)
        province.populate()
        server = Server(nursery, folder, tmp_path)
        try:
            yield server, province
        finally:
            server.kill()

    return serve
