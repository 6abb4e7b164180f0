"""A nervous finger on the desk: the second of two taps does nothing to what has come under it."""

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from confsvc.models import AttendanceEvent
from tests.browser.conftest import NewPage, Server
from tests.browser.desk_steps import CALM_MS, ask_more, expect_counts, expect_verdict, row, show_all
from tests.browser.quick_hands import TOUCH_SECONDS, click, in_a_hurry, tap
from tests.browser.scenes import make_scene, open_desk, scan

DUC, AN, DUNG = "Trần Văn Đức", "Nguyễn Thị Ấn", "Lê Hoàng Dũng"
BETWEEN_SECONDS = 0.06
# The page notes when the next verdict comes and goes, in milliseconds of the clock on the wall.
NOTE_VERDICT = """() => void (window.noted = new Promise((noted) => {
    const verdict = document.querySelector("#verdict");
    let came = null;
    new MutationObserver(() => {
        const now = performance.timeOrigin + performance.now();
        if (!verdict.hidden) came ??= now;
        else if (came !== null) noted([came, now]);
    }).observe(verdict, { attributes: true, attributeFilter: ["hidden"] });
}))"""
# A verdict that nothing has sent away stays for two seconds.
STAYS_MS = 1900


def middle(target: Locator) -> tuple[float, float]:
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def expect_to_stay(page: Page) -> None:
    """The verdict that was to be noted leaves by itself; and for a moment more, what is tapped was meant for it."""
    came, went = page.evaluate("window.noted")
    assert went - came >= STAYS_MS
    page.wait_for_timeout(CALM_MS)


def events(server: Server) -> list[str]:
    with server.begin() as work:
        return list(work.session.scalars(select(AttendanceEvent.kind).order_by(AttendanceEvent.revision)))


def test_two_taps_on_a_form_are_one_substitution(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360, has_touch=True)
    ask_more(page, DUC)
    page.locator("#person-substitute").tap()
    dialog = page.locator("#substitution")
    dialog.locator("#substitute-name").fill("Hoàng Văn Thay")
    dialog.get_by_label("Thủ trưởng", exact=True).check(force=True)
    dialog.locator("#substitute-reason").fill("Đi công tác")
    page.evaluate(NOTE_VERDICT)
    tap(page, middle(dialog.locator("#substitution-submit")), in_a_hurry(2, BETWEEN_SECONDS))
    expect_verdict(page, "good", "Đã điểm danh người dự thay")
    expect_to_stay(page)
    expect_counts(page, present="1")
    # The seat changed hands, and who has come is here: nobody else is.
    assert events(server) == ["substitute", "check_in"]


def test_two_taps_on_the_next_person_only_free_the_screen(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360, has_touch=True)
    scan(page, scene.passes[DUC])
    expect_verdict(page, "good", DUC)
    tap(page, middle(page.locator("#verdict-next")), in_a_hurry(2, BETWEEN_SECONDS))
    expect(page.locator("#verdict")).to_be_hidden()
    page.wait_for_timeout(CALM_MS)
    expect(page.locator("#verdict")).to_be_hidden()
    expect(page.locator("#leaving")).to_be_hidden()
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert events(server) == ["check_in"]
    # Who taps once more means it.
    row(page, AN).locator(".person-go").tap()
    expect_verdict(page, "good", AN)


def test_a_double_click_on_a_row_is_one_check_in(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    show_all(page)
    for name, seconds in ((DUC, 2 * TOUCH_SECONDS), (AN, BETWEEN_SECONDS)):
        page.evaluate(NOTE_VERDICT)
        click(page, middle(row(page, name).locator(".person-go")), in_a_hurry(2, seconds))
        expect_verdict(page, "good", "Đã điểm danh", name)
        expect_to_stay(page)
        expect(page.locator("dialog[open]")).to_have_count(0)
    assert events(server) == ["check_in"] * 2


def test_taps_on_a_row_spare_the_one_that_moves_up(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360, has_touch=True)
    page.context.set_offline(True)
    expect(page.locator("#connection[data-state=offline]")).to_be_visible()
    tap(page, middle(row(page, DUC).locator(".person-go")), in_a_hurry(3, BETWEEN_SECONDS))
    expect_verdict(page, "good", DUC, unsent=True)
    page.wait_for_timeout(CALM_MS)
    expect(page.locator("#sending-count")).to_have_text("Chưa gửi: 1")
    page.context.set_offline(False)
    expect(page.locator("#recent-state")).to_have_text("Đã gửi hết.")
    assert events(server) == ["check_in"]


def test_a_tap_that_comes_as_the_verdict_leaves_by_itself_is_none_on_the_list(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360, has_touch=True)
    place = middle(row(page, DUNG).locator(".person-go"))
    page.evaluate(NOTE_VERDICT)
    scan(page, scene.passes["Phạm Thị Thuỳ Oanh"])
    expect_verdict(page, "good")
    _, went = page.evaluate("window.noted")
    tap(page, place, [went / 1000 + BETWEEN_SECONDS])
    page.wait_for_timeout(CALM_MS)
    expect(page.locator("#verdict")).to_be_hidden()
    assert events(server) == ["check_in"]
