"""The organiser's story of invitations on a phone: own words, a look at the letter, a test, and one press that invites everybody once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import select

from confsvc.models import Conference, Message
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site

SignIn = Callable[[Page, str], None]


@pytest.fixture
def conference(server: Server) -> Conference:
    """A conference of next week: two of its delegates have an address, one has none."""
    begins = datetime.now(UTC) + timedelta(days=7)
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH, locale="vi")
        conference = make_conference(work, olga, starts_at=begins, ends_at=begins + timedelta(hours=3), host_name="Sở Nội vụ tỉnh")
        mandate = make_mandate(work, conference, make_site(work, conference), seats=3)
        make_delegate(work, mandate, email="dina@example.org")
        make_delegate(work, mandate, "Trần Văn Bình", email="binh@example.org")
        make_delegate(work, mandate, "Lê Văn Chi")
        return conference


def test_invitations_are_worded_looked_at_tried_and_sent_once(server: Server, new_page: NewPage, sign_in: SignIn, conference: Conference) -> None:
    page = new_page("vi", 360)
    sign_in(page, "olga@example.org")
    page.goto(f"/conferences/{conference.id}/letters/invitation/vi")
    body = page.get_by_label("Nội dung thư")
    body.fill("Kính gửi {ten}\n\n{details}")
    page.get_by_role("button", name="Lưu và xem trước").click()
    expect(page.locator("#body-error")).to_contain_text("{ten} không phải là trường thay thế của thư này.")
    body.fill("Kính gửi {name}\n\nĐề nghị mang theo giấy mời.\n\n{details}")
    page.get_by_role("button", name="Lưu và xem trước").click()
    letter = page.frame_locator("iframe.letter")
    expect(letter.get_by_text("Đề nghị mang theo giấy mời.")).to_be_visible()
    page.get_by_label("Tìm người nhận").fill("binh")
    page.get_by_role("button", name="Xem", exact=True).click()
    expect(letter.get_by_text("Kính gửi quý đại biểu Trần Văn Bình")).to_be_visible()
    page.get_by_role("button", name="Gửi thử tới olga@example.org").click()
    expect(page.get_by_text("Đã đưa thư thử tới olga@example.org vào hộp thư đi.")).to_be_visible()
    page.goto(f"/conferences/{conference.id}/invitations")
    expect(page.get_by_role("link", name="Thêm địa chỉ : Lê Văn Chi")).to_be_visible()
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", agree)
    page.get_by_role("button", name="Gửi thư mời tới 2 đại biểu").dblclick()
    page.wait_for_url("**/mail")
    expect(page.get_by_text("Đã đưa thư mời tới 2 đại biểu vào hộp thư đi.")).to_be_visible()
    assert set(asked) == {"Gửi thư mời ngay bây giờ? Thư đã gửi không thể thu hồi."}
    with server.begin() as work:
        told = work.session.execute(select(Message.to_address, Message.is_test).order_by(Message.to_address)).all()
    assert [tuple(row) for row in told] == [("binh@example.org", False), ("dina@example.org", False), ("olga@example.org", True)]
