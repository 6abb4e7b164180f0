"""The page that sends invitations: whom they would reach, who has no address, and one press."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.models import Account, Conference, Mandate, Message
from tests.conftest import NOW, BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, settle
from tests.web.conftest import CountQueries, SignIn


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def mandate(begin: BeginWork, olga: Account) -> Mandate:
    """Dina of this unit has an address, binh has none."""
    with begin() as work:
        conference = make_conference(work, olga, starts_at=NOW + timedelta(days=7), ends_at=NOW + timedelta(days=7, hours=3))
        mandate = make_mandate(work, conference, make_site(work, conference), seats=3)
        make_delegate(work, mandate, email="dina@example.org")
        make_delegate(work, mandate, "Trần Văn Bình")
        return mandate


@pytest.fixture
def url(mandate: Mandate) -> str:
    return f"/conferences/{mandate.conference_id}/invitations"


@pytest.fixture
def browser(olga: Account, sign_in: SignIn) -> FlaskClient:
    return sign_in(olga)


def addresses(begin: BeginWork) -> list[str]:
    with begin() as work:
        return list(work.session.scalars(select(Message.to_address).order_by(Message.id)))


def test_one_press_invites_everybody_once(browser: FlaskClient, url: str, begin: BeginWork, mandate: Mandate) -> None:
    page = browser.get(url).text
    assert "Send invitations to 1 person" in page
    assert "Trần Văn Bình" in page
    key = {"form_key": "3f0a1a50-0000-4000-8000-000000000002"}
    answers = [browser.post(url, data=key) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, url.replace("invitations", "mail"))] * 2
    assert addresses(begin) == ["dina@example.org"]
    page = browser.get(url).text
    assert "Invitations to 1 person were put into the outbox." in page
    assert "Invitations were sent at 13:30" in page
    assert "Send invitations to" not in page
    with begin() as work:
        assert work.session.get_one(Conference, mandate.conference_id).web_address == "http://localhost"


@pytest.mark.parametrize(
    ("state", "said"),
    [("draft", "The conference is a draft: publish it first"), ("cancelled", "The conference is over"), ("closed", "The conference is over")],
)
def test_the_page_says_why_nothing_can_be_sent(browser: FlaskClient, url: str, begin: BeginWork, mandate: Mandate, state: str, said: str) -> None:
    with begin() as work:
        settle(work.session.get_one(Conference, mandate.conference_id), state)
    page = browser.get(url).text
    assert said in page
    assert "Send invitations to" not in page
    assert "This step is not possible in the present state." in browser.post(url, follow_redirects=True).text
    assert addresses(begin) == []


def test_strangers_send_nothing(url: str, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        make_conference(work, mallory)
    assert [sign_in(mallory).get(url).status_code, sign_in(mallory).post(url).status_code, client.get(url).status_code] == [404, 404, 303]
    client.post(url)
    assert addresses(begin) == []


def test_the_page_costs_as_many_queries_however_many_people(
    browser: FlaskClient, url: str, begin: BeginWork, mandate: Mandate, count_queries: CountQueries
) -> None:
    counts = []
    for more in (0, 60):
        with begin() as work:
            for number in range(more):
                make_delegate(work, work.session.merge(mandate), f"Lê Văn {number}")
        with count_queries() as queries:
            browser.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
