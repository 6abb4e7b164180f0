"""A real server on a free port, and clients of it that speak Socket.IO over WebSocket."""

import os
import queue
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
import socketio
from sqlalchemy import create_engine

from confsvc.database import prepare_engine, session_makers
from confsvc.domain.accounts import create_account
from confsvc.domain.pairings import create_pairing
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.passwords import Passwords
from confsvc.domain.work import AccountActor
from confsvc.models import Account, Conference, Delegate, Site
from confsvc.terminal_desk.closing_client import ClosingClient
from tests.beside import BeginNow, beside
from tests.conftest import SECRET
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.nursery import Nursery

PASSWORD = "correct horse battery"
# For what comes in a moment, except where several tests share a processor.
WAIT_SECONDS = 30


def present_moment() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def act(**fields: Any) -> dict[str, Any]:
    """The payload of an act that happens now."""
    return {"client_ref": str(uuid4()), "occurred_at": present_moment(), **fields}


class Line:
    """One Socket.IO connection; what the server sends waits in a queue."""

    def __init__(self, url: str, namespace: str, browser: requests.Session, auth: object = None) -> None:
        self.namespace = namespace
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client = ClosingClient(http_session=browser, reconnection=False)
        self.client.on("*", lambda event, *data: self.heard.put((event, *data)), namespace=namespace)
        self.client.on("disconnect", lambda *_: self.heard.put(("disconnect", None)), namespace=namespace)
        refusals: list[str] = []
        self.client.on("connect_error", lambda said: refusals.append(said["message"]), namespace=namespace)
        try:
            self.client.connect(url, namespaces=[namespace], transports=["websocket"], auth=auth, wait_timeout=WAIT_SECONDS)
        except socketio.exceptions.ConnectionError as error:
            self.client.shutdown()
            raise socketio.exceptions.ConnectionError(*refusals) from error

    def call(self, event: Any, *payload: Any) -> Any:
        """Send and wait for the ack."""
        return self.client.call(event, payload if len(payload) != 1 else payload[0], namespace=self.namespace, timeout=WAIT_SECONDS)

    def call_all(self, event: str, payloads: Iterable[Any]) -> list[Any]:
        """Send them all without waiting in between; the acks in their order."""
        acks: queue.Queue[Any] = queue.Queue()
        sent = [self.client.emit(event, payload, namespace=self.namespace, callback=acks.put) for payload in payloads]
        return [acks.get(timeout=WAIT_SECONDS) for _ in sent]

    def next(self, wanted: str) -> Any:
        """The payload of the next event of this name; others before it are dropped."""
        while True:
            event, payload = self.heard.get(timeout=WAIT_SECONDS)
            if event == wanted:
                return payload

    def silent(self) -> bool:
        """Whether nothing that was sent before this moment is still unheard: an ack comes after everything before it."""
        self.call("sync", {"since": 2**31 - 1})
        return self.heard.empty()

    def close(self) -> None:
        self.client.shutdown()


class Service:
    """The server process, a way to its database, and browsers."""

    def __init__(self, url: str, begin: BeginNow) -> None:
        self.url = url
        self.begin = begin
        self.lines: list[Line] = []
        self.browsers: list[requests.Session] = []

    def browser(self) -> requests.Session:
        session = requests.Session()
        session.cookies.set("lang", "en")
        self.browsers.append(session)
        return session

    def account(self, name: str) -> Account:
        with self.begin() as work:
            return create_account(work, Passwords(32), email=f"{name}-{uuid4().hex[:8]}@example.org", name=name.title(), password=PASSWORD)

    def signed_in(self, account: Account) -> requests.Session:
        browser = self.browser()
        self.post(browser, "/sign-in", email=account.email, password=PASSWORD)
        return browser

    def post(self, browser: requests.Session, path: str, page: str | None = None, **fields: str) -> requests.Response:
        """Post a form with the CSRF token of `page`, by default of the page at the same path."""
        shown = browser.get(self.url + (page or path), timeout=WAIT_SECONDS).text
        found = re.search(r'name="csrf-token" content="([^"]+)"', shown)
        assert found
        answer = browser.post(self.url + path, data={"csrf_token": found[1], **fields}, timeout=WAIT_SECONDS, allow_redirects=False)
        assert answer.status_code < 400, answer.text
        return answer

    def line(self, namespace: str, browser: requests.Session, auth: object = None) -> Line:
        line = Line(self.url, namespace, browser, auth)
        self.lines.append(line)
        return line

    def close(self) -> None:
        for line in self.lines:
            line.close()
        for browser in self.browsers:
            browser.close()


