"""The liaison's pages: what is asked, the list filled in, pasted, changed, declined; nothing typed is lost, and nobody gets further than their unit."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from confsvc.boundary import install_runtime
from confsvc.domain.passes import link_token
from confsvc.domain.registration import name_people
from confsvc.domain.registration_links import make_link, registration_token, revoke_link
from confsvc.domain.registration_people import PersonEntry
from confsvc.extensions import limiter
from confsvc.models import Account, CalendarEntry, Conference, Delegate, Mandate, Message
from tests.conftest import NOW, BeginWork
from tests.domain.registering import Registry, make_registry, tell_by_mail
from tests.factories import settle

SignIn = Callable[[Account], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]
AN = PersonEntry("Trần Thị An", "Giám đốc", "head", "0913 123 456", "an@example.org")
BLANK = {"full_name": "", "position": "", "rank": "staff", "phone": "", "email": ""}


@pytest.fixture(autouse=True)
def fresh_limits(app: Flask) -> None:
    with app.app_context():
        limiter.reset()


@pytest.fixture
def registry(begin: BeginWork) -> Registry:
    """Half an hour before the start, as the pages' clock has it: registering is still possible, the deadline is in ten minutes."""
    registry = make_registry(begin, registration_deadline=NOW + timedelta(minutes=10))
    registry.now = NOW
    return registry


def rows(*people: dict[str, str], **more: Any) -> dict[str, Any]:
    filled = [{**BLANK, **person} for person in people]
    return {**{column: [row[column] for row in filled] for column in BLANK}, "form_key": "k", "step": "save", **more}


def named(registry: Registry, *entries: PersonEntry) -> list[Delegate]:
    with registry.liaison() as work:
        return name_people(work, *registry.unit, entries)


def test_page_says_what_is_asked_and_takes_a_list(registry: Registry, client: FlaskClient) -> None:
    page = client.get(f"/r/{registry.token}")
    assert page.status_code == 200
    for words in ("Sở Y tế", "A leader", "ends today", "2 seats are open", "Điểm cầu trung tâm", "Nobody is named yet"):
        assert words in page.text
    answer = client.post(
        f"/r/{registry.token}/add", data=rows({"full_name": "Trần Thị An", "rank": "head"}, {}, {"full_name": "Lê Văn Bình", "rank": "leader"})
    )
    assert (answer.status_code, answer.location) == (303, f"/r/{registry.token}#list")
    assert registry.names() == ["Trần Thị An", "Lê Văn Bình"]
    page = client.get(f"/r/{registry.token}")
    assert "The list is complete." in page.text
    assert "2 delegates were put on the list." in page.text


def test_personal_links_of_delegates_are_not_shown_to_the_liaison(registry: Registry, client: FlaskClient, begin: BeginWork) -> None:
    [an] = named(registry, AN)
    with begin() as work:
        secret = link_token(work, work.session.get_one(Delegate, an.id))
    for step in ("", "/add", "/paste", "/decline", f"/people/{an.id}", f"/people/{an.id}/substitute"):
        page = client.get(f"/r/{registry.token}{step}")
        assert page.status_code == 200
        assert secret not in page.text
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_more_people_than_seats_is_said_and_nothing_typed_is_lost(registry: Registry, client: FlaskClient) -> None:
    typed = rows({"full_name": "Trần Thị An"}, {"full_name": "Lê Văn Bình", "phone": "0913 123 456"}, {"full_name": "Phạm Thị Chi"})
    answer = client.post(f"/r/{registry.token}/add", data=typed)
    assert (answer.status_code, "1 too many" in answer.text) == (422, True)
    for value in ("Trần Thị An", "Lê Văn Bình", "0913 123 456", "Phạm Thị Chi"):
        assert f'value="{value}"' in answer.text
    assert registry.names() == []
    # One row taken out, the rest is saved.
    answer = client.post(f"/r/{registry.token}/add", data={**typed, "step": "drop.2"})
    assert (answer.status_code, "Phạm Thị Chi" in answer.text, 'value="Lê Văn Bình"' in answer.text) == (200, False, True)


