"""The pages of conferences: list, forms, steps, organisers."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from confsvc.models import Account, Attendance, Conference, ConferenceMember, Site
from tests.conftest import BeginWork
from tests.factories import STARTS, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit
from tests.web.conftest import CountQueries, SignIn

TYPED = {
    "title": "Hội nghị trực tuyến",
    "mode": "hybrid",
    "timezone": "Asia/Ho_Chi_Minh",
    "starts_at": "2023-02-01T14:00",
    "ends_at": "2023-02-01T17:00",
    "check_in_minutes": "120",
    "late_minutes": "15",
    "walk_in_rule": "open",
    "online_rule": "counts",
    "address_form": "comrade",
}


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def browser(sign_in: SignIn, olga: Account) -> FlaskClient:
    return sign_in(olga)


@pytest.fixture
def conference(begin: BeginWork, olga: Account) -> Conference:
    """olga's draft, with a main site."""
    with begin() as work:
        conference = make_conference(work, olga, state="draft", title="Tổng kết <b>2022</b>")
        make_site(work, conference)
        return conference


def stored(begin: BeginWork, conference_id: int) -> Conference:
    with begin() as work:
        return work.session.scalars(select(Conference).where(Conference.id == conference_id)).one()


def beside(page: str, field: str) -> str:
    """The error shown beside a field."""
    found = re.search(rf'id="{field}-error">([^<]*)<', page)
    return found[1] if found else ""


def test_the_way_in(client: FlaskClient, browser: FlaskClient) -> None:
    assert [(b.get("/").status_code, b.get("/").location) for b in (client, browser)] == [(303, "/sign-in"), (303, "/conferences")]


def test_a_conference_is_made_in_its_own_zone(begin: BeginWork, browser: FlaskClient) -> None:
    with begin() as work:
        host = make_unit(work, "Sở TT&TT", code="S09")
    assert 'value="2023-01-17T08:00"' in browser.get("/conferences/new").text
    answer = browser.post("/conferences/new", data={**TYPED, "timezone": "Europe/Berlin", "host_unit": "so tt"})
    assert (answer.status_code, answer.location) == (303, "/conferences/1")
    made = stored(begin, 1)
    assert (made.title, made.starts_at.isoformat(), made.host_unit_id, made.state) == (TYPED["title"], "2023-02-01T13:00:00+00:00", host.id, "draft")
    page = browser.get("/conferences/1").text
    assert "14:00, Wednesday, 01/02/2023" in page
    assert "Sở TT&amp;TT" in page


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "  ", "Please fill in this field."),
        ("starts_at", "", "Please fill in this field."),
        ("starts_at", "31/02/2023", "Please enter a date and a time."),
        ("starts_at", "0202-01-16T14:00", "Please check the year: it must lie between 2000 and 2100."),
        ("starts_at", "20233-01-16T14:00", "Please enter a date and a time."),
        ("ends_at", "2023-02-01T13:00", "The end must come after the beginning."),
        ("ends_at", "2024-02-01T17:00", "This lasts more than 31 days: please check the dates."),
        ("timezone", "Saigon", "This is no time zone known here. Please choose one of the list."),
        ("host_unit", "Sở nào", "No unit of today fits this. Please choose one of the list."),
        ("video_link", "javascript:alert(1)", "Please enter an address that begins with https:// or http://."),
        ("mode", "hologram", "Please choose one of the list."),
        ("check_in_minutes", "9999", "Please enter a number from 0 to 1440."),
        ("check_in_minutes", "soon", "Please enter a whole number."),
        ("late_minutes", "", "Please fill in this field."),
        ("late_minutes", "1441", "Please enter a number from 0 to 1440."),
        ("walk_in_rule", "bribe", "Please choose one of the list."),
        ("online_rule", "", "Please choose one of the list."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(begin: BeginWork, browser: FlaskClient, field: str, value: str, message: str) -> None:
    answer = browser.post("/conferences/new", data={**TYPED, "chair_name": "Nguyễn Minh", field: value})
    assert (answer.status_code, beside(answer.text, field)) == (422, message)
    assert 'value="Nguyễn Minh"' in answer.text
    with begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Conference)) == 0


def test_an_hour_that_clocks_jump_over_is_refused(browser: FlaskClient) -> None:
    typed = {**TYPED, "timezone": "Europe/Berlin", "starts_at": "2023-03-26T02:30", "ends_at": "2023-03-26T09:00"}
    answer = browser.post("/conferences/new", data=typed)
    assert (answer.status_code, beside(answer.text, "starts_at")) == (422, "Clocks in this time zone jump over this hour on that day.")


