"""Links to calendars: made, copied, revoked on their pages; read by calendars without an account."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from confsvc.domain.sites import SiteEntry, change_site
from confsvc.domain.work import AccountActor
from confsvc.extensions import limiter
from confsvc.models import Account, AgendaItem, Conference, Site
from tests.conftest import BeginWork
from tests.domain.calendar_post import Scene, make_invited
from tests.domain.calendar_readers import read_by_ical_js, read_by_vobject
from tests.factories import make_account, make_unit
from tests.web.conftest import CountQueries, SignIn

PAGE = "/conferences/1/calendar-links"


@pytest.fixture(autouse=True)
def fresh_limits(app: Flask) -> None:
    with app.app_context():
        limiter.reset()


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    scene = make_invited(begin)
    with begin() as work:
        work.session.get_one(AgendaItem, scene.item_id).presenter_id = scene.dina
    return scene


@pytest.fixture
def browser(begin: BeginWork, scene: Scene, sign_in: SignIn) -> FlaskClient:
    with begin() as work:
        return sign_in(work.session.get_one(Account, scene.account_id))


def make(browser: FlaskClient, place: str) -> str:
    """The path of the new link, as the page shows it to be copied."""
    answer = browser.post(PAGE, data={"form_key": str(uuid4()), "place": place}, follow_redirects=True)
    return str(re.findall(r'value="http://localhost(/f/[a-z2-7]{32}\.ics)"', answer.text)[0])


@pytest.mark.parametrize(("place", "titles"), [("site:2", 3), ("unit:1", 3), ("presenter:1", 1)])
def test_a_link_is_made_and_read_without_an_account(browser: FlaskClient, client: FlaskClient, place: str, titles: int) -> None:
    path = make(browser, place)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8; method=PUBLISH")
    assert len(read_by_vobject(answer.data)) == len(read_by_ical_js(answer.data)) == titles
    lines = answer.text.split("\r\n")
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert not [line for line in lines if line.startswith(("ATTENDEE", "URL"))]
    for secret in ("dina@example.org", "/d/", "Lê Văn Em"):
        assert secret not in answer.text


def test_a_calendar_that_knows_what_stands_gets_it_again_only_when_it_changed(
    browser: FlaskClient, client: FlaskClient, begin: BeginWork, scene: Scene
) -> None:
    path = make(browser, "site:2")
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    with begin(AccountActor(scene.account_id)) as work:
        change_site(work, scene.conference_id, 2, SiteEntry("Điểm cầu Liên Hương"), version=work.session.get_one(Site, 2).version)
    again = client.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert {(event["location"], event["sequence"]) for event in read_by_vobject(again.data)} == {("Điểm cầu Liên Hương", 1)}


def test_a_cancelled_conference_stays_in_the_feed_as_cancelled(browser: FlaskClient, client: FlaskClient, begin: BeginWork) -> None:
    path = make(browser, "site:1")
    client.get(path)
    with begin() as work:
        work.session.get_one(Conference, 1).state = "cancelled"
    assert {event["status"] for event in read_by_vobject(client.get(path).data)} == {"CANCELLED"}


def test_a_calendar_without_entries_is_one_all_the_same(browser: FlaskClient, client: FlaskClient, begin: BeginWork, scene: Scene) -> None:
    path = make(browser, "presenter:1")
    with begin() as work:
        work.session.get_one(AgendaItem, scene.item_id).presenter_id = None
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.text.count("BEGIN:VTIMEZONE") == 1
    assert read_by_ical_js(answer.data) == []


def test_a_revoked_link_opens_nothing(browser: FlaskClient, client: FlaskClient) -> None:
    path = make(browser, "site:1")
    assert client.get(path).status_code == 200
    page = browser.post(f"{PAGE}/1/revoke", data={"form_key": str(uuid4())}, follow_redirects=True).text
    assert path not in page
    assert "The link opens nothing any more." in page
    assert client.get(path).status_code == client.get(f"/f/{'a' * 32}.ics").status_code == 404
    assert make(browser, "site:1") != path


def test_links_cannot_be_tried_out(client: FlaskClient) -> None:
    answers = [client.get(f"/f/{n:032}.ics").status_code for n in range(250)]
    assert set(answers) == {404, 429}


def test_outsiders_make_and_revoke_nothing(begin: BeginWork, browser: FlaskClient, sign_in: SignIn, client: FlaskClient) -> None:
    path = make(browser, "site:1")
    with begin() as work:
        mallory = make_account(work, "mallory")
    outsider = sign_in(mallory)
    data = {"form_key": str(uuid4()), "place": "site:1"}
    assert [outsider.get(PAGE).status_code, outsider.post(PAGE, data=data).status_code, outsider.post(f"{PAGE}/1/revoke").status_code] == [404] * 3
    assert [client.get(PAGE).status_code, client.post(PAGE, data=data).status_code] == [303] * 2
    assert client.get(path).status_code == 200


def test_an_administrator_gives_the_calendar_of_a_host_away(begin: BeginWork, browser: FlaskClient, sign_in: SignIn, client: FlaskClient) -> None:
    with begin() as work:
        unit, ada = make_unit(work, "Ủy ban nhân dân tỉnh"), make_account(work, "ada", role="administrator")
        work.session.get_one(Conference, 1).host_unit_id = unit.id
        page = f"/units/{unit.id}/calendar-link"
    administrator = sign_in(ada)
    shown = administrator.post(page, data={"form_key": str(uuid4())}, follow_redirects=True).text
    [path] = re.findall(r'value="http://localhost(/f/[a-z2-7]{32}\.ics)"', shown)
    assert [event["summary"] for event in read_by_vobject(client.get(path).data)] == ["Hội nghị tổng kết năm 2022"]
    assert (browser.get(page).status_code, browser.post(page).status_code) == (403, 403)
    administrator.post(f"{page}/revoke", data={"form_key": str(uuid4())})
    assert client.get(path).status_code == 404


def test_a_page_of_many_links_asks_as_little_as_one_of_few(browser: FlaskClient, count_queries: CountQueries) -> None:
    counts = []
    for places in (["site:1"], ["site:2", "unit:1", "unit:2"]):
        for place in places:
            make(browser, place)
        with count_queries() as queries:
            browser.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
