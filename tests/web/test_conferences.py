"""The pages of conferences."""

from tests.conftest import BeginWork
from tests.factories import make_account, make_conference
from tests.web.conftest import SignIn


def test_pages_open(sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
    browser = sign_in(olga)
    for path in ("/conferences", "/conferences/new", "/units", "/units/new", "/units/import", "", "/edit", "/duplicate"):
        page = browser.get(path if path.startswith(("/conf", "/unit")) else f"/conferences/{conference.id}{path}")
        assert page.status_code == 200, path
