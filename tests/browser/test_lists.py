"""Lists taken in on the real server, where long work leaves the loop: delegates with a look first, and units."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import func, select

from confsvc.models import Delegate, Unit
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.factories import make_account, make_conference, make_mandate, make_site, make_unit
from tests.workbooks import HEADER, xlsx

SignIn = Callable[[Page, str], None]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def page(server: Server, new_page: NewPage, sign_in: SignIn) -> Page:
    """Olga's browser; her conference 1 has invited one unit."""
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH)
        conference = make_conference(work, olga)
        make_mandate(work, conference, make_site(work, conference), make_unit(work, "Sở Nội vụ"))
    page = new_page("en", 1280)
    sign_in(page, "olga@example.org")
    return page


def test_a_list_of_delegates_is_looked_at_leafed_through_and_saved(server: Server, page: Page) -> None:
    rows = [[n, f"Nguyễn Văn {n:03}", "Chuyên viên", "Sở Nội vụ", f"0913123{n:03}"] for n in range(120)]
    page.goto("/conferences/1/delegates/import")
    page.locator("input[type=file]").set_input_files(FilePayload(name="a.xlsx", mimeType=XLSX, buffer=xlsx([HEADER, *rows])))
    page.locator("form:has(input[type=file]) button").click()
    expect(page.get_by_text("Nguyễn Văn 000")).to_be_visible()
    page.goto(f"{page.url}?page=2")
    expect(page.get_by_text("Nguyễn Văn 050")).to_be_visible()
    page.get_by_role("button", name="Save 120 delegates").click()
    expect(page.get_by_role("heading", name="Imported list")).to_be_visible()
    with server.begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Delegate)) == 120


def test_a_list_of_units_is_taken_in(server: Server, page: Page) -> None:
    lines = "".join(f"C{n},Xã {n},xã,{'' if n == 0 else 'C0'}\n" for n in range(500))
    page.goto("/units/import")
    page.locator("input[type=file]").set_input_files(FilePayload(name="a.csv", mimeType="text/csv", buffer=f"code,name,kind,parent\n{lines}".encode()))
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("500 new, 0 changed, 0 unchanged.")).to_be_visible()
    with server.begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Unit)) == 501
