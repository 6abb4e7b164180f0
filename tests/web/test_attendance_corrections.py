"""What organisers correct from the page of one person, while the conference runs and after its close; nobody else may, by any door."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.boundary import install_runtime
from confsvc.domain.check_in import CheckIn, carry_out
from confsvc.domain.conferences import move_conference
from confsvc.domain.errors import WrongState
from confsvc.domain.online import join_online
from confsvc.domain.replies import answer_invitation
from confsvc.domain.work import DelegateActor, DeskActor, Work
from confsvc.models import Account, Attendance, AttendanceEvent, Conference, Delegate
from tests.conftest import NOW
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site, make_unit

BeginWork = Callable[..., AbstractContextManager[Work]]
SignIn = Callable[[Account], FlaskClient]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """olga's running conference: dina, the head who must come in person, at the main site; a remote site; a desk; and mallory."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga, state="in_progress", started_at=NOW - MINUTE)
        main, remote = make_site(work, conference), make_site(work, conference, "Điểm cầu Đức Linh", kind="remote")
        mandate = make_mandate(work, conference, main, make_unit(work, "Sở Y tế"), required_rank="head")
        dina = make_delegate(work, mandate, rank="head", position="Giám đốc")
        desk = make_desk(work, main)
    return SimpleNamespace(root=f"/conferences/{conference.id}", **{k: v for k, v in locals().items() if k not in ("begin", "work")})


def at_hour(app: Flask, moment: datetime) -> None:
    """Let the server's clock show this moment from now on."""
    install_runtime(app, replace(app.extensions["confsvc"], clock=lambda: moment))


def correct(browser: FlaskClient, scene: SimpleNamespace, kind: str, key: str, *, of: int | None = None, **values: Any) -> tuple[int, str]:
    data = {"kind": kind, f"{kind}-form_key": key, **{f"{kind}-{name}": value for name, value in values.items()}}
    answer = browser.post(f"{scene.root}/attendance/{of or scene.dina.id}", data=data)
    return answer.status_code, answer.text


def standing(begin: BeginWork, delegate_id: int) -> tuple[str, str, int | None, datetime | None]:
    with begin() as work:
        row = work.session.get_one(Attendance, delegate_id)
        return row.state, row.mode, row.site_id, row.since


def log(begin: BeginWork) -> list[tuple[str, str, str]]:
    with begin() as work:
        return [(line.kind, line.verdict, line.reason) for line in work.session.scalars(select(AttendanceEvent).order_by(AttendanceEvent.revision))]


def offered(browser: FlaskClient, scene: SimpleNamespace, delegate_id: int | None = None) -> list[str]:
    return re.findall(r'name="kind" value="(\w+)"', browser.get(f"{scene.root}/attendance/{delegate_id or scene.dina.id}").text)