def test_another_row_keeps_what_was_typed(registry: Registry, client: FlaskClient) -> None:
    answer = client.post(f"/r/{registry.token}/add", data=rows({"full_name": "Trần Thị An"}, step="more"))
    assert (answer.status_code, answer.text.count('name="full_name"'), 'value="Trần Thị An"' in answer.text) == (200, 2, True)
    assert registry.names() == []


def test_errors_stand_beside_their_rows(registry: Registry, client: FlaskClient) -> None:
    answer = client.post(f"/r/{registry.token}/add", data=rows({"full_name": "Trần Thị An", "phone": "12"}, {"position": "Giám đốc"}))
    assert answer.status_code == 422
    assert 'id="phone-0-error">This is not a telephone number.' in answer.text
    assert 'id="full_name-1-error">Please fill in this field.' in answer.text


def test_pasted_rows_are_shown_with_what_is_wrong_before_anything_is_saved(registry: Registry, client: FlaskClient) -> None:
    named(registry, AN)
    pasted = "STT\tHọ và tên\tChức vụ\tĐiện thoại\n1\tTrần Thị An\tGiám đốc\t0913 123 456\n2\tLê Văn Bình\tPhó Giám đốc\t12\n"
    answer = client.post(f"/r/{registry.token}/paste", data={"form_key": "k", "pasted": pasted})
    assert answer.status_code == 422
    assert "on the list already" in answer.text
    assert 'id="phone-1-error">This is not a telephone number.' in answer.text
    assert '<option value="leader" selected>' in answer.text
    assert registry.names() == ["Trần Thị An"]
    assert client.post(f"/r/{registry.token}/paste", data={"form_key": "k", "pasted": " "}).status_code == 422


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{x} %(x)s %s", "=HYPERLINK(1)", "An\r\nBcc: x@example.org", "\u202eAn"])
def test_hostile_names_are_shown_as_text_on_both_sides(registry: Registry, client: FlaskClient, sign_in: SignIn, begin: BeginWork, name: str) -> None:
    with begin() as work:
        work.session.get_one(Mandate, registry.mandate_id).liaison_name = name
    page = client.post(f"/r/{registry.token}/add", data=rows({"full_name": name, "position": name}), follow_redirects=True)
    shown = name.replace("\r\n", " ").replace("\u202e", "")
    assert (page.status_code, str(escape(shown)) in page.text, "<script>alert" in page.text) == (200, True, False)
    [delegate] = registry.read(lambda work: work.session.scalars(select(Delegate)).all())
    for step in (f"/people/{delegate.id}", f"/people/{delegate.id}/substitute"):
        assert "<script>alert" not in client.get(f"/r/{registry.token}{step}").text
    organiser = sign_in(registry.olga)
    for address in ("", f"/{registry.mandate_id}", "/registration_reminder"):
        page = organiser.get(f"/conferences/{registry.conference_id}/registrations{address}")
        assert (page.status_code, "<script>alert" in page.text) == (200, False)


def test_same_form_sent_twice_names_nobody_twice(registry: Registry, client: FlaskClient) -> None:
    typed = rows({"full_name": "Trần Thị An"})
    assert [client.post(f"/r/{registry.token}/add", data=typed).status_code for _ in range(2)] == [303, 422]
    assert registry.names() == ["Trần Thị An"]
    assert client.post(f"/r/{registry.token}/add", data={**typed, "is_another": "0"}).status_code == 303
    assert registry.names() == ["Trần Thị An", "Trần Thị An"]


