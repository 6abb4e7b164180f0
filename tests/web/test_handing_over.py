"""Programs as desks, what they hand over, and the organiser's page of it, over HTTP."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from confsvc.boundary import install_runtime
from confsvc.domain.desks import find_desk
from confsvc.domain.handed_over import list_handed_over
from confsvc.domain.pairings import create_pairing
from confsvc.domain.work import Anonymous
from confsvc.models import AttendanceEvent, Desk
from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site
from tests.web.conftest import CountQueries, SignIn

WALK_IN_NAME = "<script>alert(1)</script> {x} =cmd|'/c'!A1"


class Scene:
    """olga's conference, in progress, with a desk that was revoked; mallory organises another one, with a desk of its own."""

    def __init__(self, begin: BeginWork) -> None:
        self.begin = begin
        with begin() as work:
            self.olga, self.mallory = make_account(work), make_account(work, "mallory")
            self.conference = make_conference(work, self.olga, state="in_progress")
            self.main = make_site(work, self.conference)
            self.dina = make_delegate(work, make_mandate(work, self.conference, self.main))
            self.gone = make_desk(work, self.main, "Bàn cũ", token="gone", revoked_at=NOW)
            self.living = make_desk(work, self.main, "Bàn mới", token="living")
            theirs = make_conference(work, self.mallory, title="Hội nghị khác")
            make_desk(work, make_site(work, theirs), token="theirs")
        self.page = f"/conferences/{self.conference.id}/desks/handed-over"

    def link(self) -> str:
        with self.begin(acting(self.olga)) as work:
            return "/pair/" + create_pairing(work, self.conference.id, self.main.id, minutes=30)[1]

    def acts(self, number: int = 1) -> list[dict[str, Any]]:
        return [act(n, name=f"{WALK_IN_NAME} {n}") for n in range(1, number + 1)]

    def waiting(self) -> list[int]:
        with self.begin(acting(self.olga)) as work:
            return [line.handed.id for line in list_handed_over(work, self.conference.id).items]

    def log(self) -> list[tuple[str, int | None]]:
        with self.begin() as work:
            return [(event.client_ref, event.desk_id) for event in work.session.query(AttendanceEvent)]


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    return Scene(begin)


def ref(number: int) -> str:
    return f"00000000-0000-4000-9000-{number:012d}"


def act(number: int = 1, **changes: Any) -> dict[str, Any]:
    values = {"act": "walk_in", "client_ref": ref(number), "occurred_at": "2023-01-16T06:10:00.000Z", "name": "A", "position": "", "unit": "Báo"}
    return {**values, **changes}


def hand_over(browser: FlaskClient, cookie: str, body: Any, **headers: Any) -> TestResponse:
    browser.set_cookie(DESK_COOKIE, cookie)
    return browser.post("/desk/handover", **({"json": body} if not headers else {"data": json.dumps(body), **headers}))


def error(answer: TestResponse) -> tuple[int, str, Any]:
    told = answer.get_json()["error"]
    assert told["message"]
    return answer.status_code, told["code"], told.get("field")


@pytest.mark.usefixtures("csrf_on")
def test_program_becomes_a_desk_once(scene: Scene, app: Flask) -> None:
    program, link = app.test_client(), scene.link()

    paired = program.post(link, json={"name": "  Bàn\u200b máy  "})

    cookie = program.get_cookie(DESK_COOKIE)
    assert cookie
    with scene.begin(Anonymous()) as work:
        view = find_desk(work, cookie.value)
    assert view
    assert paired.status_code == 201
    assert paired.get_json() == {
        "desk": {"uid": view.desk.uid, "name": "Bàn máy"},
        "conference": {"id": scene.conference.id, "title": scene.conference.title},
        "site": {"id": scene.main.id, "name": scene.main.name},
    }
    assert all(part in paired.headers["Set-Cookie"] for part in ("HttpOnly", "SameSite=Strict", "Path=/"))
    again = program.post(link, json={"name": "Bàn khác"})
    assert (again.status_code, again.get_json(), "Set-Cookie" in again.headers) == (200, paired.get_json(), False)
    assert error(app.test_client().post(link, json={"name": "Bàn 2"})) == (410, "link_expired", None)
    assert error(app.test_client().post("/pair/" + "a" * 32, json={"name": "Bàn 2"})) == (404, "not_found", None)


def test_program_with_another_desks_cookie_gives_that_desk_up(scene: Scene, app: Flask) -> None:
    program = app.test_client()
    program.set_cookie(DESK_COOKIE, "living")

    assert program.post(scene.link(), json={"name": "Bàn máy"}).status_code == 201

    with scene.begin() as work:
        assert work.session.get_one(Desk, scene.living.id).revoked_at == NOW


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": ""}, (422, "invalid", "name")),
        ({"name": "x" * 81}, (422, "invalid", "name")),
        ({"name": 5}, (400, "malformed", "name")),
        ({}, (400, "malformed", "name")),
        ([], (400, "malformed", "payload")),
        ("text", (400, "malformed", "payload")),
        ({"name": "x" * 5000}, (413, "too_large", None)),
    ],
)
def test_names_that_will_not_do_use_nothing_up(scene: Scene, app: Flask, body: Any, told: tuple[int, str, Any]) -> None:
    link = scene.link()
    assert error(app.test_client().post(link, json=body)) == told
    assert app.test_client().post(link, json={"name": "Bàn máy"}).status_code == 201


