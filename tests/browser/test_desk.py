"""The desk as an operator uses it: pairing, names, scanners, the camera, two desks at once, a server that goes away."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.models import Conference, Delegate
from tests.browser.conftest import Launch, NewPage, Server
from tests.browser.desk_steps import CALM_MS, expect_tones, expect_verdict, free_screen, press, row
from tests.browser.scenes import fake_camera_film, make_scene, open_desk, pairing_link, scan

# Shaped like a pass, signed by nobody.
UNKNOWN = "a" * 136


@pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 360, False), ("en", 1280, True)])
def test_pairing_makes_a_desk_of_one_site(server: Server, new_page: NewPage, axe: Callable[[Page], None], locale: str, width: int, dark: bool) -> None:
    scene = make_scene(server)
    link = pairing_link(server, scene, scene.remote_id)
    page = new_page(locale, width, dark)
    page.goto("/desk")
    axe(page)
    expect(page.locator("h1")).to_have_text({"vi": "Thiết bị này chưa phải là bàn điểm danh", "en": "This device is not a check-in desk"}[locale])
    page.goto(f"/pair/{link}")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#name").press("Enter")
    expect(page).to_have_url(f"{server.url}/pair/{link}")
    page.locator("#name").fill("Bàn 1")
    page.locator("#name").press("Enter")
    page.wait_for_url("**/desk")
    expect(page.locator("#connection-word")).to_have_text({"vi": "Đã kết nối", "en": "Connected"}[locale])
    expect(page.locator("#roster .person-name")).to_have_text(["Đỗ Minh Quân", "Võ Thị Út"])
    expect(page.locator("#count-summoned")).to_have_text("2")
    expect(page.locator("#rehearsal")).to_be_hidden()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    thief = new_page(locale)
    thief.goto(f"/pair/{link}")
    expect(thief.locator("#name")).to_have_count(0)


def test_a_name_is_found_without_marks_and_checked_in_by_enter(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    expect(page.locator("#roster .person-name")).to_have_text(["Trần Văn Đức", "Nguyễn Thị Ấn", "Lê Hoàng Dũng", "Phạm Thị Thuỳ Oanh"])
    page.locator("#query").fill("oanh thuy")
    expect(page.locator("#roster .person-name")).to_have_text(["Phạm Thị Thuỳ Oanh"])
    page.locator("#query").fill("bao binh thuan")
    expect(page.locator("#roster .person-name")).to_have_text(["Lê Hoàng Dũng", "Phạm Thị Thuỳ Oanh"])
    page.locator("#query").fill("duc")
    page.locator("#query").press("Enter")
    expect_verdict(page, "good", "Đã điểm danh", "Trần Văn Đức", "Giám đốc · Sở Nội vụ")
    expect(page.locator("#verdict")).to_be_hidden()
    expect(page.locator("#query")).to_be_focused()
    expect(page.locator("#query")).to_have_value("")
    expect(page.locator("#count-present")).to_have_text("1")
    expect(page.locator("#count-rate")).to_have_text("20,00%")
    # As many as the list shows; the seat that nobody fills is told apart.
    expect(page.locator("#count-not_yet")).to_have_text("3")
    expect(page.locator("#count-vacant")).to_have_text("1")
    expect(page.locator("#roster .person-name")).to_have_text(["Nguyễn Thị Ấn", "Lê Hoàng Dũng", "Phạm Thị Thuỳ Oanh"])


def test_a_scan_anywhere_on_the_page_is_a_check_in(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    page.locator("#camera-start").focus()
    scan(page, f"{server.url}/p/{scene.passes['Nguyễn Thị Ấn']}")
    expect_verdict(page, "good", "Nguyễn Thị Ấn")
    expect(page.locator("#camera")).to_be_hidden()
    # The next scan takes the screen at once.
    scan(page, scene.passes["Nguyễn Thị Ấn"].upper())
    expect_verdict(page, "repeated", "Đã điểm danh trước đó", "Nguyễn Thị Ấn", "Bàn: Bàn 1")
    scan(page, scene.passes["Đỗ Minh Quân"])
    expect_verdict(page, "good", "Đỗ Minh Quân", "Thuộc danh sách của: Điểm cầu huyện Tuy Phong")
    expect(page.locator("#count-visiting")).to_have_text("1")
    scan(page, UNKNOWN)
    expect_verdict(page, "refused", "Mã không hợp lệ", "Không có thẻ đại biểu nào mang mã này.")
    scan(page, "068090000001||Nguyễn Văn A|01011990|Nam|Thôn 1|15042021")
    expect_verdict(page, "refused", "Mã không hợp lệ", "Mã này không phải thẻ đại biểu.")
    page.keyboard.press("Escape")
    expect(page.locator("#verdict")).to_be_hidden()
    expect(page.locator(".recent-row .recent-name")).to_have_text(["Mã QR", "Đỗ Minh Quân", "Nguyễn Thị Ấn", "Nguyễn Thị Ấn"])


def test_two_desks_of_a_site_see_each_others_work_and_another_site_does_not(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    first = open_desk(server, new_page, scene, scene.main_id, "Bàn 1")
    second = open_desk(server, new_page, scene, scene.main_id, "Bàn 2", width=360, has_touch=True)
    other = open_desk(server, new_page, scene, scene.remote_id, "Bàn xa")
    first.locator("#roster button", has_text="Lê Hoàng Dũng").click()
    expect_verdict(first, "good", "Lê Hoàng Dũng")
    expect(second.locator("#count-present")).to_have_text("1")
    expect(second.locator("#roster .person-name")).to_have_text(["Trần Văn Đức", "Nguyễn Thị Ấn", "Phạm Thị Thuỳ Oanh"])
    second.get_by_label("Tất cả").tap()
    expect(second.locator("#roster li", has_text="Lê Hoàng Dũng")).to_have_attribute("data-state", "present")
    expect(other.locator("#count-present")).to_have_text("0")

    scan(other, scene.passes["Lê Hoàng Dũng"])
    expect_verdict(other, "moved", "Chuyển đến điểm cầu này", "Trước đó đã điểm danh tại Điểm cầu trung tâm", "Bàn: Bàn 1")
    expect(row(second, "Lê Hoàng Dũng")).to_have_attribute("data-state", "elsewhere")
    expect(row(second, "Lê Hoàng Dũng")).to_contain_text("Ở Điểm cầu huyện Tuy Phong")
    # Both desks of the hall that lost somebody are told, and the news stays until it was seen.
    for desk in (first, second):
        expect(desk.locator(".news-words")).to_have_text(re.compile("Lê Hoàng Dũng của hội trường này đã được điểm danh tại Điểm cầu huyện Tuy Phong"))
    expect(other.locator(".news-row")).to_have_count(0)
    second.get_by_role("button", name="Đã xem").tap()
    expect(second.locator(".news-row")).to_have_count(0)


def test_undo_asks_for_a_reason(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360, has_touch=True)
    page.locator("#roster button", has_text="Trần Văn Đức").tap()
    expect_verdict(page, "good", "Trần Văn Đức")
    page.wait_for_timeout(CALM_MS)  # what is tapped sooner counts as a second tap of the same finger
    page.locator("#verdict-undo").tap()
    dialog = page.locator("#person")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Bàn: Bàn 1")
    axe(page)
    dialog.get_by_role("button", name="Hoàn tác điểm danh").tap()
    expect(dialog.locator("#undo-reason-error")).to_have_text("Vui lòng nhập lý do.")
    expect(dialog.locator("#undo-reason")).to_be_focused()
    dialog.get_by_role("button", name="Bấm nhầm").tap()
    dialog.get_by_role("button", name="Hoàn tác điểm danh").tap()
    expect_verdict(page, "good", "Đã hoàn tác điểm danh", "Trần Văn Đức")
    expect(page.locator("#count-present")).to_have_text("0")


def test_the_camera_scans_without_a_tap(server: Server, new_page: NewPage, launch: Launch, tmp_path: Path) -> None:
    scene = make_scene(server)
    film = fake_camera_film(tmp_path, f"{server.url}/p/{scene.passes['Phạm Thị Thuỳ Oanh']}")
    with launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}") as browser:
        page = open_desk(server, new_page, scene, scene.main_id, browser=browser)
        page.locator("#camera-start").click()
        expect_verdict(page, "good", "Phạm Thị Thuỳ Oanh")
        expect(page.locator("#verdict")).to_be_hidden()
        # The code is still before the camera and is not sent again.
        page.wait_for_timeout(3500)
        expect(page.locator(".recent-row")).to_have_count(1)
        page.locator("#camera-stop").click()
        expect(page.locator("#camera")).to_be_hidden()
        expect(page.locator("#camera-start")).to_be_focused()
        page.context.close()


def test_a_missing_camera_is_said(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    page.locator("#camera-start").click()
    expect(page.locator("#camera-trouble")).to_have_text(re.compile("máy ảnh"))
    expect(page.locator("#camera-trouble")).to_be_visible()


def test_what_is_done_while_the_server_is_away_is_sent_when_it_is_back(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    server.stop()
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline")
    press(page, "Trần Văn Đức")
    expect_verdict(page, "good", "Đã điểm danh", "Trần Văn Đức", "Đã ghi tại bàn, chưa gửi về máy chủ.", unsent=True)
    free_screen(page)
    expect(page.locator("#roster .person-name")).to_have_text(["Nguyễn Thị Ấn", "Lê Hoàng Dũng", "Phạm Thị Thuỳ Oanh"])
    expect(page.locator("#count-present")).to_have_text("1")
    scan(page, scene.passes["Lê Hoàng Dũng"])
    expect_verdict(page, "good", "Lê Hoàng Dũng", unsent=True)
    expect(page.locator("#sending-count")).to_have_text("Chưa gửi: 2")
    expect_tones(page, "good?", "good?")
    # Meanwhile somebody else is checked in elsewhere than at this desk.
    ann = scene.people["Nguyễn Thị Ấn"]
    with server.begin() as work:
        event = NewEvent(work.new_id(), "check_in", "organiser", work.now, site_id=scene.main_id, delegate_id=ann)
        assert [verdict.verdict for verdict in record_attendance(work, scene.conference_id, [event])] == ["accepted"]
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "online")
    expect(page.locator("#sending")).to_be_hidden()
    expect(page.locator("#count-present")).to_have_text("3")
    expect(page.locator("#roster .person-name")).to_have_text(["Phạm Thị Thuỳ Oanh"])
    expect(page.locator("#recent-state")).to_have_text("Đã gửi hết.")
    expect_tones(page, "good", "good")


def test_a_long_list_shows_its_beginning_and_finds_everybody(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    with server.begin(scene.account) as work:
        mandate_id = work.session.get_one(Delegate, scene.people["Võ Thị Út"]).mandate_id
        add_delegates(work, scene.conference_id, [DelegateEntry(f"Huỳnh Văn Số {i:04}", mandate_id) for i in range(1998)])
    page = open_desk(server, new_page, scene, scene.remote_id)
    expect(page.locator("#roster li")).to_have_count(200)
    expect(page.locator("#narrow")).to_have_text("Đang hiện 200 trong 2000 đại biểu. Gõ tên để thu hẹp danh sách.")
    page.locator("#query").fill("so 1997")
    expect(page.locator("#roster .person-name")).to_have_text(["Huỳnh Văn Số 1997"])
    expect(page.locator("#narrow")).to_be_hidden()
    spent = page.evaluate(
        """async () => {
            const query = document.getElementById("query"), began = performance.now();
            for (const typed of ["h", "hu", "huy", "huyn"]) {
                query.value = typed;
                query.dispatchEvent(new Event("input"));
                await new Promise((drawn) => setTimeout(drawn, 1));
            }
            return performance.now() - began;
        }"""
    )
    assert spent < 2000


def test_a_revoked_desk_is_told_and_stops(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    page.on("dialog", lambda dialog: dialog.accept())
    again = page.context.new_page()
    again.goto("/desk")
    expect(again.locator("#connection")).to_have_attribute("data-state", "online")
    again.on("dialog", lambda dialog: dialog.accept())
    again.get_by_role("button", name="Ngừng làm bàn điểm danh").click()
    expect(again.locator("h1")).to_have_text("Thiết bị này chưa phải là bàn điểm danh")
    expect(page.locator("#revoked")).to_be_visible()
    expect(page.locator("#desk-body")).to_be_hidden()
    axe(page)


def test_a_conference_that_is_over_says_so(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    with server.begin() as work:
        work.session.execute(update(Conference).values(state="closed", closed_at=work.now))
    page.reload()
    expect(page.locator("#notice")).to_have_text("Hội nghị đã kết thúc: điểm danh đã đóng.")
    page.locator("#roster button", has_text="Trần Văn Đức").click()
    expect_verdict(page, "refused", "Điểm danh đã kết thúc.")


@pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 360, True), ("en", 360, False), ("vi", 1280, True), ("en", 1280, False)])
def test_verdicts_fill_the_screen_in_every_look(server: Server, new_page: NewPage, axe: Callable[[Page], None], locale: str, width: int, dark: bool) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, locale=locale, width=width, dark=dark)
    for token, tone in ((scene.passes["Trần Văn Đức"], "good"), (scene.passes["Trần Văn Đức"], "repeated"), (UNKNOWN, "refused")):
        scan(page, token)
        covered = expect_verdict(page, tone)
        assert (covered["x"], covered["y"], covered["width"], covered["height"]) == (0, 0, width, 800)
        axe(page)
    page.keyboard.press("Escape")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
