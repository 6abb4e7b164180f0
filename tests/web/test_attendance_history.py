"""The story page of a delegate: plain words in both languages, pages, hostile names, no way in for outsiders; marks and filters of the list."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from html import unescape
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from confsvc.domain.admissions import admit_person, deny_person
from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.check_in import Substitute, WalkIn, carry_out
from confsvc.domain.corrections import check_in_delegate, excuse_delegate
from confsvc.domain.errors import DomainError
from confsvc.domain.people import STATE_FILTERS
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate
from confsvc.domain.work import DeskActor, Work
from confsvc.models import Account, Conference, Delegate, Mandate
from tests.conftest import NOW
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site, make_unit

BeginWork = Callable[..., AbstractContextManager[Work]]
SignIn = Callable[[Account], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]
MINUTE = timedelta(minutes=1)
HOSTILE = ("<script>alert(1)</script>", "{{ 7*7 }}{x}%s%(name)s", "=cmd|' /C calc'!A0", "Nguyễn\u202eaniD", "a\r\nSet-Cookie: x=1")


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """olga's running conference with two desks and a few people: dina, oanh, út; and mallory."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga, state="in_progress", started_at=NOW)
        main, remote = make_site(work, conference), make_site(work, conference, "Điểm cầu Đức Linh", kind="remote")
        desk = make_desk(work, main)
        mandate = make_mandate(work, conference, main, make_unit(work, "Sở Y tế"), seats=3)
        dina, oanh, ut = (make_delegate(work, mandate, name, protocol_order=n) for n, name in enumerate(["Nguyễn Thị Dina", "Lê Oanh", "Võ Út"]))
    root = f"/conferences/{conference.id}"
    refs = iter(f"00000000-0000-4000-9000-{n:012d}" for n in range(10_000))
    return SimpleNamespace(**{name: value for name, value in locals().items() if name not in ("begin", "work")})


def record(begin: BeginWork, scene: SimpleNamespace, kind: str, minute: int, *, told: int | None = None, **values: Any) -> None:
    """A line by the desk of the main site, `minute` minutes after the beginning, about dina unless said otherwise."""
    line = {"site_id": scene.main.id, "desk_id": scene.desk.id, "delegate_id": scene.dina.id, "method": "name", **values}
    with begin(now=STARTS + (minute if told is None else told) * MINUTE) as work:
        record_attendance(work, scene.conference.id, [NewEvent(next(scene.refs), kind, line.pop("method"), STARTS + minute * MINUTE, **line)])


def close(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin(now=ENDS) as work:
        conference = work.session.get_one(Conference, scene.conference.id)
        conference.state, conference.closed_at = "closed", ENDS
        record_attendance(work, conference.id, [NewEvent(next(scene.refs), "close", "system", ENDS)])


def lines(browser: FlaskClient, address: str) -> list[str]:
    """The lines of a story page as one reads them."""
    page = browser.get(address).text
    found = re.search(r'<ol class="history">(.*?)</ol>', page, re.DOTALL)
    rows = re.findall(r"<li[^>]*>(.*?)</li>", found[1], re.DOTALL) if found else []
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in rows]


def tell_much(begin: BeginWork, scene: SimpleNamespace) -> None:
    """Checked in by mistake and undone, late, gone early; all of it after an excuse; told late, corrected after the close."""
    with begin(acting(scene.olga), now=STARTS - 10 * MINUTE) as work:
        excuse_delegate(work, scene.conference.id, scene.dina.id, "Đi công tác", next(scene.refs))
    record(begin, scene, "check_in", 1)
    record(begin, scene, "undo", 2, reason="Nhầm người")
    record(begin, scene, "check_in", 40, told=52, clock_offset_ms=7 * 60_000)
    record(begin, scene, "leave", 60)
    close(begin, scene)
    with begin(acting(scene.olga), now=ENDS + MINUTE) as work:
        at = STARTS + 70 * MINUTE
        check_in_delegate(work, scene.conference.id, scene.dina.id, next(scene.refs), site_id=scene.remote.id, at=at, reason="Dự tiếp ở huyện")


