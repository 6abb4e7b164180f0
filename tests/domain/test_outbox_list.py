"""Organisers see how far their runs are, find every message, hold a run, and send again what did not arrive; nobody else does."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from confsvc.domain.access import signed_in_account
from confsvc.domain.errors import NotFound, SignInRequired, WrongState
from confsvc.domain.facts import Fact, MailPut
from confsvc.domain.letter_samples import put_test
from confsvc.domain.outbox import NewMessage, Written, note_bounced, note_delayed, note_refused, note_sent, put_mailing
from confsvc.domain.outbox_list import (
    MessageQuery,
    mailing_progress,
    pause_mailing,
    read_mailings,
    read_message,
    read_messages,
    resume_mailing,
    send_again,
    send_failed_again,
)
from confsvc.domain.work import Actor, Anonymous, Work
from confsvc.models import CalendarEntry, Message
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site
from tests.outgoing import PATIENCE, claim, claim_next, make_entry, put, put_about


class Scene:
    """olga's conference with a run of four and an entry; mallory has one of her own with a run of one."""

    def __init__(self, work: Work) -> None:
        olga, mallory = make_account(work), make_account(work, "mallory")
        self.olga, self.mallory = acting(olga), acting(mallory)
        self.conference, self.other = make_conference(work, olga), make_conference(work, mallory)
        self.id = self.conference.id
        self.run = put(work, self.conference, 4)
        self.foreign = put(work, self.other)
        self.entry = make_entry(work, make_delegate(work, make_mandate(work, self.conference, make_site(work, self.conference))))

    def message(self, work: Work, n: int) -> Message:
        return work.session.scalars(select(Message).where(Message.to_address == f"nguoi-{n}@example.org", Message.conference_id == self.id)).one()


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    with begin() as work:
        return Scene(work)


def test_the_progress_counts_what_became_of_each(scene: Scene, begin: BeginWork) -> None:
    with begin() as work:
        note_sent(work, claim_next(work).message_id)
        note_refused(work, claim_next(work).message_id, error="550 no")
        note_delayed(work, claim_next(work).message_id, error="451 busy", give_up_after=PATIENCE)
    with begin(scene.olga) as work:
        progress = mailing_progress(work, scene.id, scene.run.id)
        assert progress.counts == {"sent": 1, "failed": 1, "ready": 1, "waiting": 1}
        assert (progress.total, progress.open, progress.trouble, progress.by) == (4, 2, "451 busy", "")
        conference, page, runs = read_mailings(work, scene.id)
        assert (conference.id, page.total, [run.mailing.id for run in runs]) == (scene.id, 1, [scene.run.id])


def test_runs_without_messages_are_not_shown_and_the_newest_is_first(scene: Scene, begin: BeginWork) -> None:
    with begin(scene.olga) as work:
        second = put(work, scene.conference, 1)
        put(work, scene.conference, 0)
        _conference, _page, runs = read_mailings(work, scene.id)
        assert [(run.mailing.id, run.by) for run in runs] == [(second.id, "Olga"), (scene.run.id, "")]


def test_messages_are_found_by_name_address_state_and_run(scene: Scene, begin: BeginWork) -> None:
    with begin() as work:
        note_sent(work, claim_next(work).message_id)
        note_refused(work, claim_next(work).message_id, error="550 no")
        put_mailing(work, scene.id, "reminder", [NewMessage("duc@example.org", "Đặng Hữu Đức")])

    def found(**query: object) -> list[str]:
        with begin(scene.olga) as work:
            return [message.to_address for message in read_messages(work, scene.id, MessageQuery(**query)).page.items]  # type: ignore[arg-type]

    assert found(text="dang huu") == ["duc@example.org"]
    assert found(text="NGUOI-1@") == ["nguoi-1@example.org"]
    assert found(text="%") == []
    assert found(state="sent") == ["nguoi-0@example.org"]
    assert found(state="trouble") == ["nguoi-1@example.org"]
    assert found(state="open", mailing_id=scene.run.id) == ["nguoi-3@example.org", "nguoi-2@example.org"]
    assert found(state="dropped") == []
    with begin(scene.olga) as work:
        assert read_messages(work, scene.id, MessageQuery(state="dropped")).counts == {"open": 3, "sent": 1, "trouble": 1, "dropped": 0}


