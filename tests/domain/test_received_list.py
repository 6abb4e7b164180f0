"""What came in, as organisers see it and settle it; bounces; what a declined proposal is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from confsvc.domain.errors import NotFound, WrongState
from confsvc.domain.received_list import ReceivedLine, count_received, decline_proposal, list_received, reopen_received, settle_received
from confsvc.domain.received_mail import take_mail
from confsvc.domain.work import AccountActor
from confsvc.models import CalendarEntry, Conference, Delegate
from confsvc.models.mail import Message, Received
from confsvc.schemas.inbound_mail import read_mail
from confsvc.schemas.letters import Sender, write_letter
from tests.answering import ADDRESS, SERVER, answer_mail, answer_text, delivery_report, letter, plain_bounce
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, acting, make_account, make_conference, make_delegate, make_mandate, make_site
from tests.told_entries import send_message, tell_entry

SENT = "<m1@example.gov.vn>"


class Scene:
    """olga's conference with dina, who was invited by mail; mallory organises another one."""

    def __init__(self, begin: BeginWork) -> None:
        self.begin = begin
        with begin() as work:
            self.olga, mallory = acting(make_account(work)), make_account(work, "mallory")
            conference = make_conference(work, work.session.get_one(type(mallory), self.olga.account_id), invited_at=NOW)
            dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)), email=ADDRESS)
            self.uid = tell_entry(work, dina).uid
            send_message(work, conference, SENT, ADDRESS, delegate_id=dina.id, to_name=dina.full_name)
            self.theirs, self.mallory = make_conference(work, mallory, title="Hội nghị khác").id, acting(mallory)
            self.id, self.dina = conference.id, dina.id

    def take(self, data: bytes) -> tuple[str, ...]:
        with self.begin() as work:
            return take_mail(work, read_mail(data))

    def propose(self, **changes: Any) -> int:
        """A proposal comes in: its id."""
        lines = ["DTSTART:20230117T070000Z", *changes.pop("lines", ())]
        self.take(answer_mail(answer_text(self.uid, "TENTATIVE", method="COUNTER", lines=lines, **changes)))
        with self.begin() as work:
            return work.session.scalars(select(Received.id).order_by(Received.id.desc())).first() or 0

    def lines(self, show: str = "waiting", query: str = "") -> list[ReceivedLine]:
        with self.begin(self.olga) as work:
            return list_received(work, self.id, show=show, query=query).items

    def shown(self, show: str = "waiting", query: str = "") -> list[tuple[str, str, str]]:
        return [(line.received.kind, line.received.outcome, line.received.reason) for line in self.lines(show, query)]

    def act(self, step: Callable[..., None], received_id: int, actor: AccountActor | None = None, conference_id: int = 0) -> None:
        with self.begin(actor or self.olga) as work:
            step(work, conference_id or self.id, received_id)

    def messages(self) -> list[Message]:
        with self.begin() as work:
            return list(work.session.scalars(select(Message).where(Message.purpose == "counter_declined")))


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    return Scene(begin)


@pytest.mark.parametrize("data", [delivery_report(SENT), delivery_report(SENT, returned="text/rfc822-headers"), plain_bounce(SENT)])
def test_bounce_marks_its_message_and_is_shown_with_the_reason(scene: Scene, data: bytes) -> None:
    assert scene.take(data) == ("shown",)
    with scene.begin() as work:
        message = work.session.scalars(select(Message)).one()
        assert (message.state, "no such user" in message.error) == ("bounced", True)
    [line] = scene.lines()
    assert (line.received.kind, line.received.reason, line.delegate and line.delegate.id) == ("bounce", "bounced", scene.dina)
    assert (line.received.detail["address"], line.unit_name, line.can_decline) == (ADDRESS, "Sở Nội vụ", False)


