"""The page on which something on the agenda is shifted."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session, list_sessions
from confsvc.domain.agenda_ripple_rules import FIXED_RULES, LATER_RULES
from confsvc.domain.calendar_holding import read_ground, read_holders
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.models import Account, AgendaItem, AgendaSession, CalendarEntry, Conference, Message
from confsvc.web.agenda_labels import RIPPLE_FIXED, RIPPLE_LATER
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, make_account, make_conference, make_delegate, make_mandate, make_site, settle
from tests.web.conftest import CountQueries, SignIn


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def conference(begin: BeginWork, olga: Account) -> Conference:
    """Items a, b (60 each), c (30, fixed at 16:20), d (30) from 14:00, planned until 17:00; dina presents c."""
    with begin() as work:
        conference = make_conference(work, olga)
        dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)), email="dina@example.org")
        session = add_session(work, conference.id, SessionEntry("Phiên chiều", STARTS, ENDS))
        for title, minutes in (("a", 60), ("b", 60), ("c", 30), ("d", 30)):
            item = add_item(work, conference.id, session.id, ItemEntry(title, planned_minutes=minutes))
            if title == "c":
                item.fixed_start, item.presenter_id, item.presenter_name = STARTS + timedelta(minutes=140), dina.id, dina.full_name
    return conference


def item_id(begin: BeginWork, title: str) -> int:
    with begin() as work:
        return work.session.scalars(select(AgendaItem.id).where(AgendaItem.title == title)).one()


@pytest.fixture
def address(begin: BeginWork, conference: Conference) -> str:
    """The page of item a."""
    return f"/conferences/{conference.id}/agenda/items/{item_id(begin, 'a')}/shift"


def agenda(begin: BeginWork, conference: Conference) -> list[Any]:
    with begin() as work:
        sessions = list_sessions(work, conference.id)
        return [(s.starts_at, s.ends_at, [(i.title, i.planned_minutes, i.fixed_start, i.version) for i in s.items]) for s in sessions]


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form."""
    return {name: value for name, value in re.findall(r'<input id="\w+" name="(\w+)" type="hidden" value="([^"]*)"', page) if name != "csrf_token"}


def shifted(page: str) -> list[list[str]]:
    """Item, old and new time and the remark of each row shown."""
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", page, re.DOTALL)
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.split(r"</th>|</td>", row)][:4] for row in rows]


def preview(browser: FlaskClient, address: str, **typed: str) -> tuple[str, dict[str, str]]:
    """The page of a preview, and what its confirmation sends."""
    values = {"fixed": "hold", "later": "hold", "extend": "y", **typed}
    page = browser.post(address, data={**values, "preview": "1"}).text
    return page, {**values, **hidden(page), "confirm": "1"}


def test_labels_name_every_rule() -> None:
    assert (tuple(RIPPLE_FIXED), tuple(RIPPLE_LATER)) == (FIXED_RULES, LATER_RULES)


