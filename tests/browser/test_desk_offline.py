"""The desk without a line, as the operator sees it: its own judgement, what the server says later, and a device that cannot store."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate
from confsvc.models import Conference, Delegate
from tests.browser.conftest import NewPage, Server
from tests.browser.desk_steps import ask_more, expect_counts, expect_tones, expect_verdict, free_screen, press, row, show_all
from tests.browser.scenes import Scene, make_scene, open_desk, scan

DUC, AN, DUNG, QUAN = "Trần Văn Đức", "Nguyễn Thị Ấn", "Lê Hoàng Dũng", "Đỗ Minh Quân"
# A database that has no room for anything that was done; what the page reads goes on working.
FULL = """() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...given) {
        if (this.name === "entries") throw new DOMException("full", "QuotaExceededError");
        return put.apply(this, given);
    };
}"""


def lose_the_line(server: Server, page: Page) -> None:
    server.stop()
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline")


def find_the_line(server: Server, page: Page) -> None:
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "online")
    expect(page.locator("#sending")).to_be_hidden()


def altered(code: str) -> str:
    """The same pass with one letter of its signature changed; any letter of it, as the last ones are often alike."""
    return code[:100] + ("a" if code[100] != "a" else "b") + code[101:]


def replace(server: Server, scene: Scene, name: str, by: str) -> None:
    """A minute ago, so that nothing hangs on how exactly the page knows the server's clock."""
    with server.begin(scene.account) as work:
        then = dataclasses.replace(work, now=work.now - timedelta(minutes=1))
        substitute_delegate(then, scene.conference_id, scene.people[name], SubstituteEntry(by, rank="head", reason="Đi công tác"), work.new_id())


@pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 360, False), ("en", 1280, True)])
def test_the_device_judges_by_itself_and_says_that_it_does(
    server: Server, new_page: NewPage, axe: Callable[[Page], None], locale: str, width: int, dark: bool
) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, locale=locale, width=width, dark=dark)
    lose_the_line(server, page)
    for code, tone in ((scene.passes[DUC], "good"), (scene.passes[DUC], "repeated"), (scene.passes[QUAN], "good"), (altered(scene.passes[DUC]), "refused")):
        scan(page, code)
        expect_verdict(page, tone, unsent=True)
        axe(page)
    free_screen(page)
    expect_tones(page, "refused?", "good?", "repeated?", "good?")
    expect(page.locator("#sending-count")).to_contain_text("4")
    expect_counts(page, present="1")
    if width < 600:
        page.locator("#recent summary").click()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    find_the_line(server, page)
    # The server agrees with all of it: nothing is left to deal with.
    expect_tones(page, "refused", "good", "repeated", "good")
    expect(page.locator("#troubles")).to_be_hidden()
    expect_counts(page, present="1", visiting="1")


def test_a_refusal_that_comes_later_stays_until_it_is_dealt_with(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360)
    lose_the_line(server, page)
    replace(server, scene, DUC, "Hoàng Văn Thay")
    press(page, DUC)
    expect_verdict(page, "good", DUC, unsent=True)
    free_screen(page)
    find_the_line(server, page)
    troubles = page.locator("#troubles")
    expect(troubles).to_contain_text("Đã ghi tại bàn nhưng máy chủ từ chối: 1")
    expect(troubles).to_contain_text(DUC)
    expect(troubles).to_contain_text("Hoàng Văn Thay đã dự thay")
    axe(page)
    # Neither the next person nor a reload hides it.
    free_screen(page)
    press(page, AN)
    expect_verdict(page, "good", AN)
    free_screen(page)
    page.reload()
    expect(page.locator("#connection")).to_have_attribute("data-state", "online")
    expect(troubles).to_contain_text(DUC)
    troubles.get_by_role("button", name="Đã xử lý").click()
    expect(troubles).to_be_hidden()
    page.reload()
    expect(page.locator("#connection")).to_have_attribute("data-state", "online")
    expect(page.locator("#roster li").first).to_be_visible()
    expect(troubles).to_be_hidden()


