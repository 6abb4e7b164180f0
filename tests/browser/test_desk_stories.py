"""What happens at a door: people leave and come back, somebody else has come, somebody is on no list, heads are counted, it is only a rehearsal."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from confsvc.models import Account, Conference, Delegate
from tests.browser.conftest import NewPage, Server
from tests.browser.desk_steps import ask_more, expect_counts, expect_verdict, free_screen, press, row, show_all
from tests.browser.scenes import Scene, make_scene, open_desk, scan
from tests.factories import make_conference

ORGANISER = "olga@example.org"
DUC, AN, DUNG = "Trần Văn Đức", "Nguyễn Thị Ấn", "Lê Hoàng Dũng"
SUBSTITUTE = "Hoàng Văn Thay"


def fill_substitution(page: Page, rank: str, name: str = SUBSTITUTE) -> None:
    dialog = page.locator("#substitution")
    dialog.get_by_label("Họ và tên người dự thay").fill(name)
    dialog.get_by_label("Chức vụ", exact=True).fill("Phó Giám đốc")
    dialog.get_by_label(rank, exact=True).check(force=True)
    dialog.get_by_role("button", name="Đi công tác").click()


def decide(server: Server, new_page: NewPage, sign_in: Callable[[Page, str], None], scene: Scene, name: str, button: str, reason: str = "") -> None:
    """The organiser's answer, given on the page of the person who waits."""
    with server.begin() as work:
        person = work.session.query(Delegate).filter_by(full_name=name).one()
    page = new_page()
    sign_in(page, ORGANISER)
    page.goto(f"/conferences/{scene.conference_id}/attendance/{person.id}")
    form = page.locator("form").filter(has=page.get_by_role("button", name=button, exact=True))
    if reason:
        form.locator("input[name$=reason]").fill(reason)
    form.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".notice.success")).to_have_text("Đã sửa điểm danh.")
    page.context.close()


def test_somebody_leaves_and_comes_back(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360)
    press(page, DUC)
    expect_verdict(page, "good", "Đã điểm danh")
    free_screen(page)
    show_all(page)
    press(page, DUC)
    dialog = page.locator("#person")
    expect(dialog).to_contain_text("Có mặt từ")
    axe(page)
    dialog.get_by_role("button", name="Đã rời hội trường").click()
    expect_verdict(page, "good", "Đã rời đi", DUC)
    free_screen(page)
    expect_counts(page, present="0", away="1", not_yet="3")
    expect(row(page, DUC)).to_have_attribute("data-state", "left")

    press(page, DUC)
    expect(dialog).to_contain_text("Rời đi lúc")
    dialog.get_by_role("button", name="Đã trở lại").click()
    expect_verdict(page, "good", "Đã trở lại", DUC)
    free_screen(page)
    expect_counts(page, present="1", not_yet="3")
    expect(page.locator("#away")).to_be_hidden()

    # By the pass, too; who leaves twice is told since when, and a leave can be taken back.
    page.get_by_role("button", name="Quét người rời đi").click()
    expect(page.locator("#leaving")).to_be_visible()
    axe(page)
    scan(page, scene.passes[DUC])
    expect_verdict(page, "good", "Đã rời đi", DUC)
    scan(page, scene.passes[DUC])
    expect_verdict(page, "refused", DUC)
    free_screen(page)
    page.get_by_role("button", name="Trở lại điểm danh").click()
    expect(page.locator("#leaving")).to_be_hidden()
    press(page, DUC)
    dialog.get_by_role("button", name="Sửa thao tác nhầm…").click()
    dialog.get_by_role("button", name="Bấm nhầm").click()
    dialog.get_by_role("button", name="Hoàn tác rời đi").click()
    expect_verdict(page, "good", "Đã hoàn tác rời đi")
    free_screen(page)
    expect_counts(page, present="1")


