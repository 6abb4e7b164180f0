"""The organiser's page of what came in, over HTTP."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.calendar_replies import OWN_WORD
from confsvc.domain.received_mail import take_mail
from confsvc.domain.replies import BY_CALENDAR
from confsvc.models import Delegate, Mandate
from confsvc.models.mail import Message, Received
from confsvc.schemas.inbound_mail import read_mail
from confsvc.web.received import ANSWERS, REASONS
from tests.answering import ADDRESS, answer_mail, answer_text, delivery_report, letter
from tests.conftest import NOW, BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site
from tests.told_entries import send_message, tell_entry
from tests.web.conftest import CountQueries, SignIn

HOSTILE = "<script>alert(1)</script> {x} =cmd|'/c'!A1 \u202egnp"


class Scene:
    """olga's conference with dina, who was invited by mail; mallory organises another one."""

    def __init__(self, begin: BeginWork) -> None:
        self.begin = begin
        with begin() as work:
            self.olga, self.mallory = make_account(work), make_account(work, "mallory")
            self.conference = make_conference(work, self.olga, invited_at=NOW)
            self.mandate = make_mandate(work, self.conference, make_site(work, self.conference), liaison_email="vanthu@example.org")
            self.dina = make_delegate(work, self.mandate, email=ADDRESS)
            self.uid = tell_entry(work, self.dina).uid
            send_message(work, self.conference, "<m1@example.gov.vn>", ADDRESS, delegate_id=self.dina.id)
            send_message(work, self.conference, "<m2@example.gov.vn>", "vanthu@example.org", mandate_id=self.mandate.id)
            self.theirs = make_conference(work, self.mallory, title="Hội nghị khác")
        self.page = f"/conferences/{self.conference.id}/received"

    def take(self, data: bytes) -> int:
        with self.begin() as work:
            take_mail(work, read_mail(data))
        with self.begin() as work:
            return work.session.scalars(select(Received.id).order_by(Received.id.desc())).first() or 0

    def propose(self, number: int = 0, **answer: Any) -> int:
        lines = ["DTSTART:20230117T070000Z", "DTEND:20230117T100000Z", "LOCATION:Hội trường B", *answer.pop("lines", ())]
        return self.take(answer_mail(answer_text(self.uid, "TENTATIVE", method="COUNTER", lines=lines, **answer), Message_ID=f"<{number}@example.org>"))


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    return Scene(begin)


@pytest.fixture
def olga(scene: Scene, sign_in: SignIn) -> FlaskClient:
    return sign_in(scene.olga)


def words(browser: FlaskClient, page: str) -> str:
    """The text of the page's main part, tags and line ends gone."""
    answer = browser.get(page)
    assert answer.status_code == 200
    main = answer.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_nothing_came_in(scene: Scene, olga: FlaskClient) -> None:
    assert "Nothing to look at" in words(olga, scene.page)
    assert "Nothing was settled yet." in words(olga, f"{scene.page}?show=settled")
    assert "Nothing has come in yet." in words(olga, f"{scene.page}?show=all")
    assert "wait for a look" not in words(olga, f"/conferences/{scene.conference.id}")


def test_proposal_is_shown_settled_and_looked_at_again(scene: Scene, olga: FlaskClient) -> None:
    proposal = scene.propose(lines=["COMMENT:Sáng mai được không?"])
    shown = words(olga, scene.page)
    told = ("Nguyễn Thị Dina", "Sở Nội vụ", "Proposal", "14:00, Tuesday, 17/01/2023 until 17:00; Hội trường B", "Sáng mai được không?", "Decline the proposal")
    assert [text for text in told if text not in shown] == []
    assert "1 message that came in waits for a look." in words(olga, f"/conferences/{scene.conference.id}")

    settled = olga.post(f"{scene.page}/{proposal}/settle", follow_redirects=True).get_data(as_text=True)

    assert "It is settled." in settled
    assert "Nothing to look at" in settled
    assert "Settled by Olga" in words(olga, f"{scene.page}?show=settled")
    olga.post(f"{scene.page}/{proposal}/reopen")
    assert "Proposes another time or place." in words(olga, scene.page)


def test_declining_a_proposal_puts_one_message(scene: Scene, olga: FlaskClient) -> None:
    proposal = scene.propose()
    for _ in range(2):
        assert olga.post(f"{scene.page}/{proposal}/decline").status_code == 303
    with scene.begin() as work:
        [message] = work.session.scalars(select(Message).where(Message.purpose == "counter_declined"))
        assert (message.to_address, message.conference_id) == (ADDRESS, scene.conference.id)
    assert "Declined by Olga" in words(olga, f"{scene.page}?show=settled")
    assert "not possible" in olga.post(f"{scene.page}/{proposal}/reopen", follow_redirects=True).get_data(as_text=True)


