"""The board on its wall: it follows the desks by itself, says when the line is lost, fits the screen, and names nobody in public."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from confsvc.domain.board import board_token, renew_board_link
from confsvc.domain.tallies import recount_sites
from confsvc.domain.text import fold
from confsvc.models import Conference, Site, SiteTally
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server, looks
from tests.browser.scenes import Scene, make_scene, open_desk, scan
from tests.factories import make_account, make_delegate, make_mandate, make_unit

SignIn = Callable[[Page, str], None]
WALL = {"width": 1920, "height": 1080}


def open_board(new_page: NewPage, sign_in: SignIn, scene: Scene, **options: Any) -> Page:
    page = new_page(**options)
    sign_in(page, "olga@example.org")
    page.goto(f"/conferences/{scene.conference_id}/board")
    page.locator("#connection[data-state=online]").wait_for()
    return page


def public_link(server: Server, scene: Scene) -> str:
    with server.begin(scene.account) as work:
        renew_board_link(work, scene.conference_id)
        work.session.flush()
        return f"/b/{board_token(work, work.session.get_one(Conference, scene.conference_id))}"


def test_the_board_follows_the_desks_without_reload(server: Server, new_page: NewPage, sign_in: SignIn) -> None:
    scene = make_scene(server)
    board = open_board(new_page, sign_in, scene, viewport=WALL)
    public = new_page()
    public.goto(public_link(server, scene))
    main, remote = board.locator(".tile").nth(0), board.locator(".tile").nth(1)
    expect(board.locator("#total-rate")).to_have_text("0,00%")
    expect(board.locator("#total-summoned")).to_have_text("7")
    expect(main.locator(".tile-desks")).to_have_text("Chưa kết nối")
    expect(board.locator(".missing-unit")).to_have_text(["Sở Nội vụ", "UBND huyện Tuy Phong"])
    expect(board.locator(".missing-names")).to_have_text(["Trần Văn Đức", "Đỗ Minh Quân"])

    desk = open_desk(server, new_page, scene, scene.main_id)
    expect(main.locator(".tile-desks")).to_have_text("1 bàn đã kết nối")
    scan(desk, scene.passes["Trần Văn Đức"])
    expect(main.locator(".tile-present")).to_have_text("1")
    expect(main.locator(".tile-rate")).to_have_text("20,00%")
    expect(board.locator("#total-rate")).to_have_text("14,29%")
    expect(board.locator(".missing-unit")).to_have_text(["UBND huyện Tuy Phong"])
    scan(desk, scene.passes["Võ Thị Út"])
    expect(main.locator(".tile-rest")).to_have_text("4 chưa điểm danh · 1 từ điểm cầu khác")
    expect(remote.locator(".tile-present")).to_have_text("1")
    expect(public.locator("#total-present")).to_have_text("2")
    expect(public.locator(".tile-present")).to_have_text(["1", "1"])

    board.get_by_label("Tỷ lệ thấp trước").check()
    expect(board.locator(".tile-name")).to_have_text(["Điểm cầu trung tâm", "Điểm cầu huyện Tuy Phong"])
    board.reload()
    expect(board.get_by_label("Tỷ lệ thấp trước")).to_be_checked()
    expect(board.locator("#clock")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))


def test_a_public_board_names_nobody(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = new_page()
    heard: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    page.goto(public_link(server, scene))
    page.locator("#connection[data-state=online]").wait_for()
    expect(page.locator(".tile")).to_have_count(2)
    said = page.content() + "".join(heard)
    assert "Điểm cầu huyện Tuy Phong" in said
    assert [name for name in [*scene.people, "Sở Nội vụ"] if name in said] == []


def test_outsiders_see_no_board(server: Server, new_page: NewPage, sign_in: SignIn) -> None:
    scene = make_scene(server)
    with server.begin() as work:
        make_account(work, "mallory", password_hash=PASSWORD_HASH)
    page = new_page()
    sign_in(page, "mallory@example.org")
    answer = page.goto(f"/conferences/{scene.conference_id}/board")
    assert answer is not None
    assert (answer.status, "Hội nghị tổng kết" in page.content()) == (404, False)
    answer = page.goto(f"/b/{'a' * 32}")
    assert answer is not None
    assert answer.status == 410


def test_a_link_that_is_withdrawn_ends_the_public_board(server: Server, new_page: NewPage, sign_in: SignIn, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    board = open_board(new_page, sign_in, scene)
    board.on("dialog", lambda dialog: dialog.accept())
    board.locator(".board-link summary").click()
    board.get_by_role("button", name="Tạo liên kết công khai").click()
    expect(board.locator("#public-url")).to_be_attached()
    board.locator(".board-link summary").click()
    axe(board)
    link = board.locator("#public-url").input_value()
    public = new_page()
    public.goto(link)
    public.locator("#connection[data-state=online]").wait_for()
    board.get_by_role("button", name="Hủy liên kết").click()
    expect(public.locator("#connection")).to_have_attribute("data-state", "ended")
    expect(public.locator("#stale")).to_contain_text("Bảng đã đóng")
    axe(public)


def test_a_lost_line_is_said_and_the_rest_caught_up(server: Server, new_page: NewPage, sign_in: SignIn, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    board = open_board(new_page, sign_in, scene, viewport=WALL)
    desk = open_desk(server, new_page, scene, scene.main_id)
    scan(desk, scene.passes["Trần Văn Đức"])
    expect(board.locator("#total-present")).to_have_text("1")
    server.stop()
    expect(board.locator("#stale")).to_have_text(re.compile(r"^Mất kết nối – số liệu lúc \d\d:\d\d$"))
    expect(board.locator("#total-present")).to_have_text("1")
    axe(board)
    scan(desk, scene.passes["Lê Hoàng Dũng"])
    server.start()
    expect(board.locator("#stale")).to_be_hidden()
    expect(board.locator("#total-present")).to_have_text("2")
    expect(board.locator(".tile").first.locator(".tile-desks")).to_have_text("1 bàn đã kết nối")


@pytest.mark.parametrize("sites", [11, 37, 60, 125])
def test_every_site_fits_the_wall(server: Server, new_page: NewPage, sign_in: SignIn, sites: int) -> None:
    scene = make_scene(server)
    add_sites(server, scene, sites - 2)
    board = open_board(new_page, sign_in, scene, viewport=WALL)
    expect(board.locator(".tile")).to_have_count(sites)
    assert board.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [1920, 1080]
    cut = board.locator(".tile").evaluate_all("tiles => tiles.filter(tile => tile.scrollHeight > tile.clientHeight + 1).length")
    assert cut == 0


@pytest.mark.parametrize(("locale", "sites"), [("vi", 11), ("en", 11), ("vi", 37), ("vi", 125)])
def test_a_wall_with_everything_to_say_still_fits(server: Server, new_page: NewPage, sign_in: SignIn, locale: str, sites: int) -> None:
    scene = make_scene(server)
    add_sites(server, scene, sites - 2)
    with server.begin() as work:
        counts: dict[Any, Any] = {
            "named": 140,
            "vacant": 2,
            "present": 101,
            "away": 3,
            "excused": 4,
            "visiting": 5,
            "walk_ins": 6,
            "online": 7,
            "substitutes": 8,
            "late": 9,
        }
        work.session.query(SiteTally).filter_by(conference_id=scene.conference_id).update({**counts, "headcount": 111, "headcount_at": work.now})
    board = open_board(new_page, sign_in, scene, locale=locale, viewport=WALL)
    expect(board.locator(".tile")).to_have_count(sites)
    expect(board.locator("#total-headcount")).to_have_attribute("data-differs", "yes")
    assert board.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [1920, 1080]
    cut = board.locator(".tile").evaluate_all(
        "tiles => tiles.filter(tile => tile.scrollHeight > tile.clientHeight + 1 || tile.scrollWidth > tile.clientWidth + 1).length"
    )
    assert cut == 0
    expect(board.locator(".tile[data-counted=differs]")).to_have_count(sites)


def test_small_tiles_tell_the_sites_apart_and_empty_ones_are_quiet(server: Server, new_page: NewPage, sign_in: SignIn) -> None:
    scene = make_scene(server)
    add_sites(server, scene, 35)
    board = open_board(new_page, sign_in, scene, viewport=WALL)
    expect(board.locator(".tile")).to_have_count(37)
    expect(board.locator(".tile-name").first).to_have_text("Trung tâm")
    expect(board.locator('.tile[title="Điểm cầu xã Hàm Thuận 30"] .tile-name')).to_have_text("Hàm Thuận 30")
    # Two sites have people; the red mark of a missing desk is theirs only.
    assert board.locator(".tile-link").evaluate_all("links => links.filter(link => link.checkVisibility({visibilityProperty: true})).length") == 2


def test_missing_people_are_whole_cards_and_the_rest_is_counted(server: Server, new_page: NewPage, sign_in: SignIn) -> None:
    scene = make_scene(server)
    with server.begin() as work:
        conference, site = work.session.get_one(Conference, scene.conference_id), work.session.get_one(Site, scene.main_id)
        for i in range(20):
            mandate = make_mandate(work, conference, site, make_unit(work, f"Sở {i}"), required_rank="head", seats=2)
            make_delegate(work, mandate, f"Nguyễn Văn {i}")
    board = open_board(new_page, sign_in, scene, viewport=WALL)
    expect(board.locator("#missing-list li")).to_have_count(22)
    expect(board.locator("#missing-list li", has_text="Sở 3").locator(".missing-names")).to_have_text("Chưa đăng ký đại biểu đúng thành phần")
    expect(board.locator("#missing-more")).to_have_text(re.compile(r"^và \d+ đơn vị nữa$"))
    # Where each card ends, counted from the lower edge of the frame: one ends there, the rest lies below.
    below = board.locator("#missing-list li").evaluate_all(
        "cards => cards.map(card => Math.round(card.getBoundingClientRect().bottom - card.closest('#missing-frame').getBoundingClientRect().bottom))"
    )
    rest = sum(edge > 0 for edge in below)
    assert 0 in below
    expect(board.locator("#missing-more")).to_have_text(f"và {rest} đơn vị nữa")


@pytest.mark.parametrize(("locale", "kinds"), [("vi", [(360, False), (1280, True)]), ("en", [(1280, False), (360, True)])])
def test_the_board_in_every_look(
    server: Server, new_page: NewPage, sign_in: SignIn, axe: Callable[[Page], None], locale: str, kinds: list[tuple[int, bool]]
) -> None:
    scene = make_scene(server)
    page = open_board(new_page, sign_in, scene, locale=locale, width=kinds[0][0])
    expect(page.locator(".tile")).to_have_count(2)
    for width in looks(page, *kinds):
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(public_link(server, scene))
    expect(page.locator(".tile")).to_have_count(2)
    for width in looks(page, *kinds):
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def add_sites(server: Server, scene: Scene, n: int) -> None:
    with server.begin() as work:
        names = [f"Điểm cầu xã Hàm Thuận {i}" for i in range(n)]
        work.session.add_all(Site(conference_id=scene.conference_id, name=name, name_fold=fold(name), sort_order=i) for i, name in enumerate(names))
        recount_sites(work, scene.conference_id)