def test_a_substitute_of_the_right_rank_sits_down_at_once(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360)
    ask_more(page, DUC)
    page.locator("#person").get_by_role("button", name="Có người khác dự thay…").click()
    dialog = page.locator("#substitution")
    expect(dialog).to_contain_text("Giấy mời yêu cầu: đích thân thủ trưởng.")
    dialog.get_by_role("button", name="Điểm danh người dự thay").click()
    expect(dialog.locator("#substitute-name-error")).to_have_text("Vui lòng điền vào ô này.")
    expect(dialog.locator("#substitute-rank-error")).to_have_text("Vui lòng chọn cấp.")
    expect(dialog.locator("#substitute-reason-error")).to_have_text("Vui lòng nhập lý do.")
    expect(dialog.locator("#substitute-name")).to_be_focused()
    axe(page)
    fill_substitution(page, "Thủ trưởng")
    expect(dialog.locator("#substitute-short")).to_be_hidden()
    dialog.get_by_role("button", name="Điểm danh người dự thay").click()
    expect_verdict(page, "good", "Đã điểm danh người dự thay", SUBSTITUTE, f"Dự thay {DUC}.")
    free_screen(page)
    expect_counts(page, present="1", not_yet="3", summoned="5")
    show_all(page)
    expect(row(page, DUC).filter(has_text="Đã có người dự thay")).to_contain_text(f"{SUBSTITUTE} đã dự thay.")
    expect(row(page, SUBSTITUTE)).to_contain_text(f"Dự thay {DUC}.")
    scan(page, scene.passes[DUC])
    expect_verdict(page, "refused", DUC, f"{SUBSTITUTE} đã dự thay")
    free_screen(page)

    # Taken back: the pass lives again, and the scan that was refused meanwhile counts.
    page.locator("#roster li.person[data-state=substituted] .person-go").click()
    person = page.locator("#person")
    person.get_by_role("button", name="Sửa thao tác nhầm…").click()
    person.locator("#undo-reason").fill("Đồng chí Đức đã đến")
    person.get_by_role("button", name="Hủy dự thay").click()
    expect_verdict(page, "good", "Đã hủy dự thay")
    free_screen(page)
    expect(row(page, DUC).first).to_have_attribute("data-state", "present")
    expect_counts(page, present="1", not_yet="3")
    scan(page, scene.passes[DUC])
    expect_verdict(page, "repeated", DUC)


@pytest.mark.parametrize("agreed", [True, False])
def test_a_substitute_below_the_required_rank_waits_for_the_organiser(
    server: Server, new_page: NewPage, sign_in: Callable[[Page, str], None], axe: Callable[[Page], None], agreed: bool
) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    page.get_by_role("button", name="Dự thay", exact=True).click()
    dialog = page.locator("#substitution")
    dialog.locator("#replaced-query").fill("duc")
    dialog.locator("#replaced-query").press("Enter")
    expect(dialog.locator("#replaced-name")).to_have_text(DUC)
    fill_substitution(page, "Lãnh đạo")
    expect(dialog.locator("#substitute-short")).to_contain_text("phải được Ban Tổ chức đồng ý")
    axe(page)
    dialog.get_by_role("button", name="Xin ý kiến Ban Tổ chức").click()
    expect_verdict(page, "asking", "Chờ Ban Tổ chức đồng ý", SUBSTITUTE)
    axe(page)
    free_screen(page)
    show_all(page)
    expect(row(page, SUBSTITUTE)).to_have_attribute("data-state", "pending")
    expect_counts(page, present="0")

    decide(server, new_page, sign_in, scene, SUBSTITUTE, *(("Chấp nhận vào dự",) if agreed else ("Không chấp nhận", "Không đúng thành phần")))
    expect(row(page, SUBSTITUTE)).to_have_attribute("data-state", "present" if agreed else "not_admitted")
    told = f"Ban Tổ chức đã đồng ý: {SUBSTITUTE} được vào." if agreed else f"Không được vào: {SUBSTITUTE}."
    expect(page.locator(".news-words")).to_have_text(told)
    expect_counts(page, present="1" if agreed else "0")
    axe(page)


def test_a_walk_in_is_let_in_where_the_conference_is_open(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360)
    page.locator("#query").fill("khach moi")
    page.get_by_role("button", name="Ngoài danh sách…").click()
    dialog = page.locator("#walk-in")
    expect(dialog.locator("#walk-in-name")).to_have_value("khach moi")
    dialog.get_by_role("button", name="Điểm danh", exact=True).click()
    expect(dialog.locator("#walk-in-unit-error")).to_have_text("Vui lòng điền vào ô này.")
    axe(page)
    # Somebody who is on the list after all is shown there.
    dialog.locator("#walk-in-name").fill("tran van duc")
    expect(dialog.locator("#on-the-list")).to_contain_text("Giám đốc")
    dialog.locator("#walk-in-name").fill("Khách <b>Mới</b> {x}")
    expect(dialog.locator("#on-the-list")).to_be_hidden()
    assert dialog.locator("#units option").evaluate_all("options => options.map(option => option.value)") == ["Báo Bình Thuận", "Sở Nội vụ"]
    dialog.locator("#walk-in-unit").fill("Sở Nội vụ")
    dialog.get_by_role("button", name="Điểm danh", exact=True).click()
    expect_verdict(page, "good", "Đã điểm danh phát sinh", "Khách <b>Mới</b> {x}", "Sở Nội vụ")
    free_screen(page)
    expect_counts(page, walk_ins="1", present="0", summoned="5")
    show_all(page)
    expect(row(page, "Khách <b>Mới</b> {x}")).to_contain_text("Phát sinh")


