"""The organiser's story of what goes on paper: look at it, make it, fetch it, or stop it half-way."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from confsvc.domain.passes import issue_passes, renew_link
from confsvc.domain.tallies import recount_sites
from confsvc.domain.work import Work
from confsvc.models import Account, Attendance, Conference, Delegate, Mandate
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_unit
from tests.printed import codes, pictures, texts

MANY = 900
# What the form asks for is made, while its page stays.
MAKE_BEFORE = """async (button) => {
    const run = await fetch(button.form.action, { method: "POST", body: new FormData(button.form, button) });
    const state = async () => (await (await fetch(`${run.url}/state`)).json()).state;
    while ((await state()) !== "done") await new Promise((later) => setTimeout(later, 100));
}"""


def make_scene(work: Work, people: int) -> tuple[Account, Conference]:
    olga = make_account(work, password_hash=PASSWORD_HASH, locale="vi")
    conference = make_conference(work, olga, host_name="Sở Thông tin và Truyền thông")
    mandate = make_mandate(work, conference, make_site(work, conference), seats=people)
    for number in range(people):
        make_delegate(work, mandate, f"Nguyễn Thị Thuỳ {number}")
    return olga, conference


def add_crowd(work: Work, mandate: Mandate) -> None:
    """`MANY` people of one unit, in a few statements."""
    same = {"conference_id": mandate.conference_id, "mandate_id": mandate.id, "site_id": mandate.site_id, "created_at": work.now}
    crowd = [Delegate(full_name=f"Trần Văn {number}", name_fold="tran van", name_sort="tran van", **same) for number in range(MANY)]
    for one in crowd:
        renew_link(work, one)
    work.session.add_all(crowd)
    work.session.flush()
    issue_passes(work, crowd)
    work.session.add_all(Attendance(delegate_id=one.id, conference_id=one.conference_id) for one in crowd)
    work.session.flush()
    recount_sites(work, mandate.conference_id)


def test_organiser_looks_at_badges_and_takes_them_home(server: Server, new_page: NewPage, sign_in: Callable[[Page, str], None], tmp_path: Path) -> None:
    with server.begin() as work:
        olga, conference = make_scene(work, 5)
    page = new_page("vi", 360, False)
    sign_in(page, olga.email)
    page.goto(f"{server.url}/conferences/{conference.id}")
    page.get_by_role("link", name="Bản in").click()
    page.get_by_label("Loại bản in").select_option("badge_sheets")
    page.get_by_role("button", name="Xem").click()
    expect(page.get_by_text("5 người")).to_be_visible()
    # The picture is really there.
    expect(page.locator("img.paper")).to_have_js_property("complete", value=True)
    assert page.locator("img.paper").evaluate("image => image.naturalWidth") > 500
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Tạo tệp PDF").click()
    downloading.value.save_as(tmp_path / "badges.pdf")
    assert downloading.value.suggested_filename == "Thẻ đại biểu – Hội nghị tổng kết năm 2022.pdf"
    expect(page.get_by_text("Đã xong.")).to_be_visible()
    pdf = (tmp_path / "badges.pdf").read_bytes()
    assert [text.count("Nguyễn Thị Thuỳ") for text in texts(pdf)] == [4, 1]
    addresses = [code for picture in pictures(pdf) for code in codes(picture)]
    assert len({code for code in addresses if code.startswith(f"{server.url.upper()}/P/")}) == 5


def test_papers_that_are_made_before_their_page_has_come_are_fetched_too(server: Server, new_page: NewPage, sign_in: Callable[[Page, str], None]) -> None:
    with server.begin() as work:
        olga, conference = make_scene(work, 2)
    page = new_page("vi", 1280, False)
    sign_in(page, olga.email)
    page.goto(f"{server.url}/conferences/{conference.id}/paper")
    # The same form asks for the same papers.
    page.get_by_role("button", name="Tạo tệp PDF").evaluate(MAKE_BEFORE)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Tạo tệp PDF").click()
    assert downloading.value.suggested_filename.endswith(".pdf")
    expect(page.get_by_text("Đã xong.")).to_be_visible()
    page.reload()
    expect(page.locator("#run-file")).to_be_visible()


def test_organiser_follows_a_large_print_and_stops_it(server: Server, new_page: NewPage, sign_in: Callable[[Page, str], None]) -> None:
    with server.begin() as work:
        olga, conference = make_scene(work, 2)
        mandate = make_mandate(work, conference, make_site(work, conference, "Điểm cầu Bắc Bình", kind="remote"), make_unit(work, "B"), seats=MANY)
        add_crowd(work, mandate)
    page = new_page("vi", 1280, False)
    sign_in(page, olga.email)
    page.goto(f"{server.url}/conferences/{conference.id}/paper")
    page.get_by_role("button", name="Tạo tệp PDF").click()
    expect(page.locator("#run-status")).to_have_text(re.compile(r"Đã in [1-9]\d*/902"))
    assert page.locator("#run-progress").evaluate("bar => 0 < bar.value && bar.value <= 902 && bar.max === 902")
    page.get_by_role("button", name="Dừng").click()
    expect(page.get_by_text("Đã dừng. Không có tệp nào được tạo.")).to_be_visible()
    assert page.request.get(f"{server.url}/healthz").ok
