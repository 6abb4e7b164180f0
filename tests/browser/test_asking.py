"""People who ask at the door: on the organisers' boards within a second, decided by one tap, while the desk waits."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from confsvc.domain.board import board_token, renew_board_link
from confsvc.models import Conference, ConferenceMember
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.browser.desk_steps import free_screen, row, show_all
from tests.browser.scenes import Scene, make_scene, open_desk
from tests.factories import make_account

SignIn = Callable[[Page, str], None]
Axe = Callable[[Page], None]
WALL, WALL_HEIGHT = 1920, 1080
ABSENT, SUBSTITUTE = "Trần Văn Đức", "Phạm Thị Thay"
# From the desk's press to the card on the board; a tenth of it on an idle machine.
SEEN_MS = 5000


@pytest.fixture
def scene(server: Server) -> Scene:
    scene = make_scene(server, walk_in_rule="ask")
    with server.begin() as work:
        oanh = make_account(work, "oanh", password_hash=PASSWORD_HASH)
        work.session.add(ConferenceMember(conference_id=scene.conference_id, account_id=oanh.id))
    return scene


def open_board(new_page: NewPage, sign_in: SignIn, scene: Scene, who: str = "olga", locale: str = "vi", width: int = WALL, dark: bool = False) -> Page:
    page = new_page(locale, width, dark)
    page.set_viewport_size({"width": width, "height": WALL_HEIGHT})
    sign_in(page, f"{who}@example.org")
    page.goto(f"/conferences/{scene.conference_id}/board")
    page.locator("#connection[data-state=online]").wait_for()
    return page


def fill_substitution(desk: Page) -> None:
    """Everything but the press that asks."""
    desk.get_by_role("button", name="Dự thay", exact=True).click()
    dialog = desk.locator("#substitution")
    dialog.locator("#replaced-query").fill(ABSENT)
    dialog.locator("#replaced-query").press("Enter")
    dialog.get_by_label("Họ và tên người dự thay").fill(SUBSTITUTE)
    dialog.get_by_label("Chức vụ", exact=True).fill("Chuyên viên")
    dialog.get_by_label("Cán bộ, chuyên viên", exact=True).check(force=True)
    dialog.get_by_role("button", name="Đi công tác").click()


def ask(desk: Page) -> None:
    desk.get_by_role("button", name="Xin ý kiến Ban Tổ chức").click()


def fill_walk_in(desk: Page, name: str) -> None:
    desk.locator("#query").fill(name)
    desk.get_by_role("button", name="Ngoài danh sách…").click()
    desk.locator("#walk-in #walk-in-unit").fill("Báo Bình Thuận")


def test_a_yes_on_the_board_opens_the_door(server: Server, new_page: NewPage, sign_in: SignIn, axe: Axe, scene: Scene) -> None:
    board, desk = open_board(new_page, sign_in, scene), open_desk(server, new_page, scene, scene.main_id)
    expect(board.locator("#asking")).to_be_hidden()
    fill_substitution(desk)
    board.evaluate(
        """() => { window.seen = new Promise(done => new MutationObserver(() => done(Date.now())).observe(
            document.getElementById("asking-list"), {childList: true})); }"""
    )
    pressed = desk.evaluate("Date.now()")
    ask(desk)
    assert board.evaluate("window.seen") - pressed < SEEN_MS

    card = board.locator(".asking-card")
    for words in (SUBSTITUTE, "Chuyên viên · Sở Nội vụ", f"đến dự thay {ABSENT}", "Cán bộ, chuyên viên; yêu cầu: Đích thân thủ trưởng", "Lý do: Đi công tác"):
        expect(card).to_contain_text(words)
    expect(board).to_have_title(re.compile(r"^\(1\) "))
    expect(board.locator("#asking-call")).to_have_text(f"{SUBSTITUTE}: đến dự thay {ABSENT}")
    axe(board)
    card.get_by_role("button", name="Chấp nhận vào dự").click()

    free_screen(desk)
    show_all(desk)
    expect(row(desk, SUBSTITUTE)).to_have_attribute("data-state", "present")
    expect(card).to_have_count(0)
    expect(board.locator("#asking-echo")).to_have_text(f"Đã cho {SUBSTITUTE} vào dự.")
    expect(board.locator("#total-substitutes")).to_have_text("1")


def test_two_organisers_and_one_decision(server: Server, new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    olga, oanh = open_board(new_page, sign_in, scene), open_board(new_page, sign_in, scene, "oanh", width=360)
    desk = open_desk(server, new_page, scene, scene.main_id)
    fill_substitution(desk)
    ask(desk)
    for board in (olga, oanh):
        board.locator(".asking-card").wait_for()
    # Oanh's finger is on its way already when her board takes the card away.
    late = oanh.locator(".asking-admit").element_handle()
    olga.locator(".asking-deny").click()
    expect(olga.locator("#asking-echo")).to_have_text(f"Đã từ chối {SUBSTITUTE}: không đúng thành phần.")
    expect(oanh.locator(".asking-card")).to_have_count(0)
    assert late
    late.evaluate("button => button.click()")
    expect(oanh.locator("#asking-echo")).to_have_text(re.compile(rf"^Olga đã quyết định trước: từ chối {SUBSTITUTE} lúc \d\d:\d\d: không đúng thành phần\.$"))

    free_screen(desk)
    show_all(desk)
    expect(row(desk, SUBSTITUTE)).to_have_attribute("data-state", "not_admitted")


def test_a_walk_in_is_turned_away_for_another_reason(server: Server, new_page: NewPage, sign_in: SignIn, axe: Axe, scene: Scene) -> None:
    board, desk = open_board(new_page, sign_in, scene, width=360), open_desk(server, new_page, scene, scene.remote_id)
    fill_walk_in(desk, "Nguyễn Quốc <Khách>")
    ask(desk)
    card = board.locator(".asking-card")
    expect(card).to_contain_text("Nguyễn Quốc <Khách>")
    expect(card.locator(".asking-why")).to_have_text("không có tên trong danh sách")
    expect(card.locator(".asking-ranks")).to_be_hidden()
    card.locator("summary").click()
    axe(board)
    card.get_by_label("Lý do từ chối").fill("Hội trường đã kín chỗ")
    card.get_by_label("Lý do từ chối").press("Enter")
    expect(board.locator("#asking-echo")).to_have_text("Đã từ chối Nguyễn Quốc <Khách>: Hội trường đã kín chỗ.")
    expect(card).to_have_count(0)


def test_a_public_board_shows_nobody_who_asks(server: Server, new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    with server.begin(scene.account) as work:
        renew_board_link(work, scene.conference_id)
        work.session.flush()
        token = board_token(work, work.session.get_one(Conference, scene.conference_id))
    board, public = open_board(new_page, sign_in, scene), new_page()
    heard: list[str] = []
    public.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    public.goto(f"/b/{token}")
    public.locator("#connection[data-state=online]").wait_for()
    desk = open_desk(server, new_page, scene, scene.main_id)
    fill_substitution(desk)
    ask(desk)
    board.locator(".asking-admit").click()
    expect(public.locator("#total-substitutes")).to_have_text("1")
    said = public.content() + "".join(heard)
    assert [name for name in (SUBSTITUTE, ABSENT, "Sở Nội vụ", "Đi công tác") if name in said] == []


@pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 1920, True), ("en", 1920, False), ("vi", 360, False), ("en", 360, True)])
def test_the_panel_fits_and_is_accessible(
    server: Server, new_page: NewPage, sign_in: SignIn, axe: Axe, scene: Scene, locale: str, width: int, dark: bool
) -> None:
    desk = open_desk(server, new_page, scene, scene.main_id)
    fill_substitution(desk)
    ask(desk)
    board = open_board(new_page, sign_in, scene, locale=locale, width=width, dark=dark)
    board.locator(".asking-card").wait_for()
    axe(board)
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert board.evaluate(over) == 0
    if width == WALL:
        assert board.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight") == 0
        smallest = board.locator(".asking-who > :not([hidden])").evaluate_all(
            "parts => Math.min(...parts.map(part => parseFloat(getComputedStyle(part).fontSize)))"
        )
        assert smallest >= 20
