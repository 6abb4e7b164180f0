"""Lists of people in a real browser: put in order by keyboard, checked in from the list, the sentence copied; on a phone too."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_unit

NAMES = ["Nguyễn Thị Dina", "Lê Oanh", "Trần Văn Đức"]


@pytest.fixture
def scene(server: Server) -> SimpleNamespace:
    """olga's running conference with three people in protocol order."""
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH)
        conference = make_conference(work, olga, state="in_progress")
        mandate = make_mandate(work, conference, make_site(work, conference), make_unit(work, "Sở Y tế"), seats=2, required_rank="head")
        people = [make_delegate(work, mandate, name, protocol_order=10 * place) for place, name in enumerate(NAMES, 1)]
    return SimpleNamespace(olga=olga, root=f"/conferences/{conference.id}", mandate=mandate, people=people)


def test_order_by_keyboard_and_check_in_from_the_list(scene: SimpleNamespace, new_page: NewPage, sign_in: Callable[[Page, str], None]) -> None:
    page = new_page("vi", permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, scene.olga.email)
    page.goto(f"{scene.root}/delegates")
    names = page.locator("tbody th a")
    expect(names).to_have_text(NAMES)
    page.get_by_role("button", name="Lên trước: Trần Văn Đức").press("Enter")
    expect(names).to_have_text([NAMES[0], NAMES[2], NAMES[1]])
    page.goto(f"{scene.root}/attendance?q=duc")
    page.get_by_role("button", name=re.compile("Điểm danh ?: Trần Văn Đức")).click()
    expect(page.locator(".notice.success")).to_have_text("Đã sửa điểm danh.")
    assert page.url.endswith("/attendance?q=duc")
    page.get_by_role("button", name="Sao chép").first.click()
    expect(page.get_by_role("button", name="Đã sao chép")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "Tổng số đại biểu được triệu tập: 3; có mặt: 1 (33,33%); vắng có lý do: 0; chưa điểm danh: 2; đến muộn: 1."


@pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 360, False), ("en", 1280, True)])
def test_pages_fit_and_break_no_rule(
    scene: SimpleNamespace, new_page: NewPage, sign_in: Callable[[Page, str], None], axe: Callable[[Page], None], locale: str, width: int, dark: bool
) -> None:
    page = new_page(locale, width, dark)
    sign_in(page, scene.olga.email)
    person = scene.people[0].id
    paths = ["mandates", "mandates/invite", f"mandates/{scene.mandate.id}", "delegates", "delegates/new", f"delegates/{person}"]
    for path in [*paths, f"delegates/{person}/edit", "attendance", f"attendance/{person}"]:
        page.goto(f"{scene.root}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        axe(page)
    page.get_by_role("button", name="Ghi vắng có lý do" if locale == "vi" else "Excuse").click()
    expect(page.locator("#excuse-reason-error")).to_be_visible()
    axe(page)
