"""The conference's form: deadline, entries, updates and languages, each error beside its field and what was typed kept."""

import re

import pytest
from flask.testing import FlaskClient

from confsvc.models import Account, Conference
from tests.conftest import BeginWork
from tests.factories import make_account, make_conference, make_site
from tests.web.conftest import SignIn

TYPED = {
    "title": "Hội nghị",
    "mode": "hybrid",
    "timezone": "Asia/Ho_Chi_Minh",
    "starts_at": "2023-02-01T14:00",
    "ends_at": "2023-02-01T17:00",
    "check_in_minutes": "120",
    "late_minutes": "15",
    "walk_in_rule": "open",
    "online_rule": "counts",
    "address_form": "comrade",
    "version": "1",
    "registration_deadline": "2023-01-30T17:00",
    "entry_rule": "sessions",
    "update_rule": "ask",
    "mail_languages": "both",
}


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def browser(sign_in: SignIn, olga: Account) -> FlaskClient:
    return sign_in(olga)


@pytest.fixture
def url(begin: BeginWork, olga: Account) -> str:
    with begin() as work:
        conference = make_conference(work, olga)
        make_site(work, conference)
        return f"/conferences/{conference.id}"


def beside(page: str, field: str) -> str:
    """The error shown beside a field."""
    found = re.search(rf'id="{field}-error">([^<]*)<', page)
    return found[1] if found else ""


def test_deadline_entries_updates_and_languages_are_set_and_shown(browser: FlaskClient, url: str, begin: BeginWork) -> None:
    assert browser.post(f"{url}/edit", data=TYPED).status_code == 303
    with begin() as work:
        kept = work.session.get_one(Conference, int(url.rpartition("/")[2]))
        assert (str(kept.registration_deadline), kept.entry_rule, kept.update_rule, kept.mail_languages) == (
            "2023-01-30 10:00:00+00:00",
            "sessions",
            "ask",
            "both",
        )
    shown = browser.get(url).text
    for words in ("17:00, Monday, 30/01/2023", "One for each session", "When an organiser says so", "Vietnamese and English in one letter"):
        assert words in shown
    form = browser.get(f"{url}/edit").text
    assert 'value="2023-01-30T17:00"' in form
    assert re.findall(r'<option selected value="(sessions|ask|both)">', form) == ["both", "sessions", "ask"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2023-02-01T14:00", "The deadline must come before the conference begins."),
        ("2023-01-16T13:00", "This deadline has passed already."),
        ("1999-01-01T00:00", "Please check the year: it must lie between 2000 and 2100."),
        ("soon", "Please enter a date and a time."),
    ],
)
def test_a_deadline_that_makes_no_sense_is_refused_beside_the_field(browser: FlaskClient, url: str, typed: str, said: str) -> None:
    answer = browser.post(f"{url}/edit", data={**TYPED, "registration_deadline": typed, "title": "Vẫn còn đây"})
    assert (answer.status_code, beside(answer.text, "registration_deadline")) == (422, said)
    assert 'value="Vẫn còn đây"' in answer.text
    assert f'value="{typed}"' in answer.text


def test_without_a_deadline_there_is_none(browser: FlaskClient, url: str, begin: BeginWork) -> None:
    browser.post(f"{url}/edit", data=TYPED)
    assert browser.post(f"{url}/edit", data={**TYPED, "registration_deadline": "", "version": "2"}).status_code == 303
    with begin() as work:
        assert work.session.get_one(Conference, int(url.rpartition("/")[2])).registration_deadline is None


def test_somebody_elses_deadline_is_shown_as_clocks_there_show_it(browser: FlaskClient, url: str) -> None:
    browser.post(f"{url}/edit", data=TYPED)
    answer = browser.post(f"{url}/edit", data={**TYPED, "registration_deadline": "2023-01-29T17:00"})
    assert answer.status_code == 409
    assert "<dd>17:00, 30/01/2023</dd>" in answer.text
