"""A real server and real browsers: `confsvc serve` as a process, Chromium by Playwright, axe for accessibility."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from sqlalchemy import create_engine

from confsvc.database import prepare_engine, session_makers
from confsvc.domain.passwords import Passwords
from tests.beside import beside
from tests.conftest import SECRET
from tests.nursery import Nursery

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
PICTURE_MAX_BYTES = 200_000
STOP_SECONDS = 30
# How long something may take to come about that has been asked for: a tenth of it is much, except where several tests share a processor.
PATIENCE_MS = 30_000
# The first two were made without windows, which costs a third; the path is that of the program behind Debian's script, which can be killed.
CHROMIUM_NAMES = ("/usr/lib/chromium/chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page of a test lives for a moment: optimising its code, and collecting what it made, cost a fifth of its time and came too late to help.
    "--js-flags=--no-opt --no-maglev --min-semi-space-size=16",
]
PASSWORD = "a password for tests"
# For `make_account(work, password_hash=PASSWORD_HASH)`: an account that signs in with PASSWORD.
PASSWORD_HASH = Passwords(32).hash(PASSWORD)


class Server:
    """One running `confsvc serve`; `begin()` writes to its database beside it, with the true clock."""

    def __init__(self, nursery: Nursery, data_dir: Path, settings: dict[str, str]) -> None:
        self._nursery = nursery
        self.data_dir = data_dir
        self.log_file = data_dir / "server.log"
        self._settings = settings
        self._engine = create_engine(settings.get("CONFSVC_DATABASE_URL") or f"sqlite:///{data_dir / 'confsvc.sqlite3'}")
        prepare_engine(self._engine)
        _, open_writing = session_makers(self._engine)
        self.begin = beside(open_writing)
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, on the same port as before if it ran already; returns once requests are answered."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CONFSVC_")}
        environment |= {"CONFSVC_DATA_DIR": str(self.data_dir), "CONFSVC_SECRET_KEY": SECRET, "CONFSVC_ARGON2_MEMORY_KIB": "32", "CONFSVC_LOG_LEVEL": "WARNING"}
        self._process = self._nursery.begin(["serve", "--port", str(self.port)], environment | self._settings, self.log_file)
        said = self._process.stdout.readline()
        assert said.startswith("confsvc listens on http://"), f"the server did not start: {said}{self.log_file.read_text()}"
        self.port = int(said.rsplit(":", 1)[1])

    def stop(self) -> None:
        """Stop as an administrator would; the server must end by itself and well."""
        self._process.terminate()
        assert self._process.wait(STOP_SECONDS) == 0, self.log_file.read_text()
        self._process.stdout.close()

    def close(self) -> None:
        """Stop for good and free everything, even if the server does not stop by itself."""
        try:
            self.stop()
        finally:
            self._process.kill()
            self._engine.dispose()
        assert "Traceback" not in self.log_file.read_text(), self.log_file.read_text()


@pytest.fixture
def start_server(nursery: Nursery, tmp_path: Path, migrated_database: Path) -> Iterator[Callable[..., Server]]:
    """`start_server(NAME="value")`: a server over a fresh database, with these CONFSVC_ settings; stopped after the test."""
    running: list[Server] = []

    def start(**settings: str) -> Server:
        folder = tmp_path / f"server{len(running)}"
        folder.mkdir()
        shutil.copy(migrated_database, folder / "confsvc.sqlite3")
        running.append(Server(nursery, folder, {f"CONFSVC_{name}": value for name, value in settings.items()}))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    """A server with the default settings over a fresh database."""
    return start_server()


def chromium() -> str:
    """Where Chromium is; raises RuntimeError with what to do where it is not."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        raise RuntimeError("the browser tests need Chromium: install it (apt-get install chromium) or run ./dev test")
    return found


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


Launch = Callable[..., AbstractContextManager[Browser]]