def test_second_of_two_liaisons_sees_what_the_first_has_saved(registry: Registry, client: FlaskClient) -> None:
    [an] = named(registry, AN)
    address = f"/r/{registry.token}/people/{an.id}"
    form = {**BLANK, "full_name": "Trần Thị An", "rank": "head", "version": an.version, "form_key": "k"}
    assert client.post(address, data={**form, "position": "Quyền Giám đốc"}).status_code == 303
    answer = client.post(address, data={**form, "position": "Giám đốc Sở"})
    assert (answer.status_code, "Quyền Giám đốc" in answer.text, 'value="Giám đốc Sở"' in answer.text) == (409, True, True)
    assert client.post(f"{address}/remove", data={"version": an.version}, follow_redirects=True).text.count("Somebody else has changed this") == 1
    assert registry.names() == ["Trần Thị An"]


def test_another_address_kills_the_link_that_went_to_the_old_one(registry: Registry, client: FlaskClient, begin: BeginWork) -> None:
    [an] = named(registry, AN)
    with begin() as work:
        tell_by_mail(work, work.session.get_one(Delegate, an.id))
        secret = link_token(work, work.session.get_one(Delegate, an.id))
    form = {**BLANK, "full_name": AN.full_name, "position": AN.position, "rank": "head", "email": "dung@example.org", "version": an.version}
    page = client.post(f"/r/{registry.token}/people/{an.id}", data={**form, "form_key": "k"}, follow_redirects=True).text
    assert "The personal link that was sent to an@example.org does not open any more." in page
    assert client.get(f"/d/{secret}").status_code == 404


def test_who_is_invited_stays_the_same_person_and_what_was_typed_is_kept(registry: Registry, client: FlaskClient, begin: BeginWork) -> None:
    [an] = named(registry, AN)
    with begin() as work:
        tell_by_mail(work, work.session.get_one(Delegate, an.id))
    typed = {**BLANK, "full_name": "Phạm Văn Cường", "position": "Chuyên viên", "version": an.version, "form_key": "k"}
    answer = client.post(f"/r/{registry.token}/people/{an.id}", data=typed)
    assert answer.status_code == 422
    assert re.search(r'id="full_name-error">“Trần Thị An” was invited or has answered.*name a substitute instead, or call the organiser', answer.text)
    assert re.search(r'id="rank-error">This rank is below what the invitation asks for', answer.text)
    assert ('value="Phạm Văn Cường"' in answer.text, 'value="Chuyên viên"' in answer.text) == (True, True)
    assert '<option selected value="staff">' in answer.text
    assert registry.names() == ["Trần Thị An"]


def test_person_is_taken_off(registry: Registry, client: FlaskClient) -> None:
    [an] = named(registry, AN)
    assert "was taken off the list" in client.post(f"/r/{registry.token}/people/{an.id}/remove", data={"version": an.version}, follow_redirects=True).text
    assert registry.names() == []


def test_substitute_of_lower_rank_is_said_to_wait(registry: Registry, client: FlaskClient) -> None:
    [an] = named(registry, AN)
    address = f"/r/{registry.token}/people/{an.id}/substitute"
    form = {**BLANK, "full_name": "Phạm Thị Chi", "form_key": "k"}
    assert client.post(address, data={**form, "reason": ""}).status_code == 422
    page = client.post(address, data={**form, "reason": "Ốm"}, follow_redirects=True).text
    assert "The organiser is asked first" in page
    assert "Phạm Thị Chi is to come instead and waits for the organiser" in page
    assert "To take this back, please call the organiser." in page
    with registry.begin() as work:
        work.session.get_one(Conference, registry.conference_id).host_name = "UBND tỉnh"
    assert "To take this back, please call UBND tỉnh." in client.get(f"/r/{registry.token}").text
    again = client.post(address, data={**form, "form_key": "k2", "full_name": "Ai Đó", "reason": "Ốm"})
    assert (again.status_code, "a substitute waits" in again.text, 'value="Ai Đó"' in again.text) == (409, True, True)
    assert "Take off" not in page


