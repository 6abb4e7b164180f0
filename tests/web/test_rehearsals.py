"""The page of a rehearsal, and what says on every other page of it that nothing counts."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from confsvc.domain.rehearsals import find_rehearsal
from confsvc.models import Attendance, Conference
from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.conftest import BeginWork
from tests.factories import acting, make_desk, make_site, settle
from tests.web.conftest import CountQueries, SignIn
from tests.whole_scene import Scene, addresses, make_scene

BAND = '<aside class="rehearsal" aria-label="REHEARSAL"><b>REHEARSAL</b>'


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    with begin() as work:
        return make_scene(work)


@pytest.fixture
def own(scene: Scene) -> SimpleNamespace:
    """Addresses: of the conference, its rehearsal's page, and the overview of the rehearsal."""
    root = f"/conferences/{scene.values['conference_id']}"
    return SimpleNamespace(root=root, page=f"{root}/rehearsal", inside=f"/conferences/{scene.rehearsal['conference_id']}")


def present(begin: BeginWork, conference_id: int) -> int:
    with begin() as work:
        return len(work.session.scalars(select(Attendance).where(Attendance.conference_id == conference_id, Attendance.state == "present")).all())


def test_every_page_of_a_rehearsal_says_so_and_no_other(app: Flask, sign_in: SignIn, scene: Scene) -> None:
    browser = sign_in(scene.olga)
    bands: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for values in (scene.values, scene.rehearsal):
        for method, address, rule in addresses(app, values):
            if method != "GET" or "conference_id" not in rule.arguments:
                continue
            answer = browser.get(address)
            assert answer.status_code < 500, address
            if answer.status_code == 200 and answer.data.startswith(b"<!doctype html>"):
                bands[values is scene.rehearsal][address] = answer.text.count(BAND)
    assert set(bands[False].values()) == {0}
    assert set(bands[True].values()) == {1}
    assert (len(bands[False]) > 25, len(bands[True]) > 15) == (True, True)