@pytest.fixture(scope="session")
def launch(playwright_driver: Playwright) -> Launch:
    """`with launch("--flag", …) as browser:` a Chromium of its own, e.g. with a fake camera."""

    @contextmanager
    def start(*flags: str) -> Iterator[Browser]:
        browser = playwright_driver.chromium.launch(executable_path=chromium(), args=[*CHROMIUM_FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()

    return start


@pytest.fixture(scope="session")
def browser(launch: Launch) -> Iterator[Browser]:
    """The Chromium that the tests of this process share; each page has a context of its own."""
    with launch() as started:
        yield started


class NewPage(Protocol):
    def __call__(self, locale: str = "vi", width: int = 1280, dark: bool = False, *, browser: Browser | None = None, **context: Any) -> Page: ...


@pytest.fixture
def new_page(browser: Browser, server: Server) -> Iterator[NewPage]:
    """`new_page("vi" or "en", width, dark, …)`: a page in a context of its own, whose addresses are relative to `server`.

    An uncaught error of a script or anything that the Content-Security-Policy refused fails the test.
    """
    default, opened, wrong = browser, [], list[str]()

    def open_page(locale: str = "vi", width: int = 1280, dark: bool = False, *, browser: Browser | None = None, **context: Any) -> Page:
        options = {
            "base_url": server.url,
            "locale": "vi-VN" if locale == "vi" else "en-GB",
            "timezone_id": "Asia/Ho_Chi_Minh",
            "viewport": {"width": width, "height": 800},
            "color_scheme": "dark" if dark else "light",
            "reduced_motion": "reduce",
        }
        made = (browser or default).new_context(**{**options, **context})
        opened.append(made)
        made.add_cookies([{"name": "lang", "value": locale, "url": server.url}])
        made.set_default_timeout(PATIENCE_MS)
        page = made.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None)
        return page

    yield open_page
    for made in opened:
        made.close()
    assert wrong == []


@pytest.fixture
def sign_in() -> Callable[[Page, str], None]:
    """`sign_in(page, email)`: sign the account in through the form; it must have been made with PASSWORD_HASH."""

    def enter(page: Page, email: str) -> None:
        page.goto("/sign-in?next=/account")
        page.locator("#email").fill(email)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        # Not "**/account": the form's own address ends like that.
        page.wait_for_url("/account")

    return enter


def looks(page: Page, *kinds: tuple[int, bool]) -> Iterator[int]:
    """The width of the page, in one width and in light or dark after the other.

    The page is not loaded again: what the server sends depends on neither, so a second load shows nothing that the first does not.
    """
    for width, dark in kinds:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        yield width


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)`: no rule of axe-core is broken on the page as it stands."""
    source = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def check(page: Page) -> None:
        if page.evaluate("typeof axe") == "undefined":
            # Not as a function of Playwright: this way Chromium keeps what it has compiled for the next page.
            tools = page.context.new_cdp_session(page)
            tools.send("Runtime.evaluate", {"expression": f"{source};null"})
            tools.detach()
        broken = page.evaluate(
            """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
                ({id, nodes}) => ({id, nodes: nodes.map(({html, failureSummary}) => html + " " + failureSummary)}))"""
        )
        assert broken == [], f"{page.url} ({page.title()})"

    return check


@pytest.fixture(scope="session")
def shot() -> Callable[[Page, str], None]:
    """`shot(page, name)`: a picture for the README, taken when the environment says CONFSVC_PICTURES=1."""

    def take(page: Page, name: str) -> None:
        if os.environ.get("CONFSVC_PICTURES") != "1":
            return
        PICTURES.mkdir(exist_ok=True)
        page.evaluate("() => document.fonts.ready.then(() => true)")
        size = len(page.screenshot(path=PICTURES / f"{name}.png"))
        assert size <= PICTURE_MAX_BYTES, f"{name}.png has {size} bytes"

    return take


expect.set_options(timeout=PATIENCE_MS)