def test_story_in_plain_words(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    tell_much(begin, scene)
    browser, address = sign_in(scene.olga), f"{scene.root}/delegates/{scene.dina.id}/history"
    assert lines(browser, address) == [
        "13:50 Excused Olga · by an organiser · reason: Đi công tác",
        "14:01 Checked in at Điểm cầu trung tâm Taken back Bàn 1 · found by name",
        "14:02 The check-in at Điểm cầu trung tâm was taken back Bàn 1 · found by name · reason: Nhầm người",
        "14:47 Checked in at Điểm cầu trung tâm Late Bàn 1 · found by name · told 14:52 by a desk that was offline"
        " · the desk's clock showed 14:40, it was 7 minutes slow; the time was put right",
        "15:00 Left Điểm cầu trung tâm Bàn 1 · found by name",
        "15:10 Came back to Điểm cầu Đức Linh Corrected after the close Olga · by an organiser · reason: Dự tiếp ở huyện"
        " · noted 17:01 · recorded after the close",
        "17:00 The conference was closed: Has left by the system",
    ]
    assert [line[:5] for line in lines(browser, f"{address}?order=revision")] == ["13:50", "14:01", "14:02", "14:47", "15:00", "17:00", "15:10"]
    browser.set_cookie("lang", "vi")
    assert lines(browser, address)[3:] == [
        "14:47 Điểm danh tại Điểm cầu trung tâm Đến muộn Bàn 1 · tìm theo tên · bàn điểm danh mất kết nối, đến 14:52 mới gửi về"
        " · đồng hồ của bàn chỉ 14:40, chậm 7 phút; hệ thống đã chỉnh lại giờ",
        "15:00 Rời Điểm cầu trung tâm Bàn 1 · tìm theo tên",
        "15:10 Quay lại Điểm cầu Đức Linh Điều chỉnh sau khi kết thúc Olga · do Ban Tổ chức ghi · lý do: Dự tiếp ở huyện"
        " · ghi vào hệ thống lúc 17:01 · ghi nhận sau khi hội nghị kết thúc",
        "17:00 Hội nghị kết thúc: Đã rời đi hệ thống tự ghi",
    ]


def test_refusals_repeats_and_moves_say_why_and_where(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    record(begin, scene, "leave", 0)
    record(begin, scene, "check_in", 1)
    record(begin, scene, "check_in", 2)
    record(begin, scene, "check_in", 3, site_id=scene.remote.id, desk_id=None, method="organiser")
    assert lines(sign_in(scene.olga), f"{scene.root}/delegates/{scene.dina.id}/history") == [
        "14:00 Leaving Điểm cầu trung tâm Refused Bàn 1 · found by name · This person is not checked in here.",
        "14:01 Checked in at Điểm cầu trung tâm Bàn 1 · found by name",
        "14:02 Check-in at Điểm cầu trung tâm Was so already Bàn 1 · found by name · was at Điểm cầu trung tâm (Bàn 1) since 14:01",
        "14:03 Came to Điểm cầu Đức Linh from Điểm cầu trung tâm and so left there by an organiser",
    ]


def test_stories_of_both_people_lead_to_each_other(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin(acting(scene.olga), now=STARTS) as work:
        entry = SubstituteEntry("Trần Thị Thay", "Phó Giám đốc", "leader", "Bận họp")
        substitute = substitute_delegate(work, scene.conference.id, scene.dina.id, entry, next(scene.refs)).delegate_id
    browser = sign_in(scene.olga)
    told = lines(browser, f"{scene.root}/delegates/{scene.dina.id}/history")
    assert told == [
        "14:00 Trần Thị Thay comes in the place of Nguyễn Thị Dina Olga · by an organiser · reason: Bận họp The story of Trần Thị Thay",
    ]
    assert f'href="{scene.root}/delegates/{substitute}/history"' in browser.get(f"{scene.root}/delegates/{scene.dina.id}/history").text
    back = browser.get(f"{scene.root}/delegates/{substitute}/history").text
    assert f'href="{scene.root}/delegates/{scene.dina.id}/history"' in back
    for page in ("delegates", "attendance"):
        shown = browser.get(f"{scene.root}/{page}").text
        for delegate_id in (scene.dina.id, substitute):
            assert f"{scene.root}/delegates/{delegate_id}/history" in shown


def at_the_desk(begin: BeginWork, scene: SimpleNamespace, minute: int, act: type, **values: Any) -> int | None:
    """What a desk tells as it happens; the id of whom the answer is about."""
    at = STARTS + minute * MINUTE
    with begin(DeskActor(scene.desk.id), now=at) as work:
        [answer] = carry_out(work, [act(client_ref=next(scene.refs), occurred_at=at, **values)]).answers
        assert not isinstance(answer, DomainError)
        return answer.verdict.delegate_id


def test_people_at_the_door_have_stories_too(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        work.session.get_one(Mandate, scene.mandate.id).required_rank = "head"
        work.session.get_one(Delegate, scene.dina.id).rank = "head"
        work.session.get_one(Conference, scene.conference.id).walk_in_rule = "ask"
    deputy = at_the_desk(begin, scene, 1, Substitute, delegate_id=scene.dina.id, name="Trần Thay", position="", rank="staff", reason="Ốm")
    walk_in = at_the_desk(begin, scene, 2, WalkIn, name="Lê Hai", position="", unit="Hội Luật gia")
    with begin(acting(scene.olga), now=STARTS + 3 * MINUTE) as work:
        admit_person(work, scene.conference.id, deputy or 0, next(scene.refs))
        deny_person(work, scene.conference.id, walk_in or 0, "Không có giấy mời", next(scene.refs))
    with begin() as work:
        work.session.get_one(Conference, scene.conference.id).walk_in_rule = "refuse"
    at_the_desk(begin, scene, 5, WalkIn, name="Võ Ba", position="", unit="Hội Luật gia")
    browser = sign_in(scene.olga)
    assert lines(browser, f"{scene.root}/delegates/{deputy}/history") == [
        "14:01 Came to Điểm cầu trung tâm and waited for approval Bàn 1 · typed at the door · reason: Ốm",
        "14:01 Trần Thay comes in the place of Nguyễn Thị Dina Olga · by an organiser · noted 14:03 The story of Nguyễn Thị Dina",
        "14:03 Was let in Olga · by an organiser",
    ]
    assert lines(browser, f"{scene.root}/delegates/{walk_in}/history") == [
        "14:02 Came to Điểm cầu trung tâm and waited for approval Bàn 1 · typed at the door",
        "14:03 Was not let in Olga · by an organiser · reason: Không có giấy mời",
    ]
    book = load_workbook(BytesIO(browser.get(f"{scene.root}/attendance/export").data))
    assert [[cell.value for cell in row][3:8] for row in book["Refusals"].iter_rows(min_row=4)] == [
        [
            *("Võ Ba (Hội Luật gia)", "Check-in at Điểm cầu trung tâm", "Refused"),
            *("This conference takes nobody who is not on the list.", "Bàn 1 · typed at the door"),
        ]
    ]


def test_long_story_comes_in_pages(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    for minute in range(60):
        record(begin, scene, "leave" if minute % 2 else "check_in", minute)
    browser, address = sign_in(scene.olga), f"{scene.root}/delegates/{scene.dina.id}/history"
    assert (len(lines(browser, address)), len(lines(browser, f"{address}?page=2")), len(lines(browser, f"{address}?page=99"))) == (50, 10, 10)
    assert "60 entries" in browser.get(address).text
    for query in ("page=-1", "page=x", "order=nonsense", "page=99999999999999999999"):
        assert browser.get(f"{address}?{query}").status_code == 200


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_reasons_stay_texts(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, name: str) -> None:
    with begin(acting(scene.olga), now=STARTS) as work:
        substitute_delegate(work, scene.conference.id, scene.dina.id, SubstituteEntry(name, name, "staff", name), next(scene.refs))
    close(begin, scene)
    with begin(acting(scene.olga), now=ENDS + MINUTE) as work:
        excuse_delegate(work, scene.conference.id, scene.oanh.id, name, next(scene.refs))
    browser = sign_in(scene.olga)
    for path in (f"delegates/{scene.dina.id}/history", f"delegates/{scene.oanh.id}/history", f"attendance/{scene.dina.id}", "attendance", "delegates"):
        answer = browser.get(f"{scene.root}/{path}")
        assert (answer.status_code, "<script>alert" in answer.text, "\u202e" in answer.text) == (200, False, False)
    book = load_workbook(BytesIO(browser.get(f"{scene.root}/attendance/export").data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if isinstance(cell.value, str)} == {"s"}
    assert [cell.value for cell in cells if isinstance(cell.value, str) and ("\u202e" in cell.value or "\r" in cell.value)] == []


def names(browser: FlaskClient, address: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+/delegates/\d+">(.*?)</a></th>', browser.get(address).text)


def test_list_is_narrowed_to_every_state_and_mark(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    tell_much(begin, scene)
    record(begin, scene, "check_in", 5, told=300, delegate_id=scene.ut.id)
    with begin(acting(scene.olga), now=ENDS + 2 * MINUTE) as work:
        substitute_delegate(work, scene.conference.id, scene.oanh.id, SubstituteEntry("Trần Thay", reason="Theo giấy ủy quyền"), next(scene.refs))
    browser = sign_in(scene.olga)
    found = {state: names(browser, f"{scene.root}/attendance?state={state}&sort=name") for state in STATE_FILTERS}
    assert {state: people for state, people in found.items() if people} == {
        "present": ["Nguyễn Thị Dina", "Võ Út"],
        "not_yet": ["Trần Thay"],
        "substituted": ["Lê Oanh"],
        "late": ["Nguyễn Thị Dina"],
        "substitute": ["Trần Thay"],
        "corrected": ["Nguyễn Thị Dina", "Lê Oanh", "Trần Thay"],
        "told_late": ["Võ Út"],
    }
    page = browser.get(f"{scene.root}/attendance").text
    assert page.count(">Corrected after the close</span>") == 3
    assert page.count(">Told after the close</span>") == 1
    assert ">Absent without a reason</span>" in page


def test_workbook_names_marks_changes_and_refusals(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    tell_much(begin, scene)
    record(begin, scene, "check_in", 200, delegate_id=scene.ut.id)
    book = load_workbook(BytesIO(sign_in(scene.olga).get(f"{scene.root}/attendance/export").data))
    assert book.sheetnames == ["List", "Totals", "Changed after the close", "Refusals"]
    rows = {name: [[cell.value for cell in row] for row in book[name].iter_rows(min_row=4)] for name in book.sheetnames}
    assert rows["List"][0][5:7] == ["Present", "Late; Corrected after the close"]
    assert [(row[0], row[3], row[4], row[5]) for row in rows["Changed after the close"]] == [
        (7, "Nguyễn Thị Dina", "Checked in at Điểm cầu Đức Linh", "Accepted"),
    ]
    assert [(row[3], row[4], row[5], row[6]) for row in rows["Refusals"]] == [
        ("Võ Út", "Check-in at Điểm cầu trung tâm", "Refused", "Check-in is closed.; recorded after the close"),
    ]


def test_queries_do_not_grow_with_people_and_lines(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, count_queries: CountQueries) -> None:
    browser = sign_in(scene.olga)
    paths = ("attendance", "attendance?state=corrected", "delegates", f"delegates/{scene.dina.id}", f"delegates/{scene.dina.id}/history", "attendance/export")

    def counts() -> list[int]:
        found = []
        for path in paths:
            with count_queries() as queries:
                assert browser.get(f"{scene.root}/{path}").status_code == 200
            found.append(len(queries))
        return found

    tell_much(begin, scene)
    few = counts()
    with begin() as work:
        mandate = work.session.merge(scene.mandate)
        people = [make_delegate(work, mandate, f"Trần Văn {n}").id for n in range(40)]
    for person in people:
        record(begin, scene, "check_in", 5, told=300, delegate_id=person)
    assert counts() == few
    assert max(few) <= 12


def test_outsiders_see_no_story(scene: SimpleNamespace, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        hers = make_conference(work, scene.mallory, title="Hers")
    mallory = sign_in(scene.mallory)
    for root in (scene.root, f"/conferences/{hers.id}"):
        address = f"{root}/delegates/{scene.dina.id}/history"
        answer = mallory.get(address)
        assert (answer.status_code, "Dina" in answer.text) == (404, False)
        assert client.get(address).headers["Location"].startswith("/sign-in")
