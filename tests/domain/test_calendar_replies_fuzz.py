"""Whatever comes in, and from whomever: an answer is set only by the invited person's own word, and only theirs."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from confsvc.domain.received_mail import REPEATED, take_mail
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, CalendarEntry, Delegate
from confsvc.models.mail import OUTCOMES, Message, Received
from confsvc.schemas.inbound_mail import read_mail
from tests.answering import ADDRESS, STAMP, answer_mail, answer_text, delivery_report
from tests.conftest import NOW, BeginWork
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.told_entries import send_message, tell_entry

EM = "em@example.org"
MALLORY = "mallory@example.org"
ADDRESSES = [ADDRESS, EM, MALLORY, ADDRESS.upper(), f"{ADDRESS}.evil.example.com", ""]
SENDERS = [
    *ADDRESSES[:3],
    f'"{ADDRESS}" <{MALLORY}>',
    f"{ADDRESS}, {MALLORY}",
    f"Dina <{ADDRESS}>",
    f"<{ADDRESS}> <{EM}>",
    "\x00",
    "=?utf-8?b?ZGluYUBleGFtcGxlLm9yZw==?=",
]
OWN_SENDERS = {ADDRESS: {ADDRESS, f"Dina <{ADDRESS}>"}, EM: {EM}}
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Undo(Exception):
    """Every example begins with the same rows."""


@pytest.fixture
def uids(begin: BeginWork) -> dict[str, str]:
    """The entries of two people who were invited by mail, by address, and one that is nobody's."""
    with begin() as work:
        conference = make_conference(work, invited_at=NOW)
        mandate = make_mandate(work, conference, make_site(work, conference))
        found = {address: tell_entry(work, make_delegate(work, mandate, email=address)).uid for address in (ADDRESS, EM)}
        send_message(work, conference, "<m1@example.gov.vn>", ADDRESS)
        return {**found, "": "00000000-0000-4000-8000-999999999999"}


def replies(work: Work) -> dict[str, str]:
    return {delegate.email: delegate.reply for delegate in work.session.scalars(select(Delegate)) if delegate.reply != "none"}


@QUICK
@given(
    whose=st.sampled_from(["", ADDRESS, EM]),
    sender=st.sampled_from(SENDERS),
    attendee=st.sampled_from(ADDRESSES),
    method=st.sampled_from(["REPLY", "COUNTER", "REQUEST", "CANCEL"]),
    partstat=st.sampled_from(["ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", "NEEDS-ACTION", "x"]),
    sequence=st.integers(-1, 2**40),
    minutes=st.integers(-(10**6), 10**6),
)
def test_only_ones_own_word_sets_ones_answer(begin: BeginWork, uids: dict[str, str], whose: str, sender: str, attendee: str, **said: Any) -> None:
    stamp = STAMP + timedelta(minutes=said["minutes"])
    calendar = answer_text(uids[whose], said["partstat"], method=said["method"], attendee=f"mailto:{attendee}", sequence=said["sequence"], stamp=stamp)
    own = bool(whose) and attendee.lower() == whose and sender in OWN_SENDERS[whose]
    sets = own and said["method"] == "REPLY" and said["partstat"] in ("ACCEPTED", "DECLINED")
    with suppress(Undo), begin() as work:
        outcomes = take_mail(work, read_mail(answer_mail(calendar, sender=sender)))
        assert replies(work) == ({whose: said["partstat"].lower()} if sets else {})
        assert ("taken" in outcomes) is sets
        raise Undo


SEEDS = st.sampled_from([ADDRESS, EM, "bounce"])
WOUNDS = st.lists(st.tuples(st.integers(0, 1_200), st.integers(0, 30), st.binary(max_size=30)), max_size=6)


@QUICK
@given(seed=SEEDS, wounds=WOUNDS)
def test_mail_with_wounds_writes_no_wrong_row(begin: BeginWork, uids: dict[str, str], seed: str, wounds: list[tuple[int, int, bytes]]) -> None:
    if seed == "bounce":
        data = delivery_report("<m1@example.gov.vn>")
    else:
        data = answer_mail(answer_text(uids[seed], "DECLINED", attendee=f"mailto:{seed}"), sender=seed, encoding="8bit")
    for at, removed, added in wounds:
        data = data[:at] + added + data[at + removed :]
    with suppress(Undo), begin() as work:
        outcomes = take_mail(work, read_mail(data))
        assert set(outcomes) <= set(OUTCOMES)
        assert take_mail(work, read_mail(data)) == (REPEATED,)
        assert set(replies(work)) <= {seed}
        excused = work.session.scalars(select(Delegate.email).join(Attendance, Attendance.delegate_id == Delegate.id).where(Attendance.state != "not_yet"))
        assert set(excused) <= set(replies(work))
        assert len(work.session.scalars(select(AttendanceEvent.revision)).all()) <= 1
        assert work.session.scalars(select(Message.state)).one() in (("sent", "bounced") if seed == "bounce" else ("sent",))
        assert {entry.cancelled_at for entry in work.session.scalars(select(CalendarEntry))} == {None}
        assert len(work.session.scalars(select(Received.id)).all()) == len(outcomes)
        raise Undo
