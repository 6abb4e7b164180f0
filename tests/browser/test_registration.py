"""How units register, told in a real browser in Vietnamese at phone width: the liaison's story, the delegate's answer, the organiser's list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from confsvc.domain.passes import link_token
from confsvc.domain.registration import name_people
from confsvc.domain.registration_links import give_link, registration_token
from confsvc.domain.registration_people import PersonEntry
from confsvc.domain.work import LiaisonActor
from confsvc.models import Conference, Delegate, Mandate, Message, RegistrationChange
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.factories import make_account, make_conference, make_mandate, make_site, make_unit

TITLE = "Hội nghị trực tuyến triển khai nhiệm vụ phát triển kinh tế - xã hội, quốc phòng - an ninh năm 2027"
PASTED = (
    "STT\tHọ và tên\tChức vụ\tĐiện thoại\tEmail\n"
    "1\tTrần Thị Bình Minh\tPhó Giám đốc Sở\t0913 123 456\tminh@example.org\n"
    "2\tLê Văn Nguyện\tTrưởng phòng\t12\tnguyen@example.org\n"
    "3\tPhạm Thị Hồng Ánh\tChuyên viên\t\t\n"
    "4\tNgười Thứ Tư\tChuyên viên\t\t\n"
)
Axe = Callable[[Page], None]
Shot = Callable[[Page, str], None]


@dataclass
class Scene:
    """A conference in ten days, registration for seven more; three units, of which only Sở Y tế has an address."""

    olga: str
    conference_id: int
    mandate_id: int
    link: str


@pytest.fixture
def scene(server: Server) -> Scene:
    morning = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).replace(hour=8, minute=0, second=0, microsecond=0)
    starts = (morning + timedelta(days=10)).astimezone(UTC)
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH, locale="vi")
        times = {"starts_at": starts, "ends_at": starts + timedelta(hours=4), "registration_deadline": starts - timedelta(days=3)}
        conference = make_conference(work, olga, title=TITLE, host_name="Sở Thông tin và Truyền thông tỉnh Bình Thuận", **times)
        site = make_site(work, conference, "Điểm cầu thành phố Phan Thiết", address="Hội trường UBND thành phố, số 01 Nguyễn Tất Thành")
        unit = make_mandate(work, conference, site, make_unit(work, "Sở Y tế"), seats=3, required_rank="leader", liaison_name="Ngô Thị Văn Thư")
        unit.liaison_email = "vanthu.syt@example.org"
        make_mandate(work, conference, site, make_unit(work, "Ban Dân tộc"), seats=1, liaison_name="Mang Thị Đầu Mối", liaison_phone="+84913123457")
        done = make_mandate(work, conference, site, make_unit(work, "Đài Phát thanh và Truyền hình"), seats=1)
        give_link(work, conference, unit)
        give_link(work, conference, done)
        work.session.flush()
        name_people(work, conference.id, done.id, [PersonEntry("Đào Duy Từ")])
        return Scene(olga.email, conference.id, unit.id, f"/r/{registration_token(work, unit)}")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_liaison_registers_the_unit_on_a_phone(server: Server, scene: Scene, new_page: NewPage, axe: Axe, shot: Shot) -> None:
    page = new_page("vi", 360)
    page.goto(scene.link)
    expect(page.get_by_text("Lãnh đạo").first).to_be_visible()
    expect(page.get_by_text("còn 7 ngày")).to_be_visible()
    assert fits(page)
    axe(page)
    # One delegate by hand, with a slip of the pen.
    page.get_by_role("link", name="Thêm đại biểu").click()
    page.get_by_label("Họ và tên").first.fill("Nguyễn Văn Hữu")
    page.get_by_label("Chức vụ").first.fill("Giám đốc Sở")
    page.get_by_label("Cấp").first.select_option("head")
    page.get_by_label("Điện thoại").first.fill("0913")
    page.get_by_role("button", name="Lưu").last.click()
    expect(page.get_by_text("số điện thoại").first).to_be_visible()
    axe(page)
    page.get_by_label("Điện thoại").first.fill("0913 000 111")
    page.get_by_role("button", name="Lưu").last.click()
    expect(page.get_by_text("Đã có tên 1 trên 3 chỗ.")).to_be_visible()
    # The others from Excel: one too many, one telephone that is none; seen before anything is saved.
    page.get_by_role("link", name="Dán từ Excel…").click()
    axe(page)
    page.get_by_label("Các dòng từ Excel").fill(PASTED)
    page.get_by_role("button", name="Xem lại").click()
    expect(page.get_by_role("alert")).to_contain_text("thừa 2 người")
    expect(page.locator(".wrong-row")).to_have_count(1)
    assert fits(page)
    axe(page)
    page.get_by_role("button", name="Bỏ dòng này : 4").click()
    page.get_by_role("button", name="Bỏ dòng này : 3").click()
    page.get_by_label("Điện thoại").nth(1).fill("0913 123 459")
    page.get_by_role("button", name="Lưu").last.click()
    expect(page.get_by_text("Danh sách đã đủ.")).to_be_visible()
    expect(page.locator(".unit-people > li")).to_have_count(3)
    assert fits(page)
    axe(page)
    shot(page, "registration")
    # Somebody of a lower rank comes instead: the organiser is asked.
    page.get_by_role("link", name="Cử dự thay… : Trần Thị Bình Minh").click()
    axe(page)
    page.get_by_label("Họ và tên").fill("Võ Thị Thay")
    page.get_by_label("Chức vụ").fill("Chuyên viên")
    page.get_by_label("Lý do").fill("Đi công tác")
    page.get_by_role("button", name="Cử người dự thay").click()
    expect(page.get_by_text("cần Ban Tổ chức đồng ý")).to_be_visible()
    expect(page.get_by_text("Chờ Ban Tổ chức đồng ý", exact=True)).to_be_visible()
    axe(page)
    # Taken off, after being asked.
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Xóa : Lê Văn Nguyện").click()
    expect(page.get_by_text("Đã xóa đại biểu khỏi danh sách.")).to_be_visible()
    page.get_by_role("link", name="Báo không cử cho chỗ còn trống…").click()
    axe(page)
    page.get_by_label("Lý do").fill("Bận trực")
    page.get_by_role("button", name="Báo không cử").click()
    expect(page.get_by_text("Danh sách đã đủ.")).to_be_visible()
    with server.begin() as work:
        kinds = list(
            work.session.scalars(select(RegistrationChange.kind).where(RegistrationChange.mandate_id == scene.mandate_id).order_by(RegistrationChange.id))
        )
    assert kinds == ["link_made", "link_opened", "named", "named", "named", "substituted", "removed", "declined"]


def test_delegate_answers_and_the_liaison_sees_it(server: Server, scene: Scene, new_page: NewPage, axe: Axe) -> None:
    with server.begin(LiaisonActor(scene.mandate_id)) as work:
        [dina] = name_people(work, scene.conference_id, scene.mandate_id, [PersonEntry("Nguyễn Thị Dina", "Giám đốc", "head")])
        own = f"/d/{link_token(work, work.session.get_one(Delegate, dina.id))}"
    page = new_page("vi", 360)
    page.goto(own)
    page.get_by_text("Không, tôi không tham dự được").click()
    page.get_by_label("Lý do").fill("Trùng lịch họp Quốc hội")
    page.get_by_role("button", name="Gửi câu trả lời").click()
    expect(page.get_by_text("đã được ghi nhận")).to_be_visible()
    axe(page)
    page.goto(scene.link)
    expect(page.locator(".unit-people").get_by_text("Báo vắng")).to_be_visible()
    assert own.removeprefix("/d/") not in page.content()


def test_late_change_is_announced_and_marked(server: Server, scene: Scene, new_page: NewPage, axe: Axe) -> None:
    with server.begin() as work:
        work.session.get_one(Conference, scene.conference_id).registration_deadline = work.now - timedelta(days=2)
    page = new_page("vi", 360, True)
    page.goto(scene.link)
    expect(page.get_by_text("quá hạn 2 ngày")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Thêm đại biểu").click()
    expect(page.get_by_text("Thay đổi của đơn vị vẫn được ghi nhận và được đánh dấu là muộn.")).to_be_visible()
    page.get_by_label("Họ và tên").first.fill("Nguyễn Văn Muộn")
    page.get_by_role("button", name="Lưu (muộn)").click()
    expect(page.locator(".unit-changes .badge.warn")).to_have_text("muộn")


def test_organiser_sees_who_has_not_registered_and_reminds_them(
    server: Server, scene: Scene, new_page: NewPage, sign_in: Callable[[Page, str], None], axe: Axe, shot: Shot
) -> None:
    page = new_page("vi", 360)
    sign_in(page, scene.olga)
    page.goto(f"/conferences/{scene.conference_id}/registrations")
    expect(page.locator(".standings")).to_contain_text("Chưa đăng ký 2")
    expect(page.locator(".standings")).to_contain_text("Đã đăng ký 1")
    assert fits(page)
    axe(page)
    shot(page, "registrations")
    page.get_by_role("link", name="Chưa đăng ký 2").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Nhắc 2 đơn vị…").click()
    expect(page.get_by_text("1 đơn vị không nhận được qua thư điện tử")).to_be_visible()
    expect(page.get_by_role("link", name="0913 123 457")).to_be_visible()
    assert fits(page)
    axe(page)
    page.get_by_role("button", name="Tạo các liên kết còn thiếu").click()
    assert f"{server.url}/r/" in page.get_by_label("Nội dung gửi Zalo hoặc SMS: Ban Dân tộc").input_value()
    page.get_by_role("button", name="Nhắc 1 đơn vị").click()
    expect(page.get_by_text("Đang gửi thư cho 1 đơn vị.")).to_be_visible()
    with server.begin() as work:
        sent = work.session.scalars(select(Message)).all()
        assert [(message.purpose, message.to_address) for message in sent] == [("registration_reminder", "vanthu.syt@example.org")]
    # Ban Dân tộc phones: the organiser fills in for it.
    page.get_by_role("link", name="Ban Dân tộc").click()
    axe(page)
    assert fits(page)
    page.get_by_role("link", name="Thêm đại biểu").click()
    axe(page)
    assert fits(page)
    page.get_by_label("Họ và tên").fill("Mang Xinh")
    page.get_by_role("button", name="Lưu").last.click()
    expect(page.get_by_text("Danh sách đã đủ.")).to_be_visible()
    expect(page.locator(".unit-changes")).to_contain_text("Olga")
    with server.begin() as work:
        assert work.session.get_one(Mandate, scene.mandate_id).registered_at is None