class Scene:
    """A conference that is open now: olga organises; dina's and an's seats are at the main site, minh's at the remote one."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.olga = service.account("olga")
        now = datetime.now(UTC)
        with service.begin() as work:
            self.conference: Conference = make_conference(
                work, self.olga, state="in_progress", starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(hours=3)
            )
            self.main: Site = make_site(work, self.conference)
            self.remote: Site = make_site(work, self.conference, "Điểm cầu huyện Phú Quý", kind="remote")
            mandate = make_mandate(work, self.conference, self.main, seats=4, required_rank="leader")
            self.mandate_id = mandate.id
            self.dina: Delegate = make_delegate(work, mandate, rank="leader", position="Phó Giám đốc")
            self.an: Delegate = make_delegate(work, mandate, "Võ Hoài An")
            self.minh: Delegate = make_delegate(work, mandate, "Trần Văn Minh", site_id=self.remote.id)

    def code(self, delegate: Delegate) -> str:
        with self.service.begin() as work:
            return pass_token(work, valid_pass(work, delegate.id))

    def pass_uid(self, delegate: Delegate) -> str:
        with self.service.begin() as work:
            return valid_pass(work, delegate.id).uid

    def paired(self, site: Site, name: str = "Bàn 1") -> requests.Session:
        """A browser that has opened a pairing link of this site and pressed the button."""
        with self.service.begin(AccountActor(self.olga.id)) as work:
            _, token = create_pairing(work, self.conference.id, site.id, minutes=5)
        browser = self.service.browser()
        self.service.post(browser, f"/pair/{token}", name=name)
        return browser

    def desk(self, site: Site, name: str = "Bàn 1") -> Line:
        return self.service.line("/desk", self.paired(site, name))

    def board(self, account: Account | None = None) -> Line:
        return self.service.line("/board", self.service.signed_in(account or self.olga), {"conference_id": self.conference.id})

    def scan(self, delegate: Delegate, **changes: Any) -> dict[str, Any]:
        values = {"client_ref": str(uuid4()), "method": "scan", "code": self.code(delegate), "occurred_at": present_moment()}
        return {**values, **changes}

    def pick(self, delegate: Delegate, **changes: Any) -> dict[str, Any]:
        values = {"client_ref": str(uuid4()), "method": "name", "delegate_id": delegate.id, "occurred_at": present_moment()}
        return {**values, **changes}

    def undo(self, delegate: Delegate) -> dict[str, Any]:
        return act(delegate_id=delegate.id, reason="Nhầm người")

    def substitute(self, delegate: Delegate, name: str = "Lê Văn Thay", rank: str = "leader", **changes: Any) -> dict[str, Any]:
        return act(**{"delegate_id": delegate.id, "name": name, "position": "Chánh Văn phòng", "rank": rank, "reason": "Bận việc đột xuất", **changes})


@contextmanager
def serving(nursery: Nursery, folder: Path, migrated_database: Path, **changes: str) -> Iterator[tuple[str, Path]]:
    """The address of a server of its own process, and its database; what it logs is in `server.log` beside it."""
    shutil.copy(migrated_database, folder / "confsvc.sqlite3")
    settings = {"DATA_DIR": str(folder), "SECRET_KEY": SECRET, "ARGON2_MEMORY_KIB": "32", "LOG_LEVEL": "ERROR", "DESK_EVENTS_PER_SECOND": "15"}
    settings |= {"SIGN_IN_LIMIT": "1000 per minute", "PAIRING_LIMIT": "1000 per minute", **changes}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CONFSVC_")}
    environment |= {f"CONFSVC_{key}": value for key, value in settings.items()}
    process = nursery.begin(["serve", "--port", "0"], environment, folder / "server.log")
    with process.stdout:
        words = process.stdout.readline().split()
        assert words, (folder / "server.log").read_text()
        try:
            yield words[-1], folder / "confsvc.sqlite3"
        finally:
            process.terminate()
            process.wait(WAIT_SECONDS)


@contextmanager
def served(url: str, database: Path) -> Iterator[Service]:
    """A way to this server and its database, until the end of the block."""
    engine = create_engine(f"sqlite:///{database}")
    prepare_engine(engine)
    _, open_writing = session_makers(engine)
    service = Service(url, beside(open_writing))
    try:
        yield service
    finally:
        service.close()
        engine.dispose()


@pytest.fixture(scope="session")
def server_address(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server of its own process, and its database."""
    with serving(nursery, tmp_path_factory.mktemp("server"), migrated_database) as address:
        yield address


@pytest.fixture
def service(server_address: tuple[str, Path]) -> Iterator[Service]:
    with served(*server_address) as service:
        yield service


@pytest.fixture
def scene(service: Service) -> Scene:
    return Scene(service)
