"""Answers from calendars: whose they are, which of them counts, and what they set."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from confsvc.domain.agenda import SessionEntry, add_session
from confsvc.domain.received_mail import take_mail
from confsvc.domain.replies import BY_CALENDAR, answer_invitation
from confsvc.domain.work import DelegateActor
from confsvc.models import AgendaSession, Attendance, AttendanceEvent, CalendarEntry, Conference, Delegate, Mandate
from confsvc.models.mail import Received
from confsvc.schemas.inbound_mail import read_mail
from tests.answering import ADDRESS, STAMP, answer_mail, answer_text, letter
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, make_conference, make_delegate, make_mandate, make_site
from tests.told_entries import tell_entry

Receive = Callable[..., tuple[str, ...]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def dina(begin: BeginWork) -> Delegate:
    """Invited by mail, to the conference as a whole."""
    with begin() as work:
        conference = make_conference(work, invited_at=NOW)
        delegate = make_delegate(work, make_mandate(work, conference, make_site(work, conference)), email=ADDRESS)
        tell_entry(work, delegate)
        return delegate


@pytest.fixture
def receive(begin: BeginWork, dina: Delegate) -> Receive:
    """`receive("DECLINED", sequence=1, …)`: an answer to dina's entry comes in; `mail` are options of the mail, `at` when it comes."""

    def come(
        partstat: str = "ACCEPTED", *, mail: dict[str, Any] | None = None, at: datetime = NOW, scope: str = "conference", **answer: Any
    ) -> tuple[str, ...]:
        with begin() as work:
            uid = work.session.scalars(select(CalendarEntry.uid).where(CalendarEntry.delegate_id == dina.id, CalendarEntry.scope == scope)).one()
        with begin(now=at) as work:
            return take_mail(work, read_mail(answer_mail(answer_text(uid, partstat, **answer), **(mail or {}))))

    return come


def standing(begin: BeginWork) -> tuple[str, str, str]:
    """Reply, its reason, the state of the attendance."""
    with begin() as work:
        delegate, attendance = work.session.scalars(select(Delegate)).one(), work.session.scalars(select(Attendance)).one()
        return delegate.reply, delegate.reply_reason, attendance.state


def kept(begin: BeginWork) -> list[tuple[str, str, str]]:
    """Kind, outcome and reason of everything that came in."""
    with begin() as work:
        return [(row.kind, row.outcome, row.reason) for row in work.session.scalars(select(Received).order_by(Received.id))]


def test_accepting_and_declining_set_the_answer_as_the_link_does(begin: BeginWork, receive: Receive) -> None:
    assert receive("DECLINED", lines=["COMMENT:Đi  công tác"]) == ("taken",)
    assert standing(begin) == ("declined", "Đi công tác", "excused")
    assert receive("ACCEPTED", stamp=STAMP + MINUTE) == ("taken",)
    assert standing(begin) == ("accepted", "", "not_yet")
    with begin() as work:
        lines = [(line.kind, line.method) for line in work.session.scalars(select(AttendanceEvent).order_by(AttendanceEvent.revision))]
        assert lines == [("excuse", "self"), ("withdraw_excuse", "self")]
        [first, second] = work.session.scalars(select(Received).order_by(Received.id))
        assert (first.from_address, first.subject, first.received_at, first.detail["comment"]) == (ADDRESS, "Accepted: Hội nghị", NOW, "Đi công tác")
        assert (second.conference_id, second.delegate_id) == (first.conference_id, first.delegate_id)


def test_declining_without_a_word_has_a_reason_all_the_same(begin: BeginWork, receive: Receive) -> None:
    receive("DECLINED")
    assert standing(begin) == ("declined", BY_CALENDAR, "excused")


def test_the_same_mail_twice_counts_once(begin: BeginWork, receive: Receive) -> None:
    assert [receive("DECLINED"), receive("DECLINED")] == [("taken",), ("repeated",)]
    assert kept(begin) == [("reply", "taken", "")]


