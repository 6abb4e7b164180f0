"""The attendance list: its figures and sentence, corrections from it, the workbook, closed to outsiders."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.facts import AttendanceRecorded, Fact
from confsvc.domain.figures import Figures
from confsvc.domain.work import Work
from confsvc.models import Account, Attendance, AttendanceEvent, Conference
from confsvc.web.mc_line import mc_lines
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_unit

BeginWork = Callable[..., AbstractContextManager[Work]]
SignIn = Callable[[Account], FlaskClient]


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """olga's conference, check-in open: dina and oanh at the main site, út at the remote one, one seat vacant; and mallory."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga)
        main = make_site(work, conference)
        remote = make_site(work, conference, "Điểm cầu Đức Linh", kind="remote")
        mandate = make_mandate(work, conference, main, make_unit(work, "Sở Y tế"), seats=3)
        district = make_mandate(work, conference, remote, make_unit(work, "UBND huyện Đức Linh"))
        dina = make_delegate(work, mandate, protocol_order=1, position="Giám đốc", note="ăn chay")
        oanh = make_delegate(work, mandate, "Lê Oanh", protocol_order=2)
        ut = make_delegate(work, district, "Võ Út", protocol_order=3)
    root = f"/conferences/{conference.id}/attendance"
    return SimpleNamespace(**{name: value for name, value in locals().items() if name not in ("begin", "work")})


def states(begin: BeginWork) -> list[tuple[str, int | None]]:
    with begin() as work:
        return [(row.state, row.site_id) for row in work.session.scalars(select(Attendance).order_by(Attendance.delegate_id))]


def lines(begin: BeginWork) -> list[tuple[str, str, str, str]]:
    with begin() as work:
        events = work.session.scalars(select(AttendanceEvent).order_by(AttendanceEvent.revision))
        return [(event.kind, event.method, event.verdict, event.reason) for event in events]


def spoken(browser: FlaskClient, root: str) -> list[str]:
    return re.findall(r'<p class="spoken"[^>]*>(.*?)</p>', browser.get(root).text)


