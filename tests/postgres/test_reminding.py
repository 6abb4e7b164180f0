"""Two server processes find the same reminder due, or two organisers shift the same agenda: one of them does it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session, list_sessions
from confsvc.domain.agenda_ripple import ripple_agenda, ripple_mark
from confsvc.domain.agenda_ripple_rules import RippleEntry
from confsvc.domain.errors import EditConflict
from confsvc.domain.reminders import ReminderEntry, add_reminder
from confsvc.domain.reminding import due_reminders, remind
from confsvc.models import AgendaItem, Mailing, Message
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, make_conference, make_site

RACERS = 4


@pytest.mark.parametrize("audience", ["operators", "units"])
def test_reminder_that_several_servers_find_due_goes_out_once(begin: BeginWork, audience: str) -> None:
    now = STARTS.replace(hour=6)  # an hour before the start
    with begin() as work:
        conference = make_conference(work)
        make_site(work, conference, contact_email="hall@example.org")
        add_reminder(work, conference.id, ReminderEntry(audience, 60))
    everybody_has_seen = Barrier(RACERS)

    def look(_number: int) -> None:
        with begin(now=now) as work:
            (reminder_id,) = due_reminders(work)
            everybody_has_seen.wait()
        with begin(now=now) as work:
            remind(work, reminder_id)

    with ThreadPoolExecutor(RACERS) as pool:
        list(pool.map(look, range(RACERS)))
    with begin() as work:
        counts = [work.session.scalar(select(func.count(table.id))) for table in (Mailing, Message)]
    assert counts == ([1, 1] if audience == "operators" else [0, 0])


def test_of_several_who_shift_the_same_agenda_one_is_carried_out(begin: BeginWork) -> None:
    with begin() as work:
        conference = make_conference(work)
        session = add_session(work, conference.id, SessionEntry("Phiên chiều", STARTS, ENDS))
        item_id = add_item(work, conference.id, session.id, ItemEntry("Báo cáo", planned_minutes=30)).id
        mark = ripple_mark(conference, list_sessions(work, conference.id))
    everybody_has_seen = Barrier(RACERS)

    def shift(_number: int) -> bool:
        everybody_has_seen.wait()
        try:
            with begin() as work:
                ripple_agenda(work, conference.id, RippleEntry(item_id=item_id, overrun=10), mark=mark)
        except EditConflict:
            return False
        return True

    with ThreadPoolExecutor(RACERS) as pool:
        outcomes = list(pool.map(shift, range(RACERS)))
    with begin() as work:
        assert (sorted(outcomes), work.session.get_one(AgendaItem, item_id).planned_minutes) == ([False, False, False, True], 40)
