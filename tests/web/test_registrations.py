"""The organiser's pages of registration: found and filtered, links handled once a press, units filled in for, closed to outsiders."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.letters import read_registration
from confsvc.domain.registration import name_people, name_substitute
from confsvc.domain.registration_changes import write_change
from confsvc.domain.registration_links import registration_token
from confsvc.domain.registration_people import PersonEntry
from confsvc.models import Account, Attendance, Conference, Delegate, Mandate, Message, Site
from confsvc.schemas.letters import Sender, compose
from tests.conftest import NOW, BeginWork
from tests.domain.registering import Registry, make_registry
from tests.factories import make_mandate, make_unit, settle

SignIn = Callable[[Account], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def registry(begin: BeginWork) -> Registry:
    registry = make_registry(begin, registration_deadline=NOW - timedelta(days=1))
    registry.now = NOW
    return registry


@pytest.fixture
def pages(registry: Registry) -> str:
    return f"/conferences/{registry.conference_id}/registrations"


def token(registry: Registry, mandate_id: int) -> str:
    return str(registry.read(lambda work: registration_token(work, work.session.get_one(Mandate, mandate_id))))


def test_list_is_searched_filtered_and_counted(registry: Registry, pages: str, sign_in: SignIn) -> None:
    with registry.liaison() as work:
        name_people(work, *registry.unit, [PersonEntry("Trần Thị An")])
    browser = sign_in(registry.olga)
    page = browser.get(pages).text
    for words in ("Sở Y tế", "Sở Nội vụ", "1/2", "overdue", "changed late", "over since 1 day", "Remind 2 units…"):
        assert words in page
    found = browser.get(f"{pages}?status=part&q=so y te&sort=status").text
    assert ("Sở Y tế" in found, "Sở Nội vụ" in found) == (True, False)
    assert "No invited unit fits." in browser.get(f"{pages}?status=late").text
    assert browser.get(f"{pages}?status=x&sort=y&page=9999999999999&site=99999999999").status_code == 200


def test_substitute_who_waits_is_found_from_the_list(registry: Registry, pages: str, sign_in: SignIn) -> None:
    browser = sign_in(registry.olga)
    assert "your decision" not in browser.get(pages).text
    with registry.liaison() as work:
        [an] = name_people(work, *registry.unit, [PersonEntry("Trần Thị An", rank="leader")])
    with registry.liaison() as work:
        name_substitute(work, *registry.unit, an.id, PersonEntry("Phạm Thị Chi"), "Ốm", "k")
    assert "1 person waits for your decision." in browser.get(pages).text
    waiting = browser.get(f"/conferences/{registry.conference_id}/delegates?state=pending").text
    assert ("Phạm Thị Chi" in waiting, ">Trần Thị An<" in waiting) == (True, False)


def waiting_substitute(registry: Registry) -> int:
    """Phạm Thị Chi waits for the seat of Trần Thị An."""
    with registry.liaison() as work:
        [an] = name_people(work, *registry.unit, [PersonEntry("Trần Thị An", rank="leader")])
    with registry.liaison() as work:
        return name_substitute(work, *registry.unit, an.id, PersonEntry("Phạm Thị Chi"), "Ốm", "k")[0].id


def states(begin: BeginWork) -> dict[str, str]:
    with begin() as work:
        found = select(Delegate.full_name, Attendance.state).join(Attendance, Attendance.delegate_id == Delegate.id)
        return dict(work.session.execute(found).all())


def test_who_waits_is_told_on_the_overview_and_marked_in_the_list(registry: Registry, pages: str, sign_in: SignIn) -> None:
    browser, unit = sign_in(registry.olga), f"{pages}/{registry.mandate_id}"
    overview = f"/conferences/{registry.conference_id}"
    assert ("your decision" in browser.get(overview).text, "waits for you" in browser.get(pages).text) == (False, False)
    waiting_substitute(registry)
    for page in (overview, pages):
        text = browser.get(page).text
        assert ("1 person waits for your decision." in text, f'href="{unit}#list">Sở Y tế (1)' in text) == (True, True)
    assert browser.get(pages).text.count("waits for you<") == 1


def test_waiting_substitute_is_agreed_to_on_the_units_page_once(registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork) -> None:
    browser, unit, chi = sign_in(registry.olga), f"{pages}/{registry.mandate_id}", waiting_substitute(registry)
    assert f"{unit}/people/{chi}/admit" in browser.get(unit).text
    answers = [browser.post(f"{unit}/people/{chi}/admit", data={"form_key": "k"}) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, f"{unit}#list")] * 2
    assert states(begin) == {"Trần Thị An": "substituted", "Phạm Thị Chi": "not_yet"}
    page = browser.get(unit).text
    assert ("You have agreed to Phạm Thị Chi." in page, f"{chi}/admit" in page) == (True, False)
    # Another opening of the page decides nothing any more.
    browser.post(f"{unit}/people/{chi}/deny", data={"form_key": "k2", "reason": "Muộn"})
    assert states(begin) == {"Trần Thị An": "substituted", "Phạm Thị Chi": "not_yet"}


def test_waiting_substitute_is_not_agreed_to_with_a_reason_only(registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork) -> None:
    browser, unit, chi = sign_in(registry.olga), f"{pages}/{registry.mandate_id}", waiting_substitute(registry)
    for reason in (" ", "x" * 501):
        browser.post(f"{unit}/people/{chi}/deny", data={"form_key": "k", "reason": reason})
        assert states(begin)["Phạm Thị Chi"] == "pending"
    page = browser.post(f"{unit}/people/{chi}/deny", data={"form_key": "k2", "reason": "Cần lãnh đạo"}, follow_redirects=True).text
    assert "You have not agreed to Phạm Thị Chi." in page
    assert states(begin) == {"Trần Thị An": "not_yet", "Phạm Thị Chi": "not_admitted"}


def test_who_waits_is_decided_on_by_nobody_else_and_at_no_other_unit(registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork) -> None:
    chi = waiting_substitute(registry)
    for account, mandate_id in ((registry.mallory, registry.mandate_id), (registry.olga, registry.other_id)):
        browser = sign_in(account)
        for step in ("admit", "deny"):
            assert browser.post(f"{pages}/{mandate_id}/people/{chi}/{step}", data={"form_key": "k", "reason": "x"}).status_code == 404
    assert states(begin)["Phạm Thị Chi"] == "pending"


def test_all_are_reminded_by_one_press_and_the_others_get_a_text(registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(registry.olga)
    page = browser.get(f"{pages}/registration_reminder").text
    assert "1 unit is reached by mail" in page
    assert f"http://localhost/r/{registry.other_token}" in page
    assert registry.token not in page
    common = page[page.index('id="common-text"') :]
    assert ("1. Sở Nội vụ" in common, "2. Sở Y tế" in common, "/r/" in common) == (True, True, False)
    assert [browser.post(f"{pages}/registration_reminder", data={"form_key": "k"}).status_code for _ in range(2)] == [303, 303]
    with begin() as work:
        assert [(one.purpose, one.to_address) for one in work.session.scalars(select(Message))] == [("registration_reminder", "syt@example.org")]
        assert work.session.get_one(Conference, registry.conference_id).web_address == "http://localhost"


def test_who_was_written_to_is_told_before_anybody_is_written_to_again(registry: Registry, pages: str, sign_in: SignIn) -> None:
    browser, unit = sign_in(registry.olga), f"{pages}/{registry.mandate_id}"
    page = browser.get(pages).text
    assert (page.count("Made, not sent"), "Sent, not opened" in page, "Link sent:" in page) == (2, False, False)
    assert "Not sent by mail yet." in browser.get(unit).text
    browser.post(f"{unit}/link/send", data={"form_key": "a"})
    page = browser.get(pages).text
    assert (page.count("Made, not sent"), page.count("Sent, not opened"), "Link sent: 13:30" in page) == (1, 1, True)
    assert "Link sent last:" in browser.get(unit).text
    assert "within the last day" not in browser.get(f"{pages}/registration_reminder").text
    browser.post(f"{pages}/registration_reminder", data={"form_key": "b"})
    assert "Reminded: 13:30" in browser.get(pages).text
    page = browser.get(unit).text
    assert ("Reminded last:" in page, "Reminded to register: syt@example.org" in page) == (True, True)
    page = browser.get(f"{pages}/registration_reminder").text
    assert page.count("1 of these units was reminded within the last day.") == 2
    assert 'data-confirm="1 of these units was reminded within the last day. Remind them again?"' in page
    browser.get(f"/r/{registry.token}")
    page = browser.get(pages).text
    assert ("Opened 13:30" in page, "Sent, not opened" in page) == (True, False)
    browser.post(f"{unit}/link", data={"form_key": "c"})
    assert browser.get(pages).text.count("Made, not sent") == 2
    assert "made anew since" in browser.get(unit).text


def test_first_links_are_sent_once(registry: Registry, pages: str, sign_in: SignIn) -> None:
    browser = sign_in(registry.olga)
    assert "Send the link to 1 unit" in browser.get(f"{pages}/registration").text
    assert "A message to 1 unit is on its way." in browser.post(f"{pages}/registration", data={"form_key": "k"}, follow_redirects=True).text
    assert "nobody to write to" in browser.post(f"{pages}/registration", data={"form_key": "k2"}, follow_redirects=True).text


def test_link_of_a_unit_is_made_copied_sent_revoked_and_renewed(registry: Registry, pages: str, sign_in: SignIn) -> None:
    browser, unit = sign_in(registry.olga), f"{pages}/{registry.mandate_id}"
    assert f'value="http://localhost/r/{registry.token}"' in browser.get(unit).text
    assert "The link is on its way." in browser.post(f"{unit}/link/send", data={"form_key": "a"}, follow_redirects=True).text
    assert "The link was revoked" in browser.post(f"{unit}/link/revoke", data={"form_key": "b"}, follow_redirects=True).text
    assert registry.token not in browser.get(unit).text
    # Pressed twice, made once.
    assert [browser.post(f"{unit}/link", data={"form_key": "c"}).status_code for _ in range(2)] == [303, 303]
    assert token(registry, registry.mandate_id) not in ("", registry.token)
    assert [kind for kind, *_rest in registry.changes()] == ["link_sent", "link_revoked", "link_made"]
    assert "no e-mail address yet" in browser.post(f"{pages}/{registry.other_id}/link/send", data={"form_key": "d"}, follow_redirects=True).text


def test_missing_links_are_made(registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        mandate = work.session.get_one(Mandate, registry.other_id)
        mandate.link_uid = mandate.link_token_hash = None
    assert "1 link was made." in sign_in(registry.olga).post(f"{pages}/links", data={"form_key": "k"}, follow_redirects=True).text
    assert token(registry, registry.other_id)


@pytest.mark.parametrize("step", ["/links", "/{mandate_id}/link"])
def test_reminders_lead_to_a_link_that_was_handed_over_otherwise(registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork, step: str) -> None:
    assert sign_in(registry.olga).post(pages + step.format(mandate_id=registry.mandate_id), data={"form_key": "k"}).status_code == 303
    with begin() as work:
        conference = work.session.get_one(Conference, registry.conference_id)
        matter = read_registration(work, conference, registry.mandate_id, kind="registration_reminder")
        assert matter is not None
        letter = compose(work, matter, Sender("noreply@example.org"), to_address="syt@example.org")
    assert f"http://localhost/r/{token(registry, registry.mandate_id)}" in letter.text


def test_reminder_that_went_out_by_itself_is_nobodys_act(registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        write_change(work, work.session.get_one(Conference, registry.conference_id), registry.mandate_id, "link_sent", detail={"address": "syt@example.org"})
    page = sign_in(registry.olga).get(f"{pages}/{registry.mandate_id}").text
    assert ("by itself" in page, "by the unit&#39;s link" in page) == (True, False)


def test_organiser_fills_in_for_a_unit_once_and_it_is_noted(registry: Registry, pages: str, sign_in: SignIn) -> None:
    browser, unit = sign_in(registry.olga), f"{pages}/{registry.mandate_id}"
    row = {"full_name": "Trần Thị An", "position": "Giám đốc", "rank": "head", "phone": "", "email": "", "form_key": "k", "step": "save"}
    # An account's form is carried out once, however often it is sent.
    assert [browser.post(f"{unit}/add", data=row).status_code for _ in range(2)] == [303, 303]
    page = browser.get(unit).text
    assert (page.count("Trần Thị An was put on the list"), "Olga" in page, "late" in page) == (1, True, True)
    assert registry.changes() == [("named", "Trần Thị An", True, registry.olga.id)]
    assert browser.post(f"{unit}/decline", data={"seats": "1", "reason": "Bận", "version": "1", "form_key": "k2"}).status_code == 303
    assert browser.post(f"{unit}/paste", data={"pasted": "Lê Văn Bình\tPhó Giám đốc", "form_key": "k3"}).status_code == 200


def test_steps_after_the_start_are_refused_with_a_reason(registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        settle(work.session.get_one(Conference, registry.conference_id), "in_progress")
    browser = sign_in(registry.olga)
    assert "Units can be written to once" in browser.post(f"{pages}/registration_reminder", data={"form_key": "k"}, follow_redirects=True).text
    row = {"full_name": "Trần Thị An", "position": "", "rank": "head", "phone": "", "email": "", "form_key": "k2", "step": "save"}
    answer = browser.post(f"{pages}/{registry.mandate_id}/add", data=row)
    assert (answer.status_code, "The conference has begun" in answer.text, 'value="Trần Thị An"' in answer.text) == (409, True, True)


def test_organiser_of_something_else_finds_nothing(registry: Registry, pages: str, sign_in: SignIn) -> None:
    browser = sign_in(registry.mallory)
    for step in ("", "/registration", "/registration_reminder", f"/{registry.mandate_id}", f"/{registry.mandate_id}/add", f"/{registry.mandate_id}/decline"):
        assert browser.get(f"{pages}{step}").status_code == 404
    for step in ("/registration", "/links", f"/{registry.mandate_id}/link", f"/{registry.mandate_id}/link/revoke", f"/{registry.mandate_id}/link/send"):
        assert browser.post(f"{pages}{step}", data={"form_key": "k"}).status_code == 404
    assert (registry.changes(), token(registry, registry.mandate_id)) == ([], registry.token)
    own = sign_in(registry.olga)
    assert own.get(f"/conferences/{registry.conference_id + 1}/registrations/{registry.mandate_id}").status_code == 404


def test_address_of_the_liaison_is_a_field_of_the_mandate(registry: Registry, sign_in: SignIn) -> None:
    browser, address = sign_in(registry.olga), f"/conferences/{registry.conference_id}/mandates/{registry.mandate_id}"
    assert 'value="syt@example.org"' in browser.get(address).text
    form = {"form_key": "k", "version": "1", "unit_name": "Sở Y tế", "site_id": registry.site_id, "seats": "2", "required_rank": "any", "sort_order": "0"}
    assert "This is not an e-mail address." in browser.post(address, data={**form, "liaison_email": "khong phai"}).text
    assert browser.post(address, data={**form, "liaison_email": "vt@example.org"}).status_code == 303
    assert registry.mandate().liaison_email == "vt@example.org"
    assert "Not registered" in browser.get(f"/conferences/{registry.conference_id}/mandates").text


@pytest.mark.parametrize("step", ["", "/registration_reminder", "/registration"])
def test_list_asks_as_much_of_the_database_for_many_units_as_for_one(
    registry: Registry, pages: str, sign_in: SignIn, begin: BeginWork, count_queries: CountQueries, step: str
) -> None:
    browser, asked = sign_in(registry.olga), []
    for many in (1, 30):
        with begin() as work:
            conference = work.session.get_one(Conference, registry.conference_id)
            site = work.session.get_one(Site, registry.site_id)
            for number in range(many):
                unit = make_unit(work, f"Đơn vị {many}.{number}")
                make_mandate(work, conference, site, unit, liaison_email=f"u{number}@example.org" if number % 2 else "")
        with count_queries() as queries:
            assert browser.get(f"{pages}{step}").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12