def test_preview_shows_what_shifts_and_changes_nothing(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    stood = agenda(begin, conference)

    page, _ = preview(sign_in(olga), address, overrun="15")

    assert shifted(page) == [
        ["a", "14:00 – 15:00", "14:00 – 15:15", ""],
        ["b", "15:00 – 16:00", "15:15 – 16:15", ""],
        ["c", "16:20 – 16:50", "16:20 – 16:50", "fixed point, holds 15 minutes of free time before it are used up"],
    ]
    assert ("This does not fit yet" in page, "No calendar entries have gone out by mail yet." in page) == (False, True)
    assert agenda(begin, conference) == stood


def test_one_confirmation_does_all_of_it_once(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    browser = sign_in(olga)
    page, typed = preview(browser, address, overrun="30", fixed="move")

    answers = [browser.post(address, data=typed) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [row[:3] for row in shifted(page)][2:] == [["c", "16:20 – 16:50", "16:30 – 17:00"], ["d", "16:50 – 17:20", "17:00 – 17:30"]]
    end = STARTS + timedelta(minutes=210)
    pinned = STARTS + timedelta(minutes=150)
    assert agenda(begin, conference) == [(STARTS, end, [("a", 90, None, 2), ("b", 60, None, 1), ("c", 30, pinned, 2), ("d", 30, None, 1)])]


def test_conflict_is_named_with_the_choices(conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    page, _ = preview(sign_in(olga), address, overrun="30")

    assert "What comes before lasts 10 minutes beyond the fixed start at 16:20." in page
    assert "shorten what comes before" in page


def test_who_presents_what_moves_is_named(conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    page, _ = preview(sign_in(olga), address, overrun="30", fixed="move")

    assert re.search(r"Nguyễn Thị Dina, Sở Nội vụ: 16:20 → 16:30", " ".join(page.split()))


def test_who_begins_as_before_is_not_named_with_the_same_time_twice(begin: BeginWork, conference: Conference, olga: Account, sign_in: SignIn) -> None:
    page, _ = preview(sign_in(olga), f"/conferences/{conference.id}/agenda/items/{item_id(begin, 'c')}/shift", minutes="50")

    assert ("16:20 → 16:20" in " ".join(page.split()), "16:20 – 17:10" in " ".join(page.split())) == (False, True)


def test_present_start_stands_in_the_form_and_left_alone_changes_nothing(address: str, olga: Account, sign_in: SignIn) -> None:
    browser = sign_in(olga)
    stands = {"starts_at": "2023-01-16T14:00", "started": "2023-01-16T14:00"}
    page = browser.get(address).text
    assert 'name="starts_at" type="datetime-local" value="2023-01-16T14:00"' in page
    assert hidden(page)["started"] == "2023-01-16T14:00"

    assert shifted(preview(browser, address, **stands, overrun="30")[0])[0][:3] == ["a", "14:00 – 15:00", "14:00 – 15:30"]
    assert "Please fill in one of the three." in preview(browser, address, **stands)[0]
    assert shifted(preview(browser, address, **{**stands, "starts_at": "2023-01-16T14:10"})[0])[0][:3] == ["a", "14:00 – 15:00", "14:10 – 15:10"]


def test_later_sessions_are_spoken_of_where_there_are_some(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    browser = sign_in(olga)
    assert "The sessions after it" not in browser.get(address).text
    with begin() as work:
        add_session(work, conference.id, SessionEntry("Phiên tối", ENDS, ENDS + timedelta(hours=1)))
    assert "The sessions after it" in browser.get(address).text


def test_session_moves_by_the_same_page(begin: BeginWork, conference: Conference, olga: Account, sign_in: SignIn) -> None:
    with begin() as work:
        session_id = work.session.scalars(select(AgendaSession.id)).one()
    browser, address = sign_in(olga), f"/conferences/{conference.id}/agenda/sessions/{session_id}/shift"

    page, typed = preview(browser, address, starts_at="2023-01-16T14:10", fixed="move")
    browser.post(address, data=typed)

    assert "14:00 – 17:00 → 14:10 – 17:10" in " ".join(page.split())
    assert agenda(begin, conference)[0][:2] == (STARTS + timedelta(minutes=10), ENDS + timedelta(minutes=10))


def test_who_is_slower_sees_what_it_would_do_now_and_keeps_what_was_typed(
    begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn
) -> None:
    browser = sign_in(olga)
    _, typed = preview(browser, address, overrun="15")
    other = f"/conferences/{conference.id}/agenda/items/{item_id(begin, 'b')}/shift"
    browser.post(other, data=preview(browser, other, minutes="50")[1])
    stood = agenda(begin, conference)

    answer = browser.post(address, data=typed)

    assert (answer.status_code, agenda(begin, conference)) == (409, stood)
    assert ("Somebody else has changed the agenda" in answer.text, 'value="15"' in answer.text) == (True, True)
    assert shifted(answer.text)[1][:3] == ["b", "15:00 – 15:50", "15:15 – 16:05"]
    assert browser.post(address, data={**typed, **hidden(answer.text)}).status_code == 303


def test_values_changed_after_the_preview_are_shown_before_they_count(
    begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn
) -> None:
    browser = sign_in(olga)
    _, typed = preview(browser, address, overrun="15")
    stood = agenda(begin, conference)

    answer = browser.post(address, data={**typed, "overrun": "10"})

    assert ("changed something since the preview" in answer.text, agenda(begin, conference)) == (True, stood)
    assert browser.post(address, data={**typed, **hidden(answer.text), "overrun": "10"}).status_code == 303


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Please fill in one of the three."),
        ({"overrun": "5", "minutes": "7"}, "Please fill in one of the three."),
        ({"overrun": "many"}, "Please enter a whole number."),
        ({"overrun": "0"}, "Please enter a number of minutes from 1 to 1440."),
        ({"starts_at": "2023-01-16T12:00"}, "Something would end or begin before now."),
        ({"starts_at": "2023-02-16T12:00"}, "No session is held on that day."),
        ({"starts_at": "9999-02-16T12:00"}, "Please check the year"),
        ({"overrun": "5", "fixed": "x"}, "Please choose one of the list."),
        ({"overrun": "5", "later": ""}, "Please choose one of the list."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(typed: dict[str, str], words: str, address: str, olga: Account, sign_in: SignIn) -> None:
    answer = sign_in(olga).post(address, data={"fixed": "hold", "later": "hold", **typed, "preview": "1"})

    assert (answer.status_code, words in html.unescape(answer.text), "What would happen" in answer.text) == (422, True, False)


def test_confirmation_without_a_preview_is_one(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    stood = agenda(begin, conference)

    answer = sign_in(olga).post(address, data={"overrun": "5", "fixed": "hold", "later": "hold", "confirm": "1"})

    assert ("What would happen" in answer.text, agenda(begin, conference)) == (True, stood)


def test_entries_that_would_be_brought_up_to_date_are_counted(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    with begin() as work:
        work.session.get_one(Conference, conference.id).invited_at = NOW
        work.session.get_one(Conference, conference.id).entry_rule = "sessions"
    with begin() as work:
        put_calendar_messages(work, conference.id)
        work.session.execute(update(Message).values(state="sent"))
        ground = read_ground(work, work.session.get_one(Conference, conference.id))
        [holder], [entry] = read_holders(work, conference.id), work.session.scalars(select(CalendarEntry)).all()
        content = ground.content(holder, entry.scope)
        entry.told = {"name": holder.full_name, "sequence": 0, "content": content.as_json()}
        entry.told_to, entry.told_fingerprint, entry.told_at = holder.email, content.fingerprint(), NOW
    browser = sign_in(olga)

    page, typed = preview(browser, address, overrun="30")
    nothing, _ = preview(browser, address, minutes="60")

    assert ("Phiên chiều: 1 entry is brought up to date" in page, "Nguyễn Thị Dina</p>" in page) == (True, True)
    assert "Nothing would shift." in nothing
    with begin() as work:
        assert work.session.get_one(Conference, conference.id).calendar_stale_at is None
    browser.post(address, data=typed)
    with begin() as work:
        assert work.session.get_one(Conference, conference.id).calendar_stale_at == NOW


@pytest.mark.parametrize("what", ["items", "sessions"])
def test_strangers_find_nothing(begin: BeginWork, conference: Conference, what: str, sign_in: SignIn) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        own = make_conference(work, mallory, title="Hội nghị khác")
        session = work.session.scalars(select(AgendaSession)).one()
        item = work.session.scalars(select(AgendaItem).where(AgendaItem.title == "a")).one()
    browser, row = sign_in(mallory), item.id if what == "items" else session.id

    for conference_id in (conference.id, own.id):
        address = f"/conferences/{conference_id}/agenda/{what}/{row}/shift"
        assert (browser.get(address).status_code, browser.post(address, data={"overrun": "5", "confirm": "1"}).status_code) == (404, 404)


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_settled_conference_offers_nothing_to_shift(begin: BeginWork, conference: Conference, address: str, state: str, olga: Account, sign_in: SignIn) -> None:
    browser = sign_in(olga)
    _, typed = preview(browser, address, overrun="5")
    with begin() as work:
        settle(work.session.get_one(Conference, conference.id), state)
    stood = agenda(begin, conference)

    assert (browser.get(address).status_code, browser.post(address, data=typed).status_code) == (409, 409)
    assert ("/shift" in browser.get(f"/conferences/{conference.id}/agenda").text, agenda(begin, conference)) == (False, stood)


def test_hostile_names_are_shown_as_they_are(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    with begin() as work:
        for item in work.session.scalars(select(AgendaItem)):
            item.title = item.presenter_name = f"<script>{{x}}%(y)s=1 {item.id}"

    page, typed = preview(sign_in(olga), address, overrun="30", fixed="move")

    assert ("<script>{x}" in page, page.count("&lt;script&gt;{x}%(y)s=1") > 4) == (False, True)
    assert sign_in(olga).post(address, data=typed).status_code == 303


def test_preview_asks_as_little_of_a_long_agenda(
    begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn, count_queries: CountQueries
) -> None:
    browser = sign_in(olga)
    preview(browser, address, overrun="5")
    with count_queries() as few:
        preview(browser, address, overrun="5")
    with begin() as work:
        session = work.session.scalars(select(AgendaSession)).one()
        mandate = make_mandate(work, conference, make_site(work, conference, "Huyện A", kind="remote"))
        for number in range(20):
            add_item(work, conference.id, session.id, ItemEntry(f"x{number}", presenter_name=f"Người {number}"))
            make_delegate(work, mandate, f"Đại biểu {number}", email=f"d{number}@example.org")
    with count_queries() as many:
        preview(browser, address, overrun="5")

    assert len(few) == len(many) <= 20