@pytest.mark.parametrize("state", ["waiting", "failed", "dropped"])
def test_bounce_of_what_was_not_sent_marks_nothing(scene: Scene, state: str) -> None:
    with scene.begin() as work:
        work.session.scalars(select(Message)).one().state = state
    assert scene.take(delivery_report(SENT)) == ("ignored",)
    with scene.begin() as work:
        assert work.session.scalars(select(Message.state)).one() == state


def test_bounce_of_a_strangers_message_marks_nothing(scene: Scene) -> None:
    for name in ("<other@example.org>", "m1@example.gov.vn", "<M1@example.gov.vn>"):
        assert scene.take(delivery_report(name)) == ("ignored",)
    with scene.begin() as work:
        assert work.session.scalars(select(Message.state)).one() == "sent"


def test_words_in_answer_to_a_message_are_shown(scene: Scene) -> None:
    assert scene.take(letter("Tôi đến muộn.\n<script>", In_Reply_To=SENT)) == ("shown",)
    [line] = scene.lines()
    assert (line.received.reason, line.received.detail["text"], line.delegate and line.delegate.id) == ("letter", "Tôi đến muộn.\n<script>", scene.dina)
    assert scene.take(letter("Tôi nghỉ phép.", In_Reply_To=SENT, Auto_Submitted="auto-replied")) == ("ignored",)
    assert scene.shown("all")[0] == ("other", "ignored", "automatic")


def test_list_has_what_waits_what_was_settled_or_all_of_it(scene: Scene) -> None:
    proposal = scene.propose()
    scene.take(answer_mail(answer_text(scene.uid)))
    assert scene.shown() == [("counter", "shown", "proposal")]
    scene.act(settle_received, proposal)
    assert (scene.shown(), scene.shown("settled")) == ([], [("counter", "settled", "proposal")])
    assert scene.shown("all") == [("reply", "taken", ""), ("counter", "settled", "proposal")]
    [line] = scene.lines("settled")
    assert (line.settled_by, line.received.settled_at) == ("Olga", NOW)
    with scene.begin() as work:
        assert (count_received(work, scene.id), count_received(work, scene.theirs)) == (0, 0)
    scene.act(settle_received, proposal)
    scene.act(reopen_received, proposal)
    assert scene.shown() == [("counter", "shown", "proposal")]
    assert scene.lines()[0].received.settled_by_id is None


@pytest.mark.parametrize(("query", "found"), [("dina", 1), ("Đina", 1), ("DINA@EXAMPLE", 1), ("mallory", 0), ("%", 0), ("_", 0)])
def test_list_is_searched_by_person_and_address(scene: Scene, query: str, found: int) -> None:
    scene.propose()
    assert len(scene.shown(query=query)) == found


def test_what_asked_for_no_look_is_not_settled(scene: Scene) -> None:
    scene.take(answer_mail(answer_text(scene.uid)))
    [line] = scene.lines("all")
    for step in (settle_received, reopen_received, decline_proposal):
        with pytest.raises(WrongState):
            scene.act(step, line.received.id)


@pytest.mark.parametrize("step", [settle_received, reopen_received, decline_proposal])
def test_outsiders_reach_nothing(scene: Scene, step: Callable[..., None]) -> None:
    proposal = scene.propose()
    for actor, conference_id in ((scene.mallory, scene.id), (scene.mallory, scene.theirs), (scene.olga, scene.theirs)):
        with pytest.raises(NotFound):
            scene.act(step, proposal, actor, conference_id)
    with scene.begin(scene.mallory) as work, pytest.raises(NotFound):
        list_received(work, scene.id)
    assert (scene.shown(), scene.messages()) == ([("counter", "shown", "proposal")], [])


def test_declined_proposal_is_told_once_and_settled(scene: Scene) -> None:
    proposal = scene.propose()
    assert scene.lines()[0].can_decline
    scene.act(decline_proposal, proposal)
    scene.act(decline_proposal, proposal)
    [message] = scene.messages()
    assert (message.to_address, message.to_name, message.delegate_id, message.entry_id, message.state) == (
        ADDRESS,
        "Nguyễn Thị Dina",
        scene.dina,
        None,
        "waiting",
    )
    assert scene.shown("settled") == [("counter", "settled", "proposal")]
    with pytest.raises(WrongState):
        scene.act(reopen_received, proposal)


