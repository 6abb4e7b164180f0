"""Forms over HTTPS, where a post needs a referrer of this server: what a browser sends for the policy of the page it shows."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from confsvc.app import create_app
from confsvc.boundary import install_runtime
from confsvc.extensions import limiter
from confsvc.models import Delegate, Desk
from tests.conftest import NOW, BeginWork, make_settings
from tests.whole_scene import Scene, make_scene

OWN = "https://localhost"
PUBLIC = "https://conference.example.org:8443"
FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": urlsplit(PUBLIC).netloc, "X-Forwarded-For": "192.0.2.1"}


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    with begin() as work:
        return make_scene(work)


@pytest.fixture(params=[0, 1])
def app(data_dir: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application itself behind TLS, and behind a proxy that speaks TLS for it; forms need their CSRF token."""
    app = create_app(make_settings(data_dir, trusted_proxies=request.param))
    app.testing = True
    install_runtime(app, replace(app.extensions["confsvc"], clock=lambda: NOW))
    limiter.reset()
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def send(app: Flask, path: str, referrer: str | None = None, **fields: str) -> TestResponse:
    """Open the page at `path`, then post its form as a browser does; `referrer` in place of the page's own."""
    proxied = app.extensions["confsvc"].settings.trusted_proxies
    root, headers = ("http://127.0.0.1:8000", FORWARDED) if proxied else (OWN, {})
    browser = app.test_client()
    page = browser.get(path, base_url=root, headers=headers)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert token, page.text
    sent = {"no-referrer": None, "same-origin": (PUBLIC if proxied else OWN) + path}[page.headers["Referrer-Policy"]]
    referrer = sent if referrer is None else referrer
    return browser.post(path, base_url=root, headers={**headers, "Referer": referrer} if referrer else headers, data={"csrf_token": token[1], **fields})


def test_a_delegate_answers(app: Flask, scene: Scene, begin: BeginWork) -> None:
    path = f"/d/{scene.tokens['invitation']}"
    assert send(app, path, reply="accepted").status_code == 303
    with begin() as work:
        assert work.session.get_one(Delegate, scene.values["delegate_id"]).reply == "accepted"


@pytest.mark.parametrize("referrer", ["", "https://evil.example/d/x", "http://localhost/"])
def test_an_answer_from_elsewhere_is_refused(app: Flask, scene: Scene, begin: BeginWork, referrer: str) -> None:
    assert send(app, f"/d/{scene.tokens['invitation']}", referrer, reply="accepted").status_code == 400
    with begin() as work:
        assert work.session.get_one(Delegate, scene.values["delegate_id"]).reply == "none"


def test_a_desk_is_paired(app: Flask, scene: Scene, begin: BeginWork) -> None:
    assert send(app, f"/pair/{scene.tokens['pairing']}", name="Bàn 2").location == "/desk"
    with begin() as work:
        assert work.session.scalars(select(Desk.name).where(Desk.name == "Bàn 2")).all() == ["Bàn 2"]
