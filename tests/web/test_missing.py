"""The page of the missing: shown by unit, noted in one press, the deputy entered in the row, closed to outsiders."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.corrections import check_in_delegate
from confsvc.domain.work import Work
from confsvc.models import Account, Attendance, Conference, Delegate, FollowUp
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_unit

BeginWork = Callable[..., AbstractContextManager[Work]]
SignIn = Callable[[Account], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]
HOSTILE = "=cmd|' {x} <script>alert(1)</script>\u202e"


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """olga's conference: a department that must send its head, with a liaison; an office that named nobody; mallory."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga, state="in_progress")
        main = make_site(work, conference)
        department = make_mandate(
            work, conference, main, make_unit(work, "Sở Y tế"), required_rank="head", seats=2, liaison_name="Phan Thị Lan", liaison_phone="+842523822456"
        )
        office = make_mandate(work, conference, main, make_unit(work, "Văn phòng"), required_rank="leader", sort_order=1)
        head = make_delegate(work, department, "Lê Văn Trưởng", rank="head", position="Giám đốc", phone="+84913123456")
        staff = make_delegate(work, department, HOSTILE)
        address = f"/conferences/{conference.id}/missing"
    return SimpleNamespace(**{name: value for name, value in locals().items() if name not in ("begin", "work")})


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def follow_ups(begin: BeginWork) -> list[tuple[int, int | None, str, str]]:
    with begin() as work:
        return [(line.mandate_id, line.delegate_id, line.status, line.note) for line in work.session.scalars(select(FollowUp).order_by(FollowUp.id))]


def state_of(begin: BeginWork, delegate: Delegate) -> tuple[str, str]:
    with begin() as work:
        standing = work.session.get_one(Attendance, delegate.id)
        return standing.state, standing.reason


def test_list_says_whom_to_call(scene: SimpleNamespace, sign_in: SignIn) -> None:
    page = sign_in(scene.olga).get(scene.address).text
    assert "Sở Y tế The head in person Liaison: Phan Thị Lan 0252 3822 456" in text_of(page)
    assert 'href="tel:+842523822456"' in page
    assert 'href="tel:+84913123456"' in page
    assert "Lê Văn Trưởng Giám đốc · Head" in text_of(page)
    assert "Nobody is named" in page
    assert "To be gone through at 13:45, 15 minutes before the beginning." in page
    assert "=cmd" not in page


def test_everybody_with_hostile_names_as_text(scene: SimpleNamespace, sign_in: SignIn) -> None:
    page = sign_in(scene.olga).get(f"{scene.address}?who=all").text
    assert "{x} &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_search_and_filters_take_anything(scene: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(scene.olga)
    assert "Nobody fits." in browser.get(f"{scene.address}?q=khong co").text
    assert "Lê Văn Trưởng" in browser.get(f"{scene.address}?q=truong&status=open&site={scene.main.id}").text
    assert browser.get(f"{scene.address}?q=%&status=x&site=99999999999999999999&page=-1&who=x&cmd=1").status_code == 200


