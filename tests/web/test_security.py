"""What holds for every page there is, whoever wrote it: who may open it, and how it is kept to itself."""

import re
import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from confsvc.extensions import limiter
from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.conftest import BeginWork
from tests.web.conftest import SignIn
from tests.whole_scene import DESK_TOKEN, Scene, addresses, make_scene, pages

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
# Letters in a frame of their own, and the pages that hold such a frame.
LETTERS, LETTER_FRAMES = ("letters.page", "mail.page"), ("letters.show", "mail.message")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    with begin() as work:
        return make_scene(work)


@pytest.fixture(autouse=True)
def unlimited(app: Flask) -> None:
    """No earlier test has used up what one address may ask."""
    limiter.reset()


def contents(data_dir: Path) -> list[str]:
    with sqlite3.connect(data_dir / "confsvc.sqlite3") as connection:
        found = list(connection.iterdump())
    connection.close()
    return found


def test_every_parameter_of_an_address_is_filled_by_the_scene(app: Flask, scene: Scene) -> None:
    unknown = {name for rule in app.url_map.iter_rules() for name in rule.arguments} - set(scene.values)
    assert unknown == {"token", "filename", "locale", "purpose", "step", "decision", "key"}


def test_nobody_opens_a_page_of_organisers(app: Flask, client: FlaskClient, scene: Scene, data_dir: Path) -> None:
    before = contents(data_dir)
    answers = {(method, address): client.open(address, method=method) for method, address, _ in addresses(app, scene.values)}
    assert len(answers) > 60
    wrong = {asked: (answer.status_code, answer.location) for asked, answer in answers.items() if not (answer.location or "").startswith("/sign-in")}
    assert wrong == {}
    assert {answer.status_code for answer in answers.values()} == {303}
    assert contents(data_dir) == before


def test_an_organiser_of_something_else_finds_nothing(app: Flask, sign_in: SignIn, scene: Scene, data_dir: Path) -> None:
    before = contents(data_dir)
    browser = sign_in(scene.mallory)
    asked = {(method, address) for method, address, rule in addresses(app, scene.values) if "conference_id" in rule.arguments}
    assert len(asked) > 50
    answers = {(method, address): browser.open(address, method=method).status_code for method, address in sorted(asked)}
    assert {asked: status for asked, status in answers.items() if status != 404} == {}
    assert contents(data_dir) == before


def test_nothing_of_a_conference_is_reached_through_another(app: Flask, sign_in: SignIn, scene: Scene, data_dir: Path) -> None:
    """Mallory's own conference in the address, olga's rows in the rest of it."""
    before = contents(data_dir)
    browser = sign_in(scene.mallory)
    values = {**scene.values, "conference_id": scene.values["conference_id"] + 1}
    inner = {name for name in values if name not in ("conference_id", "account_id", "unit_id", "kind")}
    asked = {(method, address) for method, address, rule in addresses(app, values) if "conference_id" in rule.arguments and rule.arguments & inner}
    assert len(asked) > 20
    answers = {(method, address): browser.open(address, method=method).status_code for method, address in sorted(asked)}
    assert {asked: status for asked, status in answers.items() if status != 404} == {}
    assert contents(data_dir) == before


