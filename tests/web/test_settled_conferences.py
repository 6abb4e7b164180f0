"""The organiser's pages of a conference that is over: they say so, and offer nothing that would be refused."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session
from confsvc.models import Conference, Pairing
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_mandate, make_site, settle
from tests.web.conftest import SignIn

# What leads to a change of the plan: addresses of buttons and links, without the numbers.
CHANGES = r'(?:href|action|formaction)="/conferences/\d+(/[a-z0-9/-]+)[^"]*"'
OFFERS = {"/sites/new", "/sites/from-units", "/agenda/sessions/new", "/mandates/invite", "/delegates/new", "/delegates/import"}
STEPS = re.compile(
    r"/(sites/N/(up|down|remove|pairings)|agenda/items/N/(move|remove)|agenda/sessions/N(/remove|/items/new)?|mandates/N/withdraw|delegates/N/remove)"
)


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        main = make_site(work, conference)
        remote = make_site(work, conference, "Điểm cầu Phú Quý", kind="remote", sort_order=1)
        make_site(work, conference, "Điểm cầu Tuy Phong", kind="remote", sort_order=2)
        mandate = make_mandate(work, conference, main)
        dina = make_delegate(work, make_mandate(work, conference, main))
    with begin(acting(olga)) as work:
        session = add_session(work, conference.id, SessionEntry("Buổi chiều", STARTS, ENDS))
        items = [add_item(work, conference.id, session.id, ItemEntry(title)) for title in ("Khai mạc", "Báo cáo")]
    own = (f"/sites/{remote.id}", f"/agenda/items/{items[0].id}", f"/agenda/sessions/{session.id}", f"/mandates/{mandate.id}", f"/delegates/{dina.id}")
    pages = ("/sites", "/agenda", "/mandates", "/delegates", "/desks", *own)
    return SimpleNamespace(olga=olga, id=conference.id, root=f"/conferences/{conference.id}", site_id=main.id, pages=pages)


def offered(page: str) -> set[str]:
    found = {re.sub(r"\d+", "N", address) for address in re.findall(CHANGES, page)}
    return {address for address in found if address in OFFERS or STEPS.fullmatch(address)}


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_pages_of_a_settled_conference_say_so_and_offer_no_change(state: str, scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    open_pages = [offered(browser.get(scene.root + page).text) for page in scene.pages]
    with begin() as work:
        settle(work.session.get_one(Conference, scene.id), state)
    shown = {page: browser.get(scene.root + page).text for page in (*scene.pages, "/sites/new", "/mandates/invite", "/delegates/new")}

    assert [bool(found) for found in open_pages] == [True] * len(scene.pages)
    assert {page: offered(text) - {page} for page, text in shown.items() if offered(text) - {page}} == {}
    assert [page for page, text in shown.items() if "The conference is over" not in text] == []


def test_desk_pressed_on_an_old_page_is_refused_on_the_page_of_desks(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        settle(work.session.get_one(Conference, scene.id), "closed")
    browser = sign_in(scene.olga)

    answer = browser.post(f"{scene.root}/sites/{scene.site_id}/pairings")

    assert (answer.status_code, answer.location) == (303, f"{scene.root}/desks")
    assert "no more desks can be paired" in browser.get(answer.location).text
    with begin() as work:
        assert work.session.scalars(select(Pairing)).all() == []