def test_marks_are_noted_and_taken_back(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    place = f"{scene.department.id}.{scene.head.id}"
    back = f"{scene.address}?who=all&page=1"
    for i, mark in enumerate((f"called.{place}", f"on_the_way.{scene.office.id}.0", f"excused.{place}.Ốm. Nặng", f"cleared.{place}")):
        answer = browser.post(f"{scene.address}/follow-up", data={"form_key": f"k{i}", "mark": mark, "next": back})
        assert (answer.status_code, answer.headers["Location"]) == (303, back)
        if i == 2:
            assert state_of(begin, scene.head) == ("excused", "Ốm. Nặng")
            page = text_of(browser.get(scene.address).text)
            assert "Excused Olga, 13:30 Ốm. Nặng" in page
            assert "All 2 Not followed up 0 Called 0 On the way 1 Excused 1 Sends a deputy 0" in page
    assert follow_ups(begin) == [
        (scene.department.id, scene.head.id, "called", ""),
        (scene.office.id, None, "on_the_way", ""),
        (scene.department.id, scene.head.id, "excused", "Ốm. Nặng"),
        (scene.department.id, scene.head.id, "cleared", ""),
    ]
    assert state_of(begin, scene.head) == ("not_yet", "")


def test_a_typed_reason_excuses_and_an_empty_one_does_not(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    place = f"{scene.department.id}.{scene.head.id}"
    form = {"form_key": "k1", "mark": f"excused.{place}", f"reason.{place}": "  "}
    assert "Please fill in this field." in browser.post(f"{scene.address}/follow-up", data=form, follow_redirects=True).text
    assert (state_of(begin, scene.head), follow_ups(begin)) == (("not_yet", ""), [])
    browser.post(f"{scene.address}/follow-up", data={**form, "form_key": "k2", f"reason.{place}": HOSTILE})
    assert state_of(begin, scene.head) == ("excused", "=cmd|' {x} <script>alert(1)</script>")


@pytest.mark.parametrize("mark", ["", "x", "called", "called.1", "called.x.y", "called.1.99999999999999999999", "excused", "....", "cleared.0.0"])
def test_marks_that_name_nothing_change_nothing(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, mark: str) -> None:
    answer = sign_in(scene.olga).post(f"{scene.address}/follow-up", data={"form_key": "k", "mark": mark})
    assert answer.status_code in (303, 404)
    assert follow_ups(begin) == []


def test_a_press_after_the_person_has_come_says_so(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        check_in_delegate(work, scene.conference.id, scene.head.id, "ref")
    form = {"form_key": "k", "mark": f"excused.{scene.department.id}.{scene.head.id}.Ốm"}
    page = sign_in(scene.olga).post(f"{scene.address}/follow-up", data=form, follow_redirects=True).text
    assert "This person has come or was replaced in the meantime." in page
    assert (state_of(begin, scene.head)[0], follow_ups(begin)) == ("present", [])


def test_the_deputy_is_entered_in_the_row(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    address = f"{scene.address}/deputy/{scene.department.id}/{scene.head.id}?who=all"
    browser.post(f"{scene.address}/follow-up", data={"form_key": "k0", "mark": f"sends_deputy.{scene.department.id}.{scene.head.id}"})
    page = browser.get(scene.address).text
    assert f'action="{scene.address}/deputy/{scene.department.id}/{scene.head.id}"' in page
    wrong = browser.post(address, data={"form_key": "k1", "name": " ", "position": "Phó Giám đốc", "rank": "leader"})
    assert (wrong.status_code, "Please fill in this field." in wrong.text, 'value="Phó Giám đốc"' in wrong.text) == (422, True, True)
    wrong = browser.post(address, data={"form_key": "k1", "name": "Phạm Thị Phó", "rank": "king"})
    assert (wrong.status_code, "Please choose one of the list." in wrong.text) == (422, True)
    form = {"form_key": "k1", "name": "Phạm Thị Phó", "position": "Phó Giám đốc", "rank": "leader", "reason": "đi họp"}
    for _press in range(2):
        answer = browser.post(address, data=form)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{scene.address}?who=all")
    assert state_of(begin, scene.head)[0] == "substituted"
    page = browser.get(scene.address).text
    assert "Phạm Thị Phó was put into the seat." in page
    assert "Phạm Thị Phó Phó Giám đốc · Leader comes for Lê Văn Trưởng" in text_of(page)
    with begin() as work:
        assert len(work.session.scalars(select(Delegate).where(Delegate.replaces_id == scene.head.id)).all()) == 1
    late = browser.post(address, data={**form, "form_key": "k2"}, follow_redirects=True)
    assert "This person has come or was replaced in the meantime." in late.text


def test_when_all_are_here_the_page_says_so(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    with begin() as work:
        leader = make_delegate(work, scene.office, "Võ Hoài An", rank="leader")
        for i, delegate in enumerate((leader, scene.head)):
            check_in_delegate(work, scene.conference.id, delegate.id, f"ref-{i}")
    assert "Everybody of the required ranks is here." in browser.get(scene.address).text
    with begin() as work:
        check_in_delegate(work, scene.conference.id, scene.staff.id, "ref-3")
    assert "Everybody is here." in browser.get(f"{scene.address}?who=all").text


def test_outsiders_get_nothing(scene: SimpleNamespace, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    mallory = sign_in(scene.mallory)
    answer = mallory.get(scene.address)
    assert (answer.status_code, "Trưởng" in answer.text) == (404, False)
    assert client.get(scene.address).headers["Location"].startswith("/sign-in")
    place = f"{scene.department.id}.{scene.head.id}"
    for path, form in (("follow-up", {"mark": f"called.{place}"}), (f"deputy/{place.replace('.', '/')}", {"name": "Mallory", "rank": "head"})):
        assert mallory.post(f"{scene.address}/{path}", data={**form, "form_key": "k"}).status_code == 404
        assert client.post(f"{scene.address}/{path}", data={**form, "form_key": "k"}).headers["Location"].startswith("/sign-in")
    assert follow_ups(begin) == []


def test_a_form_from_elsewhere_is_refused(scene: SimpleNamespace, sign_in: SignIn, csrf_on: None, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    assert browser.post(f"{scene.address}/follow-up", data={"mark": f"called.{scene.office.id}.0"}).status_code == 400
    assert browser.post(f"{scene.address}/deputy/{scene.department.id}/{scene.head.id}", data={"name": "X", "rank": "head"}).status_code == 400
    assert follow_ups(begin) == []


def test_a_cancelled_conference_offers_no_marks(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        work.session.get_one(Conference, scene.conference.id).state = "cancelled"
    assert 'name="mark" value="called' not in sign_in(scene.olga).get(scene.address).text


def test_queries_do_not_grow_with_the_list(scene: SimpleNamespace, begin: BeginWork, sign_in: SignIn, count_queries: CountQueries) -> None:
    browser = sign_in(scene.olga)
    counts = []
    for _size in range(2):
        for query in ("", "?who=all"):
            with count_queries() as queries:
                assert browser.get(scene.address + query).status_code == 200
            counts.append(len(queries))
        with begin() as work:
            for i in range(60):
                mandate = make_mandate(work, scene.conference, scene.main, make_unit(work, f"Xã {i}"), required_rank="leader", seats=2)
                delegate = make_delegate(work, mandate, f"Người {i}", rank="leader")
                work.session.add(
                    FollowUp(
                        conference_id=scene.conference.id,
                        mandate_id=mandate.id,
                        delegate_id=delegate.id,
                        status="called",
                        account_id=scene.olga.id,
                        at=work.now,
                    )
                )
    assert counts[:2] == counts[2:]
    assert max(counts) <= 12