def close(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin(acting(scene.olga), now=ENDS) as work:
        version = work.session.get_one(Conference, scene.conference.id).version
        move_conference(work, scene.conference.id, "close", version=version)


def test_check_in_at_a_past_moment_elsewhere_and_online(app: Flask, scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    at_hour(app, STARTS + 60 * MINUTE)
    browser = sign_in(scene.olga)
    assert offered(browser, scene) == ["check_in", "excuse", "substitute"]
    for _ in range(2):
        assert correct(browser, scene, "check_in", "k1", site_id=scene.remote.id, mode="online", at="2023-01-16T14:20")[0] == 303
    assert standing(begin, scene.dina.id) == ("present", "online", scene.remote.id, STARTS + 20 * MINUTE)
    assert log(begin) == [("check_in", "accepted", "")]
    page = browser.get(f"{scene.root}/attendance").text
    assert ">Present online</span>" in page
    assert ">Late</span>" in page


@pytest.mark.parametrize(
    ("kind", "values", "field", "words"),
    [
        ("check_in", {"at": "2023-01-16T23:59"}, "at", "This lies in the future."),
        ("check_in", {"at": "yesterday"}, "at", "Please enter a date and a time."),
        ("check_in", {"mode": "by drone"}, "mode", "Please choose one of the list."),
        ("check_in", {"reason": "Ạ" * 501}, "reason", "This is too long."),
        ("leave", {"at": "1066-01-01T00:00"}, "at", "Please check the year: it must lie between 2000 and 2100."),
        ("excuse", {}, "reason", "Please fill in this field."),
        ("undo", {}, "reason", "Please fill in this field."),
        ("undo_leave", {"reason": " "}, "reason", "Please fill in this field."),
        ("substitute", {"full_name": " "}, "full_name", "Please fill in this field."),
        ("substitute", {"full_name": "Lê Oanh", "rank": "king"}, "rank", "Please choose one of the list."),
    ],
)
def test_wrong_value_is_said_beside_its_field(
    scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, kind: str, values: dict[str, Any], field: str, words: str
) -> None:
    status, page = correct(sign_in(scene.olga), scene, kind, "k1", **values)
    assert status == 422
    assert re.search(rf'id="{kind}-{field}-error">{re.escape(words)}<', page)
    assert log(begin) == []


def test_leaving_and_coming_back(app: Flask, scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    correct(browser, scene, "check_in", "k1", site_id=scene.main.id)
    assert offered(browser, scene) == ["undo", "leave", "check_in"]
    at_hour(app, STARTS + 60 * MINUTE)
    assert correct(browser, scene, "leave", "k2", at="2023-01-16T14:30")[0] == 303
    assert standing(begin, scene.dina.id) == ("left", "in_person", None, STARTS + 30 * MINUTE)
    assert ">Left early</span>" in browser.get(f"{scene.root}/attendance/{scene.dina.id}").text
    assert offered(browser, scene) == ["undo_leave", "check_in", "undo", "substitute"]
    assert correct(browser, scene, "undo_leave", "k3", reason="Chỉ nghe điện thoại")[0] == 303
    assert standing(begin, scene.dina.id)[:3] == ("present", "in_person", scene.main.id)


def test_substitute_by_an_organiser_needs_no_further_yes(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    page = browser.get(f"{scene.root}/attendance/{scene.dina.id}").text
    assert "Required by the invitation: <b>The head in person</b>" in " ".join(page.split())
    for _ in range(2):
        assert correct(browser, scene, "substitute", "k1", full_name="Lê Oanh", position="Phó Giám đốc", rank="leader", reason="Bận họp")[0] == 303
    with begin() as work:
        [oanh] = work.session.scalars(select(Delegate).where(Delegate.origin == "substitute"))
    assert (oanh.full_name, oanh.replaces_id, standing(begin, oanh.id)[0], standing(begin, scene.dina.id)[0]) == (
        *("Lê Oanh", scene.dina.id),
        *("not_yet", "substituted"),
    )
    assert offered(browser, scene) == ["withdraw_substitute"]
    assert offered(browser, scene, oanh.id) == ["check_in", "withdraw_substitute"]
    shown = browser.get(f"{scene.root}/delegates").text
    assert ">Substitute</span>" in shown
    # From the page of either of the two.
    assert correct(browser, scene, "withdraw_substitute", "k2", of=oanh.id, reason="Đã đến")[0] == 303
    assert (standing(begin, scene.dina.id)[0], standing(begin, oanh.id)[0], offered(browser, scene, oanh.id)) == ("not_yet", "not_admitted", [])
    assert correct(browser, scene, "substitute", "k3", full_name="Trần Thay", rank="staff")[0] == 303
    told = correct(browser, scene, "substitute", "k4", full_name="Võ Út")
    assert (told[0], "This person has come or was replaced in the meantime." in told[1]) == (409, True)
    assert correct(browser, scene, "withdraw_substitute", "k5", reason="Nhầm")[0] == 303
    assert standing(begin, scene.dina.id)[0] == "not_yet"


def test_after_the_close_everything_needs_a_reason_and_is_marked(app: Flask, scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    close(begin, scene)
    at_hour(app, ENDS + 60 * MINUTE)
    browser = sign_in(scene.olga)
    page = browser.get(f"{scene.root}/attendance").text
    assert ">Absent without a reason</span>" in page
    assert 'name="delegate_id"' not in page
    pressed = browser.post(f"{scene.root}/attendance/check-in", data={"form_key": "k0", "delegate_id": scene.dina.id}, follow_redirects=True)
    assert "Please fill in this field." in pressed.text
    for kind, values in (("check_in", {"site_id": scene.main.id}), ("excuse", {}), ("substitute", {"full_name": "Lê Oanh"})):
        status, text = correct(browser, scene, kind, f"{kind}1", **values)
        assert (status, f'id="{kind}-reason-error"' in text) == (422, True)
    assert log(begin) == [("close", "accepted", "")]
    assert correct(browser, scene, "excuse", "k2", reason="Có giấy ủy quyền")[0] == 303
    assert correct(browser, scene, "withdraw_excuse", "k3")[0] == 422
    assert standing(begin, scene.dina.id)[0] == "excused"
    for path in ("attendance", f"delegates/{scene.dina.id}", f"delegates/{scene.dina.id}/history", f"attendance/{scene.dina.id}"):
        assert "Corrected after the close" in browser.get(f"{scene.root}/{path}").text, path


def test_after_the_close_only_organisers_change_anything(scene: SimpleNamespace, begin: BeginWork) -> None:
    close(begin, scene)
    late = ENDS + MINUTE
    with begin(DeskActor(scene.desk.id), now=late) as work:
        acts = [
            CheckIn(client_ref="00000000-0000-4000-9000-000000000001", occurred_at=late, delegate_id=scene.dina.id),
            CheckIn(client_ref="00000000-0000-4000-9000-000000000002", occurred_at=ENDS, delegate_id=scene.dina.id),
        ]
        answers = carry_out(work, acts).answers
    assert [(answer.verdict.verdict, answer.verdict.reason) for answer in answers] == [("refused", "closed")] * 2  # type: ignore[union-attr]  # both are answers
    with pytest.raises(WrongState), begin(DelegateActor(scene.dina.id), now=late) as work:
        answer_invitation(work, reply="declined", reason="Bận", client_ref="x")
    with begin(DelegateActor(scene.dina.id), now=late) as work:
        joined = join_online(work, "00000000-0000-4000-9000-000000000003")
    assert joined is None or (joined.verdict, joined.reason) == ("refused", "closed")
    assert standing(begin, scene.dina.id)[0] == "not_yet"
    # What happened before the close counts whenever it is told.
    with begin(DeskActor(scene.desk.id), now=late) as work:
        early = CheckIn(client_ref="00000000-0000-4000-9000-000000000004", occurred_at=STARTS, delegate_id=scene.dina.id)
        [answer] = carry_out(work, [early]).answers
    assert answer.verdict.verdict == "accepted"  # type: ignore[union-attr]  # as above
    assert standing(begin, scene.dina.id)[0] == "present"


def test_outsiders_correct_nothing(scene: SimpleNamespace, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    mallory = sign_in(scene.mallory)
    for kind in ("check_in", "leave", "undo", "undo_leave", "excuse", "withdraw_excuse", "substitute", "withdraw_substitute", "admit", "deny"):
        values = {"reason": "x", "full_name": "Mallory", "site_id": scene.main.id}
        assert correct(mallory, scene, kind, f"{kind}1", **values)[0] == 404
        assert correct(client, scene, kind, f"{kind}2", **values)[0] == 303
    assert log(begin) == []