def test_check_in_from_the_list_counts_once(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, published: list[Fact]) -> None:
    browser = sign_in(scene.olga)
    published.clear()
    form = {"form_key": "11111111-0000-4000-8000-000000000001", "delegate_id": scene.dina.id, "next": f"{scene.root}?page=1"}
    answers = [browser.post(f"{scene.root}/check-in", data=form) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [f"{scene.root}?page=1"] * 2
    assert states(begin) == [("present", scene.main.id), ("not_yet", None), ("not_yet", None)]
    assert lines(begin) == [("check_in", "organiser", "accepted", "")]
    assert published == [AttendanceRecorded(scene.conference.id, 1)]


def test_corrections_need_their_reason_and_are_lines_of_the_log(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    page = f"{scene.root}/{scene.dina.id}"

    def correct(kind: str, **values: object) -> tuple[int, str]:
        data = {"kind": kind, f"{kind}-form_key": f"{kind}{len(lines(begin))}{values}"[:36], **{f"{kind}-{name}": value for name, value in values.items()}}
        answer = browser.post(page, data=data)
        return answer.status_code, answer.text

    assert correct("excuse", reason="  ")[0] == 422
    assert "Please fill in this field." in correct("excuse", reason="")[1]
    assert correct("excuse", reason="Đi công tác")[0] == 303
    assert states(begin)[0] == ("excused", None)
    assert "Đi công tác" in browser.get(scene.root).text
    assert correct("withdraw_excuse", reason="")[0] == 303
    assert correct("check_in", site_id=scene.remote.id, reason="")[0] == 303
    assert states(begin)[0] == ("present", scene.remote.id)
    assert "present at: Điểm cầu Đức Linh" in browser.get(scene.root).text
    assert correct("undo", reason="")[0] == 422
    assert correct("undo", reason="Nhầm người")[0] == 303
    assert states(begin)[0] == ("not_yet", None)
    assert correct("undo", reason="Nhầm người nữa")[0] == 303
    assert "Nothing was changed: This person is not checked in here." in browser.get(page).text
    assert correct("dance", reason="x")[0] == 200
    assert correct("check_in", site_id="99999")[0] == 404
    assert lines(begin) == [
        ("excuse", "organiser", "accepted", "Đi công tác"),
        ("withdraw_excuse", "organiser", "accepted", ""),
        ("check_in", "organiser", "accepted", ""),
        ("undo", "organiser", "accepted", "Nhầm người"),
        ("undo", "organiser", "refused", "Nhầm người nữa"),
    ]


def test_too_early_a_check_in_changes_nothing_and_says_so(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        work.session.merge(scene.conference).check_in_minutes = 10
    browser = sign_in(scene.olga)
    browser.post(f"{scene.root}/check-in", data={"form_key": "k1", "delegate_id": scene.dina.id})
    assert "Nothing was changed: Check-in is not open yet." in browser.get(scene.root).text
    assert states(begin)[0] == ("not_yet", None)


def test_sentence_takes_its_numbers_from_the_figures(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    browser.post(f"{scene.root}/check-in", data={"form_key": "k1", "delegate_id": scene.dina.id})
    browser.post(f"{scene.root}/{scene.oanh.id}", data={"kind": "excuse", "excuse-form_key": "k2", "excuse-reason": "ốm"})
    assert spoken(browser, scene.root) == [
        "Tổng số đại biểu được triệu tập: 4; có mặt: 1 (25,00%); vắng có lý do: 1; chưa điểm danh: 2.",
        "Delegates summoned: 4; present: 1 (25.00%); absent with a reason: 1; not yet checked in: 2.",
    ]
    with begin() as work:
        conference = work.session.merge(scene.conference)
        conference.state, conference.closed_at, conference.address_form = "closed", work.now, "comrade"
    assert spoken(browser, scene.root) == [
        "Tổng số đồng chí được triệu tập: 4; có mặt: 1 (25,00%); vắng có lý do: 1; vắng không lý do: 2.",
        "Comrades summoned: 4; present: 1 (25.00%); absent with a reason: 1; absent without a reason: 2.",
    ]
    assert ">Absent without a reason</span>" in browser.get(scene.root).text


def test_sentence_names_who_left_came_late_came_for_others_or_without_a_place(app: Flask) -> None:
    conference = Conference(state="closed", address_form="delegate")
    figures = Figures(named=300, vacant=12, present=285, away=2, excused=18, substitutes=23, late=1_004, walk_ins=4)
    with app.test_request_context():
        assert mc_lines(conference, figures) == {
            "vi": "Tổng số đại biểu được triệu tập: 312; có mặt: 285 (91,35%); đã đến rồi rời đi: 2; vắng có lý do: 18;"
            " vắng không lý do: 7; dự thay: 23; đến muộn: 1.004; đại biểu phát sinh: 4.",
            "en": "Delegates summoned: 312; present: 285 (91.35%); came and left: 2; absent with a reason: 18;"
            " absent without a reason: 7; substitutes: 23; late: 1,004; not on the list: 4.",
        }


def test_nobody_summoned_has_no_rate(begin: BeginWork, sign_in: SignIn) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga, address_form="sir_madam")
    assert spoken(sign_in(olga), f"/conferences/{conference.id}/attendance") == [
        "Tổng số quý vị đại biểu được mời: 0; có mặt: 0 (–); vắng có lý do: 0; chưa điểm danh: 0.",
        "Ladies and gentlemen invited: 0; present: 0 (–); absent with a reason: 0; not yet checked in: 0.",
    ]


def test_large_numbers_have_the_marks_of_the_language(begin: BeginWork, sign_in: SignIn) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        make_mandate(work, conference, make_site(work, conference), seats=12_345)
    vietnamese, english = spoken(sign_in(olga), f"/conferences/{conference.id}/attendance")
    assert "triệu tập: 12.345;" in vietnamese
    assert "summoned: 12,345;" in english


def test_workbook_holds_the_list_and_the_totals(scene: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(scene.olga)
    browser.post(f"{scene.root}/{scene.dina.id}", data={"kind": "check_in", "check_in-form_key": "k1", "check_in-site_id": scene.remote.id})
    browser.post(f"{scene.root}/{scene.oanh.id}", data={"kind": "excuse", "excuse-form_key": "k2", "excuse-reason": "ốm"})
    answer = browser.get(f"{scene.root}/export")
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = load_workbook(BytesIO(answer.data))
    assert book.sheetnames == ["List", "Totals", "Refusals"]
    people = [[cell.value for cell in row] for row in book["List"].iter_rows(min_row=3)]
    assert people == [
        ["No.", "Full name", "Position", "Unit", "Site", "Attendance", "Marks", "Came at", "Left at", "Remarks"],
        [
            *(1, "Nguyễn Thị Dina", "Giám đốc", "Sở Y tế", "Điểm cầu trung tâm", "Present", None),
            *(datetime(2023, 1, 16, 13, 30), None),  # noqa: DTZ001  # a cell of a workbook has no zone
            "present at: Điểm cầu Đức Linh; ăn chay",
        ],
        [2, "Lê Oanh", None, "Sở Y tế", "Điểm cầu trung tâm", "Excused", None, None, None, "ốm"],
        [3, "Võ Út", None, "UBND huyện Đức Linh", "Điểm cầu Đức Linh", "Not checked in", None, None, None, None],
    ]
    totals = [[cell.value for cell in row] for row in book["Totals"].iter_rows(min_row=3)]
    assert totals[1:4] == [
        [1, "Điểm cầu trung tâm", 3, 2, 1, 1 / 3, 1, 1, 0, 0, 0, 0, 0, 0, None],
        [2, "Điểm cầu Đức Linh", 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, None],
        [None, "Total", 4, 3, 1, 0.25, 1, 2, 0, 0, 0, 0, 1, 0, None],
    ]
    assert totals[5][0] == "Delegates summoned: 4; present: 1 (25.00%); absent with a reason: 1; not yet checked in: 2."


def test_workbook_speaks_the_language_of_its_reader(scene: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(scene.olga)
    browser.set_cookie("lang", "vi")
    answer = browser.get(f"{scene.root}/export")
    book = load_workbook(BytesIO(answer.data))
    assert book.sheetnames == ["Danh sách", "Tổng hợp", "Các lượt bị từ chối"]
    heads = [cell.value for cell in book["Danh sách"][3]]
    assert heads == ["STT", "Họ và tên", "Chức vụ", "Đơn vị", "Điểm cầu", "Tình hình tham dự", "Dấu hiệu", "Giờ đến", "Giờ rời đi", "Ghi chú"]
    plain, starred = re.findall(r"filename=([^;]+); filename\*=UTF-8\'\'(\S+)", answer.headers["Content-Disposition"])[0]
    assert plain.strip('"') == "danh-sach-diem-danh-hoi-nghi-tong-ket-nam-2022.xlsx"
    assert unquote(starred) == "Danh sách điểm danh – Hội nghị tổng kết năm 2022.xlsx"


def test_nothing_typed_becomes_a_formula_or_a_link(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    hostile = ['=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=2", "http://evil.example", "mailto:a@b.vn", "0901234567"]
    with begin() as work:
        entries = [DelegateEntry(text, scene.mandate.id, position=text, note=text) for text in hostile]
        add_delegates(work, scene.conference.id, entries)
        work.session.merge(scene.conference).title = "=1+1"
    data = sign_in(scene.olga).get(f"{scene.root}/export").data
    page = load_workbook(BytesIO(data))["List"]
    cells = [page.cell(row=row, column=column) for row in range(7, 16) for column in (2, 3, 10)]
    assert sorted({str(cell.value) for cell in cells}) == sorted(text.strip() for text in hostile)
    assert {(cell.data_type, cell.hyperlink) for cell in cells} == {("s", None)}
    assert {cell.value: cell.quotePrefix for cell in cells}['=HYPERLINK("http://evil.example","x")'] is True
    assert page["A1"].data_type == "s"


def test_outsiders_get_nothing(scene: SimpleNamespace, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    mallory = sign_in(scene.mallory)
    for path in ("", "/export", f"/{scene.dina.id}"):
        answer = mallory.get(scene.root + path)
        assert (answer.status_code, "Dina" in answer.text) == (404, False)
        assert client.get(scene.root + path).headers["Location"].startswith("/sign-in")
    for path, data in (
        ("/check-in", {"delegate_id": scene.dina.id}),
        (f"/{scene.dina.id}", {"kind": "check_in", "check_in-form_key": "k", "check_in-site_id": scene.main.id}),
        (f"/{scene.dina.id}", {"kind": "excuse", "excuse-form_key": "k", "excuse-reason": "x"}),
    ):
        assert mallory.post(scene.root + path, data=data).status_code == 404
        assert client.post(scene.root + path, data=data).headers["Location"].startswith("/sign-in")
    with begin() as work:
        hers = make_conference(work, scene.mallory, title="Hers")
    assert mallory.post(f"/conferences/{hers.id}/attendance/check-in", data={"delegate_id": scene.dina.id}).status_code == 404
    assert (lines(begin), states(begin)) == ([], [("not_yet", None)] * 3)
