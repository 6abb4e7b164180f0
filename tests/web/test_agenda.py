"""The pages of the agenda."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session, change_item, change_session, list_sessions, move_item, order_mark
from confsvc.domain.agenda_warnings import AgendaWarning
from confsvc.domain.sites import SiteEntry, create_site
from confsvc.models import Account, AgendaItem, AgendaSession, Conference
from confsvc.web.agenda_labels import AGENDA_WARNINGS
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit
from tests.web.conftest import CountQueries, SignIn


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def conference(begin: BeginWork, olga: Account) -> Conference:
    with begin() as work:
        return make_conference(work, olga)


@pytest.fixture
def afternoon(begin: BeginWork, conference: Conference) -> AgendaSession:
    with begin() as work:
        return add_session(work, conference.id, SessionEntry("Phiên chiều", STARTS, ENDS))


@pytest.fixture
def items(begin: BeginWork, conference: Conference, afternoon: AgendaSession) -> list[AgendaItem]:
    with begin() as work:
        return [add_item(work, conference.id, afternoon.id, ItemEntry(title)) for title in "abc"]


def order(begin: BeginWork, conference: Conference) -> list[list[str]]:
    with begin() as work:
        return [[item.title for item in session.items] for session in list_sessions(work, conference.id)]


def mark(begin: BeginWork, conference: Conference) -> str:
    with begin() as work:
        return order_mark(list_sessions(work, conference.id))


def times(page: str) -> list[tuple[str, str, str]]:
    """(start, end, title) of each item shown, in order."""
    shown = re.findall(r"<b>(\d\d:\d\d)</b><span class=\"soft\">–(\d\d:\d\d)</span>.*?data-focus=\"title\">(.*?)</a>", page, re.DOTALL)
    return [(start, end, title) for start, end, title in shown]


def test_every_warning_has_a_sentence_with_its_fields() -> None:
    assert set(AGENDA_WARNINGS) == set(AgendaWarning.CODES)


def test_first_session_is_offered_the_time_of_the_conference(conference: Conference, olga: Account, sign_in: SignIn) -> None:
    browser = sign_in(olga)

    empty = browser.get(f"/conferences/{conference.id}/agenda")
    form = browser.get(f"/conferences/{conference.id}/agenda/sessions/new")

    assert "No agenda yet" in empty.text
    assert re.findall(r'type="datetime-local" value="([^"]*)"', form.text) == ["2023-01-16T14:00", "2023-01-16T17:00"]


def test_session_is_made_in_the_time_of_the_conference(conference: Conference, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    typed = {"title": "Phiên chiều", "starts_at": "2023-01-16T14:00", "ends_at": "2023-01-16T17:00"}

    answer = sign_in(olga).post(f"/conferences/{conference.id}/agenda/sessions/new", data=typed)

    assert answer.status_code == 303
    with begin() as work:
        assert [(s.title, s.starts_at, s.ends_at) for s in list_sessions(work, conference.id)] == [("Phiên chiều", STARTS, ENDS)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " "}, "Please fill in this field."),
        ({"starts_at": "tomorrow"}, "Please enter a date and a time."),
        ({"ends_at": "2023-01-16T13:00"}, "The end must come after the beginning."),
        ({"ends_at": "2023-01-18T13:00"}, "A session lasts at most 24 hours."),
        ({"starts_at": "0001-01-01T00:00"}, "Please check the year"),
        ({"ends_at": "9999-12-31T23:59"}, "Please check the year"),
    ],
)
def test_wrong_session_is_said_beside_its_field(
    changes: dict[str, str], words: str, conference: Conference, olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    typed = {"title": "Phiên chiều", "starts_at": "2023-01-16T14:00", "ends_at": "2023-01-16T17:00", **changes}

    answer = sign_in(olga).post(f"/conferences/{conference.id}/agenda/sessions/new", data=typed)

    assert (answer.status_code, words in answer.text) == (422, True)
    assert order(begin, conference) == []


def test_items_are_shown_with_the_times_that_follow(conference: Conference, items: list[AgendaItem], olga: Account, sign_in: SignIn) -> None:
    page = sign_in(olga).get(f"/conferences/{conference.id}/agenda").text

    assert times(page) == [("14:00", "14:10", "a"), ("14:10", "14:20", "b"), ("14:20", "14:30", "c")]


def test_item_is_added_in_the_line_below_its_session(
    conference: Conference, afternoon: AgendaSession, olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    browser = sign_in(olga)
    typed = {"title": "Khai mạc", "kind": "opening", "planned_minutes": "15", "form_key": "one-opening"}

    answers = [browser.post(f"/conferences/{conference.id}/agenda/sessions/{afternoon.id}/items/new", data=typed) for _ in range(2)]
    page = browser.get(answers[0].location).text

    assert [answer.status_code for answer in answers] == [303, 303]
    assert times(page) == [("14:00", "14:15", "Khai mạc")]
    assert re.findall(r'<input id="(title-\d+)"[^>]*autofocus', page) == [f"title-{afternoon.id}"]


def test_item_takes_a_presenter_a_site_and_a_fixed_start(
    conference: Conference, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    with begin() as work:
        site = make_site(work, conference)
        dina = make_delegate(work, make_mandate(work, conference, site), position="Phó Giám đốc")
    browser = sign_in(olga)
    address = f"/conferences/{conference.id}/agenda/items/{items[1].id}"
    typed = {"title": "Báo cáo", "kind": "report", "planned_minutes": "20", "fixed_start": "15:30", "version": "1"}

    found = browser.post(address, data={**typed, "presenter_name": "dina", "find": "1"})
    browser.post(address, data={**typed, "presenter_name": "dina", "presenter_id": str(dina.id), "site_id": str(site.id)})
    page = browser.get(f"/conferences/{conference.id}/agenda").text

    assert f'value="{dina.id}"' in found.text
    assert times(page) == [("14:00", "14:10", "a"), ("15:30", "15:50", "Báo cáo"), ("15:50", "16:00", "c")]
    assert "Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ · Điểm cầu trung tâm" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "Please fill in this field."),
        ({"planned_minutes": "0"}, "Please enter a number of minutes from 1 to 1440."),
        ({"planned_minutes": "ten"}, "Please enter a whole number."),
        ({"planned_minutes": "9" * 5000}, "Please enter a whole number."),
        ({"fixed_start": "25:00"}, "Please enter a time, such as 14:30."),
        ({"site_id": "999"}, "Please choose one of the list."),
        ({"presenter_id": "999"}, "Please choose one of the list."),
    ],
)
def test_wrong_item_is_said_beside_its_field(
    changes: dict[str, str], words: str, conference: Conference, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    typed = {"title": "x", "kind": "report", "planned_minutes": "10", "version": "1", **changes}

    answer = sign_in(olga).post(f"/conferences/{conference.id}/agenda/items/{items[0].id}", data=typed)

    assert (answer.status_code, words in answer.text) == (422, True)
    assert order(begin, conference) == [["a", "b", "c"]]


def test_second_tab_is_shown_what_stands_now(
    conference: Conference, afternoon: AgendaSession, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    with begin() as work:
        change_item(work, conference.id, items[0].id, ItemEntry("Khai mạc", kind="opening"), version=1)
        change_session(work, conference.id, afternoon.id, SessionEntry("Chiều", STARTS, ENDS + timedelta(hours=1)), version=1)
    browser = sign_in(olga)
    root = f"/conferences/{conference.id}/agenda"

    item = browser.post(f"{root}/items/{items[0].id}", data={"title": "x", "kind": "report", "planned_minutes": "10", "version": "1"})
    times_typed = {"starts_at": "2023-01-16T14:00", "ends_at": "2023-01-16T17:00"}
    session = browser.post(f"{root}/sessions/{afternoon.id}", data={"title": "x", "version": "1", **times_typed})

    assert (item.status_code, session.status_code) == (409, 409)
    assert re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", item.text) == [("Title", "Khai mạc"), ("Kind", "Opening")]
    assert re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", session.text) == [("Title", "Chiều"), ("Ends", "18:00, 16/01/2023")]


def test_item_moves_and_its_new_place_is_said(
    conference: Conference, afternoon: AgendaSession, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    browser = sign_in(olga)
    page = browser.get(f"/conferences/{conference.id}/agenda").text
    (to,) = re.findall(rf'value="([\d:]+)" data-focus="up" formaction="[^"]*/items/{items[2].id}/move', page)

    data = {"to": to, "mark": mark(begin, conference)}
    answer = browser.post(f"/conferences/{conference.id}/agenda/items/{items[2].id}/move?way=up", data=data)
    page = browser.get(answer.location).text

    assert order(begin, conference) == [["a", "c", "b"]]
    assert "“c” is now number 2 in “Phiên chiều”, from 14:10." in page
    assert re.findall(r'aria-label="([^"]*)" title="[^"]*"\s+autofocus', page) == ["Move up: c"]


def test_arrows_lead_from_session_to_session(
    conference: Conference, afternoon: AgendaSession, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    with begin() as work:
        evening = add_session(work, conference.id, SessionEntry("Phiên tối", ENDS, ENDS + timedelta(hours=1)))
        add_item(work, conference.id, evening.id, ItemEntry("d"))

    page = sign_in(olga).get(f"/conferences/{conference.id}/agenda").text

    first, second = afternoon.id, evening.id
    assert re.findall(r'name="to" value="([\d:]*)" data-focus="(up|down)"', page) == [
        ("", "up"),
        (f"{first}:1", "down"),
        (f"{first}:0", "up"),
        (f"{first}:2", "down"),
        (f"{first}:1", "up"),
        (f"{second}:0", "down"),
        (f"{first}:3", "up"),
        ("", "down"),
    ]


def test_move_in_a_second_tab_is_told_and_not_made(
    conference: Conference, afternoon: AgendaSession, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    seen = mark(begin, conference)
    with begin() as work:
        move_item(work, conference.id, items[2].id, session_id=afternoon.id, place=0, mark=seen)

    answer = sign_in(olga).post(f"/conferences/{conference.id}/agenda/items/{items[0].id}/move", data={"to": f"{afternoon.id}:2", "mark": seen})

    assert (answer.status_code, "Somebody else has changed the agenda" in answer.text) == (409, True)
    assert [title for _, _, title in times(answer.text)] == ["c", "a", "b"]
    assert order(begin, conference) == [["c", "a", "b"]]


@pytest.mark.parametrize("to", ["", ":", "x:y", "999:0", "99999999999999999999:0"])
def test_move_to_nowhere_is_not_found(to: str, conference: Conference, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    data = {"to": to, "mark": mark(begin, conference)}

    answer = sign_in(olga).post(f"/conferences/{conference.id}/agenda/items/{items[0].id}/move", data=data)

    assert answer.status_code == 404
    assert order(begin, conference) == [["a", "b", "c"]]


def test_warnings_are_said_where_they_belong_and_forbid_nothing(
    conference: Conference, afternoon: AgendaSession, olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    with begin() as work:
        site = create_site(work, conference.id, SiteEntry("Điểm cầu <Phú Quý> 100%", attends=False))
        add_item(work, conference.id, afternoon.id, ItemEntry("Thảo luận", planned_minutes=200, site_id=site.id))

    page = sign_in(olga).get(f"/conferences/{conference.id}/agenda").text

    assert re.findall("<li>(.*?)</li>", page) == [
        "The items last 20 minutes longer than planned, until 17:20.",
        "Ends 20 minutes after the conference.",
        "Điểm cầu &lt;Phú Quý&gt; 100% does not take part.",
    ]
    assert "3 hints" in page


def test_session_with_items_stays_and_the_reason_is_said(
    conference: Conference, afternoon: AgendaSession, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    browser = sign_in(olga)
    root = f"/conferences/{conference.id}/agenda"

    kept = browser.post(f"{root}/sessions/{afternoon.id}/remove", data={"version": "1"}, follow_redirects=True)
    for item in items:
        assert browser.post(f"{root}/items/{item.id}/remove", data={"version": "1"}).status_code == 303
    removed = browser.post(f"{root}/sessions/{afternoon.id}/remove", data={"version": "1"})

    assert "The session still has items." in kept.text
    assert removed.status_code == 303
    assert order(begin, conference) == []


def test_agenda_is_printed_with_times_and_presenters(
    conference: Conference, afternoon: AgendaSession, items: list[AgendaItem], olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    with begin() as work:
        change_item(work, conference.id, items[0].id, ItemEntry("Khai mạc", presenter_name="Chủ tịch UBND tỉnh"), version=1)

    page = sign_in(olga).get(f"/conferences/{conference.id}/agenda/print").text

    assert re.findall(r'<td class="sheet-clock">(.*?)</td>', page) == ["14:00 – 14:10", "14:10 – 14:20", "14:20 – 14:30"]
    assert "Chủ tịch UBND tỉnh" in page


def test_outsiders_are_turned_away_from_every_page(
    conference: Conference, afternoon: AgendaSession, items: list[AgendaItem], sign_in: SignIn, begin: BeginWork, client: FlaskClient
) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        hers = make_conference(work, mallory)
    browser, item = sign_in(mallory), items[0].id
    inside = [f"/sessions/{afternoon.id}", f"/sessions/{afternoon.id}/items/new", f"/items/{item}"]
    posted = [*inside, f"/sessions/{afternoon.id}/remove", f"/items/{item}/remove", f"/items/{item}/move"]
    foreign = f"/conferences/{conference.id}/agenda"
    typed = {"title": "x", "version": "1", "planned_minutes": "5", "starts_at": "2023-01-16T14:00", "ends_at": "2023-01-16T15:00"}
    typed |= {"to": f"{afternoon.id}:2", "mark": mark(begin, conference)}

    reading = [foreign + page for page in ["", "/print", "/presenters?q=a", "/sessions/new", *inside]]
    reading += [f"/conferences/{hers.id}/agenda{page}" for page in inside]
    writing = [foreign + page for page in ["/sessions/new", *posted]] + [f"/conferences/{hers.id}/agenda{page}" for page in posted]

    assert {page: browser.get(page).status_code for page in reading} == dict.fromkeys(reading, 404)
    assert {page: browser.post(page, data=typed).status_code for page in writing} == dict.fromkeys(writing, 404)
    assert {page: client.get(page).status_code for page in reading} == dict.fromkeys(reading, 303)
    assert order(begin, conference) == [["a", "b", "c"]]


@pytest.mark.parametrize("page", ["", "/print", "/presenters?q=nguyen", "/items/{item}", "/sessions/new"])
def test_pages_ask_as_much_for_many_items_as_for_few(
    page: str, conference: Conference, afternoon: AgendaSession, olga: Account, sign_in: SignIn, begin: BeginWork, count_queries: CountQueries
) -> None:
    browser, counts = sign_in(olga), []
    with begin() as work:
        mandates = [make_mandate(work, conference, make_site(work, conference, kind="remote"), make_unit(work)) for _ in range(3)]
    for size in (10, 200):
        with begin() as work:
            speakers = [make_delegate(work, mandate) for mandate in mandates]
            standing = [item.id for session in list_sessions(work, conference.id) for item in session.items]
            for n in range(len(standing), size):
                speaker = speakers[n % 3]
                item = AgendaItem(conference_id=conference.id, session_id=afternoon.id, title=f"Mục {n}", sort_order=n, presenter_id=speaker.id)
                item.site_id = speaker.site_id
                work.session.add(item)
            work.session.flush()
            address = f"/conferences/{conference.id}/agenda" + page.format(item=item.id)
        with count_queries() as queries:
            assert browser.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