def test_a_message_is_opened_word_for_word(scene: Scene, begin: BeginWork) -> None:
    with begin() as work:
        outgoing = claim_next(work)
    with begin(scene.olga) as work:
        opened = read_message(work, scene.id, outgoing.message_id)
        assert (opened.data, opened.again) == (outgoing.data, False)
        waiting = read_message(work, scene.id, scene.message(work, 3).id)
        assert (waiting.data, waiting.again) == (None, False)


def test_pausing_and_resuming_twice_is_as_once(scene: Scene, begin: BeginWork, published: list[Fact]) -> None:
    with begin(scene.olga) as work:
        pause_mailing(work, scene.id, scene.run.id)
    with begin(scene.olga, now=NOW + timedelta(minutes=5)) as work:
        pause_mailing(work, scene.id, scene.run.id)
        assert mailing_progress(work, scene.id, scene.run.id).mailing.paused_at == NOW
    published.clear()
    with begin(scene.olga) as work:
        resume_mailing(work, scene.id, scene.run.id)
        resume_mailing(work, scene.id, scene.run.id)
        assert mailing_progress(work, scene.id, scene.run.id).mailing.paused_at is None
    assert published == [MailPut(scene.id)]


def test_a_failed_message_is_written_anew(scene: Scene, begin: BeginWork) -> None:
    with begin() as work:
        failed = claim_next(work)
        note_refused(work, failed.message_id, error="550 no")
    with begin(scene.olga, now=NOW + timedelta(hours=1)) as work:
        assert read_message(work, scene.id, failed.message_id).again
        send_again(work, scene.id, failed.message_id)
        message = work.session.get_one(Message, failed.message_id)
        assert (message.state, message.attempts, message.error, message.due_at) == ("waiting", 0, "", NOW + timedelta(hours=1))
    with begin(now=NOW + timedelta(hours=1)) as work:
        again = [claim_next(work) for _ in range(5)][-1]
        assert (again.message_id, again.name != failed.name) == (failed.message_id, True)


@pytest.mark.parametrize("outcome", ["failed", "bounced"])
def test_what_a_calendar_was_told_goes_again_word_for_word(scene: Scene, begin: BeginWork, outcome: str) -> None:
    with begin() as work:
        pause_mailing(work, scene.id, scene.run.id)
        pause_mailing(work, scene.other.id, scene.foreign.id)
        put_about(work, scene.entry)
        told = claim_next(work)
        if outcome == "failed":
            note_refused(work, told.message_id, error="552 full")
        else:
            note_sent(work, told.message_id)
            note_bounced(work, told.name, error="5.2.2 full")
    with begin(scene.olga) as work:
        send_again(work, scene.id, told.message_id)
    with begin() as work:
        assert claim(work) == told


def test_test_goes_again_as_it_was_written(scene: Scene, begin: BeginWork) -> None:
    with begin(scene.olga) as work:
        address = signed_in_account(work).email
        test = put_test(work, scene.id, "invitation", Written("Olga", address, "[THỬ] Thư mời", b"Subject: x\r\n\r\nx\r\n"), name="<t@example.org>")
    with begin() as work:
        sent = claim_next(work)
        assert sent.message_id == test.id
        note_refused(work, sent.message_id, error="552 full")
    with begin(scene.olga) as work:
        send_again(work, scene.id, test.id)
    with begin() as work:
        for message in work.session.scalars(select(Message).where(Message.id != test.id)):
            message.due_at = NOW + timedelta(days=1)
        work.session.flush()
        assert claim(work) == sent


