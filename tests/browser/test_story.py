"""The whole story, with nothing prepared but an account: from an Excel list to a live board."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD_HASH, Launch, NewPage, Server
from tests.browser.scenes import fake_camera_film
from tests.domain.calendar_readers import read_by_ical_js, read_by_vobject
from tests.factories import make_account
from tests.workbooks import MESSY_NAMES, messy_workbook

UNITS = """code,name,kind,parent
BTN-S,Khối sở ban ngành,khối,BTN
BTN-S02,Sở Nội vụ,sở,BTN-S
BTN-S03,Sở Tư pháp,sở,BTN-S
BTN-H,Khối huyện,khối,BTN
BTN-H03,UBND huyện Tuy Phong,huyện,BTN-H
BTN-H09,UBND huyện Đức Linh,huyện,BTN-H
"""
TITLE = "Hội nghị tổng kết công tác năm 2022, triển khai nhiệm vụ năm 2023"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Organiser:
    """What an organiser does with mouse and keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.home = ""

    def fill_in(self, address: str, fields: dict[str, str], choices: dict[str, str] | None = None) -> None:
        """Open a form, fill in the fields and choices by their ids, send it; it must be taken."""
        self.page.goto(address)
        form = self.page.locator("main form:has(button.primary)").first
        for name, value in fields.items():
            form.locator(f"#{name}").fill(value)
        for name, label in (choices or {}).items():
            form.locator(f"#{name}").select_option(label=label)
        form.locator("button.primary").first.click()
        self.page.wait_for_url(lambda url: not url.endswith(address))

    def make_units(self) -> None:
        self.fill_in("/units/new", {"name": "UBND tỉnh Bình Thuận", "code": "BTN", "kind": "tỉnh"})
        self.page.goto("/units/import")
        self.page.locator("#file").set_input_files({"name": "đơn vị.csv", "mimeType": "text/csv", "buffer": UNITS.encode("utf-8-sig")})
        self.page.locator("main button.primary").click()
        self.page.wait_for_url("**/units*")
        expect(self.page.locator("main")).to_contain_text("UBND huyện Đức Linh")

    def make_conference(self, starts_at: datetime) -> None:
        local = starts_at.astimezone(ZONE)
        times = {"starts_at": local.strftime("%Y-%m-%dT%H:%M"), "ends_at": (local + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")}
        self.fill_in("/conferences/new", {"title": TITLE, **times, "chair_name": "Nguyễn Văn Chủ", "chair_position": "Giám đốc"})
        self.page.wait_for_url(re.compile(r"/conferences/\d+$"))
        self.home = self.page.url

    def make_sites(self) -> None:
        self.fill_in(f"{self.home}/sites/new", {"name": "Điểm cầu trung tâm", "address": "Hội trường A, Phan Thiết"}, {"kind": "Điểm cầu trung tâm"})
        self.page.goto(f"{self.home}/sites/from-units")
        self.page.locator("#unit_id").select_option(label=next(text for text in self.page.locator("#unit_id option").all_inner_texts() if "Khối huyện" in text))
        self.page.locator("main button.primary").click()
        self.page.wait_for_url("**/sites")
        expect(self.page.locator("main")).to_contain_text("Điểm cầu UBND huyện Đức Linh")

    def make_agenda(self) -> None:
        self.page.goto(f"{self.home}/agenda")
        self.page.get_by_role("link", name="Thêm phiên họp").first.click()
        self.page.locator("#title").fill("Phiên họp buổi chiều")
        self.page.locator("main button.primary").first.click()
        self.page.wait_for_url("**/agenda*")
        for title, kind in (("Khai mạc", "Khai mạc"), ("Báo cáo tổng kết", "Báo cáo"), ("Kết luận", "Kết luận")):
            self.page.goto(f"{self.home}/agenda")
            self.page.locator("a[href*='/items/new']").first.click()
            self.page.locator("#title").fill(title)
            self.page.locator("#kind").select_option(label=kind)
            self.page.locator("main button.primary").first.click()
            self.page.wait_for_url("**/agenda*")
        expect(self.page.locator("#agenda")).to_contain_text("Kết luận")

    def import_list(self) -> None:
        """Import the messy workbook: look at the verdicts first, then save."""
        self.page.goto(f"{self.home}/delegates/import")
        self.page.locator("#file").set_input_files({"name": "Danh sách đại biểu.xlsx", "mimeType": "application/octet-stream", "buffer": messy_workbook()})
        self.page.locator("main button.primary").click()
        self.page.wait_for_url(re.compile(r"/import/\d+$"))
        expect(self.page.locator("main")).to_contain_text("Ngô Văn Lạc")
        self.page.goto(f"{self.home}/delegates")
        expect(self.page.locator("main tbody tr")).to_have_count(0)
        self.page.go_back()
        self.page.locator("main form:has([name=digest]) button.primary").click()
        expect(self.page.locator(".figures li b", has_text=re.compile(f"^{len(MESSY_NAMES)}$"))).to_have_count(1)
        self.page.goto(f"{self.home}/delegates")
        assert sorted(self.page.locator("main tbody a[href*='/delegates/']:not(.bare)").all_inner_texts()) == sorted(MESSY_NAMES)

    def publish(self) -> None:
        self.page.goto(self.home)
        self.page.once("dialog", lambda dialog: dialog.accept())
        self.page.locator("form[action$='/publish'] button").click()
        expect(self.page.locator(".page-head .badge")).to_have_text("Đã ban hành")

    def pairing_link(self, site: str) -> str:
        self.page.goto(f"{self.home}/desks")
        self.page.locator("tr", has_text=site).get_by_role("button").last.click()
        return self.page.locator("#link").input_value()

    def personal_link(self, name: str) -> str:
        self.page.goto(f"{self.home}/delegates?q={name}")
        self.page.get_by_role("link", name=name).first.click()
        return self.page.locator("input[readonly][value*='/d/']").first.input_value()

    def export(self) -> bytes:
        self.page.goto(f"{self.home}/attendance")
        with self.page.expect_download() as download:
            self.page.locator("a[href$='/attendance/export']").click()
        return download.value.path().read_bytes()


def become_desk(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.locator("#name").fill(name)
    page.locator("#name").press("Enter")
    page.wait_for_url("**/desk")
    page.locator("#connection[data-state=online]").wait_for()


def test_from_an_excel_list_to_a_live_board(
    server: Server,
    new_page: NewPage,
    launch: Launch,
    sign_in: Callable[[Page, str], None],
    shot: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    with server.begin() as work:
        make_account(work, password_hash=PASSWORD_HASH)
    starts_at = (datetime.now(UTC) + timedelta(minutes=30)).replace(second=0, microsecond=0)
    organiser = Organiser(new_page())
    sign_in(organiser.page, "olga@example.org")
    organiser.make_units()
    organiser.make_conference(starts_at)
    organiser.make_sites()
    organiser.make_agenda()
    organiser.import_list()
    organiser.publish()

    board = new_page(width=1920, storage_state=organiser.page.context.storage_state())
    board.goto(f"{organiser.home}/board")
    expect(board.locator("#total-summoned")).to_have_text(str(len(MESSY_NAMES)))
    expect(board.locator("#total-present")).to_have_text("0")

    # The delegate's own page, on a phone.
    phone = new_page(width=360)
    phone.goto(organiser.personal_link("Trương Công Thành"))
    expect(phone.locator("body")).to_contain_text("Điểm cầu UBND huyện Tuy Phong")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    token = re.search(r"/d/(\w+)", phone.url)
    assert token
    picture = phone.request.get(f"/d/{token[1]}/qr.png").body()
    code = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))[0].text
    assert re.fullmatch(rf"{re.escape(server.url)}/p/\w{{136}}", code, re.IGNORECASE)
    calendar = phone.request.get(f"/d/{token[1]}/conference.ics")
    assert calendar.headers["content-type"].startswith("text/calendar; charset=utf-8")
    for read in (read_by_vobject, read_by_ical_js):
        event = read(calendar.body())[0]
        assert [event[key] for key in ("summary", "location", "starts_at", "tzid")] == [
            TITLE,
            "Điểm cầu UBND huyện Tuy Phong",
            starts_at,
            "Asia/Ho_Chi_Minh",
        ]

    # One desk scans by camera, the other finds by name; the board follows by itself.
    film = fake_camera_film(tmp_path, code)
    with launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}") as with_camera:
        remote = new_page(browser=with_camera, width=360)
        become_desk(remote, organiser.pairing_link("Điểm cầu UBND huyện Tuy Phong"), "Bàn Tuy Phong")
        remote.locator("#camera-start").click()
        expect(remote.locator("#verdict")).to_contain_text("Trương Công Thành")
        expect(board.locator("#total-present")).to_have_text("1")
        remote.context.close()
    main = new_page()
    become_desk(main, organiser.pairing_link("Điểm cầu trung tâm"), "Bàn 1")
    main.locator("#query").fill("dang quoc duc")
    main.locator("#query").press("Enter")
    expect(main.locator("#verdict")).to_contain_text("Đặng Quốc Đức")
    expect(board.locator("#total-present")).to_have_text("2")

    sheet = openpyxl.load_workbook(io.BytesIO(organiser.export())).worksheets[0]
    rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    present = [next(cell for cell in row if cell in MESSY_NAMES) for row in rows if "Có mặt" in row]
    assert sorted(present) == ["Trương Công Thành", "Đặng Quốc Đức"]
    assert sorted(cell for row in rows for cell in row if cell in MESSY_NAMES) == sorted(MESSY_NAMES)