@pytest.mark.parametrize("agreed", [True, False])
def test_a_walk_in_waits_where_an_organiser_must_agree(server: Server, new_page: NewPage, sign_in: Callable[[Page, str], None], agreed: bool) -> None:
    scene = make_scene(server, walk_in_rule="ask")
    page = open_desk(server, new_page, scene, scene.main_id)
    page.get_by_role("button", name="Ngoài danh sách", exact=True).click()
    dialog = page.locator("#walk-in")
    expect(dialog.locator("#walk-in-asks")).to_be_visible()
    dialog.locator("#walk-in-name").fill(SUBSTITUTE)
    dialog.locator("#walk-in-unit").fill("Công an tỉnh")
    dialog.get_by_role("button", name="Xin ý kiến Ban Tổ chức").click()
    expect_verdict(page, "asking", SUBSTITUTE)
    free_screen(page)
    expect(page.locator("#walk_ins")).to_be_hidden()
    decide(server, new_page, sign_in, scene, SUBSTITUTE, *(("Chấp nhận vào dự",) if agreed else ("Không chấp nhận", "Không có giấy mời")))
    expect(page.locator(".news-words")).to_contain_text(SUBSTITUTE)
    show_all(page)
    if agreed:
        expect(row(page, SUBSTITUTE)).to_have_attribute("data-state", "present")
        expect_counts(page, walk_ins="1")
    else:
        expect(page.locator("#walk_ins")).to_be_hidden()


def test_a_conference_that_takes_no_walk_ins_says_so(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server, walk_in_rule="refuse")
    page = open_desk(server, new_page, scene, scene.main_id, width=360)
    page.get_by_role("button", name="Ngoài danh sách", exact=True).click()
    expect(page.locator("#walk-in-refused")).to_be_visible()
    expect(page.locator("#walk-in-form")).to_be_hidden()
    axe(page)


def test_heads_are_counted_beside_the_scans(server: Server, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, width=360)
    expect(page.locator("#headcount")).to_be_hidden()
    page.get_by_role("button", name="Đếm số người").click()
    dialog = page.locator("#heads")
    dialog.get_by_role("button", name="Lưu số này").click()
    expect(dialog.locator("#heads-count-error")).to_have_text("Vui lòng nhập số từ 0 đến 100000.")
    dialog.locator("#heads-count").fill("57")
    axe(page)
    dialog.get_by_role("button", name="Lưu số này").click()
    expect_verdict(page, "good", "Đã lưu số đếm", "Trong hội trường: 57")
    free_screen(page)
    expect_counts(page, headcount="57", present="0")
    page.get_by_role("button", name="Đếm số người").click()
    expect(dialog).to_contain_text("Lần đếm trước: 57.")


def test_what_was_typed_outlives_a_scan_and_a_reload(server: Server, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id)
    ask_more(page, DUC)
    page.locator("#person-substitute").click()
    fill_substitution(page, "Thủ trưởng")
    scan(page, scene.passes[DUNG])
    expect_verdict(page, "good", DUNG)
    expect(page.locator("#substitution")).to_be_hidden()
    free_screen(page)
    page.reload()
    page.get_by_role("button", name=f"Tiếp tục: dự thay cho {DUC}").click()
    dialog = page.locator("#substitution")
    expect(dialog.locator("#replaced-name")).to_have_text(DUC)
    expect(dialog.locator("#substitute-name")).to_have_value(SUBSTITUTE)
    expect(dialog.get_by_label("Thủ trưởng", exact=True)).to_be_checked()
    # The scanner has typed into this field, too.
    expect(dialog.locator("#substitute-reason")).to_have_value("Đi công tác")
    dialog.get_by_role("button", name="Điểm danh người dự thay").click()
    expect_verdict(page, "good", SUBSTITUTE)
    free_screen(page)
    expect(page.locator("#resume")).to_be_hidden()


@pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 360, True), ("en", 1280, False)])
def test_a_rehearsal_cannot_be_mistaken(server: Server, new_page: NewPage, axe: Callable[[Page], None], locale: str, width: int, dark: bool) -> None:
    scene = make_scene(server)
    with server.begin() as work:
        real = make_conference(work, work.session.scalars(select(Account)).one())
        work.session.execute(update(Conference).where(Conference.id == scene.conference_id).values(rehearses_id=real.id))
    page = open_desk(server, new_page, scene, scene.main_id, locale=locale, width=width, dark=dark)
    band = page.locator("#rehearsal")
    expect(band).to_contain_text({"vi": "TỔNG DUYỆT", "en": "REHEARSAL"}[locale])
    press(page, AN)
    expect_verdict(page, "good", AN)
    # Neither a verdict nor a long list hides it.
    assert page.evaluate("document.elementFromPoint(innerWidth / 2, 12).closest('#rehearsal') !== null")
    axe(page)
    free_screen(page)
    page.mouse.wheel(0, 400)
    expect(band).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