def test_who_has_a_history_is_kept_and_the_reason_is_said(registry: Registry, client: FlaskClient) -> None:
    [an] = named(registry, AN)
    client.post(f"/r/{registry.token}/people/{an.id}/substitute", data={**BLANK, "full_name": "Lê Văn Bình", "rank": "leader", "reason": "Ốm", "form_key": "k"})
    with registry.begin(now=registry.now) as work:
        binh = work.session.scalars(select(Delegate).where(Delegate.replaces_id == an.id)).one()
    page = client.post(f"/r/{registry.token}/people/{binh.id}/remove", data={"version": binh.version}, follow_redirects=True).text
    assert "Please name a substitute instead." in page
    assert registry.names() == ["Trần Thị An", "Lê Văn Bình"]


def test_seats_are_declined_and_taken_back(registry: Registry, client: FlaskClient) -> None:
    page = client.get(f"/r/{registry.token}/decline")
    assert 'value="2"' in page.text
    form = {"seats": "2", "reason": "Trùng lịch", "version": "1", "form_key": "k"}
    assert client.post(f"/r/{registry.token}/decline", data={**form, "seats": "3"}).status_code == 422
    page = client.post(f"/r/{registry.token}/decline", data=form, follow_redirects=True)
    assert "Seats that stay empty: 2." in page.text
    assert client.post(f"/r/{registry.token}/decline", data=form).status_code == 409
    version = registry.mandate().version
    assert "The seats are open again." in client.post(f"/r/{registry.token}/take-back", data={"version": version}, follow_redirects=True).text
    assert registry.mandate().declined_seats == 0


def test_late_changes_are_announced_before_they_are_saved(registry: Registry, client: FlaskClient, begin: BeginWork) -> None:
    [an] = named(registry, AN)
    with begin() as work:
        work.session.get_one(Conference, registry.conference_id).registration_deadline = NOW - timedelta(days=3)
    for step in ("", "/add", "/paste", "/decline", f"/people/{an.id}", f"/people/{an.id}/substitute"):
        assert "and marked as late" in client.get(f"/r/{registry.token}{step}").text
    assert "over since 3 days" in client.get(f"/r/{registry.token}").text
    client.post(f"/r/{registry.token}/add", data=rows({"full_name": "Lê Văn Bình"}))
    assert registry.changes()[-1] == ("named", "Lê Văn Bình", True, None)


@pytest.mark.parametrize(
    ("state", "words"),
    [("postponed", "postponed"), ("cancelled", "cancelled"), ("closed", "is over"), ("in_progress", "has begun")],
)
def test_page_says_what_stands(registry: Registry, client: FlaskClient, begin: BeginWork, state: str, words: str) -> None:
    named(registry, AN)
    with begin() as work:
        settle(work.session.get_one(Conference, registry.conference_id), state)
    page = client.get(f"/r/{registry.token}")
    assert (page.status_code, words in page.text, "Trần Thị An" in page.text, "Add delegates" in page.text) == (200, True, True, state == "postponed")
    answer = client.post(f"/r/{registry.token}/add", data=rows({"full_name": "Lê Văn Bình"}))
    assert answer.status_code == (303 if state == "postponed" else 409)


