"""What comes in by mail, over PostgreSQL: the same rules, and two processes that read the same message at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from confsvc.domain.received_mail import take_mail
from confsvc.models import AttendanceEvent, Delegate
from confsvc.models.mail import Received
from confsvc.schemas.inbound_mail import read_mail
from tests.answering import ADDRESS, answer_mail, answer_text
from tests.conftest import NOW, BeginWork
from tests.domain.test_calendar_replies import (  # noqa: F401  # tests of SQLite, with the `begin` of this folder
    TestSessions,
    dina,
    receive,
    test_accepting_and_declining_set_the_answer_as_the_link_does,
)
from tests.domain.test_received_list import (  # noqa: F401  # as above
    scene,
    test_declined_proposal_is_told_once_and_settled,
    test_list_is_searched_by_person_and_address,
)
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.schemas.test_inbound_mail import HOSTILE
from tests.told_entries import tell_entry

READERS = 6


def test_message_that_several_processes_read_at_once_counts_once(begin: BeginWork) -> None:
    with begin() as work:
        conference = make_conference(work, invited_at=NOW)
        uid = tell_entry(work, make_delegate(work, make_mandate(work, conference, make_site(work, conference)), email=ADDRESS)).uid
    mail, together = read_mail(answer_mail(answer_text(uid, "DECLINED"))), Barrier(READERS)

    def take(_: int) -> tuple[str, ...]:
        together.wait(10)
        try:
            with begin() as work:
                return take_mail(work, mail)
        except IntegrityError:
            with begin() as work:
                return take_mail(work, mail)

    with ThreadPoolExecutor(READERS) as readers:
        assert sorted(readers.map(take, range(READERS))) == [("repeated",)] * (READERS - 1) + [("taken",)]
    with begin() as work:
        assert [row.outcome for row in work.session.scalars(select(Received))] == ["taken"]
        assert [line.kind for line in work.session.scalars(select(AttendanceEvent))] == ["excuse"]
        assert work.session.scalars(select(Delegate.reply)).one() == "declined"


def test_whatever_comes_in_can_be_kept(begin: BeginWork) -> None:
    for data in HOSTILE:
        with begin() as work:
            take_mail(work, read_mail(data))
    with begin() as work:
        assert {row.outcome for row in work.session.scalars(select(Received))} == {"ignored"}
