"""How long it takes to find out whose calendar is out of date, and to put a message for each into the outbox.

    .venv/bin/python -m benchmarks.calendars [delegates] [sessions]

10,000 delegates with one entry for each of three sessions, on SQLite as the server uses it; processor time, statements.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, event, func, select, update

from confsvc.database import WriterTurn, prepare_engine, session_makers
from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session
from confsvc.domain.calendar_holding import read_ground, read_holders
from confsvc.domain.calendar_watch import compare_calendars, count_differences, put_calendar_messages
from confsvc.domain.conferences import ConferenceEntry, create_conference
from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.mandates import MandateEntry, invite_units
from confsvc.domain.sites import SiteEntry, create_sites
from confsvc.domain.unit_rules import UnitEntry
from confsvc.domain.units import create_unit
from confsvc.domain.work import System, Work, begin_work
from confsvc.models import Base, CalendarEntry, Conference, Message, Site

STARTS = datetime(2030, 1, 16, 1, tzinfo=UTC)
SITES, ITEMS = 10, 8
Act = Callable[[Work], object]


class Bench:
    """A fresh database, and what one unit of work costs over it."""

    def __init__(self, folder: Path) -> None:
        engine = create_engine(f"sqlite:///{folder / 'bench.sqlite3'}")
        prepare_engine(engine)
        Base.metadata.create_all(engine)
        event.listen(engine, "before_cursor_execute", self._count)
        self._open, self._turn, self._statements = session_makers(engine)[1], WriterTurn(), 0

    def _count(self, *_told: object) -> None:
        self._statements += 1

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """A unit of work of the server itself."""
        now = STARTS - timedelta(days=9)
        with begin_work(self._open, turn=self._turn, now=now, new_id=lambda: str(uuid4()), secret="x" * 40, actor=System(), publish=lambda _: None) as work:
            yield work

    def measure(self, label: str, act: Act) -> None:
        """Carry out `act` and say what it found, and its cost."""
        self._statements, began = 0, time.process_time()
        with self.begin() as work:
            found = act(work)
        print(f"{label}: {found} in {time.process_time() - began:.2f} s of processor time, {self._statements} statements")


def make_conference(work: Work, delegates: int, sessions: int) -> int:
    """A published conference that invites, told one entry for each session."""
    length = timedelta(hours=sessions)
    conference = create_conference(work, ConferenceEntry("Hội nghị tổng kết", "hybrid", "Asia/Ho_Chi_Minh", STARTS, STARTS + length))
    sites = create_sites(work, conference.id, [SiteEntry(f"Điểm cầu {n}", kind="main" if n == 0 else "remote") for n in range(SITES)])
    unit = create_unit(work, UnitEntry("Sở Nội vụ"))
    [mandate] = invite_units(work, conference.id, [MandateEntry(unit.id, sites[0].id, seats=delegates)])
    for number in range(sessions):
        begins = STARTS + timedelta(hours=number)
        session = add_session(work, conference.id, SessionEntry(f"Phiên {number}", begins, begins + timedelta(hours=1)))
        for place in range(ITEMS):
            add_item(work, conference.id, session.id, ItemEntry(f"Báo cáo số {place} về công tác năm", planned_minutes=5))
    people = (f"Nguyễn Văn {number}" for number in range(delegates))
    add_delegates(
        work,
        conference.id,
        [DelegateEntry(name, mandate.id, sites[n % SITES].id, position="Chuyên viên", email=f"p{n}@example.org") for n, name in enumerate(people)],
    )
    conference.state, conference.entry_rule, conference.invited_at = "published", "sessions", work.now
    return conference.id


def tell_everybody(work: Work, conference_id: int) -> int:
    """Keep that every message was written and sent."""
    ground = read_ground(work, work.session.get_one(Conference, conference_id))
    holders = {holder.delegate_id: holder for holder in read_holders(work, conference_id)}
    entries = work.session.scalars(select(CalendarEntry)).all()
    for entry in entries:
        content = ground.content(holders[entry.delegate_id or 0], entry.scope)
        entry.told, entry.told_fingerprint = {"name": content.person, "sequence": 0, "content": content.as_json()}, content.fingerprint()
        entry.told_to = holders[entry.delegate_id or 0].email
    work.session.execute(update(Message).values(state="sent"))
    return len(entries)


def main(delegates: int, sessions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        with bench.begin() as work:
            conference_id = make_conference(work, delegates, sessions)

        def put(work: Work) -> int:
            put_calendar_messages(work, conference_id)
            return work.session.scalar(select(func.count()).where(Message.state == "waiting")) or 0

        def move_site(work: Work) -> str:
            work.session.scalars(select(Site).where(Site.name == "Điểm cầu 3")).one().address = "Số 9"
            return "one"

        def rename(work: Work) -> str:
            work.session.get_one(Conference, conference_id).title = "Hội nghị sơ kết"
            return "one"

        bench.measure("invited for the first time", put)
        bench.measure("told", lambda work: tell_everybody(work, conference_id))
        bench.measure("compared, nothing differs", lambda work: count_differences(work, conference_id))
        bench.measure("site moved", move_site)
        bench.measure("compared, a tenth differs", lambda work: count_differences(work, conference_id))
        bench.measure("the same with what has changed, as a preview says it", lambda work: len(compare_calendars(work, conference_id)))
        bench.measure("conference renamed", rename)
        bench.measure("messages put, all differ", put)


if __name__ == "__main__":
    typed = [int(argument) for argument in sys.argv[1:]]
    main(*(typed if len(typed) == 2 else (10_000, 3)))
