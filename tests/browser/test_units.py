"""Units and conferences in a browser: a host chosen by typing, the tree folded, two tabs, a question before a grave step."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from confsvc.models import Conference
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.factories import make_account, make_conference, make_site, make_unit

SignIn = Callable[[Page, str], None]


@pytest.fixture
def conference(server: Server) -> Conference:
    """A published conference, and two communes of the same name."""
    with server.begin() as work:
        for code, name in (("A", "Huyện A"), ("B", "Huyện B")):
            make_unit(work, "Xã Tân Thành", code=f"{code}-1", parent_id=make_unit(work, name, code=code).id)
        conference = make_conference(work, make_account(work, password_hash=PASSWORD_HASH))
        make_site(work, conference)
        return conference


def test_a_host_is_chosen_by_typing_without_marks(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("en", 360)
    sign_in(page, "olga@example.org")
    page.goto(f"/conferences/{conference.id}/edit")
    host = page.get_by_label("Host unit")
    host.fill("tan thanh")
    offers = page.locator("#host_unit-choices option")
    expect(offers).to_have_count(2)
    assert [(offer.get_attribute("value"), offer.get_attribute("label")) for offer in offers.all()] == [
        ("Xã Tân Thành · A-1", "Xã Tân Thành · A-1 (Huyện A)"),
        ("Xã Tân Thành · B-1", "Xã Tân Thành · B-1 (Huyện B)"),
    ]
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#host_unit-error")).to_have_text("More than one unit fits this. Please choose one of the list.")
    host.fill("Xã Tân Thành · B-1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Xã Tân Thành")).to_be_visible()


def test_the_tree_folds_by_keyboard(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("en", 360)
    sign_in(page, "olga@example.org")
    page.goto("/units")
    communes = page.locator("a", has_text="Xã Tân Thành")
    expect(communes).to_have_count(2)
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(communes.first).to_be_hidden()
    expect(communes.last).to_be_visible()


def test_the_second_tab_is_told_and_keeps_what_was_typed(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    first = new_page("en", 1280)
    sign_in(first, "olga@example.org")
    second = first.context.new_page()
    for tab in (first, second):
        tab.goto(f"/conferences/{conference.id}/edit")
    first.get_by_label("Title").fill("Tab one")
    first.get_by_role("button", name="Save").click()
    expect(first.locator("h1")).to_have_text("Tab one")
    second.get_by_label("Title").fill("Tab two")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("alert")).to_contain_text("Tab one")
    expect(second.get_by_label("Title")).to_have_value("Tab two")
    second.get_by_role("button", name="Save").click()
    expect(second.locator("h1")).to_have_text("Tab two")


def test_a_grave_step_asks_first(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("en", 360)
    sign_in(page, "olga@example.org")
    page.goto(f"/conferences/{conference.id}")
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.get_by_role("button", name="Cancel the conference").click()
    assert asked == ["Cancel the conference? Every delegate's page and calendar will say so at once. This cannot be taken back."]
    page.reload()
    expect(page.locator(".page-head .badge")).to_have_text("Published")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel the conference").click()
    expect(page.locator(".page-head .badge")).to_have_text("Cancelled")