@pytest.mark.parametrize(("partstat", "reason"), [("TENTATIVE", "tentative"), ("DELEGATED", "delegated")])
def test_maybe_and_somebody_else_are_shown_and_set_nothing(begin: BeginWork, receive: Receive, partstat: str, reason: str) -> None:
    assert receive(partstat, parameters=';DELEGATED-TO="mailto:pho@example.org"') == ("shown",)
    assert (standing(begin), kept(begin)) == (("none", "", "not_yet"), [("reply", "shown", reason)])
    with begin() as work:
        assert work.session.scalars(select(Received)).one().detail["delegated_to"] == "pho@example.org"


@pytest.mark.parametrize("partstat", ["NEEDS-ACTION", "COMPLETED", "X-NONSENSE", ""])
def test_answer_that_says_nothing_is_left(begin: BeginWork, receive: Receive, partstat: str) -> None:
    assert receive(partstat) == ("ignored",)
    assert (standing(begin)[0], kept(begin)) == ("none", [("reply", "ignored", "says_nothing")])


def test_proposal_is_shown_with_what_is_wanted(begin: BeginWork, receive: Receive) -> None:
    assert receive("DECLINED", method="COUNTER", lines=["DTSTART:20230117T070000Z", "DTEND:20230117T100000Z", "COMMENT:Sáng mai được không?"]) == ("shown",)
    assert standing(begin) == ("none", "", "not_yet")
    with begin() as work:
        row = work.session.scalars(select(Received)).one()
        assert (row.kind, row.outcome, row.reason) == ("counter", "shown", "proposal")
        wanted = {"starts_at": "2023-01-17T07:00:00+00:00", "ends_at": "2023-01-17T10:00:00+00:00", "comment": "Sáng mai được không?"}
        assert wanted.items() <= row.detail.items()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mail": {"sender": "Nguyễn Thị Dina <mallory@example.org>"}}, "other_sender"),
        ({"mail": {"sender": f'"{ADDRESS}" <mallory@example.org>'}}, "other_sender"),
        ({"mail": {"sender": f"{ADDRESS}, mallory@example.org"}}, "other_sender"),
        ({"attendee": "mailto:mallory@example.org"}, "other_attendee"),
        ({"attendee": "mailto:mallory@example.org", "mail": {"sender": "mallory@example.org"}}, "other_attendee"),
        ({"lines": ["ATTENDEE;PARTSTAT=ACCEPTED:mailto:mallory@example.org"]}, "other_attendee"),
        ({"attendee": ""}, "other_attendee"),
    ],
)
@pytest.mark.parametrize("method", ["REPLY", "COUNTER"])
def test_word_of_somebody_else_is_shown_and_never_set(begin: BeginWork, receive: Receive, changes: dict[str, Any], reason: str, method: str) -> None:
    assert receive("DECLINED", method=method, **changes) == ("shown",)
    assert (standing(begin), kept(begin)) == (("none", "", "not_yet"), [("reply" if method == "REPLY" else "counter", "shown", reason)])


def test_case_of_an_address_makes_no_stranger(begin: BeginWork, receive: Receive) -> None:
    assert receive(attendee=f"MAILTO:{ADDRESS.upper()}", mail={"sender": f"<{ADDRESS.title()}>"}) == ("taken",)


def test_unknown_entry_is_left_and_nothing_of_the_mail_is_kept(begin: BeginWork, dina: Delegate) -> None:
    for uid in (str(uuid4()), "", "x" * 10_000, "%", dina.link_uid):
        with begin() as work:
            assert take_mail(work, read_mail(answer_mail(answer_text(uid, "DECLINED", lines=["COMMENT:riêng"])))) == ("ignored",)
    with begin() as work:
        rows = work.session.scalars(select(Received)).all()
        assert {(row.reason, row.conference_id, row.from_address, row.subject, str(row.detail)) for row in rows} == {("unknown_entry", None, "", "", "{}")}
    assert standing(begin)[0] == "none"


def test_entry_that_was_only_downloaded_takes_no_answer(begin: BeginWork, receive: Receive) -> None:
    with begin() as work:
        work.session.scalars(select(CalendarEntry)).one().told_to = ""
    assert receive("DECLINED") == ("ignored",)
    assert standing(begin)[0] == "none"


def test_address_that_was_corrected_since_is_not_the_delegates_any_more(begin: BeginWork, receive: Receive, dina: Delegate) -> None:
    with begin() as work:
        work.session.get_one(Delegate, dina.id).email = "dina@other.example.org"
    assert receive("DECLINED") == ("shown",)
    assert kept(begin) == [("reply", "shown", "address_changed")]


