"""The helpers of tests/web/conftest.py do what they say."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import BeginWork
from tests.factories import make_account
from tests.web.conftest import CountQueries, SignIn


def test_sign_in_opens_the_account_and_nobody_is_sent_to_sign_in(client: FlaskClient, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work)
    anonymous = client.get("/account")
    assert (anonymous.status_code, anonymous.location) == (303, "/sign-in?next=/account")
    page = sign_in(olga).get("/account")
    assert page.status_code == 200
    assert "olga@example.org" in page.text


def test_queries_are_counted(client: FlaskClient, count_queries: CountQueries) -> None:
    with count_queries() as queries:
        client.get("/healthz")
    assert queries == ["SELECT 1"]


@pytest.mark.usefixtures("csrf_on")
def test_form_without_its_token_is_refused(sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work)
    refused = sign_in(olga).post("/account", data={"current": "x", "new": "y"})
    assert refused.status_code == 400
    assert "The form has expired" in refused.text
