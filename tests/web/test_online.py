"""Joining online from the personal page: the button, the heartbeat, and what neither lets anybody else do."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.boundary import install_runtime
from confsvc.domain.admissions import admit_person
from confsvc.domain.attendance import NewEvent
from confsvc.domain.online import leave_silent
from confsvc.domain.passes import link_token, pass_token, valid_pass
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate
from confsvc.domain.walk_ins import WalkInEntry, walk_in
from confsvc.extensions import limiter
from confsvc.models import Account, Attendance, AttendanceEvent, Conference, Delegate, OnlinePresence, Site
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site, make_unit
from tests.web.conftest import CountQueries, SignIn

VIDEO = "https://video.example.org/j/1?pwd=a&b=c"
Change = Callable[..., None]


@pytest.fixture(autouse=True)
def fresh_limits(app: Flask) -> None:
    with app.app_context():
        limiter.reset()


@pytest.fixture
def conference(begin: BeginWork) -> Conference:
    """olga's, with dina and em of one unit."""
    with begin() as work:
        conference = make_conference(work, make_account(work), video_link=VIDEO)
        mandate = make_mandate(work, conference, make_site(work, conference, "Điểm cầu Phan Thiết"), seats=3)
        make_delegate(work, mandate)
        make_delegate(work, mandate, "Lê Văn Em")
        return conference


@pytest.fixture
def link(begin: BeginWork, conference: Conference) -> str:
    """dina's."""
    return link_of(begin, "Nguyễn Thị Dina")


def link_of(begin: BeginWork, name: str) -> str:
    with begin() as work:
        return f"/d/{link_token(work, work.session.scalars(select(Delegate).where(Delegate.full_name == name)).one())}"


@pytest.fixture
def change(begin: BeginWork, conference: Conference) -> Change:
    """`change(state="closed")`: set columns of the conference."""

    def set_columns(**values: Any) -> None:
        with begin() as work:
            row = work.session.get_one(Conference, conference.id)
            for key, value in values.items():
                setattr(row, key, value)

    return set_columns


@pytest.fixture
def at(app: Flask) -> Callable[[datetime], None]:
    """`at(moment)`: what the application's clock shows from now on."""

    def turn(moment: datetime) -> None:
        install_runtime(app, replace(app.extensions["confsvc"], clock=lambda: moment))

    return turn


def join(client: FlaskClient, link: str, key: str = "") -> Any:
    return client.post(f"{link}/join", data={"form_key": key or str(uuid4())})


def beat(client: FlaskClient, link: str, known: str = "") -> Any:
    return client.post(f"{link}/heartbeat", data={"known": known}, headers={"Accept": "application/json"})


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip()


def panel_of(page: str) -> str:
    """What the page says about joining online."""
    found = re.search(r'<section class="panel online.*?</section>', page, re.DOTALL)
    return text_of(found[0]) if found else ""


def key_of(page: str) -> str:
    [key] = re.findall(r'data-key="([^"]*)"', page)
    return str(key)


def log(begin: BeginWork) -> list[tuple[str, str, str]]:
    with begin() as work:
        lines = work.session.scalars(select(AttendanceEvent).order_by(AttendanceEvent.revision))
        return [(line.kind, line.method, line.refusal or line.verdict) for line in lines]


def test_the_button_records_and_the_page_says_so(client: FlaskClient, link: str, begin: BeginWork) -> None:
    page = client.get(link).text
    assert f'data-video="{VIDEO.replace("&", "&amp;")}"' in page
    assert 'href="https://video.example.org' in page
    assert "data-heartbeat" not in page
    joined = join(client, link)
    assert (joined.status_code, joined.location, log(begin)) == (303, link, [("check_in", "join", "accepted")])
    page = client.get(link).text
    assert panel_of(page).startswith("Taking part online You are present online. since 13:30 Please keep this page open")
    assert f'data-heartbeat="{link}/heartbeat" data-seconds="30"' in page
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in page
    assert f"{link}/join" not in page
    assert "You are checked in." not in page
    assert 'name="reply"' not in page


def test_a_double_click_and_a_second_tab_are_one_arrival(client: FlaskClient, link: str, begin: BeginWork) -> None:
    key = str(uuid4())
    assert [join(client, link, key).status_code for key in (key, key, "")] == [303] * 3
    assert log(begin) == [("check_in", "join", "accepted")]


@pytest.mark.parametrize(
    ("changes", "moment", "panel", "said"),
    [
        ({}, STARTS - timedelta(hours=3), "You can join from 12:00, Monday, 16/01/2023 on.", "Joining is not open yet."),
        ({"state": "closed", "closed_at": ENDS}, ENDS, "", "The conference is closed: nobody can join any more."),
        ({"state": "cancelled"}, NOW, "", "The conference is closed: nobody can join any more."),
        ({"state": "postponed"}, NOW, "", "Joining is not open yet."),
        ({"mode": "in_person"}, NOW, "", "You could not be registered as present."),
    ],
)
def test_where_nobody_can_join_the_page_offers_nothing_and_says_why(
    client: FlaskClient, link: str, change: Change, at: Callable[[datetime], None], changes: dict[str, Any], moment: datetime, panel: str, said: str
) -> None:
    change(**changes)
    at(moment)
    page = client.get(link).text
    assert (panel in panel_of(page), f"{link}/join" in page, bool(panel_of(page))) == (True, False, bool(panel))
    refused = client.post(f"{link}/join", data={"form_key": str(uuid4())}, follow_redirects=True)
    assert (refused.status_code, said in refused.text) == (200, True)