@pytest.mark.parametrize(("stamp", "sequence"), [(STAMP - MINUTE, 1), (STAMP + MINUTE, 0)])
def test_older_answer_never_overwrites_a_newer_one(begin: BeginWork, receive: Receive, stamp: datetime, sequence: int) -> None:
    with begin() as work:
        told = work.session.scalars(select(CalendarEntry)).one()
        told.told = {**(told.told or {}), "sequence": 1}
    receive("DECLINED", sequence=1)
    assert receive("ACCEPTED", stamp=stamp, sequence=sequence) == ("ignored",)
    assert (standing(begin)[0], kept(begin)[-1]) == ("declined", ("reply", "ignored", "outdated"))


def test_answer_of_the_same_moment_counts_as_it_comes(begin: BeginWork, receive: Receive) -> None:
    receive("DECLINED")
    receive("ACCEPTED")
    assert standing(begin)[0] == "accepted"


def test_answer_by_the_link_is_newer_than_a_mail_written_before(begin: BeginWork, receive: Receive, dina: Delegate) -> None:
    receive("DECLINED", stamp=STAMP)
    with begin(DelegateActor(dina.id), now=NOW + MINUTE) as work:
        answer_invitation(work, reply="accepted", reason="", client_ref=str(uuid4()))
    assert receive("DECLINED", stamp=NOW, at=NOW + 3 * MINUTE, lines=["COMMENT:x"]) == ("ignored",)
    assert receive("DECLINED", stamp=NOW + 2 * MINUTE, at=NOW + 3 * MINUTE, lines=["COMMENT:y"]) == ("taken",)
    assert standing(begin)[:2] == ("declined", "y")


def test_mail_that_took_long_is_not_older_than_one_that_came_before(begin: BeginWork, receive: Receive) -> None:
    receive("DECLINED", stamp=STAMP, at=NOW)
    assert receive("ACCEPTED", stamp=STAMP + MINUTE, at=NOW + MINUTE) == ("taken",)


def test_clock_ahead_and_sequence_ahead_block_nothing_later(begin: BeginWork, receive: Receive) -> None:
    assert receive("DECLINED", stamp=NOW + timedelta(days=3_000), sequence=999_999_999) == ("taken",)
    assert receive("ACCEPTED", stamp=NOW + MINUTE, at=NOW + 2 * MINUTE) == ("taken",)
    assert standing(begin)[0] == "accepted"


def test_answer_to_an_earlier_version_is_shown(begin: BeginWork, receive: Receive) -> None:
    with begin() as work:
        entry = work.session.scalars(select(CalendarEntry)).one()
        # A file was downloaded after a change that nobody was mailed about: the mail's own number counts.
        entry.told, entry.sequence = {**(entry.told or {}), "sequence": 2}, 7
    assert receive("ACCEPTED", sequence=1) == ("shown",)
    assert (standing(begin)[0], kept(begin)) == ("none", [("reply", "shown", "earlier_version")])
    assert receive("ACCEPTED", sequence=2) == ("taken",)


@pytest.mark.parametrize("state", ["draft", "closed", "cancelled"])
def test_conference_that_is_over_takes_no_answer(begin: BeginWork, receive: Receive, state: str) -> None:
    with begin() as work:
        conference = work.session.scalars(select(Conference)).one()
        conference.state, conference.closed_at = state, ENDS if state == "closed" else None
    for method in ("REPLY", "COUNTER"):
        assert receive("DECLINED", method=method) == ("ignored",)
    assert (standing(begin)[0], {reason for _, _, reason in kept(begin)}) == ("none", {"over"})


def test_after_the_end_nothing_is_taken(begin: BeginWork, receive: Receive) -> None:
    assert receive("DECLINED", at=ENDS) == ("ignored",)


@pytest.mark.parametrize("cancelled", [True, False])
def test_who_was_taken_out_has_nothing_to_answer(begin: BeginWork, dina: Delegate, cancelled: bool) -> None:
    with begin() as work:
        entry = work.session.scalars(select(CalendarEntry)).one()
        uid = entry.uid
        if cancelled:
            entry.cancelled_at = NOW
        else:
            entry.delegate_id = None
    with begin() as work:
        assert take_mail(work, read_mail(answer_mail(answer_text(uid, "DECLINED")))) == ("ignored",)
    assert (standing(begin)[0], kept(begin)) == ("none", [("reply", "ignored", "taken_out")])


