"""The page of a conference's reminders."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from confsvc.domain.registration_links import give_link
from confsvc.domain.reminder_rules import AUDIENCES, USUAL, make_usual_reminders
from confsvc.domain.reminders import ReminderEntry, add_reminder
from confsvc.models import Account, Conference, Reminder, Site
from confsvc.web.labels import REMINDER_AUDIENCES, REMINDER_STATES, REMINDER_TONES, REMINDER_UNITS
from confsvc.web.reminders import UNITS
from tests.conftest import NOW, BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_unit, settle
from tests.web.conftest import CountQueries, SignIn


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def conference(begin: BeginWork, olga: Account) -> Conference:
    """A conference at 07:30 in ten days."""
    with begin() as work:
        starts = NOW + timedelta(days=9, hours=18)
        return make_conference(work, olga, starts_at=starts, ends_at=starts + timedelta(hours=3))


@pytest.fixture
def address(conference: Conference) -> str:
    return f"/conferences/{conference.id}/reminders"


def rules(begin: BeginWork, conference: Conference) -> list[tuple[str, int]]:
    with begin() as work:
        found = work.session.execute(select(Reminder.audience, Reminder.minutes_before).where(Reminder.conference_id == conference.id))
        return sorted((audience, minutes) for audience, minutes in found)


def rows(page: str) -> list[list[str]]:
    """Whom, how long before, moment, how many, state: of each reminder shown."""
    found = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", page, re.DOTALL)
    return [[" ".join(re.sub(r"<[^>]+>", " ", html.unescape(cell)).split()) for cell in re.split(r"</th>|</td>", row)][:5] for row in found]


def field(page: str, name: str) -> str:
    return str(re.findall(rf'<input [^>]*name="{name}"[^>]* value="([^"]*)"', page)[0])


def test_labels_name_everything() -> None:
    assert (tuple(REMINDER_AUDIENCES), set(REMINDER_STATES)) == (AUDIENCES, set(REMINDER_TONES))
    assert (set(REMINDER_STATES), tuple(REMINDER_UNITS)) == ({"waits", "due", "done", "missed", "off"}, tuple(UNITS))


def test_each_reminder_shows_its_next_moment_in_the_conferences_zone(
    begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn
) -> None:
    with begin() as work:
        site = make_site(work, conference, contact_email="hall@example.org")
        give_link(work, conference, make_mandate(work, conference, site, liaison_email="so@example.org"))
        for audience, minutes in (("units", 3 * 1440), ("operators", 120), ("delegates", 90)):
            add_reminder(work, conference.id, ReminderEntry(audience, minutes))
        work.session.scalars(select(Reminder).where(Reminder.audience == "units")).one().done_for = conference.starts_at

    page = sign_in(olga).get(address).text

    assert rows(page) == [
        ["Units that have not registered, or not completely", "3 days", "07:30, Monday, 23/01/2023", "1", "Was carried out"],
        ["Site contacts", "2 hours", "06:00, Thursday, 26/01/2023 moved out of the night", "1", "Waits"],
        ["Delegates who are invited and have not declined", "1 hour 30 minutes", "06:00, Thursday, 26/01/2023", "0", "Waits"],
    ]


def test_reminder_is_added_changed_and_removed(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    browser = sign_in(olga)
    added = [browser.post(address, data={"audience": "delegates", "amount": "2", "unit": "hours", "form_key": "once"}) for _ in range(2)]
    assert ([answer.status_code for answer in added], rules(begin, conference)) == ([303, 303], [("delegates", 120)])
    with begin() as work:
        one = f"{address}/{work.session.scalars(select(Reminder.id)).one()}"

    page = browser.get(one).text
    changed = browser.post(one, data={"audience": "operators", "amount": "3", "unit": "days", "seen": field(page, "seen")})

    assert (field(page, "amount"), '<option selected value="hours">' in page) == ("2", True)
    assert (changed.status_code, rules(begin, conference)) == (303, [("operators", 3 * 1440)])
    assert (browser.post(f"{one}/remove").status_code, rules(begin, conference)) == (303, [])


def test_usual_reminders_are_one_press_away(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    browser = sign_in(olga)
    empty = browser.get(address).text
    browser.post(f"{address}/usual")

    assert ("Nobody is reminded<" in empty, rules(begin, conference)) == (True, sorted(USUAL))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"amount": ""}, "Please fill in this field."),
        ({"amount": "soon"}, "Please enter a whole number."),
        ({"amount": "0"}, "Please choose a moment from 1 minute to 90 days before the start."),
        ({"amount": "-1"}, "Please choose a moment from 1 minute to 90 days before the start."),
        ({"amount": "91"}, "Please choose a moment from 1 minute to 90 days before the start."),
        ({"amount": "9" * 40}, "Please choose a moment from 1 minute to 90 days before the start."),
        ({"unit": "years"}, "Please choose a moment from 1 minute to 90 days before the start."),
        ({"audience": "everybody"}, "Please choose one of the list."),
        ({"amount": "60", "unit": "minutes"}, "There is such a reminder already."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    typed: dict[str, str], words: str, begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn
) -> None:
    with begin() as work:
        add_reminder(work, conference.id, ReminderEntry("delegates", 60))

    answer = sign_in(olga).post(address, data={"audience": "delegates", "amount": "1", "unit": "days", **typed})

    assert (answer.status_code, words in answer.text, rules(begin, conference)) == (422, True, [("delegates", 60)])


def test_who_is_slower_is_told_and_keeps_what_was_typed(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn) -> None:
    with begin() as work:
        one = f"{address}/{add_reminder(work, conference.id, ReminderEntry('delegates', 60)).id}"
    browser = sign_in(olga)
    stale = field(browser.get(one).text, "seen")
    browser.post(one, data={"audience": "delegates", "amount": "30", "unit": "minutes", "seen": stale})

    answer = browser.post(one, data={"audience": "delegates", "amount": "20", "unit": "minutes", "seen": stale})

    assert (answer.status_code, field(answer.text, "amount"), "30 minutes</dd>" in answer.text) == (409, "20", True)
    again = browser.post(one, data={"audience": "delegates", "amount": "20", "unit": "minutes", "seen": field(answer.text, "seen")})
    assert (again.status_code, rules(begin, conference)) == (303, [("delegates", 20)])


@pytest.mark.parametrize("minutes", ["9" * 5000, "9" * 10, "x", "", "٣"])
def test_what_no_page_has_sent_changes_nothing(begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn, minutes: str) -> None:
    with begin() as work:
        one = f"{address}/{add_reminder(work, conference.id, ReminderEntry('delegates', 60)).id}"
    typed = {"audience": "delegates", "amount": "20", "unit": "minutes", "seen": f"delegates:{minutes}"}
    assert (sign_in(olga).post(one, data=typed).status_code, rules(begin, conference)) == (409, [("delegates", 60)])


def test_strangers_find_nothing(begin: BeginWork, conference: Conference, address: str, sign_in: SignIn) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        own = make_conference(work, mallory, title="Hội nghị khác")
        reminder = add_reminder(work, conference.id, ReminderEntry("delegates", 60))
    browser, typed = sign_in(mallory), {"audience": "delegates", "amount": "1", "unit": "days", "seen": "delegates:60"}

    for at in (address, f"/conferences/{own.id}/reminders"):
        assert [browser.get(f"{at}/{reminder.id}").status_code, browser.post(f"{at}/{reminder.id}", data=typed).status_code] == [404, 404]
        assert browser.post(f"{at}/{reminder.id}/remove").status_code == 404
    assert [browser.get(address).status_code, browser.post(address, data=typed).status_code, browser.post(f"{address}/usual").status_code] == [404] * 3
    assert (rules(begin, conference), rules(begin, own)) == ([("delegates", 60)], [])


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_settled_conference_shows_its_reminders_and_changes_none(
    begin: BeginWork, conference: Conference, address: str, state: str, olga: Account, sign_in: SignIn
) -> None:
    with begin() as work:
        reminder = add_reminder(work, conference.id, ReminderEntry("delegates", 60))
        settle(work.session.get_one(Conference, conference.id), state)
    browser, typed = sign_in(olga), {"audience": "delegates", "amount": "1", "unit": "days", "seen": "delegates:60"}

    page = browser.get(address).text
    for at in ("", f"/{reminder.id}", f"/{reminder.id}/remove", "/usual"):
        browser.post(f"{address}{at}", data=typed)

    assert (rows(page)[0][4], "Add a reminder" in page, rules(begin, conference)) == ("Does not go out", False, [("delegates", 60)])


def test_page_asks_as_little_of_many_as_of_few(
    begin: BeginWork, conference: Conference, address: str, olga: Account, sign_in: SignIn, count_queries: CountQueries
) -> None:
    with begin() as work:
        make_usual_reminders(work, conference.id)
        site = make_site(work, conference, contact_email="hall@example.org")
        give_link(work, conference, make_mandate(work, conference, site, liaison_email="a@example.org"))
        work.session.get_one(Conference, conference.id).invited_at = NOW
    browser = sign_in(olga)
    browser.get(address)
    with count_queries() as few:
        browser.get(address)
    with begin() as work:
        site = work.session.scalars(select(Site)).one()
        for number in range(20):
            mandate = make_mandate(work, conference, site, make_unit(work, f"Đơn vị {number}"), liaison_email=f"u{number}@example.org")
            give_link(work, conference, mandate)
            make_delegate(work, mandate, f"Đại biểu {number}", email=f"d{number}@example.org")
            if number < 15:
                add_reminder(work, conference.id, ReminderEntry("delegates", 100 + number))
    with count_queries() as many:
        browser.get(address)

    assert len(few) == len(many) <= 12
