"""Signed-in browsers and counted queries for tests of pages."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from confsvc.boundary import install_runtime
from confsvc.domain.facts import Fact
from confsvc.extensions import db
from confsvc.models import Account
from confsvc.web import attendance_export
from confsvc.web.paper_runs import PAPERS, PaperRuns
from tests.conftest import NOW

SignIn = Callable[[Account], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(app: Flask, published: list[Fact]) -> Flask:
    """The application with the clock of the tests, facts into `published`, and forms that need no CSRF token (`csrf_on` asks for it)."""
    app.config["WTF_CSRF_ENABLED"] = False
    install_runtime(app, replace(app.extensions["confsvc"], clock=lambda: NOW, publish=published.append))
    return app


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook is waited for however busy the machine is."""
    monkeypatch.setattr(attendance_export, "PATIENCE_SECONDS", 60)


@pytest.fixture
def runs(app: Flask) -> PaperRuns:
    """The files that the application makes beside the requests."""
    found: PaperRuns = app.extensions[PAPERS]
    return found


@pytest.fixture
def csrf_on(app: Flask) -> None:
    """Forms need their CSRF token, as in service."""
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in; pages are in English."""
    return _browser(app)


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """`sign_in(account)`: a browser of its own in which this (committed) account is signed in; pages are in English."""

    def enter(account: Account) -> FlaskClient:
        browser = _browser(app)
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = f"{account.id}:{account.session_epoch}"
            cookie["_fresh"] = True
        return browser

    return enter


@pytest.fixture
def count_queries(app: Flask) -> CountQueries:
    """`with count_queries() as queries:` gathers the statements the application runs in the block, BEGIN apart."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        found: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                found.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


def _browser(app: Flask) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie("lang", "en")
    return browser
