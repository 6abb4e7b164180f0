"""The delegate's page in a real browser: read, answer, download, print, on a phone and on a desk."""

from collections.abc import Callable
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from confsvc.domain.passes import link_token, pass_token, valid_pass
from confsvc.models import AgendaItem, AgendaSession, AttendanceEvent, Conference
from tests.browser.conftest import NewPage, Server, looks
from tests.domain.calendar_readers import read_by_vobject
from tests.factories import ENDS, STARTS, make_conference, make_delegate, make_mandate, make_site, make_unit

TITLE = "Hội nghị trực tuyến tổng kết công tác Thông tin và Truyền thông năm 2022, triển khai nhiệm vụ năm 2023"
SAID = {
    "vi": {"no": "Không, tôi không tham dự được", "send": "Gửi câu trả lời", "why": "Vui lòng nêu lý do", "thanks": "đã được ghi nhận", "add": "Thêm một lần"},
    "en": {"no": "No, I cannot attend", "send": "Send the answer", "why": "Please say why", "thanks": "your answer was noted", "add": "Add once"},
}
KINDS_OF_SCREEN = pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 360, False), ("vi", 360, True), ("en", 1280, True), ("en", 1280, False)])


def invite(server: Server, state: str = "published") -> tuple[str, str]:
    """A delegate with everything a page can show: the addresses of the personal page and of the pass page."""
    with server.begin() as work:
        conference = make_conference(work, title=TITLE, state=state, host_name="Sở Thông tin và Truyền thông tỉnh Bình Thuận", address_form="comrade")
        conference.chair_name, conference.video_link = "Nguyễn Minh", "https://video.example.org/j/1"
        site = make_site(work, conference, "Điểm cầu thành phố Phan Thiết", address="Hội trường UBND thành phố, số 01 Nguyễn Tất Thành")
        session = AgendaSession(conference_id=conference.id, uid=work.new_id(), title="Phiên toàn thể", starts_at=STARTS, ends_at=ENDS)
        work.session.add(session)
        work.session.flush()
        for order, title in enumerate(("Khai mạc, giới thiệu đại biểu", "Báo cáo tổng kết năm 2022 và phương hướng, nhiệm vụ năm 2023")):
            work.session.add(AgendaItem(conference_id=conference.id, session_id=session.id, sort_order=order, title=title, presenter_name="Lê Văn Sáu"))
        mandate = make_mandate(work, conference, site, make_unit(work, "Phòng Văn hóa và Thông tin thành phố Phan Thiết"))
        dina = make_delegate(work, mandate, "Nguyễn Thị Phương Dina", position="Trưởng phòng")
        return f"/d/{link_token(work, dina)}", f"/p/{pass_token(work, valid_pass(work, dina.id))}"


def fits(page: Page, width: int) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


def code_on(page: Page) -> str:
    """What a phone reads from the code on the screen."""
    picture = page.locator("img.qr")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('img.qr').complete")
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(picture.screenshot())).convert("L"))
    return str(code.text)


@KINDS_OF_SCREEN
def test_delegate_reads_the_page_scans_and_takes_the_calendar(
    server: Server, new_page: NewPage, axe: Callable[[Page], None], shot: Callable[[Page, str], None], locale: str, width: int, dark: bool
) -> None:
    link, pass_link = invite(server)
    page = new_page(locale, width, dark)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert fits(page, width)
    axe(page)
    shot(page, f"invitation-{locale}-{'dark' if dark else 'light'}")
    assert code_on(page) == f"{server.url}/P/{pass_link.removeprefix('/p/')}".upper()
    with page.expect_download() as downloading:
        page.get_by_role("link", name=SAID[locale]["add"]).click()
    assert downloading.value.suggested_filename == f"{TITLE[:80].strip()}.ics"
    [event] = read_by_vobject(downloading.value.path().read_bytes())
    assert event["starts_at"] == STARTS
    page.goto(f"{link}/pass")
    assert fits(page, width)
    axe(page)
    expect(page.locator("button[data-print]")).to_be_visible()
    page.emulate_media(media="print")
    assert code_on(page).endswith(pass_link.removeprefix("/p/").upper())
    expect(page.locator("button[data-print]")).to_be_hidden()


@KINDS_OF_SCREEN
def test_delegate_declines_by_keyboard_and_says_why(
    server: Server, new_page: NewPage, axe: Callable[[Page], None], locale: str, width: int, dark: bool
) -> None:
    link, _ = invite(server)
    page, said = new_page(locale, width, dark), SAID[locale]
    page.goto(link)
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#reason")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=said["no"])).to_be_checked()
    page.get_by_role("button", name=said["send"]).press("Enter")
    expect(page.locator("#reason-error")).to_contain_text(said["why"])
    assert fits(page, width)
    axe(page)
    page.locator("#reason").fill("Đi công tác")
    page.get_by_role("button", name=said["send"]).dblclick()
    expect(page.get_by_role("status")).to_contain_text(said["thanks"])
    expect(page.get_by_text("Đi công tác").first).to_be_visible()
    axe(page)
    with server.begin() as work:
        assert [line.reason for line in work.session.scalars(select(AttendanceEvent))] == ["Đi công tác"]


@pytest.mark.parametrize(("locale", "kinds"), [("vi", [(360, False), (360, True)]), ("en", [(1280, True), (1280, False)])])
def test_every_state_is_readable(server: Server, new_page: NewPage, axe: Callable[[Page], None], locale: str, kinds: list[tuple[int, bool]]) -> None:
    link, pass_link = invite(server)
    page = new_page(locale)
    for state in ("in_progress", "postponed", "closed", "cancelled"):
        with server.begin() as work:
            conference = work.session.scalars(select(Conference)).one()
            conference.state, conference.closed_at = state, ENDS if state == "closed" else None
        for address in (link, f"{link}/pass", pass_link):
            page.goto(address)
            for width in looks(page, *kinds):
                assert fits(page, width)
                axe(page)
    page.goto("/d/nothing")
    for width in looks(page, *kinds):
        assert fits(page, width)
        axe(page)


def test_drawing_opened_by_itself_breaks_no_policy(server: Server, new_page: NewPage) -> None:
    link, _ = invite(server)
    page = new_page()
    page.goto(f"{link}/qr.svg")
    assert page.locator("path").count() == 1