def test_wrong_links_of_programs_are_limited(scene: Scene, app: Flask) -> None:
    answers = [app.test_client().post("/pair/" + "a" * 32, json={"name": "A"}) for _ in range(25)]
    assert {error(answer)[:2] for answer in answers} == {(404, "not_found"), (429, "too_many_requests")}


@pytest.mark.usefixtures("csrf_on")
def test_a_page_of_another_origin_pairs_nothing_and_hands_nothing_over(scene: Scene, app: Flask) -> None:
    browser, link = app.test_client(), scene.link()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json; charset=application/json"):
        assert browser.post(link, data=json.dumps({"name": "A"}), content_type=kind).status_code == 400
        assert hand_over(browser, "gone", {"acts": scene.acts()}, content_type=kind).status_code == 400
    assert browser.post(link, data={"name": "Bàn"}).status_code == 400
    assert scene.waiting() == []
    assert app.test_client().post(link, json={"name": "Bàn máy"}).status_code == 201


@pytest.mark.usefixtures("csrf_on")
def test_acts_are_kept_known_or_malformed(scene: Scene, client: FlaskClient) -> None:
    bad = [act(7, name=""), act(8, client_ref="no ref"), {**act(9), "act": "sync"}, 5, act(10, client_ref=["x"])]

    answer = hand_over(client, "gone", {"acts": [act(1), *bad, act(1, name="B"), act(2, client_ref=ref(2).upper())]})

    assert answer.get_json() == {
        "results": [
            {"client_ref": ref(1), "status": "kept"},
            {"client_ref": ref(7), "status": "malformed"},
            {"client_ref": "no ref", "status": "malformed"},
            {"client_ref": ref(9), "status": "malformed"},
            {"client_ref": None, "status": "malformed"},
            {"client_ref": None, "status": "malformed"},
            {"client_ref": ref(1), "status": "known"},
            {"client_ref": ref(2), "status": "kept"},
        ],
        "waiting": 2,
    }
    assert hand_over(client, "living", {"acts": [act(3)], "desk": scene.gone.uid}).get_json()["waiting"] == 3


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, (400, "malformed", "acts")),
        ({"acts": []}, (400, "malformed", "acts")),
        ({"acts": [{}] * 101}, (400, "malformed", "acts")),
        ({"acts": {"0": {}}}, (400, "malformed", "acts")),
        ({"acts": [act()], "desk": 5}, (400, "malformed", "desk")),
        ({"acts": [act()], "desk": "x"}, (400, "malformed", "desk")),
        ([], (400, "malformed", "payload")),
        ({"acts": [act(name="x" * 600_000)]}, (413, "too_large", None)),
        ({"acts": [act()], "desk": ref(5)}, (403, "not_allowed", None)),
    ],
)
def test_what_cannot_be_read_is_refused_whole(scene: Scene, client: FlaskClient, body: Any, told: tuple[int, str, Any]) -> None:
    assert error(hand_over(client, "gone", body)) == told
    assert scene.waiting() == []


@pytest.mark.parametrize("text", ["[" * 200_000, "{", "", "NaN", '{"acts": Infinity}', "\x00"])
def test_what_is_no_json_is_malformed(scene: Scene, client: FlaskClient, text: str) -> None:
    client.set_cookie(DESK_COOKIE, "gone")
    assert error(client.post("/desk/handover", data=text, content_type="application/json")) == (400, "malformed", "payload")


def test_what_nobody_may_hand_over_is_not_read(scene: Scene, client: FlaskClient) -> None:
    for cookie, told in (("never a desk's", (403, "not_allowed", None)), ("gone", (400, "malformed", "payload"))):
        client.set_cookie("confsvc_desk", cookie)
        assert error(client.post("/desk/handover", data="[" * 1000, content_type="application/json")) == told


def test_nobody_else_hands_over(scene: Scene, client: FlaskClient, sign_in: SignIn) -> None:
    for browser in (client, sign_in(scene.olga), sign_in(scene.mallory)):
        assert error(browser.post("/desk/handover", json={"acts": scene.acts()})) == (403, "not_allowed", None)
        assert error(hand_over(browser, "never a desk's", {"acts": scene.acts()})) == (403, "not_allowed", None)
        assert error(hand_over(browser, "theirs", {"acts": scene.acts(), "desk": scene.gone.uid})) == (403, "not_allowed", None)
    assert scene.waiting() == []


