"""The agenda and the sites in a browser: by mouse, by finger's handle, by keyboard, in two tabs and on a broken line."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session
from confsvc.domain.sites import SiteEntry, create_sites
from confsvc.models import Conference
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server, looks
from tests.factories import ENDS, STARTS, make_account, make_conference, make_delegate, make_mandate, make_site

SignIn = Callable[[Page, str], None]


@pytest.fixture
def conference(server: Server) -> Conference:
    """Items a, b, c in the afternoon and none in the evening."""
    with server.begin() as work:
        conference = make_conference(work, make_account(work, password_hash=PASSWORD_HASH))
        make_delegate(work, make_mandate(work, conference, make_site(work, conference)), "Trần Văn Đức", position="Giám đốc")
        create_sites(work, conference.id, [SiteEntry(name) for name in ("Tuy Phong", "Bắc Bình")])
        afternoon = add_session(work, conference.id, SessionEntry("Phiên chiều", STARTS, ENDS))
        add_session(work, conference.id, SessionEntry("Phiên tối", ENDS, ENDS + (ENDS - STARTS)))
        for title in "abc":
            add_item(work, conference.id, afternoon.id, ItemEntry(title))
        return conference


def agenda(page: Page, conference: Conference) -> str:
    page.goto(f"/conferences/{conference.id}/agenda")
    return page.url


def titles(page: Page, session: int = 0) -> Locator:
    return page.locator("[data-session]").nth(session).locator("[data-focus=title]")


def test_items_move_by_keyboard_and_their_place_is_said(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("en", 360)
    sign_in(page, "olga@example.org")
    agenda(page, conference)

    page.get_by_role("link", name="a", exact=True).focus()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")

    expect(titles(page, 1)).to_have_text(["a"])
    expect(page.locator("#agenda-news")).to_have_text("“a” is now number 1 in “Phiên tối”, from 17:00.")
    expect(page.get_by_role("link", name="a", exact=True)).to_be_focused()
    page.get_by_role("button", name="Move down: b").press("Enter")
    expect(titles(page)).to_have_text(["c", "b"])
    expect(page.get_by_role("button", name="Move down: b")).to_be_focused()
    page.reload()
    expect(titles(page)).to_have_text(["c", "b"])


def test_item_is_dragged_to_another_place_and_escape_lets_it_be(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("en")
    sign_in(page, "olga@example.org")
    agenda(page, conference)

    def drag(onto: Locator) -> None:
        page.locator("[data-handle]").first.hover()
        page.mouse.down()
        box = onto.bounding_box()
        assert box
        page.mouse.move(box["x"] + 20, box["y"] + box["height"] - 2, steps=4)
        expect(page.locator(".drop-mark")).to_have_count(1)

    drag(page.locator("[data-item]").nth(1))
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".drop-mark")).to_have_count(0)
    expect(titles(page)).to_have_text(["a", "b", "c"])

    drag(page.locator("[data-item]").nth(1))
    page.mouse.up()
    expect(titles(page)).to_have_text(["b", "a", "c"])
    expect(page.locator("#agenda-news")).to_have_text("“a” is now number 2 in “Phiên chiều”, from 14:10.")


def test_second_tab_and_broken_line_are_told(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("en")
    sign_in(page, "olga@example.org")
    other = page.context.new_page()
    for tab in (page, other):
        agenda(tab, conference)

    page.get_by_role("button", name="Move up: c").click()
    expect(titles(page)).to_have_text(["a", "c", "b"])
    other.get_by_role("button", name="Move up: b").click()
    expect(other.get_by_role("alert")).to_contain_text("Somebody else has changed the agenda in the meantime.")
    expect(titles(other)).to_have_text(["a", "c", "b"])

    page.context.set_offline(True)
    page.get_by_role("button", name="Move up: b").click()
    expect(page.locator("#agenda-news")).to_have_text("This could not be saved. Please check the connection and try again.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Move up: b").click()
    expect(titles(page)).to_have_text(["a", "b", "c"])


def test_presenter_is_found_while_the_name_is_typed(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("en", 360)
    sign_in(page, "olga@example.org")
    agenda(page, conference)
    page.get_by_role("link", name="a", exact=True).click()

    page.get_by_label("Presenter").press_sequentially("duc")
    page.get_by_role("radio", name="Trần Văn Đức, Giám đốc").check()
    expect(page.get_by_label("Presenter")).to_have_value("Trần Văn Đức")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".item-who")).to_have_text("Trần Văn Đức, Giám đốc, Sở Nội vụ")


def test_agenda_and_sites_work_without_scripts(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("en", java_script_enabled=False)
    sign_in(page, "olga@example.org")
    agenda(page, conference)

    page.get_by_role("button", name="Move up: c").click()
    expect(titles(page)).to_have_text(["a", "c", "b"])
    expect(page.get_by_role("button", name="Move up: c")).to_be_focused()
    page.get_by_label("Title").first.fill("d")
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(titles(page)).to_have_text(["a", "c", "b", "d"])
    page.goto(f"/conferences/{conference.id}/sites")
    page.get_by_role("button", name="Move up: Bắc Bình").click()
    expect(page.locator("tbody th a")).to_have_text(["Điểm cầu trung tâm", "Bắc Bình", "Tuy Phong"])


@pytest.mark.parametrize(("locale", "kinds"), [("vi", [(360, False), (1280, False)]), ("en", [(1280, True), (360, True)])])
def test_pages_are_accessible_and_fit(
    server: Server,
    new_page: NewPage,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    conference: Conference,
    locale: str,
    kinds: list[tuple[int, bool]],
) -> None:
    page = new_page(locale)
    sign_in(page, "olga@example.org")
    root = f"/conferences/{conference.id}"
    for address in ("sites", "sites?q=zzz", "sites/new", "sites/1", "sites/1/remove", "sites/2/remove", "sites/from-units"):
        page.goto(f"{root}/{address}")
        for width in looks(page, *kinds):
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    for address in ("agenda", "agenda/print", "agenda/items/1", "agenda/sessions/1", "agenda/sessions/new", "agenda/sessions/1/items/new"):
        page.goto(f"{root}/{address}")
        for width in looks(page, *kinds):
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