def test_letter_of_a_declined_proposal_carries_a_declinecounter(scene: Scene) -> None:
    with scene.begin() as work:
        entry = work.session.scalars(select(CalendarEntry)).one()
        entry.told, entry.sequence = {**(entry.told or {}), "sequence": 3}, 5
    scene.act(decline_proposal, scene.propose(sequence=3))
    [message] = scene.messages()
    with scene.begin() as work:
        written = write_letter(work, work.session.get_one(Message, message.id), Sender(SERVER, "https://example.gov.vn"))
        assert written
        assert written.calendar
        lines = written.calendar.ics.decode().replace("\r\n ", "").split("\r\n")
        assert written.calendar.method == "DECLINECOUNTER"
        wanted = {"METHOD:DECLINECOUNTER", f"UID:{scene.uid}", "SEQUENCE:3", "DTSTAMP:20230116T063000Z", "BEGIN:VEVENT"}
        assert wanted <= set(lines)
        assert [line.rpartition(":mailto:")[2] for line in lines if line.startswith(("ATTENDEE", "ORGANIZER"))] in ([ADDRESS, SERVER], [SERVER, ADDRESS])
        assert not any(line.startswith(("BEGIN:VALARM", "RSVP")) for line in lines)
        # What the calendar holds has not changed by it.
        told = work.session.scalars(select(CalendarEntry)).one().told
        assert told
        assert told["sequence"] == 3


def test_declined_proposal_of_somebody_taken_out_meanwhile_says_nothing_to_calendars(scene: Scene) -> None:
    scene.act(decline_proposal, scene.propose())
    with scene.begin() as work:
        work.session.scalars(select(CalendarEntry)).one().cancelled_at = NOW
    [message] = scene.messages()
    with scene.begin() as work:
        written = write_letter(work, work.session.get_one(Message, message.id), Sender(SERVER))
        assert written is None or written.calendar is None


@pytest.mark.parametrize("mail", [{"sender": "mallory@example.org"}, {"sender": f"{ADDRESS}, mallory@example.org"}])
def test_strangers_proposal_cannot_be_declined(scene: Scene, mail: dict[str, str]) -> None:
    scene.take(answer_mail(answer_text(scene.uid, method="COUNTER"), **mail))
    [line] = scene.lines()
    assert not line.can_decline
    with pytest.raises(WrongState):
        scene.act(decline_proposal, line.received.id)
    assert scene.messages() == []


def test_nothing_is_declined_after_the_end_or_to_who_was_taken_out(scene: Scene) -> None:
    proposal = scene.propose()
    with scene.begin(scene.olga, now=ENDS + timedelta(hours=1)) as work, pytest.raises(WrongState):
        decline_proposal(work, scene.id, proposal)
    with scene.begin() as work:
        work.session.scalars(select(CalendarEntry)).one().delegate_id = None
    assert not scene.lines()[0].can_decline
    with pytest.raises(WrongState):
        scene.act(decline_proposal, proposal)
    with scene.begin() as work:
        work.session.get_one(Conference, scene.id).state = "cancelled"
    with pytest.raises(WrongState):
        scene.act(decline_proposal, proposal)
    scene.act(settle_received, proposal)


def test_removed_delegates_mail_is_still_listed(scene: Scene) -> None:
    scene.propose()
    with scene.begin() as work:
        work.session.scalars(select(Received)).one().delegate_id = None
    [line] = scene.lines()
    assert (line.delegate, line.unit_name, line.received.from_address) == (None, "", ADDRESS)
    with scene.begin() as work:
        assert work.session.scalars(select(Delegate.reply)).one() == "none"
