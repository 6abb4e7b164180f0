"""Taking part online from a phone: pressing join, being heard, falling silent, coming back, being confirmed, and the end."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from uuid import uuid4

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from confsvc.domain.admissions import admit_person
from confsvc.domain.board import board_token, renew_board_link
from confsvc.domain.conferences import move_conference
from confsvc.domain.passes import link_token
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate
from confsvc.models import AttendanceEvent, Conference, Delegate
from confsvc.web.online import BEATS_IN_GRACE
from tests.browser.conftest import NewPage, Server
from tests.browser.scenes import Scene, make_scene

Axe = Callable[[Page], None]
WHO = "Nguyễn Thị Ấn"
JOIN = {"vi": "Vào dự trực tuyến", "en": "Join online"}
PRESENT = {"vi": "Quý đại biểu đang có mặt trực tuyến.", "en": "You are present online."}
WAITING = {"vi": "Đang chờ ban tổ chức xác nhận.", "en": "Waiting for the organiser's confirmation."}
OVER = {"vi": "Việc tham dự của quý đại biểu chưa được xác nhận.", "en": "Your participation was not confirmed."}
# For whoever is to stay: a busy machine may keep a page from speaking for some seconds.
LONGER = pytest.mark.parametrize("grace", [11])
SCREENS = pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 360, False), ("en", 1280, True)])


@dataclass(frozen=True)
class Guest:
    """A delegate's link, and the board on which others see who is there."""

    scene: Scene
    link: str
    board: str
    video: str


def invite(server: Server, **changes: object) -> Guest:
    video = f"{server.url}/healthz"
    scene = make_scene(server, video_link=video, **changes)
    with server.begin(scene.account) as work:
        renew_board_link(work, scene.conference_id)
        work.session.flush()
        board = board_token(work, work.session.get_one(Conference, scene.conference_id))
        return Guest(scene, f"/d/{link_token(work, work.session.get_one(Delegate, scene.people[WHO]))}", f"/b/{board}", video)


@pytest.fixture
def grace() -> int:
    """After how many seconds a silent page counts as gone; it speaks three times meanwhile at least."""
    return 5


@pytest.fixture
def server(start_server: Callable[..., Server], grace: int) -> Server:
    return start_server(ONLINE_GRACE_SECONDS=str(grace))


def present_on(board: Page, count: int) -> None:
    expect(board.locator("#total-present")).to_have_text(str(count))


def join(page: Page, guest: Guest, locale: str = "vi") -> Page:
    """Press the button; the video meeting that it opens beside the page."""
    page.goto(guest.link)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name=JOIN[locale]).click()
    opened.value.wait_for_url(guest.video)
    return opened.value


def test_a_page_is_presence_until_it_is_closed(server: Server, new_page: NewPage) -> None:
    guest = invite(server)
    board, page = new_page(), new_page(width=360)
    board.goto(guest.board)
    present_on(board, 0)
    video = join(page, guest)
    expect(page.locator("#online")).to_contain_text(PRESENT["vi"])
    present_on(board, 1)
    # Two heartbeats more: the page goes on speaking beside the meeting.
    for _ in range(2):
        page.wait_for_event("requestfinished", lambda request: request.url.endswith("/heartbeat"))
    video.close()
    present_on(board, 1)
    page.close()
    present_on(board, 0)
    with server.begin() as work:
        lines = work.session.scalars(select(AttendanceEvent).order_by(AttendanceEvent.revision)).all()
        assert [(line.kind, line.method, line.mode) for line in lines] == [("check_in", "join", "online"), ("leave", "join", "online")]


def test_a_line_that_is_lost_is_said_and_the_page_comes_back_by_itself(server: Server, new_page: NewPage) -> None:
    guest = invite(server)
    board, page = new_page(), new_page(width=360)
    board.goto(guest.board)
    join(page, guest).close()
    expect(page.locator("#online")).to_contain_text(PRESENT["vi"])
    page.context.set_offline(True)
    expect(page.locator("[data-lost]")).to_be_visible()
    present_on(board, 0)
    page.context.set_offline(False)
    present_on(board, 1)
    expect(page.locator("[data-lost]")).to_be_hidden()
    expect(page.locator("#online")).to_contain_text(PRESENT["vi"])


@LONGER
def test_a_server_that_is_started_anew_has_forgotten_nobody(server: Server, new_page: NewPage) -> None:
    guest = invite(server)
    page = new_page(width=360)
    join(page, guest)
    expect(page.locator("#online")).to_contain_text(PRESENT["vi"])
    server.stop()
    expect(page.locator("[data-lost]")).to_be_visible()
    server.start()
    expect(page.locator("[data-lost]")).to_be_hidden()
    # For longer than the grace: who is silent then would have left.
    for _ in range(BEATS_IN_GRACE + 1):
        page.wait_for_event("requestfinished", lambda request: request.url.endswith("/heartbeat"))
    with server.begin() as work:
        assert [line.kind for line in work.session.scalars(select(AttendanceEvent))] == ["check_in"]