def test_stranger_and_hostile_words_stay_words(scene: Scene, olga: FlaskClient) -> None:
    scene.take(answer_mail(answer_text(scene.uid, "DECLINED", lines=[f"COMMENT:{HOSTILE}"]), sender="mallory@example.org", Subject=HOSTILE))
    page = olga.get(scene.page).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {x} =cmd|" in page
    assert "It cannot be trusted" in page
    assert "Decline the proposal" not in page
    assert "mallory@example.org" in page


def test_what_did_not_arrive_is_said_on_the_pages_of_person_and_unit(scene: Scene, olga: FlaskClient) -> None:
    person, unit = (f"/conferences/{scene.conference.id}/{part}" for part in (f"delegates/{scene.dina.id}", f"mandates/{scene.mandate.id}"))
    assert "could not be delivered" not in words(olga, person) + words(olga, unit)
    for name in ("<m1@example.gov.vn>", "<m2@example.gov.vn>"):
        scene.take(delivery_report(name, why=f"550 {HOSTILE}"))
    for page, address in ((person, ADDRESS), (unit, "vanthu@example.org")):
        shown = words(olga, page)
        assert f"The last message to {address} could not be delivered" in shown
        assert "550 &lt;script&gt;" in shown
    assert "1 message from this person waits for a look." in words(olga, person)
    with scene.begin() as work:
        work.session.get_one(Delegate, scene.dina.id).email = "dina@other.example.org"
        work.session.get_one(Mandate, scene.mandate.id).liaison_email = ""
    assert "could not be delivered" not in words(olga, person) + words(olga, unit)


def test_refusal_without_a_reason_is_said_in_words_everywhere(scene: Scene, olga: FlaskClient, client: FlaskClient) -> None:
    scene.take(answer_mail(answer_text(scene.uid, "DECLINED")))
    conference = f"/conferences/{scene.conference.id}"
    places = [
        f"{conference}/delegates/{scene.dina.id}",
        f"{conference}/attendance",
        f"{conference}/missing?who=all",
        f"{conference}/attendance/{scene.dina.id}",
    ]
    found = [words(olga, place) for place in places if olga.get(place).status_code == 200]
    assert len(found) >= 3
    assert all("declined in the calendar, without a reason" in text for text in found)
    assert BY_CALENDAR not in "".join(found)


def test_letters_and_everything_else_are_listed_under_all(scene: Scene, olga: FlaskClient) -> None:
    scene.take(answer_mail(answer_text(scene.uid)))
    scene.take(letter("Tôi đến muộn.", In_Reply_To="<m1@example.gov.vn>"))
    shown = words(olga, f"{scene.page}?show=all")
    assert "Taken as this person" in shown
    assert "Tôi đến muộn." in shown
    assert "Taken as this person" not in words(olga, scene.page)
    assert "Nothing was found." in words(olga, f"{scene.page}?show=all&q=nobody")
    assert "Tôi đến muộn." in words(olga, f"{scene.page}?show=nonsense&page=99&q=dina")


def test_outsiders_see_and_do_nothing(scene: Scene, client: FlaskClient, sign_in: SignIn) -> None:
    proposal = scene.propose()
    mallory = sign_in(scene.mallory)
    theirs = f"/conferences/{scene.theirs.id}/received"
    for step in ("settle", "reopen", "decline"):
        assert [mallory.post(f"{page}/{proposal}/{step}").status_code for page in (scene.page, theirs)] == [404, 404]
        assert client.post(f"{scene.page}/{proposal}/{step}").status_code == 303
    assert (mallory.get(scene.page).status_code, client.get(scene.page).status_code) == (404, 303)
    assert "Nothing to look at" in words(mallory, theirs)
    with scene.begin() as work:
        assert work.session.scalars(select(Received.outcome)).one() == "shown"


def test_queries_do_not_grow_with_what_came_in(scene: Scene, olga: FlaskClient, count_queries: CountQueries) -> None:
    counts = []
    for number in range(12):
        scene.propose(number)
        if number in (1, 11):
            with count_queries() as queries:
                assert olga.get(scene.page).status_code == 200
            counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_every_reason_has_a_sentence() -> None:
    assert set(OWN_WORD) < set(REASONS)
    assert set(ANSWERS) == {"ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"}