def test_guesses_and_floods_are_limited(scene: Scene, app: Flask, client: FlaskClient) -> None:
    here = app.extensions["confsvc"]
    install_runtime(app, replace(here, settings=here.settings.model_copy(update={"link_limit": "5 per minute"})))
    guesses = [error(hand_over(client, f"guess {n}", {"acts": scene.acts()}))[1] for n in range(6)]
    assert guesses == ["not_allowed"] * 5 + ["too_many_requests"]


def test_organiser_lets_acts_count_one_by_one(scene: Scene, client: FlaskClient, sign_in: SignIn) -> None:
    hand_over(client, "gone", {"acts": scene.acts(2)})
    olga = sign_in(scene.olga)
    badge = 'Handed over <span class="badge warn">2</span>'
    assert badge in olga.get(f"/conferences/{scene.conference.id}/desks").text
    page = olga.get(scene.page).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {x} =cmd|&#39;/c&#39;!A1 1" in page
    assert "<script>alert" not in page
    first, second = scene.waiting()

    for _ in range(2):
        assert olga.post(f"{scene.page}/{first}/accept", data={"form_key": "1"}).location == scene.page
        assert olga.post(f"{scene.page}/{second}/reject", data={"form_key": "2"}).location == scene.page

    assert scene.log() == [(ref(1), scene.gone.id)]
    assert "Nothing waits" in olga.get(scene.page).text
    decided = olga.get(f"{scene.page}?show=decided").text
    assert (decided.count(">Counts<"), decided.count(">Does not count<"), decided.count("Let it count after all")) == (1, 1, 1)
    assert olga.post(f"{scene.page}/{second}/accept").status_code == 303
    assert scene.log() == [(ref(1), scene.gone.id), (ref(2), scene.gone.id)]
    assert "Handed over</a>" in olga.get(f"/conferences/{scene.conference.id}/desks").text


def test_organiser_decides_about_all_that_was_seen(scene: Scene, client: FlaskClient, sign_in: SignIn) -> None:
    hand_over(client, "gone", {"acts": scene.acts(3)})
    olga = sign_in(scene.olga)
    seen = str(max(scene.waiting()))
    hand_over(client, "gone", {"acts": [act(9)]})

    accepted = olga.post(f"{scene.page}/accept", data={"up_to": seen, "form_key": "1"}, follow_redirects=True)
    again = olga.post(f"{scene.page}/accept", data={"up_to": str(2**31 - 1), "form_key": "1"})

    assert ("3 entries count now." in accepted.text, "1 entry still waits." in accepted.text, again.status_code) == (True, True, 303)
    assert len(scene.log()) == 3
    assert "1 entry does not count." in olga.post(f"{scene.page}/reject", data={"up_to": str(2**31 - 1)}, follow_redirects=True).text
    assert len(scene.log()) == 3
    for wrong in ("", "x", "-1", str(2**40)):
        assert "0 entries count now." in olga.post(f"{scene.page}/accept", data={"up_to": wrong}, follow_redirects=True).text


def test_outsiders_see_and_decide_nothing(scene: Scene, client: FlaskClient, sign_in: SignIn) -> None:
    hand_over(client, "gone", {"acts": scene.acts(2)})
    first, _second = scene.waiting()
    mallory = sign_in(scene.mallory)
    client.set_cookie(DESK_COOKIE, "living")

    for browser, status in ((mallory, 404), (client, 303)):
        assert browser.get(scene.page).status_code == status
        for path in (f"/{first}/accept", f"/{first}/reject", "/accept", "/reject"):
            answer = browser.post(scene.page + path, data={"up_to": str(2**31 - 1)})
            assert (answer.status_code, "sign-in" in answer.headers.get("Location", "sign-in")) == (status, True)

    assert (scene.log(), len(scene.waiting())) == ([], 2)


@pytest.mark.parametrize(("query", "found"), [("alert", 2), ("bàn cũ", 2), ("trung tâm", 2), ("dina", 0), ("%", 0), ("<script>", 2)])
def test_page_is_searched(scene: Scene, client: FlaskClient, sign_in: SignIn, query: str, found: int) -> None:
    hand_over(client, "gone", {"acts": scene.acts(2)})
    page = sign_in(scene.olga).get(scene.page, query_string={"q": query}).text
    assert page.count("Do not let it count") == found
    assert ("Nothing was found." in page) is (found == 0)


def test_page_takes_as_many_queries_however_much_waits(scene: Scene, client: FlaskClient, sign_in: SignIn, count_queries: CountQueries) -> None:
    olga, counts = sign_in(scene.olga), []
    for number in (2, 100):
        hand_over(client, "gone", {"acts": scene.acts(number)})
        with count_queries() as queries:
            page = olga.get(scene.page).text
        counts.append(len(queries))
    assert page.count("Do not let it count") == 50
    assert (counts[0], counts[0] <= 12) == (counts[1], True)