def test_a_disabled_account_opens_nothing(sign_in: SignIn, scene: Scene, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    assert browser.get("/conferences").status_code == 200
    with begin() as work:
        work.session.merge(scene.olga).disabled_at = work.now
    assert browser.get("/conferences").status_code == 303


@pytest.mark.parametrize("token", ["x", "a" * 32, "%00", "a" * 5000, "..%2f..", "đ"])
def test_wrong_tokens_open_nothing(app: Flask, client: FlaskClient, scene: Scene, token: str) -> None:
    asked = [
        (method, address.replace("/x", f"/{token}", 1)) for method, address, rule in addresses(app, scene.values, open_ones=True) if "token" in rule.arguments
    ]
    assert len(asked) >= 10
    answers = {(method, address[:40]): client.open(address, method=method).status_code for method, address in asked}
    assert {asked: status for asked, status in answers.items() if status not in (404, 410)} == {}


def test_every_page_is_kept_to_itself(app: Flask, sign_in: SignIn, scene: Scene) -> None:
    browser = sign_in(scene.olga)
    browser.set_cookie(DESK_COOKIE, DESK_TOKEN)
    statuses = {}
    for address, rule in pages(app, scene):
        answer = browser.get(address)
        headers, blueprint = answer.headers, rule.endpoint.partition(".")[0]
        statuses[address] = answer.status_code
        wasm = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
        policies = {"desk": wasm, **dict.fromkeys(LETTERS, LETTER_POLICY), **dict.fromkeys(LETTER_FRAMES, f"{POLICY}; frame-src 'self'")}
        assert (address, headers["Content-Security-Policy"]) == (address, policies.get(rule.endpoint) or policies.get(blueprint) or POLICY)
        assert (address, headers["X-Content-Type-Options"], headers["Cross-Origin-Opener-Policy"]) == (address, "nosniff", "same-origin")
        assert (address, headers["Referrer-Policy"]) == (address, "same-origin")
        assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-Id"]), address
        # The desk as an app is the same for everybody, and is kept by the device.
        assert any(word in headers["Cache-Control"] for word in ("no-store", "private", *(["no-cache"] if blueprint == "desk_app" else []))), address
        answer.close()
        if headers["Content-Type"].startswith("text/html"):
            assert (address, [] if rule.endpoint in LETTERS else INLINE.findall(answer.text)) == (address, [])
            assert answer.text.count("<h1") <= 1, address
    conference = f"/conferences/{scene.values['conference_id']}"
    # Nothing is being printed or exported, and a letter without an issuer has no first page.
    runs = {f"{conference}/{made}/runs/x{rest}": 404 for made in ("paper", "attendance/export") for rest in ("", "/state", "/file")}
    papers = runs | {f"{conference}/paper/letters/preview.png": 422}
    # Olga is no administrator.
    refused = {f"{conference}/resume": 409, f"/units/{scene.values['unit_id']}/calendar-link": 403}
    assert {address: status for address, status in statuses.items() if status not in (200, 303)} == refused | papers


def test_cookies_are_for_this_server_and_not_for_scripts(app: Flask, client: FlaskClient) -> None:
    given = [*client.get("/sign-in").headers.getlist("Set-Cookie"), *client.get("/language/en").headers.getlist("Set-Cookie")]
    assert [cookie.split("=")[0] for cookie in given] == ["session", "lang"]
    for cookie in given:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain=" not in cookie


# Nobody but the holder of the link knows the address, and the desk's cookie is sent by no other page: nothing to be forged.
NOT_TO_BE_FORGED = {("POST", "/d/x/heartbeat"): 404, ("POST", "/desk/leave"): 303, ("POST", "/desk/handover"): 403}


def test_no_post_goes_without_its_csrf_token(app: Flask, sign_in: SignIn, scene: Scene, csrf_on: None, data_dir: Path) -> None:
    before = contents(data_dir)
    browser = sign_in(scene.olga)
    asked = [(method, address) for open_ones in (False, True) for method, address, _ in addresses(app, scene.values, open_ones=open_ones) if method == "POST"]
    assert len(asked) > 30
    assert {(method, address): browser.open(address, method=method).status_code for method, address in asked} == dict.fromkeys(asked, 400) | NOT_TO_BE_FORGED
    assert contents(data_dir) == before


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "/a\nb",
        "",
        "//[",
        "http://[",
    ],
)
def test_no_redirect_leads_away(client: FlaskClient, target: str) -> None:
    answer = client.get("/language/en", query_string={"next": target})
    assert (answer.status_code, answer.location) == (303, "/")


def test_a_request_id_is_taken_over_if_it_is_harmless(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "from-the-proxy-1"}).headers["X-Request-Id"] == "from-the-proxy-1"
    given = client.get("/healthz", headers={"X-Request-Id": 'x" onload="'}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", given)


def test_an_unexpected_error_tells_nothing_but_its_id(app: Flask, client: FlaskClient) -> None:
    def fail() -> str:
        raise RuntimeError("the secret of the house")

    app.testing = False
    app.view_functions["health.healthz"] = fail
    answer = client.get("/healthz", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


@pytest.mark.parametrize("address", ["/static/../confsvc/settings.py", "/static/%2e%2e/pyproject.toml", "/static/dist/../../pyproject.toml"])
def test_static_serves_nothing_else(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_https_is_remembered(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    assert client.get("/healthz", base_url="https://localhost").headers["Strict-Transport-Security"] == "max-age=31536000"
