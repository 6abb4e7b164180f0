"""Calendars over PostgreSQL, where several processes compare, hand out and write at once."""

from collections.abc import Callable
from threading import Barrier, Thread

from sqlalchemy import func, select

from confsvc.domain.calendar_entries import hand_out_entries
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.work import DelegateActor
from confsvc.models import CalendarEntry, Message
from tests.conftest import BeginWork
from tests.domain.calendar_post import make_invited, send
from tests.domain.test_calendar_watch import (  # noqa: F401  # the very tests of SQLite, with the `begin` of this folder
    scene,
    test_another_address_gets_an_entry_of_its_own_and_the_old_one_a_cancel,
    test_only_settled_conferences_that_need_no_yes_are_told,
    test_the_person_replaced_is_cancelled_the_substitute_invited_and_back_again,
)

SECONDS = 20


def at_once(*acts: Callable[[], object]) -> None:
    """Carry these out side by side."""
    together = Barrier(len(acts))
    failed: list[Exception] = []

    def run(act: Callable[[], object]) -> None:
        together.wait(SECONDS)
        try:
            act()
        except Exception as error:  # noqa: BLE001 - asserted on below
            failed.append(error)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert failed == []
    assert not any(thread.is_alive() for thread in threads)


def test_those_who_compare_at_once_and_those_who_download_make_one_entry_and_one_message_each(begin: BeginWork) -> None:
    invited = make_invited(begin)

    def compare() -> None:
        with begin() as work:
            put_calendar_messages(work, invited.conference_id)

    def download() -> None:
        with begin(DelegateActor(invited.dina)) as work:
            hand_out_entries(work)

    at_once(compare, download, compare, compare)
    with begin() as work:
        count = select(func.count()).select_from(CalendarEntry).where(CalendarEntry.scope == "conference")
        assert work.session.scalars(count).one() == 3
        assert sorted(work.session.scalars(select(Message.to_address))) == ["dina@example.org", "em@example.org", "phuc@example.org"]
    assert len(send(begin, invited)) == 3
    assert send(begin, invited) == []
