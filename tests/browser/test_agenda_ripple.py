"""Something on the agenda takes longer: the organiser looks first at what follows, then lets all of it happen; and says who is reminded."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session
from confsvc.domain.reminder_rules import make_usual_reminders
from confsvc.models import Conference
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site

SignIn = Callable[[Page, str], None]
Axe = Callable[[Page], None]


@pytest.fixture
def conference(server: Server) -> Conference:
    """In two days, 14:00 to 17:00: items of 60, 60, 30 (fixed at 16:10, presented by Đức) and 20 minutes."""
    starts = (datetime.now(UTC) + timedelta(days=2)).replace(hour=7, minute=0, second=0, microsecond=0)
    ends = starts + timedelta(hours=3)
    with server.begin() as work:
        conference = make_conference(work, make_account(work, password_hash=PASSWORD_HASH), starts_at=starts, ends_at=ends)
        duc = make_delegate(work, make_mandate(work, conference, make_site(work, conference)), "Trần Văn Đức", position="Giám đốc")
        session = add_session(work, conference.id, SessionEntry("Phiên chiều", starts, ends))
        titles = ("Khai mạc và giới thiệu đại biểu", "Báo cáo tổng kết công tác năm và phương hướng nhiệm vụ", "Tham luận", "Bế mạc")
        for title, minutes in zip(titles, (60, 60, 30, 20), strict=True):
            item = add_item(work, conference.id, session.id, ItemEntry(title, planned_minutes=minutes))
            if title == "Tham luận":
                item.fixed_start, item.presenter_id, item.presenter_name = starts + timedelta(minutes=130), duc.id, duc.full_name
        make_usual_reminders(work, conference.id)
        return conference


def test_organiser_looks_first_and_then_lets_all_of_it_happen(new_page: NewPage, sign_in: SignIn, axe: Axe, conference: Conference) -> None:
    page = new_page("vi", 360, dark=True)
    sign_in(page, "olga@example.org")
    page.goto(f"/conferences/{conference.id}/agenda")

    page.get_by_role("link", name="Dời giờ: Khai mạc").click()
    page.get_by_label("Kéo dài thêm (phút)").fill("30")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Những thay đổi sẽ diễn ra")).to_be_focused()
    expect(page.get_by_text("Những chỗ còn vướng")).to_be_visible()
    axe(page)
    page.get_by_label("Dời giờ cố định vừa đủ mức cần thiết.").check()
    page.get_by_label("Hội nghị kết thúc muộn hơn nếu phiên họp kéo dài").check()
    page.get_by_role("button", name="Thực hiện tất cả").click()
    expect(page.get_by_text("Bạn đã sửa sau khi xem trước.")).to_be_visible()
    expect(page.get_by_role("row", name="Tham luận")).to_contain_text("16:30")
    expect(page.get_by_text("Những chỗ còn vướng")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    axe(page)
    page.get_by_role("button", name="Thực hiện tất cả").click()

    expect(page.get_by_text("Đã thay đổi chương trình; 4 nội dung có giờ mới.")).to_be_visible()
    expect(page.locator(".item-time b")).to_have_text(["14:00", "15:30", "16:30", "17:00"])


def test_organiser_says_who_is_reminded(new_page: NewPage, sign_in: SignIn, axe: Axe, conference: Conference) -> None:
    page = new_page("vi", 360, dark=True)
    sign_in(page, "olga@example.org")
    page.goto(f"/conferences/{conference.id}")

    page.get_by_role("link", name="Thư mời", exact=True).click()
    page.get_by_role("link", name="Nhắc lịch").click()
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_label("Nhắc ai").select_option(label="Người phụ trách điểm cầu")
    page.get_by_label("Trước giờ bắt đầu").fill("2")
    page.get_by_label("Đơn vị thời gian").select_option(label="giờ trước")
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(6)
    expect(page.get_by_role("row", name="2 giờ")).to_contain_text("12:00")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360

    page.get_by_role("link", name="Sửa: Người phụ trách điểm cầu, 2 giờ").click()
    axe(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Xóa lời nhắc").click()
    expect(page.get_by_text("Đã xóa lời nhắc.")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(5)
