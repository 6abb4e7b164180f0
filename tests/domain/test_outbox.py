"""The outbox: one message at a time, held by one sender, written once, never lost, given up only after its time."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from confsvc.domain.conferences import move_conference
from confsvc.domain.errors import Invalid
from confsvc.domain.facts import Fact, MailPut
from confsvc.domain.outbox import (
    NewMessage,
    Outgoing,
    Written,
    claim_message,
    is_mail_due,
    note_bounced,
    note_delayed,
    note_refused,
    note_sent,
    pause_after,
    put_back,
    put_mailing,
)
from confsvc.domain.outbox_list import pause_mailing, resume_mailing
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference, Message
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site
from tests.outgoing import LEASE, PATIENCE, SENDER, claim, claim_next, make_entry, put, put_about, write

LATER = NOW + timedelta(days=3)


@pytest.fixture
def conference(work: Work) -> Conference:
    return make_conference(work)


@pytest.fixture
def entry(work: Work, conference: Conference) -> CalendarEntry:
    return make_entry(work, make_delegate(work, make_mandate(work, conference, make_site(work, conference))))


def at(work: Work, *, minutes: float = 0) -> Work:
    """The same unit some minutes later."""
    return Work(work.session, work.now + timedelta(minutes=minutes), work.new_id, work.secret, work.actor, work.facts)


def states(work: Work) -> list[str]:
    return list(work.session.scalars(select(Message.state).order_by(Message.id)))


def recipients(work: Work) -> list[str]:
    """Everything that is due, sent in turn: to whom."""
    found = []
    while (outgoing := claim(work)) is not None:
        found.append(outgoing.recipient)
        note_sent(work, outgoing.message_id)
    return found


def test_a_run_is_put_with_everything_about_it(begin: BeginWork, published: list[Fact]) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        delegate = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    with begin(acting(olga)) as work:
        about = NewMessage("dina@example.org", "Nguyễn Thị\r\nDina", None, delegate.mandate_id, delegate.id, delegate.site_id)
        mailing = put_mailing(work, conference.id, "reminder", [about], web_address="https://hop.example.org")
        assert (mailing.conference_id, mailing.purpose, mailing.created_by_id, mailing.created_at, mailing.paused_at) == (
            conference.id,
            "reminder",
            olga.id,
            NOW,
            None,
        )
        message = work.session.scalars(select(Message)).one()
        assert (message.to_name, message.to_address, message.to_fold) == ("Nguyễn Thị Dina", "dina@example.org", "nguyen thi dina dina@example.org")
        assert (message.mandate_id, message.delegate_id, message.site_id) == (delegate.mandate_id, delegate.id, delegate.site_id)
        assert (message.state, message.due_at, message.attempts, message.message_id, message.body) == ("waiting", NOW, 0, None, None)
        assert work.session.get_one(Conference, conference.id, populate_existing=True).web_address == "https://hop.example.org"
    assert published[-1] == MailPut(conference.id)


def test_an_empty_run_wakes_nobody(begin: BeginWork, published: list[Fact]) -> None:
    with begin() as work:
        put(work, make_conference(work, web_address="https://hop.example.org"), 0)
        assert work.session.scalar(select(Conference.web_address)) == "https://hop.example.org"
    assert published == []


def test_messages_go_in_the_order_they_were_put(work: Work, conference: Conference) -> None:
    put(work, conference, 2)
    put_mailing(at(work, minutes=-1), conference.id, "reminder", [NewMessage("som@example.org")])
    assert recipients(work) == ["som@example.org", "nguoi-0@example.org", "nguoi-1@example.org"]
    assert states(work) == ["sent"] * 3
    assert not is_mail_due(work)


def test_a_test_goes_ahead_of_the_runs(work: Work, conference: Conference) -> None:
    put(work, conference, 2)
    put_mailing(work, conference.id, "reminder", [NewMessage("olga@example.org", is_test=True)])
    assert recipients(work) == ["olga@example.org", "nguoi-0@example.org", "nguoi-1@example.org"]


def test_what_is_claimed_is_written_and_held(work: Work, conference: Conference) -> None:
    put(work, conference)
    outgoing = claim_next(work)
    message = work.session.scalars(select(Message)).one()
    assert outgoing == Outgoing(
        message.id, message.message_id or "", SENDER, "nguoi-0@example.org", f"Message-ID: {message.message_id}\r\n\r\nnguoi-0@example.org\r\n".encode()
    )
    assert message.message_id == f"<{message.message_id[1:37]}@example.org>" if message.message_id else False
    assert (message.state, message.subject, message.claimed_until) == ("ready", "Gửi Người thứ 0", NOW + LEASE)
    assert claim(work) is None
    assert not is_mail_due(work)


def test_a_message_of_a_sender_that_died_goes_again_word_for_word(work: Work, conference: Conference) -> None:
    put(work, conference)
    first = claim_next(work)
    assert claim(at(work, minutes=2)) is None
    assert claim(at(work, minutes=3)) == first


def test_a_sender_that_comes_back_late_changes_nothing(work: Work, conference: Conference) -> None:
    put(work, conference)
    outgoing = claim_next(work)
    note_sent(work, outgoing.message_id)
    note_refused(at(work, minutes=9), outgoing.message_id, error="550 no")
    note_delayed(at(work, minutes=9), outgoing.message_id, error="450 later", give_up_after=PATIENCE)
    put_back(at(work, minutes=9), outgoing.message_id, error="down")
    note_sent(at(work, minutes=9), outgoing.message_id)
    message = work.session.scalars(select(Message)).one()
    assert (message.state, message.sent_at, message.attempts, message.error, message.claimed_until) == ("sent", NOW, 1, "", None)


def test_a_refused_message_has_failed(work: Work, conference: Conference) -> None:
    put(work, conference)
    note_refused(work, claim_next(work).message_id, error="550 5.1.1 no\r\nsuch user")
    message = work.session.scalars(select(Message)).one()
    assert (message.state, message.error, message.attempts, message.claimed_until) == ("failed", "550 5.1.1 no such user", 1, None)
    assert claim(at(work, minutes=9999)) is None


def test_a_delayed_message_is_tried_after_pauses_that_double_until_they_add_up(work: Work, conference: Conference) -> None:
    put(work, conference)
    pauses, now = [], work
    while True:
        outgoing = claim_next(now)
        note_delayed(now, outgoing.message_id, error="451 later", give_up_after=PATIENCE)
        message = now.session.scalars(select(Message)).one()
        if message.state == "failed":
            break
        pauses.append(message.due_at - now.now)
        assert claim(Work(now.session, message.due_at - timedelta(seconds=1), now.new_id, now.secret, now.actor)) is None
        now = Work(now.session, message.due_at, now.new_id, now.secret, now.actor)
    minutes = [1, 2, 4, 8, 16, 32, 64, *[120] * (len(pauses) - 7)]
    assert all(0.75 * n <= pause / timedelta(minutes=1) <= 1.25 * n for pause, n in zip(pauses, minutes, strict=True))
    assert timedelta(hours=48) <= sum(pauses, timedelta()) < timedelta(hours=51)
    assert message.attempts == len(pauses) + 1
    assert message.error == "451 later"


def test_those_delayed_together_do_not_come_back_together() -> None:
    assert len({pause_after(1, message_id) for message_id in range(100)}) > 90


def test_a_message_that_could_not_be_tried_keeps_its_turn(work: Work, conference: Conference) -> None:
    put(work, conference, 2)
    outgoing = claim_next(work)
    put_back(work, outgoing.message_id, error="mail.example.org: connection refused")
    assert claim_next(work) == outgoing
    message = work.session.get_one(Message, outgoing.message_id)
    assert (message.attempts, message.error) == (0, "mail.example.org: connection refused")


def test_a_paused_run_waits_and_the_others_do_not(work: Work, conference: Conference) -> None:
    paused = put(work, conference, 2)
    pause_mailing(work, conference.id, paused.id)
    put_mailing(work, conference.id, "reminder", [NewMessage("khac@example.org")])
    assert recipients(work) == ["khac@example.org"]
    resume_mailing(work, conference.id, paused.id)
    assert recipients(work) == ["nguoi-0@example.org", "nguoi-1@example.org"]


def test_no_paused_run_holds_back_that_a_conference_is_cancelled(work: Work, conference: Conference) -> None:
    for purpose in ("calendar", "reminder"):
        pause_mailing(work, conference.id, put(work, conference, 2, purpose).id)
    assert recipients(work) == []
    move_conference(work, conference.id, "cancel", version=conference.version)
    assert recipients(work) == ["nguoi-0@example.org", "nguoi-1@example.org"]


def test_what_has_nothing_to_say_any_more_is_dropped(work: Work, conference: Conference) -> None:
    put(work, conference, 3)

    def say_only_to_the_last(unit: Work, message: Message, name: str) -> Written | None:
        return write(unit, message, name) if message.to_address == "nguoi-2@example.org" else None

    outgoing = claim_message(work, say_only_to_the_last, sender=SENDER, lease=LEASE)
    assert outgoing
    assert outgoing.recipient == "nguoi-2@example.org"
    assert states(work) == ["dropped", "dropped", "ready"]


def test_a_claim_drops_only_so_many_that_others_have_their_turn(work: Work, conference: Conference) -> None:
    put(work, conference, 30)
    for dropped in (20, 30, 30):
        assert claim_message(work, lambda unit, message, name: None, sender=SENDER, lease=LEASE) is None
        assert states(work).count("dropped") == dropped


def test_a_message_that_cannot_be_written_holds_up_nobody_and_leaves_nothing_behind(work: Work, conference: Conference) -> None:
    put(work, conference, 2)

    def stumble_over_the_first(unit: Work, message: Message, name: str) -> Written | None:
        if message.to_address == "nguoi-0@example.org":
            unit.session.execute(text("UPDATE conferences SET title = 'half a change'"))
            raise KeyError("no such thing")
        return write(unit, message, name)

    outgoing = claim_message(work, stumble_over_the_first, sender=SENDER, lease=LEASE)
    assert outgoing
    assert outgoing.recipient == "nguoi-1@example.org"
    first = work.session.scalars(select(Message).order_by(Message.id)).first()
    assert first
    assert (first.state, first.attempts, first.error) == ("waiting", 1, "KeyError: not written")
    assert first.due_at > NOW
    assert work.session.scalar(select(Conference.title)) == "Hội nghị tổng kết năm 2022"


def test_an_address_nobody_can_be_told_fails_at_once(work: Work, conference: Conference) -> None:
    put(work, conference)

    def refuse(unit: Work, message: Message, name: str) -> Written | None:
        raise Invalid("email", "email_invalid")

    assert claim_message(work, refuse, sender=SENDER, lease=LEASE) is None
    message = work.session.scalars(select(Message)).one()
    assert (message.state, message.error) == ("failed", "email_invalid")


def test_an_entry_is_waited_for_by_one_message(work: Work, entry: CalendarEntry) -> None:
    put_about(work, entry)
    put_about(work, entry)
    put_mailing(work, entry.conference_id, "calendar", [NewMessage("dina@example.org", entry_id=entry.id)] * 2)
    assert states(work) == ["waiting"]
    outgoing = claim_next(work)
    put_about(work, entry)
    assert states(work) == ["ready", "waiting"], "what was written already does not say what has changed since"
    note_sent(work, outgoing.message_id)


def test_a_test_takes_no_entry_from_its_recipient(work: Work, entry: CalendarEntry) -> None:
    put_about(work, entry, is_test=True)
    put_about(work, entry)
    put_about(work, entry, is_test=True)
    assert states(work) == ["waiting"] * 3


def test_a_delayed_message_is_dropped_once_a_later_one_about_its_entry_was_written(work: Work, entry: CalendarEntry) -> None:
    put_about(work, entry)
    note_delayed(work, claim_next(work).message_id, error="451 later", give_up_after=PATIENCE)
    put_about(work, entry)
    outgoing = claim_next(work)
    note_sent(work, outgoing.message_id)
    assert claim(at(work, minutes=10)) is None
    assert states(work) == ["dropped", "sent"]


def test_a_delayed_message_goes_while_the_later_one_still_waits_or_said_nothing(work: Work, entry: CalendarEntry) -> None:
    put_about(work, entry)
    first = claim_next(work)
    note_delayed(work, first.message_id, error="451 later", give_up_after=PATIENCE)
    put_about(work, entry)
    assert claim_message(work, lambda unit, message, name: None, sender=SENDER, lease=LEASE) is None
    assert claim(at(work, minutes=10)) == first
    assert states(work) == ["ready", "dropped"]


def test_a_message_that_came_back_is_marked_and_a_strange_one_is_not(work: Work, conference: Conference) -> None:
    put(work, conference, 2)
    outgoing = claim_next(work)
    assert note_bounced(work, outgoing.name, error="5.1.1") is None, "it was not sent yet"
    note_sent(work, outgoing.message_id)
    assert note_bounced(work, "<strange@example.org>", error="5.1.1") is None
    bounced = note_bounced(work, outgoing.name, error="5.1.1 unknown")
    assert bounced
    assert (bounced.id, bounced.state, bounced.error) == (outgoing.message_id, "bounced", "5.1.1 unknown")
    assert states(work) == ["bounced", "waiting"]