def test_nothing_old_is_told_after_something_newer(scene: Scene, begin: BeginWork) -> None:
    with begin() as work:
        pause_mailing(work, scene.id, scene.run.id)
        pause_mailing(work, scene.other.id, scene.foreign.id)
        run = put_about(work, scene.entry)
        old = claim_next(work)
        note_refused(work, old.message_id, error="550 no")
        put_about(work, work.session.get_one(CalendarEntry, scene.entry.id))
    with begin(scene.olga) as work:
        assert not read_message(work, scene.id, old.message_id).again
        with pytest.raises(WrongState) as refused:
            send_again(work, scene.id, old.message_id)
        assert refused.value.fields == {"state": "newer", "step": "send_again"}
        assert send_failed_again(work, scene.id, run.id) == 0


@pytest.mark.parametrize("state", ["waiting", "ready", "sent", "dropped"])
def test_only_what_did_not_arrive_goes_again(scene: Scene, begin: BeginWork, state: str) -> None:
    with begin(scene.olga) as work:
        message = scene.message(work, 0)
        message.state = state
        with pytest.raises(WrongState) as refused:
            send_again(work, scene.id, message.id)
        assert refused.value.fields == {"state": state, "step": "send_again"}


def test_all_that_failed_goes_again_at_once(scene: Scene, begin: BeginWork) -> None:
    with begin() as work:
        for _ in range(3):
            note_refused(work, claim_next(work).message_id, error="550 no")
    with begin(scene.olga) as work:
        assert send_failed_again(work, scene.id, scene.run.id) == 3
        assert mailing_progress(work, scene.id, scene.run.id).counts == {"waiting": 4}


def test_a_page_of_messages_takes_as_many_queries_for_five_as_for_five_hundred(scene: Scene, begin: BeginWork) -> None:
    def statements() -> int:
        with begin(scene.olga) as work:
            seen: list[str] = []
            bind = work.session.get_bind()
            event.listen(bind, "before_cursor_execute", lambda *given: seen.append(given[2]), named=False)
            read_messages(work, scene.id, MessageQuery())
            read_mailings(work, scene.id)
            return len(seen)

    few = statements()
    with begin() as work:
        for _ in range(20):
            put(work, scene.conference, 25)
    assert statements() == few


@pytest.mark.parametrize("who", ["mallory", "nobody"])
def test_an_outsider_sees_and_changes_nothing(scene: Scene, begin: BeginWork, who: str) -> None:
    actor: Actor = scene.mallory if who == "mallory" else Anonymous()
    with begin() as work:
        refused = claim_next(work).message_id
        note_refused(work, refused, error="550 no")
    error = NotFound if who == "mallory" else SignInRequired
    for step in (
        lambda work: read_mailings(work, scene.id),
        lambda work: mailing_progress(work, scene.id, scene.run.id),
        lambda work: read_messages(work, scene.id, MessageQuery()),
        lambda work: read_message(work, scene.id, refused),
        lambda work: pause_mailing(work, scene.id, scene.run.id),
        lambda work: resume_mailing(work, scene.id, scene.run.id),
        lambda work: send_again(work, scene.id, refused),
        lambda work: send_failed_again(work, scene.id, scene.run.id),
    ):
        with pytest.raises(error), begin(actor) as work:
            step(work)


def test_what_belongs_to_another_conference_is_not_found_through_ones_own(scene: Scene, begin: BeginWork) -> None:
    with begin() as work:
        refused = claim_next(work).message_id
        note_refused(work, refused, error="550 no")
    mine = scene.other.id
    for step in (
        lambda work: mailing_progress(work, mine, scene.run.id),
        lambda work: read_message(work, mine, refused),
        lambda work: pause_mailing(work, mine, scene.run.id),
        lambda work: resume_mailing(work, mine, scene.run.id),
        lambda work: send_again(work, mine, refused),
        lambda work: send_failed_again(work, mine, scene.run.id),
    ):
        with pytest.raises(NotFound), begin(scene.mallory) as work:
            step(work)
    with begin(scene.mallory) as work:
        assert [message.conference_id for message in read_messages(work, mine, MessageQuery(mailing_id=scene.run.id)).page.items] == []