def test_the_heartbeat_says_only_what_is_new(client: FlaskClient, link: str, begin: BeginWork, conference: Conference, change: Change) -> None:
    change(online_rule="ask")
    join(client, link)
    page = client.get(link).text
    assert panel_of(page).startswith("Taking part online Waiting for the organiser's confirmation. since 13:30")
    waiting = key_of(page)
    assert beat(client, link, waiting).json == {"key": waiting}
    with begin(acting(_olga(begin))) as work:
        admit_person(work, conference.id, work.session.scalars(select(Delegate.id)).first() or 0, str(uuid4()))
    told = beat(client, link, waiting).json
    assert panel_of(told["panel"]).startswith("Taking part online You are present online. since 13:30")
    assert key_of(told["panel"]) == told["key"] != waiting
    assert beat(client, link, told["key"]).json == {"key": told["key"]}
    change(state="closed", closed_at=NOW)
    ended = beat(client, link, told["key"]).json
    assert panel_of(ended["panel"]) == "Taking part online This conference is over. You may close this page."
    assert "data-heartbeat" not in ended["panel"]


def test_who_was_not_confirmed_is_told_so_at_the_end(client: FlaskClient, link: str, change: Change) -> None:
    change(online_rule="ask", state="in_progress")
    join(client, link)
    change(state="closed", closed_at=NOW)
    assert panel_of(beat(client, link).json["panel"]) == "Taking part online This conference is over. Your participation was not confirmed."


def test_a_page_that_was_silent_comes_back_by_its_heartbeat(client: FlaskClient, link: str, begin: BeginWork, at: Callable[[datetime], None]) -> None:
    join(client, link)
    known = key_of(client.get(link).text)
    with begin(now=NOW + timedelta(minutes=5)) as work:
        leave_silent(work, grace=timedelta(seconds=90), listening_since=NOW, most=10)
    at(NOW + timedelta(minutes=6))
    assert panel_of(client.get(link).text).startswith("Taking part online You have left. 13:30, Monday, 16/01/2023 Join online again")
    assert panel_of(beat(client, link, known).json["panel"]).startswith("Taking part online You are present online. since 13:36")
    assert [kind for kind, _, _ in log(begin)] == ["check_in", "leave", "check_in"]


def test_loading_the_page_again_is_heard_too(client: FlaskClient, link: str, begin: BeginWork, at: Callable[[datetime], None]) -> None:
    join(client, link)
    at(NOW + timedelta(minutes=1))
    client.get(link)
    with begin() as work:
        assert work.session.scalars(select(OnlinePresence.last_seen_at)).all() == [NOW + timedelta(minutes=1)]


def test_a_heartbeat_is_cheap(client: FlaskClient, link: str, at: Callable[[datetime], None], count_queries: CountQueries) -> None:
    join(client, link)
    known = key_of(client.get(link).text)

    def statements(moment: datetime) -> list[str]:
        at(moment)
        with count_queries() as asked:
            assert beat(client, link, known).status_code == 200
        # How long the file's lock is waited for is set for each transaction, and costs nothing.
        return [statement.split()[0] for statement in asked if not statement.startswith("PRAGMA")]

    assert statements(NOW + timedelta(seconds=30)) == ["SELECT", "UPDATE"]
    assert statements(NOW + timedelta(seconds=33)) == ["SELECT"]


def test_heartbeats_are_limited_for_each_link_and_tokens_cannot_be_tried(app: Flask, client: FlaskClient, link: str, begin: BeginWork) -> None:
    join(client, link)
    known = key_of(client.get(link).text)
    assert [beat(client, link, known).status_code for _ in range(42)] == [200] * 40 + [429] * 2
    assert beat(client, link.upper().replace("/D/", "/d/"), known).status_code == 429
    assert beat(client, link_of(begin, "Lê Văn Em")).status_code == 200
    here = app.extensions["confsvc"]
    install_runtime(app, replace(here, settings=here.settings.model_copy(update={"link_limit": "3 per minute"})))
    assert [beat(client, f"/d/{'b' * 31}{letter}").status_code for letter in "abcde"] == [404, 404, 404, 429, 429]
    assert [join(client, f"/d/{'b' * 31}{letter}").status_code for letter in "abcde"] == [404, 404, 404, 429, 429]


def test_joining_is_limited_for_each_link(client: FlaskClient, link: str, begin: BeginWork) -> None:
    assert [join(client, link).status_code for _ in range(14)] == [303] * 12 + [429] * 2
    assert join(client, link_of(begin, "Lê Văn Em")).status_code == 303


