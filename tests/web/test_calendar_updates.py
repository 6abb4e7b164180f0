"""The organiser sees whose calendar is out of date, in words, and sends the updates with one press."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from confsvc.domain.sites import SiteEntry, change_site
from confsvc.domain.work import AccountActor
from confsvc.models import Account, Conference, Delegate, Mandate, Message, Site
from tests.conftest import NOW, BeginWork
from tests.domain.calendar_post import Scene, make_invited, send
from tests.factories import make_account, make_delegate
from tests.web.conftest import CountQueries, SignIn

PAGE = "/conferences/1/calendars"


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    """Everybody was told, and then the remote site was moved."""
    scene = make_invited(begin, update_rule="ask")
    send(begin, scene)
    with begin(AccountActor(scene.account_id)) as work:
        site = work.session.get_one(Site, scene.remote_id)
        change_site(work, scene.conference_id, site.id, SiteEntry("Điểm cầu <Liên Hương>", address="{x} Số 3"), version=site.version)
    return scene


@pytest.fixture
def browser(begin: BeginWork, scene: Scene, sign_in: SignIn) -> FlaskClient:
    with begin() as work:
        return sign_in(work.session.get_one(Account, scene.account_id))


def waiting(begin: BeginWork) -> list[str]:
    with begin() as work:
        return list(work.session.scalars(select(Message.to_address).where(Message.state == "waiting").order_by(Message.to_address)))


@pytest.mark.parametrize("url", [PAGE, "/conferences/1"])
def test_page_and_overview_say_who_and_what(browser: FlaskClient, url: str) -> None:
    page = browser.get(url).text
    assert "1 calendar entry is out of date." in page
    assert "The updates wait until an organiser sends them." in page
    assert "<b>Trần Phúc</b>" in page
    assert "phuc@example.org" in page
    assert "dina@example.org" not in page
    assert "<del>Điểm cầu Tuy Phong</del>" in page
    assert "<ins>Điểm cầu &lt;Liên Hương&gt;, {x} Số 3</ins>" in page


def test_one_press_sends_them_once(browser: FlaskClient, begin: BeginWork) -> None:
    key = str(uuid4())
    for _ in range(2):
        answer = browser.post(PAGE, data={"form_key": key}, follow_redirects=True)
        assert answer.status_code == 200
    assert waiting(begin) == ["phuc@example.org"]
    assert "All calendars are up to date." in answer.text
    assert "out of date" not in browser.get("/conferences/1").text.replace("Calendars that are out of date", "")


def test_a_press_that_finds_nothing_says_so(browser: FlaskClient, begin: BeginWork) -> None:
    browser.post(PAGE, data={"form_key": str(uuid4())})
    answer = browser.post(PAGE, data={"form_key": str(uuid4())}, follow_redirects=True)
    assert "All calendars are up to date already: nothing was sent." in answer.text
    assert waiting(begin) == ["phuc@example.org"]


def test_before_invitations_it_leads_to_them(browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        work.session.get_one(Conference, 1).invited_at = None
    page = browser.get(PAGE).text
    assert "No calendar entries have gone out by mail yet." in page
    assert "/conferences/1/invitations" in page


def test_whoever_was_taken_off_and_whoever_is_new_stand_there_too(browser: FlaskClient, begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        work.session.delete(work.session.get_one(Delegate, scene.em))
    page = browser.get(PAGE).text
    assert "2 calendar entries are out of date." in page
    assert "Taken out" in page
    assert "Lê Văn Em" in page


def test_outsiders_see_and_send_nothing(begin: BeginWork, scene: Scene, sign_in: SignIn, client: FlaskClient) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
    outsider = sign_in(mallory)
    assert (outsider.get(PAGE).status_code, outsider.post(PAGE, data={"form_key": str(uuid4())}).status_code) == (404, 404)
    assert (client.get(PAGE).status_code, client.post(PAGE).status_code) == (303, 303)
    assert waiting(begin) == []


def test_those_for_whom_the_same_has_changed_stand_together(browser: FlaskClient, begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        mandate = work.session.get_one(Mandate, scene.unit_mandate_id)
        for n in range(5):
            make_delegate(work, mandate, f"Người {n}", email=f"nguoi-{n}@example.org")
    for url in (PAGE, "/conferences/1"):
        page = browser.get(url).text
        assert "6 calendar entries are out of date." in page
        assert page.count("<ins>Điểm cầu &lt;Liên Hương&gt;, {x} Số 3</ins>") == 1
        assert page.count("<summary>Whose calendars these are</summary>") == 1
        [listed] = re.findall(r"<b>5 people</b>.*?</details>", page, re.DOTALL)
        assert re.findall(r"<b>(Người .)</b> <small>(.*?)@", listed) == [(f"Người {n}", f"nguoi-{n}") for n in range(5)]


def test_a_long_list_has_pages_and_asks_no_more(browser: FlaskClient, begin: BeginWork, scene: Scene, count_queries: CountQueries) -> None:
    counts = []
    for many in (2, 220):
        with begin() as work:
            mandate = work.session.get_one(Mandate, scene.unit_mandate_id)
            for n in range(many):
                make_delegate(work, mandate, f"Người {n}", email=f"{many}-{n}@example.org")
        with count_queries() as queries:
            page = browser.get(PAGE).text
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 13
    assert "Page 1 of 2" in page
    with begin(now=NOW + timedelta(minutes=1)) as work:
        assert work.session.scalars(select(func.count()).select_from(Message).where(Message.state == "waiting")).one() == 0