@pytest.mark.parametrize("state", ["substituted", "left", "pending"])
def test_what_the_link_would_refuse_is_refused(begin: BeginWork, receive: Receive, state: str) -> None:
    with begin() as work:
        work.session.scalars(select(Attendance)).one().state = state
    assert receive("DECLINED") == ("refused",)
    assert (standing(begin), kept(begin)) == (("none", "", state), [("reply", "refused", "not_possible")])


class TestSessions:
    """One entry for each session: the answer is whether somebody comes at all."""

    @pytest.fixture(autouse=True)
    def entries(self, begin: BeginWork, dina: Delegate) -> list[str]:
        with begin() as work:
            conference = work.session.get_one(Conference, dina.conference_id)
            conference.entry_rule = "sessions"
            work.session.delete(work.session.scalars(select(CalendarEntry)).one())
            for number in (1, 2):
                add_session(work, conference.id, SessionEntry(f"Phiên {number}", STARTS + number * MINUTE, ENDS))
            scopes = [f"session:{uid}" for uid in work.session.scalars(select(AgendaSession.uid).order_by(AgendaSession.starts_at))]
            for scope in scopes:
                tell_entry(work, work.session.get_one(Delegate, dina.id), scope)
            self.scopes = scopes
            return scopes

    def test_declining_one_session_declines_nothing_and_is_shown(self, begin: BeginWork, receive: Receive) -> None:
        assert receive("DECLINED", scope=self.scopes[0]) == ("shown",)
        assert (standing(begin)[0], kept(begin)) == ("none", [("reply", "shown", "one_session")])
        with begin() as work:
            assert work.session.scalars(select(Received)).one().detail["session"] == "Phiên 1"

    def test_declining_every_session_declines(self, begin: BeginWork, receive: Receive) -> None:
        assert receive("DECLINED", scope=self.scopes[0]) == ("shown",)
        assert receive("DECLINED", scope=self.scopes[1], lines=["COMMENT:Ốm"]) == ("taken",)
        assert standing(begin)[:2] == ("declined", "Ốm")

    def test_taking_a_refusal_back_counts(self, begin: BeginWork, receive: Receive) -> None:
        receive("DECLINED", scope=self.scopes[0])
        assert receive("ACCEPTED", scope=self.scopes[0], stamp=STAMP + MINUTE) == ("taken",)
        assert receive("DECLINED", scope=self.scopes[1]) == ("shown",)
        assert standing(begin)[0] == "accepted"

    def test_answers_to_both_in_one_mail_are_one_answer(self, begin: BeginWork) -> None:
        with begin() as work:
            first, second = (answer_text(uid, "DECLINED") for uid in work.session.scalars(select(CalendarEntry.uid).order_by(CalendarEntry.id)))
        mail = read_mail(answer_mail(first.replace("END:VCALENDAR\r\n", "") + second.partition("METHOD:REPLY\r\n")[2]))
        for outcome in (("shown", "taken"), ("repeated",)):
            with begin() as work:
                assert take_mail(work, mail) == outcome
        assert (standing(begin)[0], len(kept(begin))) == ("declined", 2)


def test_answer_in_somebodys_name_touches_nobody_else(begin: BeginWork, receive: Receive, dina: Delegate) -> None:
    with begin() as work:
        mandate = work.session.scalars(select(Mandate)).one()
        other = make_delegate(work, mandate, "Lê Văn Em", email="em@example.org")
        uid = tell_entry(work, other).uid
    with begin() as work:
        assert take_mail(work, read_mail(answer_mail(answer_text(uid, "DECLINED")))) == ("shown",)
    with begin() as work:
        assert set(work.session.scalars(select(Delegate.reply))) == {"none"}


def test_automatic_letters_and_strangers_are_left(begin: BeginWork, dina: Delegate) -> None:
    for mail in (letter(Auto_Submitted="auto-replied"), letter(Message_ID="<2@example.org>")):
        with begin() as work:
            assert take_mail(work, read_mail(mail)) == ("ignored",)
    assert kept(begin) == [("other", "ignored", "automatic"), ("other", "ignored", "unrelated")]