@pytest.mark.usefixtures("csrf_on")
def test_the_button_needs_the_page_it_stands_on_and_the_heartbeat_does_not(client: FlaskClient, link: str, begin: BeginWork) -> None:
    assert join(client, link).status_code == 400
    assert (log(begin), beat(client, link).status_code) == ([], 200)
    [token] = re.findall(r'action="[^"]*/join".*?name="csrf_token" value="([^"]+)"', client.get(link).text, re.DOTALL)
    assert client.post(f"{link}/join", data={"csrf_token": token, "form_key": str(uuid4())}).status_code == 303
    assert log(begin) == [("check_in", "join", "accepted")]


def test_one_link_does_nothing_to_anybody_else(client: FlaskClient, link: str, begin: BeginWork, conference: Conference, sign_in: SignIn) -> None:
    em = link_of(begin, "Lê Văn Em")
    join(client, em)
    with begin() as work:
        mallory = make_account(work, "mallory")
        secret = make_conference(work, mallory, title="Hội nghị mật")
        make_delegate(work, make_mandate(work, secret, make_site(work, secret), make_unit(work, "Công an tỉnh")), "Trần Văn Mật")
        em_pass = pass_token(work, valid_pass(work, work.session.scalars(select(Delegate.id).where(Delegate.full_name == "Lê Văn Em")).one()))
    beat(client, link)
    browser = sign_in(mallory)
    wrong = [f"/d/{'a' * 32}", "/d/1", f"/d/{em_pass}", "/d/%00", "/d/<script>", f"/d/{'ễ' * 200}"]
    assert {(client.post(f"{one}/join").status_code, browser.post(f"{one}/heartbeat").status_code) for one in wrong} == {(404, 404)}
    with begin() as work:
        standings = select(Delegate.full_name, Attendance.state).join(Attendance, Attendance.delegate_id == Delegate.id)
        found = dict(work.session.execute(standings).all())
        assert found == {"Nguyễn Thị Dina": "not_yet", "Lê Văn Em": "present", "Trần Văn Mật": "not_yet"}
        assert len(work.session.scalars(select(OnlinePresence)).all()) == 1
    told = beat(client, link).json["panel"]
    for private in ("Lê Văn Em", "Hội nghị mật", "Công an"):
        assert private not in told


def test_a_replaced_person_is_told_by_whom_and_can_neither_answer_nor_join(client: FlaskClient, link: str, begin: BeginWork, conference: Conference) -> None:
    evil = "<script>alert(1)</script> {x} =cmd"
    with begin(acting(_olga(begin))) as work:
        dina = work.session.scalars(select(Delegate).where(Delegate.full_name == "Nguyễn Thị Dina")).one()
        old_pass = pass_token(work, valid_pass(work, dina.id))
        substitute_delegate(work, conference.id, dina.id, SubstituteEntry(evil, "Phó phòng", reason="Ốm"), str(uuid4()))
    page = client.get(link).text
    assert f"Somebody else represents you at this conference. Substitute: {evil} , Phó phòng" in unescape(text_of(page))
    assert "<script>alert" not in page
    assert [what for what in ('name="reply"', "/qr.svg", "/join", "Your QR code</h2>", "conference.ics") if what in page] == []
    assert client.post(link, data={"reply": "declined", "reason": "Ốm", "form_key": str(uuid4())}).status_code == 409
    refused = client.post(f"{link}/join", data={"form_key": str(uuid4())}, follow_redirects=True)
    assert "Somebody else represents you at this conference, so you cannot join." in refused.text
    assert "Somebody else has your seat" in client.get(f"{link}/pass").text
    assert (client.get(f"/p/{old_pass}").status_code, client.get(f"{link}/qr.svg").status_code) == (410, 404)
    theirs = link_of(begin, evil)
    page = client.get(theirs).text
    assert "You attend in the place of Nguyễn Thị Dina." in text_of(page)
    assert [what in page for what in ('name="reply"', "/qr.svg", "/join")] == [True, True, True]
    assert (client.get(f"{theirs}/qr.png").status_code, join(client, theirs).status_code) == (200, 303)
    assert panel_of(client.get(theirs).text).startswith("Taking part online You are present online.")


@pytest.mark.parametrize(("rule", "said"), [("open", "You are checked in."), ("ask", "You are waiting to be let in.")])
def test_the_page_of_somebody_who_was_on_no_list(client: FlaskClient, begin: BeginWork, conference: Conference, change: Change, rule: str, said: str) -> None:
    change(walk_in_rule=rule)
    with begin() as work:
        site = work.session.scalars(select(Site)).one()
        act = NewEvent(str(uuid4()), "check_in", "form", NOW, site_id=site.id, desk_id=make_desk(work, site).id)
        walk_in(work, work.session.get_one(Conference, conference.id), act, WalkInEntry("Đỗ Vãng Lai", "Hội Nhà báo"))
    link = link_of(begin, "Đỗ Vãng Lai")
    page = client.get(link).text
    assert (said in page, 'name="reply"' in page, f"{link}/join" in page) == (True, False, False)
    if rule == "ask":
        join(client, link)
        assert log(begin) == [("seek", "form", "accepted")]


def _olga(begin: BeginWork) -> Account:
    with begin() as work:
        return work.session.scalars(select(Account).where(Account.name == "Olga")).one()
