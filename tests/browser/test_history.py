"""An organiser's story in a real browser: a mistaken scan undone, the conference closed, an excuse afterwards; read back in the history and the export."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server, looks
from tests.factories import acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site, make_unit


@pytest.fixture
def scene(server: Server) -> SimpleNamespace:
    """olga's running conference: a desk has scanned dina by mistake; oanh has not come yet."""
    now = datetime.now(UTC)
    times = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1), "started_at": now - timedelta(hours=1)}
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH)
        conference = make_conference(work, olga, state="in_progress", **times)
        main = make_site(work, conference)
        mandate = make_mandate(work, conference, main, make_unit(work, "Sở Y tế"), seats=3, required_rank="head")
        dina = make_delegate(work, mandate, position="Giám đốc", rank="head", protocol_order=1)
        oanh = make_delegate(work, mandate, "Lê Oanh", position="Phó Giám đốc", rank="leader", protocol_order=2)
        desk = make_desk(work, main)
        scan = NewEvent(str(uuid4()), "check_in", "name", now - timedelta(minutes=50), site_id=main.id, delegate_id=dina.id, desk_id=desk.id)
        record_attendance(work, conference.id, [scan])
        ids = SimpleNamespace(conference=conference.id, dina=dina.id, oanh=oanh.id)
    return SimpleNamespace(olga=olga, ids=ids, root=f"/conferences/{ids.conference}")


def test_mistake_undone_excuse_after_the_close_read_back(
    scene: SimpleNamespace, new_page: NewPage, sign_in: Callable[[Page, str], None], axe: Callable[[Page], None]
) -> None:
    page = new_page("vi")
    sign_in(page, scene.olga.email)
    page.goto(f"{scene.root}/attendance/{scene.ids.dina}")
    page.locator("#undo-reason").fill("Quét nhầm thẻ")
    page.get_by_role("button", name="Hoàn tác").dblclick()
    expect(page.locator(".notice.success")).to_have_text("Đã sửa điểm danh.")
    page.goto(scene.root)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Kết thúc hội nghị").click()
    expect(page.locator(".page-head .badge")).to_have_text("Đã kết thúc")

    page.goto(f"{scene.root}/attendance?q=dina")
    expect(page.locator("tbody .badge")).to_have_text(["Vắng không lý do"])
    page.get_by_role("link", name=re.compile("^Sửa")).click()
    page.get_by_role("button", name="Ghi vắng có lý do").click()
    expect(page.locator("#excuse-reason-error")).to_be_visible()
    page.locator("#excuse-reason").fill("Có giấy ủy quyền nộp muộn")
    page.get_by_role("button", name="Ghi vắng có lý do").click()
    page.wait_for_url("**/attendance?q=dina")
    expect(page.locator("tbody .badge")).to_have_text(["Vắng có lý do", "Điều chỉnh sau khi kết thúc"])

    page.get_by_role("link", name=re.compile("^Diễn biến")).click()
    expect(page.locator(".history b, .history s")).to_have_text(
        [
            "Điểm danh tại Điểm cầu trung tâm",
            "Hoàn tác mọi lần điểm danh",
            "Hội nghị kết thúc: Vắng không lý do",
            "Vắng có lý do",
        ]
    )
    expect(page.locator(".history .undone")).to_have_count(1)
    axe(page)
    page.get_by_role("link", name="Theo lúc ghi nhận").click()
    expect(page.locator('a.button[aria-current="true"]')).to_have_text("Theo lúc ghi nhận")

    page.goto(f"{scene.root}/attendance")
    with page.expect_download() as download:
        page.get_by_role("link", name="Xuất Excel").click()
    book = load_workbook(BytesIO(download.value.path().read_bytes()))
    listed = [[cell.value for cell in row] for row in book["Danh sách"].iter_rows(min_row=4)]
    assert (listed[0][1], listed[0][5], listed[0][6], listed[0][9]) == (
        *("Nguyễn Thị Dina", "Vắng có lý do"),
        *("Điều chỉnh sau khi kết thúc", "Có giấy ủy quyền nộp muộn"),
    )
    changed = [[cell.value for cell in row] for row in book["Thay đổi sau khi kết thúc"].iter_rows(min_row=4)]
    assert [(row[3], row[4]) for row in changed] == [("Nguyễn Thị Dina", "Vắng có lý do")]


@pytest.mark.parametrize(("locale", "kinds"), [("vi", [(360, False), (1280, False)]), ("en", [(1280, True), (360, True)])])
def test_stories_and_corrections_fit_and_break_no_rule(
    server: Server,
    scene: SimpleNamespace,
    new_page: NewPage,
    sign_in: Callable[[Page, str], None],
    axe: Callable[[Page], None],
    locale: str,
    kinds: list[tuple[int, bool]],
) -> None:
    with server.begin(acting(scene.olga)) as work:
        entry = SubstituteEntry("Trần Thị Người Dự Thay", "Trưởng phòng Hành chính - Tổng hợp", "staff", "Ốm đột xuất")
        substitute = substitute_delegate(work, scene.ids.conference, scene.ids.oanh, entry, str(uuid4())).delegate_id
    page = new_page(locale)
    sign_in(page, scene.olga.email)
    people = (scene.ids.dina, scene.ids.oanh, substitute)
    for path in ("attendance", "delegates", *(f"attendance/{one}" for one in people), *(f"delegates/{one}/history" for one in people)):
        page.goto(f"{scene.root}/{path}")
        for width in looks(page, *kinds):
            assert page.evaluate("document.documentElement.scrollWidth") == width, path
            axe(page)
    # From one story to the other and back.
    page.goto(f"{scene.root}/delegates/{scene.ids.oanh}/history")
    page.get_by_role("link", name="Trần Thị Người Dự Thay").first.click()
    page.wait_for_url(f"**/delegates/{substitute}/history")
    page.get_by_role("link", name="Lê Oanh").first.click()
    page.wait_for_url(f"**/delegates/{scene.ids.oanh}/history")
