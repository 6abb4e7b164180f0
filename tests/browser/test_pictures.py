"""The example conference as the README shows it: with CONFSVC_PICTURES=1 this takes the README's pictures."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from confsvc.domain.demo import EMAIL, Doors, demo_password, load_example, open_doors
from confsvc.domain.passwords import Passwords
from confsvc.models import Delegate
from tests.browser.conftest import NewPage, Server
from tests.browser.desk_steps import expect_verdict, press

PHONE_WIDTH = 390


@pytest.fixture
def doors(server: Server) -> Doors:
    """What leads into the example of Bình Thuận, live just now."""
    with server.begin() as work:
        return open_doors(work, load_example(work, Passwords(32), "binh-thuan", live_now=True), minutes=30)


@pytest.fixture
def delegate(doors: Doors) -> Delegate:
    """The one whose page is shown, of the site where nobody is yet."""
    assert doors.delegate
    return doors.delegate


def pair(new_page: NewPage, doors: Doors, delegate: Delegate) -> Page:
    """A phone that is the desk of the site where nobody is yet."""
    page = new_page("vi", PHONE_WIDTH)
    [_, (site, token)] = doors.pairings
    page.goto(f"/pair/{token}")
    page.locator("#name").fill("Bàn số 1")
    page.locator("form button.primary").click()
    page.wait_for_url("**/desk")
    page.locator("#connection[data-state=online]").wait_for()
    expect(page.locator("body")).to_contain_text(delegate.full_name)
    assert site.name == "Điểm cầu huyện Phú Quý"
    return page


def test_the_organiser_sees_the_board(
    server: Server, doors: Doors, delegate: Delegate, new_page: NewPage, axe: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> None:
    pair(new_page, doors, delegate)
    page = new_page("vi", 1280)
    page.goto(f"/sign-in?next=/conferences/{delegate.conference_id}/board")
    page.locator("#email").fill(EMAIL)
    with server.begin() as work:
        page.locator("#password").fill(demo_password(work))
    page.locator("#password").press("Enter")
    expect(page.get_by_text("Thành phần còn thiếu")).to_be_visible()
    expect(page.get_by_text("Điểm cầu huyện Phú Quý").first).to_be_visible()
    axe(page)
    shot(page, "board")
    page.goto(f"/conferences/{delegate.conference_id}")
    axe(page)


def test_a_site_checks_people_in_on_a_phone(
    doors: Doors, delegate: Delegate, new_page: NewPage, axe: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> None:
    page = pair(new_page, doors, delegate)
    axe(page)
    press(page, delegate.full_name)
    expect_verdict(page, "good", delegate.full_name)
    axe(page)
    shot(page, "desk")


def test_a_delegate_opens_the_personal_page(
    doors: Doors, delegate: Delegate, new_page: NewPage, axe: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> None:
    page = new_page("vi", PHONE_WIDTH)
    page.goto(f"/d/{doors.link}")
    expect(page.locator("main")).to_contain_text(delegate.full_name)
    axe(page)
    shot(page, "invitation")
