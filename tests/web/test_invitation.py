"""The delegate's page by personal link: what it shows, what it takes, and what it keeps from others."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import Message
from email.utils import format_datetime
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import delete, select

from confsvc.boundary import install_runtime
from confsvc.domain.passes import link_token, pass_token, renew_link, valid_pass
from confsvc.extensions import limiter
from confsvc.models import AgendaItem, AgendaSession, Attendance, AttendanceEvent, Conference, Delegate, Mandate, Pass
from tests.conftest import NOW, BeginWork
from tests.domain.calendar_readers import read_by_ical_js, read_by_vobject
from tests.factories import ENDS, STARTS, make_conference, make_delegate, make_mandate, make_site, make_unit
from tests.web.conftest import CountQueries

TITLE = "Hội nghị tổng kết; năm 2022"
Change = Callable[..., None]


@dataclass(frozen=True)
class Link:
    """What dina was sent: addresses, and the ids behind them."""

    page: str
    pass_page: str
    delegate_id: int
    session_id: int


@pytest.fixture(autouse=True)
def fresh_limits(app: Flask) -> None:
    with app.app_context():
        limiter.reset()


@pytest.fixture
def link(begin: BeginWork) -> Link:
    """dina of the department, invited to the main site, with an agenda of one session."""
    with begin() as work:
        conference = make_conference(
            work, title=TITLE, host_name="Sở TT&TT", address_form="comrade", chair_name="Nguyễn Minh", video_link="https://video.example.org/j/1"
        )
        site = make_site(work, conference, "Điểm cầu Phan Thiết", address="01 Nguyễn Tất Thành")
        session = AgendaSession(conference_id=conference.id, uid=work.new_id(), title="Phiên toàn thể", starts_at=STARTS, ends_at=ENDS)
        work.session.add(session)
        work.session.flush()
        for order, title in enumerate(("Khai mạc", "Báo cáo tổng kết")):
            work.session.add(AgendaItem(conference_id=conference.id, session_id=session.id, sort_order=order, title=title, planned_minutes=15))
        dina = make_delegate(work, make_mandate(work, conference, site), position="Trưởng phòng", phone="+84913555777", note="ăn chay")
        return Link(f"/d/{link_token(work, dina)}", f"/p/{pass_token(work, valid_pass(work, dina.id))}", dina.id, session.id)


@pytest.fixture
def change(begin: BeginWork) -> Change:
    """`change(Conference, state="closed")`: set columns of the one row of a table."""

    def set_columns(table: type[Any], **values: Any) -> None:
        with begin() as work:
            row = work.session.scalars(select(table)).one()
            for key, value in values.items():
                setattr(row, key, value)

    return set_columns


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip()


def test_page_says_who_what_when_and_where(client: FlaskClient, link: Link) -> None:
    page = client.get(link.page)
    assert page.status_code == 200
    text = text_of(page.text)
    for said in (
        "Comrade Nguyễn Thị Dina Trưởng phòng Sở Nội vụ",
        TITLE,
        "Monday, 16/01/2023 14:00 – 17:00",
        "Điểm cầu Phan Thiết 01 Nguyễn Tất Thành",
        "14:00 Khai mạc",
        "14:15 Báo cáo tổng kết",
    ):
        assert said in text
    assert 'href="https://video.example.org/j/1"' in page.text
    assert f'value="http://localhost{link.page}/feed.ics"' in page.text
    assert f'href="webcal://localhost{link.page}/feed.ics"' in page.text
    assert "+84913555777" not in page.text
    assert "ăn chay" not in page.text


def test_page_speaks_vietnamese_by_itself(app: Flask, link: Link) -> None:
    text = text_of(app.test_client().get(link.page).text)
    assert "Đồng chí Nguyễn Thị Dina" in text
    assert "thứ Hai, 16/01/2023 14:00 – 17:00" in text


@pytest.mark.parametrize("path", ["", "/pass", "/qr.svg", "/qr.png", "/conference.ics", "/feed.ics"])
def test_nothing_is_kept_or_passed_on(client: FlaskClient, link: Link, path: str) -> None:
    headers = client.get(link.page + path).headers
    assert (headers["X-Robots-Tag"], headers["Referrer-Policy"]) == ("noindex, nofollow", "same-origin")
    assert headers["Cache-Control"] == ("private, max-age=0, must-revalidate" if path == "/feed.ics" else "no-store")


@pytest.mark.parametrize(
    ("state", "said", "answers", "shows_code"),
    [
        ("published", "", True, True),
        ("in_progress", "This conference is in progress.", True, True),
        ("postponed", "This conference has been postponed.", True, True),
        ("closed", "This conference is over.", False, False),
        ("cancelled", "This conference has been cancelled.", False, False),
    ],
)
def test_states_of_the_conference(client: FlaskClient, link: Link, change: Change, state: str, said: str, answers: bool, shows_code: bool) -> None:
    change(Conference, state=state, closed_at=ENDS if state == "closed" else None)
    page = client.get(link.page).text
    assert said in page
    assert ('name="reply"' in page, "/qr.svg" in page) == (answers, shows_code)


def test_revoked_pass_is_told(client: FlaskClient, link: Link, change: Change) -> None:
    change(Pass, revoked_at=NOW)
    assert "Your pass has been withdrawn." in client.get(link.page).text
    assert "Your pass has been withdrawn." in client.get(f"{link.page}/pass").text
    assert client.get(f"{link.page}/qr.svg").status_code == 404
    revoked = client.get(link.pass_page)
    assert (revoked.status_code, "This pass is no longer valid." in revoked.text) == (410, True)


def test_no_with_a_reason_and_then_yes(client: FlaskClient, link: Link, begin: BeginWork) -> None:
    declined = client.post(link.page, data={"reply": "declined", "reason": "Đi công tác", "form_key": str(uuid4())})
    assert (declined.status_code, declined.location) == (303, link.page)
    page = text_of(client.get(link.page).text)
    assert "Thank you, your answer was noted." in page
    assert "Will not attend 13:30, Monday, 16/01/2023 Reason: Đi công tác Change the answer" in page
    client.post(link.page, data={"reply": "accepted", "reason": "", "form_key": str(uuid4())})
    assert "Will attend 13:30" in text_of(client.get(link.page).text)
    with begin() as work:
        assert [line.kind for line in work.session.scalars(select(AttendanceEvent).order_by(AttendanceEvent.revision))] == ["excuse", "withdraw_excuse"]


def test_double_click_counts_once(client: FlaskClient, link: Link, begin: BeginWork) -> None:
    data = {"reply": "declined", "reason": "Ốm", "form_key": str(uuid4())}
    assert [client.post(link.page, data=data).status_code for _ in range(3)] == [303, 303, 303]
    with begin() as work:
        assert [line.reason for line in work.session.scalars(select(AttendanceEvent))] == ["Ốm"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"reply": "declined", "reason": " "}, "Please say why you cannot attend."),
        ({"reply": "declined", "reason": "ố" * 501}, "This is too long."),
        ({"reason": "Ốm nặng"}, "Please choose yes or no."),
        ({"reply": "<script>", "reason": "Ốm nặng"}, "Please choose yes or no."),
    ],
)
def test_incomplete_answer_keeps_what_was_typed(client: FlaskClient, link: Link, begin: BeginWork, data: dict[str, str], said: str) -> None:
    page = client.post(link.page, data={**data, "form_key": str(uuid4())})
    assert (page.status_code, said in page.text) == (422, True)
    assert data["reason"].strip() in page.text
    assert ('value="declined" checked' in page.text) == (data.get("reply") == "declined")
    with begin() as work:
        assert work.session.scalars(select(Delegate.reply)).one() == "none"


@pytest.mark.parametrize(
    ("table", "values"), [(Conference, {"state": "closed", "closed_at": ENDS}), (Attendance, {"state": "present", "site_id": 1, "since": NOW})]
)
def test_answer_that_comes_too_late_is_told_why(client: FlaskClient, link: Link, change: Change, begin: BeginWork, table: type[Any], values: Any) -> None:
    change(table, **values)
    page = client.post(link.page, data={"reply": "declined", "reason": "Ốm", "form_key": str(uuid4())})
    assert page.status_code == 409
    assert ("This conference is over." in page.text) != ("You are checked in." in page.text)
    with begin() as work:
        assert work.session.scalars(select(Delegate.reply)).one() == "none"


@pytest.mark.usefixtures("csrf_on")
def test_answer_from_another_page_of_the_web_is_refused(client: FlaskClient, link: Link, begin: BeginWork) -> None:
    assert client.post(link.page, data={"reply": "declined", "reason": "Ốm"}).status_code == 400
    with begin() as work:
        assert work.session.scalars(select(Delegate.reply)).one() == "none"


def file_name(header: str) -> tuple[str, str]:
    """The plain and the extended file name, as RFC 6266 readers take them."""
    message = Message()
    message["Content-Disposition"] = header.split("; filename*=")[0]
    return message.get_filename() or "", unquote(header.split("; filename*=UTF-8''")[1])


def test_conference_is_downloaded_under_its_name(client: FlaskClient, link: Link) -> None:
    answer = client.get(f"{link.page}/conference.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer.headers["Content-Disposition"].isascii()
    assert file_name(answer.headers["Content-Disposition"]) == ("hoi-nghi-tong-ket-nam-2022.ics", f"{TITLE}.ics")
    for read in (read_by_vobject, read_by_ical_js):
        [event] = read(answer.data)
        assert (event["summary"], event["location"]) == (TITLE, "Điểm cầu Phan Thiết, 01 Nguyễn Tất Thành")
        assert (event["starts_at"], event["ends_at"], event["sequence"]) == (STARTS, ENDS, 0)
        assert f"http://localhost{link.page}" in event["description"]


def test_session_is_one_entry_of_its_own(client: FlaskClient, link: Link) -> None:
    answer = client.get(f"{link.page}/sessions/{link.session_id}.ics")
    [event] = read_by_vobject(answer.data)
    assert event["summary"] == "Phiên toàn thể"
    assert event["description"].endswith("14:00 Khai mạc\n14:15 Báo cáo tổng kết")
    assert event["uid"] not in client.get(f"{link.page}/conference.ics").text


def test_feed_follows_changes_and_is_silent_without_them(client: FlaskClient, link: Link, change: Change) -> None:
    first = client.get(f"{link.page}/feed.ics")
    same = client.get(f"{link.page}/feed.ics", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    change(Conference, state="cancelled")
    changed = client.get(f"{link.page}/feed.ics", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    before, after = read_by_vobject(first.data), read_by_vobject(changed.data)
    assert [event["uid"] for event in after] == [event["uid"] for event in before]
    assert [(event["status"], event["sequence"]) for event in before + after] == [("CONFIRMED", 0)] * 2 + [("CANCELLED", 1)] * 2


def test_feed_without_a_session_is_sent_to_one_who_knows_only_a_date(client: FlaskClient, link: Link, begin: BeginWork) -> None:
    first = client.get(f"{link.page}/feed.ics")
    assert "Last-Modified" not in first.headers
    with begin() as work:
        work.session.execute(delete(AgendaItem).where(AgendaItem.session_id == link.session_id))
        work.session.execute(delete(AgendaSession).where(AgendaSession.id == link.session_id))
    second = client.get(f"{link.page}/feed.ics", headers={"If-Modified-Since": format_datetime(NOW + timedelta(days=1), usegmt=True)})
    assert second.status_code == 200
    assert [event["status"] for event in read_by_vobject(first.data)] == ["CONFIRMED", "CONFIRMED"]
    assert [event["status"] for event in read_by_vobject(second.data)] == ["CONFIRMED", "CANCELLED"]


def test_codes_open_the_pass_page(client: FlaskClient, link: Link) -> None:
    png = client.get(f"{link.page}/qr.png")
    assert png.mimetype == "image/png"
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(png.data)))
    assert code.text == f"HTTP://LOCALHOST/P/{link.pass_page.removeprefix('/p/').upper()}"
    opened = client.get(code.text.removeprefix("HTTP://LOCALHOST"))
    assert opened.status_code == 200
    assert "Show this code at the check-in desk" in opened.text
    svg = client.get(f"{link.page}/qr.svg?download=1")
    assert svg.mimetype == "image/svg+xml"
    assert file_name(svg.headers["Content-Disposition"]) == ("qr-nguyen-thi-dina.svg", "QR Nguyễn Thị Dina.svg")


def test_pass_page_names_nobody(client: FlaskClient, link: Link) -> None:
    page = client.get(link.pass_page).text
    assert TITLE in page
    assert "14:00" in page
    for private in ("Dina", "Trưởng phòng", "Sở Nội vụ", "Phan Thiết", "video.example.org", link.page):
        assert private not in page


def test_printable_pass_holds_the_code_and_the_person(client: FlaskClient, link: Link) -> None:
    page = client.get(f"{link.page}/pass").text
    assert "Nguyễn Thị Dina" in page
    assert f'src="{link.page}/qr.svg"' in page


def test_public_address_stands_in_codes_and_calendars(app: Flask, client: FlaskClient, link: Link) -> None:
    here = app.extensions["confsvc"]
    install_runtime(app, replace(here, settings=here.settings.model_copy(update={"public_url": "https://hop.example.org/"})))
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(client.get(f"{link.page}/qr.png", base_url="http://evil.example").data)))
    assert code.text.startswith("HTTPS://HOP.EXAMPLE.ORG/P/")
    calendar = client.get(f"{link.page}/feed.ics", base_url="http://evil.example").text.replace("\r\n ", "")
    assert f"URL:https://hop.example.org{link.page}" in calendar
    assert "mailto:confsvc@localhost.localdomain" in calendar
    assert "evil" not in calendar


def test_every_token_that_opens_nothing_gets_the_same_page(client: FlaskClient, link: Link, begin: BeginWork) -> None:
    with begin() as work:
        draft = make_conference(work, state="draft")
        hidden = make_delegate(work, make_mandate(work, draft, make_site(work, draft), make_unit(work, "Sở Y tế")), "Lê Văn Ẩn")
        dina = work.session.get_one(Delegate, link.delegate_id)
        old = link_token(work, dina)
        renew_link(work, dina)
        tokens = [old, link_token(work, hidden), "a" * 32, "x", link.pass_page.removeprefix("/p/"), "%00", "<script>", "ễ" * 200]
        hidden_pass = pass_token(work, valid_pass(work, hidden.id))
    pages = [client.get(f"/d/{token}") for token in tokens] + [client.get(f"/p/{token}") for token in (hidden_pass, old, "a" * 32)]
    assert {page.status_code for page in pages} == {404}
    assert len({re.sub(r'next=[^"]+|name="csrf-token" content="[^"]+"', "", page.text) for page in pages}) == 1
    for path in ("/pass", "/qr.png", "/qr.svg", "/conference.ics", "/feed.ics", f"/sessions/{link.session_id}.ics"):
        assert client.get(f"/d/{old}{path}").status_code == 404
    assert client.post(f"/d/{old}", data={"reply": "accepted"}).status_code == 404


def test_link_reaches_nothing_of_others(client: FlaskClient, link: Link, begin: BeginWork) -> None:
    with begin() as work:
        other = make_conference(work, title="Hội nghị mật")
        site = make_site(work, other, "Điểm cầu khác")
        session = AgendaSession(conference_id=other.id, uid=work.new_id(), title="Phiên kín", starts_at=STARTS, ends_at=ENDS)
        work.session.add(session)
        make_delegate(work, make_mandate(work, other, site, make_unit(work, "Công an tỉnh")), "Lê Văn Mật")
        make_delegate(work, work.session.scalars(select(Mandate).where(Mandate.unit_name == "Sở Nội vụ")).one(), "Trần Thị Cùng Đơn Vị")
        work.session.flush()
        foreign = session.id
    assert client.get(f"{link.page}/sessions/{foreign}.ics").status_code == 404
    assert client.get(f"{link.page}/sessions/999999.ics").status_code == 404
    everything = "".join(client.get(link.page + path).text for path in ("", "/pass", "/conference.ics", "/feed.ics", f"/sessions/{link.session_id}.ics"))
    for private in ("Hội nghị mật", "Phiên kín", "Công an tỉnh", "Lê Văn Mật", "Cùng Đơn Vị", "Điểm cầu khác"):
        assert private not in everything.replace("\r\n ", "")


def test_awkward_names_do_no_harm(client: FlaskClient, link: Link, change: Change) -> None:
    evil = '<script>alert(1)</script>\r\nX-Evil: 1\r\nATTENDEE:mailto:evil@example.org\u202e"{{7*7}};,\\'
    change(Conference, title=evil, host_name=evil)
    change(Delegate, full_name=evil, position=evil, reply="declined", reply_reason=evil)
    change(AgendaSession, title=evil)
    for path in (link.page, f"{link.page}/pass", link.pass_page):
        page = client.get(path)
        assert page.status_code in (200, 410)
        assert "<script>alert" not in page.text
        assert "{{7*7}}" in page.text
    for path in ("/conference.ics", f"/sessions/{link.session_id}.ics", "/feed.ics", "/qr.png?download=1"):
        answer = client.get(link.page + path)
        assert answer.status_code == 200
        assert "X-Evil" not in answer.headers
        assert answer.headers.get("Content-Disposition", "").isascii()
    calendar = client.get(f"{link.page}/feed.ics").data
    lines = calendar.decode().replace("\r\n ", "").split("\r\n")
    assert not [line for line in lines if line.startswith(("ATTENDEE", "X-Evil", "<script"))]
    assert "\u202e" not in calendar.decode()
    assert read_by_vobject(calendar)[0]["summary"].startswith("<script>alert(1)</script> X-Evil: 1 ATTENDEE")


def test_too_many_requests_from_one_address_are_refused(app: Flask, client: FlaskClient, link: Link) -> None:
    here = app.extensions["confsvc"]
    install_runtime(app, replace(here, settings=here.settings.model_copy(update={"link_limit": "3 per minute"})))
    codes = [client.get(f"/d/{'b' * 31}{letter}").status_code for letter in "abcde"]
    assert codes == [404, 404, 404, 429, 429]
    assert client.get(link.page).status_code == 429
    assert client.get(link.page, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_hall_behind_one_address_opens_its_links_and_one_link_has_its_own_measure(app: Flask, client: FlaskClient, link: Link) -> None:
    here = app.extensions["confsvc"]
    install_runtime(app, replace(here, settings=here.settings.model_copy(update={"link_limit": "3 per minute"})))
    assert [client.get(link.page).status_code for _ in range(122)] == [200] * 120 + [429] * 2
    assert client.get(link.pass_page).status_code == 200


def test_page_and_feed_ask_as_many_queries_for_ten_as_for_a_hundred(client: FlaskClient, link: Link, begin: BeginWork, count_queries: CountQueries) -> None:
    def queries(path: str) -> int:
        client.get(path)
        with count_queries() as counted:
            assert client.get(path).status_code == 200
        return len(counted)

    paths = (link.page, f"{link.page}/feed.ics", link.pass_page)
    small = [queries(path) for path in paths]
    with begin() as work:
        conference = work.session.scalars(select(Conference)).one()
        mandate = work.session.scalars(select(Mandate)).one()
        for n in range(100):
            starts_at = STARTS + timedelta(minutes=n)
            work.session.add(AgendaSession(conference_id=conference.id, uid=work.new_id(), title=f"Phiên {n}", starts_at=starts_at, ends_at=ENDS))
            make_delegate(work, mandate, f"Lê Văn {n}")
        work.session.flush()
        for session_id in work.session.scalars(select(AgendaSession.id)).all():
            work.session.add(AgendaItem(conference_id=conference.id, session_id=session_id, title="Thảo luận"))
    assert [queries(path) for path in paths] == small
    assert max(small) <= 8