def test_a_double_click_makes_one(begin: BeginWork, browser: FlaskClient) -> None:
    data = {**TYPED, "form_key": str(uuid4())}
    assert [browser.post("/conferences/new", data=data).location for _ in range(2)] == ["/conferences/1"] * 2
    with begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Conference)) == 1


def test_the_form_shows_what_stands_and_saves_it_unchanged(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    page = browser.get(f"/conferences/{conference.id}/edit").text
    typed = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
    assert (typed["starts_at"], typed["ends_at"], typed["title"]) == ("2023-01-16T14:00", "2023-01-16T17:00", "Tổng kết &lt;b&gt;2022&lt;/b&gt;")
    answer = browser.post(f"/conferences/{conference.id}/edit", data={**TYPED, "version": "1", "starts_at": typed["starts_at"], "ends_at": typed["ends_at"]})
    assert answer.status_code == 303
    after = stored(begin, conference.id)
    assert (after.starts_at, after.title, after.version) == (conference.starts_at, TYPED["title"], 2)


def test_the_second_tab_is_told_and_may_save_knowingly(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    url = f"/conferences/{conference.id}/edit"
    assert browser.post(url, data={**TYPED, "version": "1", "title": "Tab one", "starts_at": "2023-02-01T13:00"}).status_code == 303
    told = browser.post(url, data={**TYPED, "version": "1", "title": "Tab two", "mode": "online"})
    assert told.status_code == 409
    assert stored(begin, conference.id).title == "Tab one"
    assert "<dd>Tab one</dd>" in told.text
    assert "<dd>13:00, 01/02/2023</dd>" in told.text
    assert "<dd>In person and online</dd>" in told.text
    assert 'value="Tab two"' in told.text
    assert 'name="version" value="2"' in told.text
    assert browser.post(url, data={**TYPED, "version": "2", "title": "Tab two"}).status_code == 303
    assert stored(begin, conference.id).title == "Tab two"


def test_only_the_steps_that_are_allowed_are_shown_and_grave_ones_ask(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    def steps() -> list[str]:
        return re.findall(rf'action="/conferences/{conference.id}/(publish|start|close|postpone|cancel)"', browser.get(f"/conferences/{conference.id}").text)

    def go(step: str, version: int) -> int:
        return browser.post(f"/conferences/{conference.id}/{step}", data={"version": str(version), "form_key": str(uuid4())}).status_code

    page = browser.get(f"/conferences/{conference.id}").text
    assert re.search(rf'action="/conferences/{conference.id}/cancel" data-confirm="Cancel the conference\?', page)
    seen = [steps()]
    for version, step in enumerate(("publish", "start", "close"), start=1):
        assert go(step, version) == 303
        seen.append(steps())
    assert seen == [["publish", "cancel"], ["start", "postpone", "cancel"], ["close", "postpone"], []]
    assert stored(begin, conference.id).state == "closed"
    assert [browser.get(f"/conferences/{conference.id}{path}").status_code for path in ("", "/edit", "/resume", "/duplicate")] == [200, 409, 409, 200]


def test_every_step_asks_first_and_says_that_it_was_taken(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    url = f"/conferences/{conference.id}"
    said = {}
    for version, step in enumerate(("publish", "start", "close"), start=1):
        page = browser.get(url).text
        [asked] = re.findall(rf'action="{url}/{step}" data-confirm="([^"]*)"', page)
        answer = browser.post(f"{url}/{step}", data={"version": str(version), "form_key": str(uuid4())}, follow_redirects=True)
        said[step] = (asked.split("?")[0], re.findall(r"The conference (?:was|is) [^<]*\.", answer.text)[:1])
    assert said == {
        "publish": ("Publish the conference", ["The conference was published."]),
        "start": ("Start the conference now", ["The conference is in progress now."]),
        "close": ("Close the conference", ["The conference was closed."]),
    }
    assert ("Absent without a reason" in browser.get(url).text, "Not checked in" in browser.get(url).text) == (True, False)


def test_a_start_long_before_the_beginning_is_asked_with_its_time(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    with begin() as work:
        row = work.session.get_one(Conference, conference.id)
        row.state, row.starts_at, row.ends_at = "published", row.starts_at + timedelta(days=2), row.ends_at + timedelta(days=2)
    page = browser.get(f"/conferences/{conference.id}").text
    assert 'data-confirm="The conference begins only at 14:00, Wednesday, 18/01/2023. Start it now all the same?"' in page


def test_closing_says_how_many_still_wait_for_a_decision(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    def asked() -> str:
        [question] = re.findall(r'/close" data-confirm="([^"]*)"', browser.get(f"/conferences/{conference.id}").text)
        return str(question)

    with begin() as work:
        work.session.get_one(Conference, conference.id).state = "in_progress"
        mandate = make_mandate(work, conference, work.session.scalars(select(Site)).one())
        people = [make_delegate(work, mandate, f"Lê Văn {n}").id for n in range(2)]
    before = asked()
    for said in (" 1 person still waits for a decision and stays undecided", " 2 people still wait for a decision and stay undecided"):
        with begin() as work:
            work.session.get_one(Attendance, people.pop()).state = "pending"
        assert asked() == f"{before}{said}: not present unless an organiser says so afterwards."


def test_a_beginning_that_has_passed_is_to_be_checked_not_missing(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    with begin() as work:
        work.session.get_one(Conference, conference.id).starts_at -= timedelta(days=1)
    page = browser.get(f"/conferences/{conference.id}").text
    assert re.search(r"<p>Please check:</p>\s*<ul>\s*<li>\s*The beginning lies in the past\.\s*<a [^>]*>Change</a>", page)


def test_a_step_is_taken_once_and_not_from_an_old_page(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    data = {"version": "1", "form_key": str(uuid4())}
    assert [browser.post(f"/conferences/{conference.id}/publish", data=data).status_code for _ in range(2)] == [303, 303]
    old = browser.post(f"/conferences/{conference.id}/start", data={"version": "1", "form_key": str(uuid4())})
    assert (old.status_code, "Somebody else has changed this in the meantime." in old.text) == (409, True)
    wrong = browser.post(f"/conferences/{conference.id}/close", data={"version": "2", "form_key": str(uuid4())})
    assert (wrong.status_code, "This step is not possible in the present state." in wrong.text) == (409, True)
    assert stored(begin, conference.id).state == "published"


def test_publishing_without_a_site_is_refused_in_words(begin: BeginWork, browser: FlaskClient, olga: Account) -> None:
    with begin() as work:
        bare = make_conference(work, olga, state="draft")
    answer = browser.post(f"/conferences/{bare.id}/publish", data={"version": "1"})
    assert answer.status_code == 422
    assert "A conference needs at least one site before it can be published." in answer.text
    assert stored(begin, bare.id).state == "draft"


def test_a_postponed_conference_gets_a_new_time(begin: BeginWork, browser: FlaskClient, olga: Account) -> None:
    with begin() as work:
        postponed = make_conference(work, olga, state="postponed")
    url = f"/conferences/{postponed.id}/resume"
    assert 'value="2023-01-16T14:00"' in browser.get(url).text
    wrong = browser.post(url, data={"version": "1", "starts_at": "2023-02-01T14:00", "ends_at": "2023-02-01T14:00"})
    assert (wrong.status_code, beside(wrong.text, "ends_at")) == (422, "The end must come after the beginning.")
    assert browser.post(url, data={"version": "1", "starts_at": "2023-02-01T14:00", "ends_at": "2023-02-01T17:00"}).status_code == 303
    after = stored(begin, postponed.id)
    assert (after.state, after.starts_at.isoformat()) == ("published", "2023-02-01T07:00:00+00:00")


def test_a_copy_is_a_draft(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    assert 'value="Tổng kết &lt;b&gt;2022&lt;/b&gt;"' in browser.get(f"/conferences/{conference.id}/duplicate").text
    answer = browser.post(f"/conferences/{conference.id}/duplicate", data={"title": "Năm sau", "starts_at": "2024-01-16T08:00"})
    copy = stored(begin, conference.id + 1)
    assert (answer.location, copy.title, copy.state) == (f"/conferences/{copy.id}", "Năm sau", "draft")
    assert (copy.starts_at.isoformat(), copy.ends_at.isoformat()) == ("2024-01-16T01:00:00+00:00", "2024-01-16T04:00:00+00:00")


def test_organisers_come_and_go(begin: BeginWork, sign_in: SignIn, browser: FlaskClient, conference: Conference, olga: Account) -> None:
    with begin() as work:
        oscar = make_account(work, "oscar")
    url = f"/conferences/{conference.id}/members"
    unknown = browser.post(url, data={"email": "nobody@example.org"})
    assert (unknown.status_code, beside(unknown.text, "email")) == (422, "Nobody has an account with this address here.")
    last = browser.post(f"{url}/{olga.id}/remove")
    assert (last.status_code, "The last organiser cannot be removed" in last.text) == (422, True)
    assert browser.post(url, data={"email": "oscar@example.org"}).location == f"/conferences/{conference.id}#members"
    assert sign_in(oscar).get(f"/conferences/{conference.id}").status_code == 200
    assert browser.post(f"{url}/{olga.id}/remove").location == "/conferences"
    assert browser.get(f"/conferences/{conference.id}").status_code == 404
    with begin() as work:
        assert work.session.scalars(select(ConferenceMember.account_id)).all() == [oscar.id]


def test_the_list_searches_filters_and_sorts(begin: BeginWork, browser: FlaskClient, olga: Account) -> None:
    assert "No conference yet" in browser.get("/conferences").text
    with begin() as work:
        make_conference(work, olga, title="Đức Linh", starts_at=STARTS - timedelta(days=1))
        make_conference(work, olga, title="An Giang", state="draft")
        make_conference(work, make_account(work, "mallory"), title="Của Mallory")

    def titles(query: str) -> list[str]:
        return re.findall(r'<th scope="row"><a [^>]*>([^<]*)<', browser.get(f"/conferences{query}").text)

    assert [titles(q) for q in ("", "?sort=title", "?q=duc", "?state=draft", "?q=%25", "?state=nonsense&sort=nonsense&page=x")] == [
        ["An Giang", "Đức Linh"],
        ["An Giang", "Đức Linh"],
        ["Đức Linh"],
        ["An Giang"],
        [],
        ["An Giang", "Đức Linh"],
    ]


def test_what_people_type_is_shown_as_text(browser: FlaskClient, conference: Conference) -> None:
    for url in ("/conferences", f"/conferences/{conference.id}", f"/conferences/{conference.id}/edit", f"/conferences/{conference.id}/duplicate"):
        assert "<b>2022" not in browser.get(url).text, url


def test_queries_stay_the_same_however_many(begin: BeginWork, browser: FlaskClient, olga: Account, count_queries: CountQueries) -> None:
    counts: dict[str, list[int]] = {}
    for many in (10, 1000):
        with begin() as work:
            made = [make_conference(work, olga, title=f"Hội nghị {n}") for n in range(many)]
            make_site(work, made[0])
        for url in ("/conferences", "/conferences?sort=title&q=hoi&state=published", f"/conferences/{made[0].id}"):
            with count_queries() as queries:
                assert browser.get(url).status_code == 200
            counts.setdefault(url.rstrip("0123456789"), []).append(len(queries))
    assert {url: len(set(numbers)) for url, numbers in counts.items()} == dict.fromkeys(counts, 1)
    assert max(number for numbers in counts.values() for number in numbers) <= 12


PAGES = ("", "/edit", "/duplicate", "/resume")
COMMANDS = ("/edit", "/duplicate", "/publish", "/start", "/close", "/postpone", "/cancel", "/resume", "/members", "/members/1/remove")


def test_the_outsider_finds_nothing_and_changes_nothing(begin: BeginWork, sign_in: SignIn, conference: Conference) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
    outsider = sign_in(mallory)
    data = {**TYPED, "version": "1", "email": "mallory@example.org"}
    assert {path: outsider.get(f"/conferences/{conference.id}{path}").status_code for path in PAGES} == dict.fromkeys(PAGES, 404)
    assert {path: outsider.post(f"/conferences/{conference.id}{path}", data=data).status_code for path in COMMANDS} == dict.fromkeys(COMMANDS, 404)
    assert "Tổng kết" not in outsider.get("/conferences").text
    after = stored(begin, conference.id)
    assert (after.title, after.state, after.version) == (conference.title, "draft", 1)


def test_nobody_is_sent_to_sign_in(client: FlaskClient, conference: Conference) -> None:
    for url in ("/conferences", "/conferences/new", *[f"/conferences/{conference.id}{path}" for path in PAGES]):
        answer = client.get(url)
        assert (answer.status_code, answer.location) == (303, f"/sign-in?next={url}"), url
    for path in COMMANDS:
        answer = client.post(f"/conferences/{conference.id}{path}", data={**TYPED, "email": "x@example.org"})
        assert (answer.status_code, answer.location) == (303, "/sign-in"), path


@pytest.mark.usefixtures("csrf_on")
def test_a_form_without_its_token_does_nothing(begin: BeginWork, browser: FlaskClient, conference: Conference) -> None:
    for path in COMMANDS:
        assert browser.post(f"/conferences/{conference.id}{path}", data={**TYPED, "version": "1"}).status_code == 400, path
    assert stored(begin, conference.id).version == 1