@LONGER
@SCREENS
def test_the_page_says_at_once_that_somebody_was_confirmed_and_that_it_is_over(
    server: Server, new_page: NewPage, axe: Axe, locale: str, width: int, dark: bool
) -> None:
    guest = invite(server, online_rule="ask", state="in_progress")
    page = new_page(locale, width, dark)
    join(page, guest, locale)
    expect(page.locator("#online")).to_contain_text(WAITING[locale])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)
    with server.begin(guest.scene.account) as work:
        admit_person(work, guest.scene.conference_id, guest.scene.people[WHO], str(uuid4()))
    expect(page.locator("#online")).to_contain_text(PRESENT[locale])
    axe(page)
    with server.begin(guest.scene.account) as work:
        move_conference(work, guest.scene.conference_id, "close", version=1)
    expect(page.locator("#online")).not_to_contain_text(PRESENT[locale])
    expect(page.locator("#online [data-lost]")).to_have_count(0)
    axe(page)


@LONGER
def test_who_waits_at_the_end_is_told_that_nobody_decided(server: Server, new_page: NewPage) -> None:
    guest = invite(server, online_rule="ask", state="in_progress")
    page = new_page(width=360)
    join(page, guest)
    expect(page.locator("#online")).to_contain_text(WAITING["vi"])
    with server.begin(guest.scene.account) as work:
        move_conference(work, guest.scene.conference_id, "close", version=1)
    expect(page.locator("#online")).to_contain_text(OVER["vi"])


def test_joining_needs_no_script(server: Server, new_page: NewPage) -> None:
    guest = invite(server)
    page = new_page(width=360, java_script_enabled=False)
    page.goto(guest.link)
    page.get_by_role("button", name=JOIN["vi"]).click()
    expect(page.locator("#online")).to_contain_text(PRESENT["vi"])
    # Loaded again by itself, which is heard.
    page.wait_for_event("requestfinished", lambda request: request.url.endswith(guest.link))
    expect(page.locator("#online")).to_contain_text(PRESENT["vi"])


@pytest.mark.parametrize("grace", [90])
def test_a_second_tab_and_a_double_click_are_one_arrival(server: Server, new_page: NewPage) -> None:
    guest = invite(server)
    first = new_page(width=360)
    first.goto(guest.link)
    second = first.context.new_page()
    second.goto(guest.link)
    first.get_by_role("button", name=JOIN["vi"]).dblclick()
    second.get_by_role("button", name=JOIN["vi"]).press("Enter")
    for page in (first, second):
        expect(page.locator("#online")).to_contain_text(PRESENT["vi"])
    with server.begin() as work:
        assert [line.verdict for line in work.session.scalars(select(AttendanceEvent))] == ["accepted"]


@SCREENS
def test_before_it_opens_and_when_somebody_else_comes(server: Server, new_page: NewPage, axe: Axe, locale: str, width: int, dark: bool) -> None:
    guest = invite(server, check_in_minutes=0)
    page = new_page(locale, width, dark)
    page.goto(guest.link)
    expect(page.locator("#online")).to_be_visible()
    expect(page.get_by_role("button", name=JOIN[locale])).to_have_count(0)
    axe(page)
    with server.begin(guest.scene.account) as work:
        entry = SubstituteEntry("Hồ Thị Thay", "Phó Chánh Văn phòng", reason="Đi công tác")
        substitute_delegate(work, guest.scene.conference_id, guest.scene.people[WHO], entry, str(uuid4()))
        theirs = f"/d/{link_token(work, work.session.scalars(select(Delegate).where(Delegate.replaces_id == guest.scene.people[WHO])).one())}"
    for address in (guest.link, f"{guest.link}/pass", theirs):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        axe(page)
    page.goto(guest.link)
    expect(page.get_by_text("Hồ Thị Thay")).to_be_visible()
    assert page.locator("img.qr").count() == 0


@pytest.mark.parametrize("side", [110, 160])
def test_the_code_reads_at_the_size_of_a_badge(server: Server, new_page: NewPage, side: int) -> None:
    guest = invite(server)
    page = new_page(width=360, device_scale_factor=2)
    page.goto(guest.link)
    page.wait_for_function("document.querySelector('img.qr').complete")
    page.locator("img.qr").evaluate("(picture, side) => { picture.style.width = `${side}px`; }", side)
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(page.locator("img.qr").screenshot())).convert("L"))
    assert code.text == f"{quoted(server.url)}/P/{guest.scene.passes[WHO].upper()}"
    page.goto(f"{server.url}/P/{code.text.rpartition('/')[2]}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hội nghị tổng kết")


def quoted(address: str) -> str:
    """An address as a code in capital letters holds it."""
    return address.upper()
