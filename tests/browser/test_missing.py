"""The missing, called by two organisers at once: both see one list, whoever arrives leaves it, the deputy is entered in the row."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from confsvc.models import ConferenceMember, Mandate
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server, looks
from tests.browser.scenes import Scene, make_scene, open_desk, scan
from tests.factories import make_account

SignIn = Callable[[Page, str], None]
Axe = Callable[[Page], None]
HEAD, LEADER = "Trần Văn Đức", "Đỗ Minh Quân"


@pytest.fixture
def scene(server: Server) -> Scene:
    """The scene of the desks, with oanh as a second organiser and a liaison of the district."""
    scene = make_scene(server)
    with server.begin() as work:
        oanh = make_account(work, "oanh", password_hash=PASSWORD_HASH)
        work.session.add(ConferenceMember(conference_id=scene.conference_id, account_id=oanh.id))
        for mandate in work.session.query(Mandate).filter_by(conference_id=scene.conference_id, site_id=scene.remote_id):
            mandate.liaison_name, mandate.liaison_phone = "Phan Thị Lan", "+84913123456"
    return scene


def open_list(new_page: NewPage, sign_in: SignIn, scene: Scene, who: str = "olga", query: str = "", **options: Any) -> Page:
    page = new_page(**options)
    sign_in(page, f"{who}@example.org")
    page.goto(f"/conferences/{scene.conference_id}/missing{query}")
    page.locator("#connection[data-state=online]").wait_for()
    return page


def row(page: Page, name: str) -> Any:
    return page.locator("tr[data-row]", has_text=name)


def test_two_organisers_work_through_one_list(server: Server, new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    olga = open_list(new_page, sign_in, scene)
    oanh = open_list(new_page, sign_in, scene, "oanh", width=360)
    expect(olga.locator("tr[data-row]")).to_have_count(2)
    expect(olga.locator("#countdown")).to_contain_text("đến lúc rà danh sách")
    expect(oanh.locator(".liaison a.button")).to_have_attribute("href", "tel:+84913123456")

    row(olga, HEAD).get_by_role("button", name="Đã gọi").click()
    expect(row(oanh, HEAD).locator(".standing")).to_contain_text("Đã gọi Olga,")
    expect(row(olga, HEAD).get_by_role("button", name="Đã gọi")).to_be_focused()
    row(oanh, HEAD).get_by_text("Vắng có lý do…").click()
    row(oanh, HEAD).get_by_role("button", name="Đi công tác").click()
    expect(row(olga, HEAD).locator(".standing")).to_contain_text("Vắng có lý do Oanh,")
    expect(row(olga, HEAD).locator(".standing")).to_contain_text("Đi công tác")
    row(olga, HEAD).get_by_role("button", name="Hoàn tác").click()
    expect(row(oanh, HEAD).locator(".standing")).to_have_text("Chưa liên hệ")
    expect(oanh.locator("#standings")).to_contain_text("Chưa liên hệ 2")

    desk = open_desk(server, new_page, scene, scene.main_id)
    scan(desk, scene.passes[HEAD])
    for page in (olga, oanh):
        expect(page.locator("tr[data-row]")).to_have_count(1)
        expect(page.locator(".unit-name")).to_have_text(["UBND huyện Tuy Phong"])
    remote = open_desk(server, new_page, scene, scene.remote_id)
    scan(remote, scene.passes[LEADER])
    expect(olga.get_by_text("Thành phần bắt buộc đã có mặt đầy đủ.")).to_be_visible()


def test_the_deputy_is_entered_in_the_row_while_the_list_goes_on(server: Server, new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    olga = open_list(new_page, sign_in, scene, width=360)
    oanh = open_list(new_page, sign_in, scene, "oanh")
    row(olga, HEAD).get_by_role("button", name="Cử người dự thay").click()
    form = row(olga, HEAD).locator("details.deputy form")
    expect(form.get_by_label("Họ và tên")).to_be_focused()
    form.get_by_label("Họ và tên").fill("Phạm Thị Phó")
    # What colleagues do meanwhile takes nothing away from what is being typed.
    row(oanh, LEADER).get_by_role("button", name="Đang đến").click()
    expect(row(olga, LEADER).locator(".standing")).to_contain_text("Đang đến Oanh,")
    expect(form.get_by_label("Họ và tên")).to_have_value("Phạm Thị Phó")
    form.get_by_label("Chức vụ").fill("Phó Giám đốc")
    form.get_by_role("button", name="Ghi người dự thay").click()
    expect(olga.get_by_text("Đã ghi Phạm Thị Phó dự thay.")).to_be_visible()
    for page in (olga, oanh):
        expect(row(page, "Phạm Thị Phó")).to_contain_text(f"dự thay {HEAD}")
        expect(page.locator("tr[data-row]")).to_have_count(2)
    # What was said stays while the list goes on, until the next press.
    row(oanh, LEADER).get_by_role("button", name="Đã gọi").click()
    expect(row(olga, LEADER).locator(".standing")).to_contain_text("Đã gọi Oanh,")
    expect(olga.locator("#said")).to_have_text("Đã ghi Phạm Thị Phó dự thay.")
    row(olga, LEADER).get_by_role("button", name="Đang đến").click()
    expect(row(olga, LEADER).locator(".standing")).to_contain_text("Đang đến Olga,")
    expect(olga.locator("#said")).to_be_empty()


def test_who_comes_while_a_row_is_open_is_said_there(server: Server, new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    olga = open_list(new_page, sign_in, scene)
    row(olga, HEAD).get_by_text("Vắng có lý do…").click()
    desk = open_desk(server, new_page, scene, scene.main_id)
    scan(desk, scene.passes[HEAD])
    expect(row(olga, HEAD).locator(".standing")).to_have_text("Vừa đến hoặc vừa được xử lý.")
    expect(row(olga, HEAD).get_by_role("button", name="Ốm")).to_be_hidden()
    expect(row(olga, HEAD)).to_have_count(0)


def test_a_typed_reason_is_sent_by_enter(new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    olga = open_list(new_page, sign_in, scene)
    row(olga, HEAD).get_by_text("Vắng có lý do…").click()
    reason = row(olga, HEAD).get_by_label("Lý do khác")
    reason.fill("Tang gia <b>")
    reason.press("Enter")
    expect(row(olga, HEAD).locator(".standing")).to_contain_text("Tang gia <b>")


def test_a_lost_line_is_said_and_nothing_is_lost(server: Server, new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    olga = open_list(new_page, sign_in, scene)
    server.stop()
    expect(olga.locator("#connection[data-state=offline]")).to_be_visible()
    row(olga, HEAD).get_by_role("button", name="Đã gọi").click()
    expect(olga.locator("#said")).to_contain_text("Chưa lưu được vì mất kết nối")
    server.start()
    olga.locator("#connection[data-state=online]").wait_for()
    row(olga, HEAD).get_by_role("button", name="Đã gọi").click()
    expect(row(olga, HEAD).locator(".standing")).to_contain_text("Đã gọi Olga,")


@pytest.mark.parametrize(("locale", "kinds"), [("vi", [(360, False), (1280, True)]), ("en", [(1920, False), (360, True)])])
def test_the_list_is_accessible_and_fits(new_page: NewPage, sign_in: SignIn, scene: Scene, axe: Axe, locale: str, kinds: list[tuple[int, bool]]) -> None:
    page = open_list(new_page, sign_in, scene, query="?who=all", locale=locale, width=kinds[0][0])
    expect(page.locator("tr[data-row]")).to_have_count(7)
    for _ in looks(page, *kinds):
        axe(page)
    row(page, HEAD).locator("details.excuse summary").click()
    row(page, LEADER).locator("button[value^=sends_deputy]").click()
    page.locator("details.deputy form").wait_for()
    for _ in looks(page, *kinds):
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_without_scripts_the_list_works_too(new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, "olga@example.org")
    page.goto(f"/conferences/{scene.conference_id}/missing")
    row(page, HEAD).get_by_role("button", name="Đang đến").click()
    expect(row(page, HEAD).locator(".standing")).to_contain_text("Đang đến Olga,")
    row(page, HEAD).get_by_text("Vắng có lý do…").click()
    row(page, HEAD).get_by_role("button", name="Nghỉ phép").click()
    expect(row(page, HEAD).locator(".standing")).to_contain_text("Nghỉ phép")
