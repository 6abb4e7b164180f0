"""Accounts: the password, how often it may be guessed, who is signed in after it was changed, and in which language."""

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore

import pytest
from flask import Flask
from flask.testing import FlaskClient

from confsvc.boundary import begin_work
from confsvc.domain.passwords import Passwords
from confsvc.domain.work import System
from confsvc.extensions import limiter
from confsvc.models import Account
from tests.conftest import BeginWork
from tests.factories import make_account

PASSWORD = "a good long password"
STORED = Passwords(32).hash(PASSWORD)
Enter = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def unlimited(app: Flask) -> None:
    """No earlier test has used up the attempts of an address."""
    limiter.reset()


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work, password_hash=STORED)


@pytest.fixture
def browser(app: Flask) -> Callable[[], FlaskClient]:
    """`browser()`: another one each time."""
    return app.test_client


def attempt(browser: FlaskClient, password: str, email: str = "olga@example.org", next: str = "", address: str = "127.0.0.1") -> int:
    return browser.post("/sign-in", query_string={"next": next}, data={"email": email, "password": password}, environ_base={"REMOTE_ADDR": address}).status_code


def is_signed_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def test_right_password_opens_the_account_and_goes_where_one_was_going(client: FlaskClient, olga: Account) -> None:
    answer = client.post("/sign-in?next=/account", data={"email": " OLGA@example.org ", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/account")
    assert is_signed_in(client)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_signing_in_leads_to_no_other_server(client: FlaskClient, olga: Account, target: str) -> None:
    answer = client.post("/sign-in", query_string={"next": target}, data={"email": olga.email, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/")


def test_wrong_password_and_unknown_account_are_told_the_same(client: FlaskClient, olga: Account) -> None:
    wrong = client.post("/sign-in", data={"email": olga.email, "password": "something else entirely"})
    unknown = client.post("/sign-in", data={"email": "nobody@example.org", "password": PASSWORD})
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    said = "The e-mail address or the password is not right."
    assert (wrong.text.count(said), unknown.text.count(said)) == (1, 1)
    assert not is_signed_in(client)


def test_a_disabled_account_is_refused_like_an_unknown_one(client: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        make_account(work, password_hash=STORED, disabled_at=work.now)
    assert attempt(client, PASSWORD) == 422


def test_the_typed_password_comes_back_on_no_page_and_in_no_log(client: FlaskClient, olga: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    page = client.post("/sign-in", data={"email": olga.email, "password": "my secret guess 1"})
    assert "my secret guess 1" not in page.text
    assert "my secret guess 1" not in caplog.text


def test_an_account_is_locked_after_ten_wrong_passwords_from_anywhere(browser: Enter, olga: Account) -> None:
    for n in range(10):
        assert attempt(browser(), f"wrong password no. {n}", address=f"192.0.2.{n}") == 422
    assert attempt(browser(), PASSWORD, address="192.0.2.99") == 429
    assert attempt(browser(), PASSWORD, email="OLGA@example.org ", address="192.0.2.98") == 429


def test_an_address_is_locked_after_ten_wrong_passwords_for_anybody(browser: Enter, olga: Account) -> None:
    for n in range(10):
        assert attempt(browser(), "wrong", email=f"guess{n}@example.org", address="192.0.2.7") == 422
    assert attempt(browser(), PASSWORD, address="192.0.2.7") == 429
    assert attempt(browser(), PASSWORD, address="192.0.2.8") == 303


@pytest.mark.parametrize("email", ["ol\u200bga@example.org", "olga@example.org\u2060", "\u00a0OLGA@example.org", "olga@EXAMPLE.ORG"])
def test_no_spelling_of_an_account_gives_more_attempts(browser: Enter, olga: Account, email: str) -> None:
    assert attempt(browser(), PASSWORD, email=email) == 303
    for n in range(10):
        assert attempt(browser(), f"wrong password no. {n}", address=f"192.0.2.{n}") == 422
    assert attempt(browser(), PASSWORD, email=email, address="192.0.2.99") == 429


class SlowPasswords(Passwords):
    """Every password is wrong, and none is checked before `go`; `busy` counts who has come so far."""

    def __init__(self) -> None:
        super().__init__(32)
        self.go, self.busy = Event(), Semaphore(0)

    def verify(self, stored: str | None, password: str) -> bool:
        self.busy.release()
        assert self.go.wait(30)
        return False


def test_attempts_of_the_same_moment_are_counted_one_by_one(app: Flask, browser: Enter, olga: Account) -> None:
    slow = app.extensions["passwords"] = SlowPasswords()

    def guess(n: int) -> int:
        status = attempt(browser(), f"wrong password no. {n}")
        if status == 429:
            slow.busy.release()
        return status

    with ThreadPoolExecutor(14) as pool:
        guesses = [pool.submit(guess, n) for n in range(14)]
        for _ in guesses:
            assert slow.busy.acquire(timeout=30)
        slow.go.set()
    statuses = Counter(done.result() for done in guesses)
    assert set(statuses) == {422, 429}
    assert statuses[422] <= 10


def test_a_refused_attempt_does_not_count(browser: Enter, olga: Account) -> None:
    for n in range(10):
        attempt(browser(), "wrong", email="dina@example.org", address=f"192.0.2.{n}")
    assert [attempt(browser(), "wrong", email="dina@example.org", address="192.0.2.77") for _ in range(15)] == [429] * 15
    assert attempt(browser(), PASSWORD, address="192.0.2.77") == 303


def test_right_passwords_are_not_counted(browser: Enter, olga: Account) -> None:
    assert [attempt(browser(), PASSWORD) for _ in range(15)] == [303] * 15


def test_signing_out_ends_the_sign_in(client: FlaskClient, olga: Account) -> None:
    attempt(client, PASSWORD)
    assert client.post("/sign-out").location == "/sign-in"
    assert not is_signed_in(client)


def test_signing_out_by_a_link_is_not_possible(client: FlaskClient, olga: Account) -> None:
    attempt(client, PASSWORD)
    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)


def test_a_new_password_ends_every_other_sign_in(browser: Enter, olga: Account) -> None:
    here, elsewhere = browser(), browser()
    attempt(here, PASSWORD)
    attempt(elsewhere, PASSWORD)
    changed = here.post("/account", data={"current": PASSWORD, "new": "an even better password"})
    assert (changed.status_code, changed.location) == (303, "/account")
    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, False)
    assert (attempt(browser(), PASSWORD), attempt(browser(), "an even better password")) == (422, 303)


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [
        ("not my password", "an even better password", "The present password is not right."),
        (PASSWORD, "too short", "A password needs at least 12 characters."),
        (PASSWORD, "x" * 201, "This is too long."),
        ("", "an even better password", "Please fill in this field."),
    ],
)
def test_a_new_password_is_refused_with_its_reason(client: FlaskClient, olga: Account, current: str, new: str, said: str) -> None:
    attempt(client, PASSWORD)
    page = client.post("/account", data={"current": current, "new": new})
    assert (page.status_code, page.text.count(said)) == (422, 1)
    assert attempt(client, PASSWORD) == 303


def test_the_present_password_cannot_be_guessed_without_end(client: FlaskClient, olga: Account) -> None:
    attempt(client, PASSWORD)
    answers = [client.post("/account", data={"current": f"guess number {n}", "new": "an even better password"}).status_code for n in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_password_that_is_refused_for_itself_is_no_guess(client: FlaskClient, olga: Account) -> None:
    attempt(client, PASSWORD)
    assert [client.post("/account", data={"current": PASSWORD, "new": "short"}).status_code for _ in range(12)] == [422] * 12


def test_an_account_locked_from_outside_may_change_its_password(browser: Enter, olga: Account) -> None:
    here = browser()
    attempt(here, PASSWORD)
    for n in range(10):
        attempt(browser(), "wrong", address=f"192.0.2.{n}")
    assert here.post("/account", data={"current": PASSWORD, "new": "an even better password"}).status_code == 303


class UnhurriedPasswords(Passwords):
    """While it works, somebody else writes: fails inside the writers' turn."""

    def hash(self, password: str) -> str:
        with begin_work(System()):
            return super().hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        with begin_work(System()):
            return super().verify(stored, password)


def test_others_write_while_a_password_is_checked_and_hashed(app: Flask, client: FlaskClient, olga: Account) -> None:
    attempt(client, PASSWORD)
    app.extensions["passwords"] = UnhurriedPasswords(32)
    assert client.post("/account", data={"current": PASSWORD, "new": "an even better password"}).status_code == 303


@pytest.mark.parametrize("cookie", ["", "1", "1:", "x:0", "1:1", "²:0", "999:0", ":0"])
def test_a_made_up_identity_is_nobody(client: FlaskClient, olga: Account, cookie: str) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = cookie
    assert not is_signed_in(client)


@pytest.mark.parametrize(("chosen", "account", "heading"), [(None, "vi", "Tài khoản của tôi"), (None, "en", "My account"), ("en", "vi", "My account")])
def test_pages_speak_the_language_chosen_here_else_the_accounts(app: Flask, begin: BeginWork, chosen: str | None, account: str, heading: str) -> None:
    with begin() as work:
        make_account(work, password_hash=STORED, locale=account)
    browser = app.test_client()
    attempt(browser, PASSWORD)
    if chosen:
        browser.get(f"/language/{chosen}?next=/account")
    assert f"<h1>{heading}</h1>" in browser.get("/account").text


def test_an_unknown_language_changes_nothing(app: Flask) -> None:
    browser = app.test_client()
    answer = browser.get("/language/fr?next=/sign-in")
    assert (answer.location, answer.headers.getlist("Set-Cookie")) == ("/sign-in", [])
    assert "<h1>Đăng nhập</h1>" in browser.get("/sign-in").text