def test_a_mistake_made_without_a_line_is_taken_back_without_one(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    lose_the_line(server, page)
    press(page, DUC)
    expect_verdict(page, "good", DUC, unsent=True)
    page.locator("#verdict-undo").click()
    dialog = page.locator("#person")
    dialog.get_by_role("button", name="Bấm nhầm").click()
    dialog.get_by_role("button", name="Hoàn tác điểm danh").click()
    expect_verdict(page, "good", "Đã hoàn tác điểm danh", unsent=True)
    free_screen(page)
    expect(row(page, DUC)).to_have_attribute("data-state", "not_yet")
    expect(page.locator("#sending-count")).to_have_text("Chưa gửi: 2")
    find_the_line(server, page)
    expect_counts(page, present="0", not_yet="4")
    expect_tones(page, "good", "good")


def test_everything_that_is_typed_can_be_done_without_a_line(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    lose_the_line(server, page)
    ask_more(page, DUNG)
    page.locator("#person-substitute").click()
    page.locator("#substitute-name").fill("Hoàng Văn Thay")
    page.get_by_label("Cán bộ, chuyên viên").check(force=True)
    page.get_by_role("button", name="Ốm").click()
    page.locator("#substitution-submit").click()
    expect_verdict(page, "good", "Hoàng Văn Thay", f"Dự thay {DUNG}.", unsent=True)
    free_screen(page)
    page.locator("#do-walk-in").click()
    page.locator("#walk-in-name").fill("Khách Mới")
    page.locator("#walk-in-unit").fill("Công an tỉnh")
    page.locator("#walk-in-submit").click()
    expect_verdict(page, "good", "Khách Mới", unsent=True)
    free_screen(page)
    page.locator("#do-heads").click()
    page.locator("#heads-count").fill("12")
    page.locator("#heads-form .primary").click()
    expect_verdict(page, "good", "Trong hội trường: 12", unsent=True)
    free_screen(page)
    expect_counts(page, present="1", walk_ins="1", headcount="12")
    find_the_line(server, page)
    expect_counts(page, present="1", walk_ins="1", headcount="12")
    expect_tones(page, "good", "good", "good")
    show_all(page)
    expect(page.locator("#roster .person-name")).to_contain_text(["Hoàng Văn Thay"])


def test_a_device_that_cannot_store_says_so_loudly(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360)
    expect(page.locator("#alarm")).to_be_hidden()
    page.evaluate(FULL)
    lose_the_line(server, page)
    press(page, DUC)
    expect_verdict(page, "dead", "KHÔNG LƯU ĐƯỢC", DUC, "ghi ngay họ tên và giờ ra giấy", unsent=True)
    axe(page)
    free_screen(page)
    expect(page.locator("#alarm")).to_contain_text("Thiết bị này không lưu thêm được nữa.")
    axe(page)
    # As long as the page lives it is sent all the same.
    find_the_line(server, page)
    expect_counts(page, present="1")
    expect_tones(page, "good")


def test_who_was_checked_in_elsewhere_meanwhile_has_moved_here(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    lose_the_line(server, page)
    with server.begin() as work:
        # Long enough ago that it was before the press by any reckoning: a device guesses the server's time.
        before = work.now - timedelta(minutes=1)
        event = NewEvent(work.new_id(), "check_in", "organiser", before, site_id=scene.remote_id, delegate_id=scene.people[DUC])
        record_attendance(work, scene.conference_id, [event])
    press(page, DUC)
    expect_verdict(page, "good", DUC, unsent=True)
    free_screen(page)
    find_the_line(server, page)
    expect_tones(page, "moved")
    expect_counts(page, present="1")


def test_what_organisers_changed_while_no_page_was_open_is_there_in_the_next_one(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    expect(page.locator("#roster li")).to_have_count(4)
    page.goto("about:blank")
    with server.begin(scene.account) as work:
        seat = work.session.get_one(Delegate, scene.people[DUC])
        add_delegates(work, scene.conference_id, [DelegateEntry("Vũ Thị Mới", seat.mandate_id)])
        work.session.execute(update(Conference).values(walk_in_rule="refuse"))
    page.goto("/desk")
    expect(page.locator("#roster .person-name")).to_contain_text(["Vũ Thị Mới"])
    page.locator("#do-walk-in").click()
    expect(page.locator("#walk-in-refused")).to_be_visible()