def test_link_is_dead_after_the_end_after_it_was_revoked_and_after_a_new_one(registry: Registry, client: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        work.session.get_one(Conference, registry.conference_id).ends_at = NOW
        work.session.get_one(Conference, registry.conference_id).starts_at = NOW - timedelta(hours=1)
    page = client.get(f"/r/{registry.token}")
    assert (page.status_code, "is over, and so is the registration" in page.text, "Sở Y tế" in page.text) == (410, True, False)
    with begin() as work:
        work.session.get_one(Conference, registry.conference_id).ends_at = NOW + timedelta(hours=2)
    with registry.organiser() as work:
        revoke_link(work, *registry.unit)
    page = client.get(f"/r/{registry.token}")
    assert (page.status_code, "has withdrawn this link" in page.text, "Sở Y tế" in page.text) == (410, True, False)
    assert client.post(f"/r/{registry.token}/add", data=rows({"full_name": "Ai Đó"})).status_code == 410
    with registry.organiser() as work:
        fresh = registration_token(work, make_link(work, *registry.unit))
    assert (client.get(f"/r/{registry.token}").status_code, client.get(f"/r/{fresh}").status_code) == (404, 200)


def test_link_opens_neither_another_unit_nor_the_organisers_pages(registry: Registry, client: FlaskClient) -> None:
    with registry.liaison(registry.other_id) as work:
        [other] = name_people(work, registry.conference_id, registry.other_id, [AN])
    for address in (f"/r/{registry.token}/people/{other.id}", f"/r/{registry.token}/people/{other.id}/substitute", "/r/x", "/r/x/add"):
        assert client.get(address).status_code == 404
    assert client.post(f"/r/{registry.token}/people/{other.id}/remove", data={"version": other.version}).status_code == 404
    assert "Trần Thị An" not in client.get(f"/r/{registry.token}").text
    own = f"/conferences/{registry.conference_id}/registrations"
    assert client.get(own).location.startswith("/sign-in")
    assert client.post(f"{own}/{registry.mandate_id}/add", data=rows({"full_name": "Ai Đó"})).location.startswith("/sign-in")


def test_opening_is_written_down_once_an_hour(registry: Registry, client: FlaskClient) -> None:
    for _ in range(3):
        client.get(f"/r/{registry.token}")
    assert [kind for kind, *_rest in registry.changes()] == ["link_opened"]
    assert registry.mandate().link_opened_at == NOW


def test_invitation_is_sent_again_without_showing_it(registry: Registry, client: FlaskClient, begin: BeginWork) -> None:
    [an] = named(registry, AN)
    address = f"/r/{registry.token}/people/{an.id}/write"
    assert "has not sent this person" in client.post(address, follow_redirects=True).text
    with begin() as work:
        told = {"told_to": an.email, "told_at": NOW, "scope": "conference", "uid": "u", "fingerprint": "f", "changed_at": NOW}
        columns = {column.key for column in CalendarEntry.__table__.columns}
        work.session.add(
            CalendarEntry(conference_id=registry.conference_id, delegate_id=an.id, **{key: value for key, value in told.items() if key in columns})
        )
    assert "Send the invitation again" in client.get(f"/r/{registry.token}").text
    assert "is sent once more" in client.post(address, follow_redirects=True).text
    assert "less than an hour ago" in client.post(address, follow_redirects=True).text
    with begin() as work:
        assert [(message.to_address, message.delegate_id) for message in work.session.scalars(select(Message))] == [(an.email, an.id)]


def test_guessing_links_is_slowed_down_and_one_link_has_its_own_measure(registry: Registry, client: FlaskClient, app: Flask) -> None:
    here = app.extensions["confsvc"]
    install_runtime(app, replace(here, settings=here.settings.model_copy(update={"link_limit": "3 per minute"})))
    decline = f"/r/{registry.token}/decline"
    assert [client.get(decline).status_code for _ in range(122)] == [200] * 120 + [429] * 2
    assert [client.get(f"/r/{'b' * 31}{letter}").status_code for letter in "abcde"] == [404, 404, 404, 429, 429]
    assert client.get(f"/r/{registry.other_token}", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


@pytest.mark.parametrize("step", ["", "/add", "/decline"])
def test_page_asks_as_much_of_the_database_for_many_people_as_for_one(
    registry: Registry, client: FlaskClient, begin: BeginWork, count_queries: CountQueries, step: str
) -> None:
    with begin() as work:
        work.session.get_one(Mandate, registry.mandate_id).seats = 40
    client.get(f"/r/{registry.token}")
    asked = []
    for many in (1, 20):
        named(registry, *[PersonEntry(f"Đại biểu {many}.{i}") for i in range(many)])
        with count_queries() as queries:
            assert client.get(f"/r/{registry.token}{step}").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12