def test_open_pages_of_a_rehearsal_say_so(app: Flask, sign_in: SignIn, scene: Scene, own: SimpleNamespace, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    paired = browser.post(f"{own.inside}/sites/{scene.rehearsal['site_id']}/pairings")
    page = browser.get(paired.location).text
    link = page.partition("/pair/")[2].partition('"')[0].partition("<")[0]
    assert BAND in browser.get(f"/pair/{link}").text
    browser.post(f"{own.inside}/board/link")
    public = browser.get(f"{own.inside}/board").text.partition("/b/")[2].partition('"')[0]
    assert BAND in browser.get(f"/b/{public}").text
    with begin() as work:
        make_desk(work, make_site(work, work.session.get_one(Conference, scene.rehearsal["conference_id"]), "Khác", kind="remote"), token="own")
    browser.set_cookie(DESK_COOKIE, "own")
    assert browser.get("/desk").text.count("REHEARSAL</b>") == 1


def test_files_of_a_rehearsal_say_so(sign_in: SignIn, scene: Scene, own: SimpleNamespace) -> None:
    browser = sign_in(scene.olga)
    marks = {}
    for address in (own.root, own.inside):
        answer = browser.get(f"{address}/attendance/export")
        book = openpyxl.load_workbook(BytesIO(answer.data))
        titles = [str(sheet.cell(1, 1).value) for sheet in book.worksheets]
        sentences = [str(row[0].value) for row in book.worksheets[1].iter_rows() if "Delegates summoned" in str(row[0].value)]
        copied = browser.get(f"{address}/attendance").text.count("REHEARSAL – Delegates summoned")
        marks[address] = {text.startswith("REHEARSAL – ") for text in [*titles, *sentences]}, "rehearsal" in answer.headers["Content-Disposition"], copied > 0
    assert marks == {own.root: ({False}, False, False), own.inside: ({True}, True, True)}


def test_a_rehearsal_is_started_once_and_wiped(sign_in: SignIn, scene: Scene, own: SimpleNamespace, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    assert "There is a rehearsal of this conference." in browser.get(own.root).text
    assert browser.post(f"{own.page}/wipe", data={"form_key": "w"}).location == own.page
    page = browser.get(own.page).text
    assert ("The rehearsal was wiped" in page, "Start a rehearsal" in page) == (True, True)
    assert "There is a rehearsal of this conference." not in browser.get(own.root).text

    for _ in range(2):
        assert browser.post(f"{own.page}/start", data={"form_key": "s"}).location == own.page
    page = browser.get(own.page).text
    assert ("The rehearsal has begun." in page, "A rehearsal is running" in page) == (True, True)
    assert browser.post(f"{own.page}/start", data={"form_key": "t"}).status_code == 303
    assert "There is a rehearsal already." in browser.get(own.page).text
    with begin(acting(scene.olga)) as work:
        first = find_rehearsal(work, scene.values["conference_id"])
    browser.post(f"{own.page}/lists", data={"form_key": "l"})
    with begin(acting(scene.olga)) as work:
        second = find_rehearsal(work, scene.values["conference_id"])
    assert first is not None
    assert second is not None
    assert (first.id < second.id, browser.get(f"/conferences/{first.id}").status_code) == (True, 404)
    for _ in range(2):
        browser.post(f"{own.page}/wipe", data={"form_key": "x"})
    browser.post(f"{own.page}/wipe", data={"form_key": "y"})
    assert "There is no rehearsal any more." in browser.get(own.page).text


def test_people_arrive_by_a_press_and_by_the_script(sign_in: SignIn, scene: Scene, own: SimpleNamespace, begin: BeginWork) -> None:
    browser, inside, real = sign_in(scene.olga), scene.rehearsal["conference_id"], scene.values["conference_id"]
    assert (present(begin, inside), present(begin, real)) == (1, 0)
    assert "1 of" not in browser.get(own.page).text
    answer = browser.post(f"{own.page}/arrivals", data={"people": "5"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()) == (200, {"arrived": 0, "awaited": 0, "listed": 1})
    assert browser.post(f"{own.page}/arrivals", data={"people": "5"}).location == own.page
    assert "0 people have arrived." in browser.get(own.page).text
    for people in ("", "x", "0", "-1", "501", "9" * 30):
        wrong = browser.post(f"{own.page}/arrivals", data={"people": people}, headers={"Accept": "application/json"})
        assert (wrong.status_code, wrong.get_json()["error"]["field"]) == (422, "people")
        assert browser.post(f"{own.page}/arrivals", data={"people": people}).status_code == 303
    browser.post(f"{own.page}/wipe")
    gone = browser.post(f"{own.page}/arrivals", data={"people": "5"}, headers={"Accept": "application/json"})
    assert (gone.status_code, gone.get_json()["error"]["message"]) == (409, "There is no rehearsal any more.")
    assert present(begin, real) == 0


def test_a_rehearsal_can_only_be_closed(sign_in: SignIn, scene: Scene, own: SimpleNamespace) -> None:
    browser = sign_in(scene.olga)
    page = browser.get(own.inside).text
    assert [step for step in ("publish", "start", "close", "postpone", "cancel", "resume", "edit", "duplicate") if f'{own.inside}/{step}"' in page] == ["close"]
    for step in ("cancel", "postpone"):
        assert browser.post(f"{own.inside}/{step}", data={"version": "1"}).status_code == 409
    assert [browser.get(f"{own.inside}/{page}").status_code for page in ("edit", "duplicate", "resume", "rehearsal")] == [409] * 4
    assert browser.post(f"{own.inside}/members", data={"email": "mallory@example.org"}).status_code == 409
    assert browser.post(f"{own.inside}/close", data={"version": "1"}).status_code == 303
    assert "The rehearsal is closed" in browser.get(own.page).text


def test_pages_of_a_rehearsal_offer_no_change_of_its_lists(sign_in: SignIn, scene: Scene, own: SimpleNamespace) -> None:
    browser, person = sign_in(scene.olga), f"/delegates/{scene.rehearsal['delegate_id']}"
    offers = (
        "/sites/new",
        "/mandates/invite",
        "/delegates/new",
        "/delegates/import",
        "/agenda/sessions/new",
        "/remove",
        "/withdraw",
        "/link",
        "/pass",
        "/edit",
    )
    for path in ("/sites", "/mandates", "/delegates", "/agenda", person):
        page = browser.get(own.inside + path)
        found = [offer for offer in offers if f'{own.inside}{offer}"' in page.text or f'{person}{offer}"' in page.text]
        assert (page.status_code, found, "The lists of a rehearsal are a copy" in page.text) == (200, [], True), path
    # What happens at the door is rehearsed with everything that belongs to it.
    assert "Correct the attendance" in browser.get(own.inside + person).text
    assert f"/sites/{scene.rehearsal['site_id']}/pairings" in browser.get(f"{own.inside}/desks").text


def test_starting_asks_about_a_rehearsal_that_is_still_there(sign_in: SignIn, scene: Scene, own: SimpleNamespace) -> None:
    browser, words = sign_in(scene.olga), "devices that were paired for it do not count"
    assert words in browser.get(own.root).text
    browser.post(f"{own.page}/wipe")
    assert words not in browser.get(own.root).text


def test_a_conference_that_is_over_is_not_rehearsed(sign_in: SignIn, scene: Scene, own: SimpleNamespace, begin: BeginWork) -> None:
    with begin() as work:
        settle(work.session.get_one(Conference, scene.values["conference_id"]), "cancelled")
    browser = sign_in(scene.olga)
    page = browser.get(own.page).text
    assert (f"{own.page}/lists" in page, f"{own.page}/wipe" in page) == (False, True)
    browser.post(f"{own.page}/lists")
    assert "there is nothing to rehearse any more" in browser.get(own.page).text
    browser.post(f"{own.page}/wipe")
    assert f"{own.page}/start" not in browser.get(own.page).text


def test_hostile_names_stay_text(sign_in: SignIn, scene: Scene, own: SimpleNamespace, begin: BeginWork) -> None:
    with begin() as work:
        for conference in work.session.scalars(select(Conference)):
            conference.title = '=cmd {all} %(num)s <script>alert("1")</script> \u202e'
    browser = sign_in(scene.olga)
    for address in (own.page, own.inside, f"{own.inside}/board"):
        assert "<script>alert" not in browser.get(address).text


def test_queries_do_not_grow(sign_in: SignIn, scene: Scene, own: SimpleNamespace, begin: BeginWork, count_queries: CountQueries) -> None:
    browser = sign_in(scene.olga)
    counts: list[Any] = []
    for more in (0, 30):
        with begin() as work:
            rehearsal = work.session.get_one(Conference, scene.rehearsal["conference_id"])
            for number in range(more):
                make_site(work, rehearsal, f"Điểm cầu {number}", kind="remote")
        with count_queries() as queries:
            assert browser.get(own.page).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
