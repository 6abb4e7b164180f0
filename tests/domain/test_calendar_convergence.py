"""Whatever happens in which order, and however late messages are written: in the end every calendar holds what is true, and nothing was said twice."""

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from confsvc.domain.agenda import SessionEntry, add_session, remove_session
from confsvc.domain.calendar_differences import wanted_of
from confsvc.domain.calendar_entries import hand_out_entries
from confsvc.domain.calendar_holding import read_ground, read_holders
from confsvc.domain.calendar_parts import CalendarPart, calendar_part, note_told
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.conferences import move_conference
from confsvc.domain.delegates import DelegateEntry, add_delegates, change_delegate, remove_delegate
from confsvc.domain.errors import DomainError
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate, withdraw_substitution
from confsvc.domain.work import AccountActor, DelegateActor, Work
from confsvc.models import AgendaSession, CalendarEntry, Conference, Delegate, Message
from tests.conftest import NOW, BeginWork
from tests.domain.calendar_post import VOICE, make_invited
from tests.factories import ENDS, STARTS

STEPS = 50
ADDRESSES = ("", "x@example.org", "y@example.org", "z@example.org")


class Recipients:
    """What the calendars behind each address hold, by UID: the SEQUENCE heard last, and what is shown (None: taken out)."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, tuple[int, str | None]]] = {}

    def hear(self, part: CalendarPart) -> None:
        calendar = self.held.setdefault(part.to_address, {})
        sequence, shown = calendar.get(part.uid, (-1, None))
        assert part.sequence > sequence
        new = None if part.method == "CANCEL" else part.content.fingerprint()
        assert new != shown, "said twice, or taken out what was not there"
        calendar[part.uid] = (part.sequence, new)

    def shown(self) -> dict[str, list[str]]:
        found = {address: sorted(shown for _, shown in calendar.values() if shown) for address, calendar in self.held.items()}
        return {address: shown for address, shown in found.items() if shown}


class Story:
    """A conference to which things happen at random."""

    def __init__(self, begin: BeginWork, random: Random) -> None:
        self.begin, self.random, self.recipients, self.moments = begin, random, Recipients(), 0
        self.scene = make_invited(begin, entry_rule=random.choice(["conference", "sessions"]))
        self.id = self.scene.conference_id

    def now(self) -> datetime:
        self.moments += 1
        return NOW + timedelta(seconds=self.moments)

    def happen(self) -> None:
        """One thing, as far as it is possible; half of the time the outbox goes on a little."""
        commands = (self.move_person, self.move_person, self.name, self.remove, self.substitute, self.withdraw, self.change_rule, self.put_off, self.plan)
        with suppress(DomainError, IndexError), self.begin(AccountActor(self.scene.account_id), now=self.now()) as work:
            self.random.choice(commands)(work)
        with suppress(DomainError), self.begin(DelegateActor(self.random.choice([self.scene.dina, self.scene.em])), now=self.now()) as work:
            hand_out_entries(work)
        match self.random.randrange(4):
            case 0:
                self.put()
            case 1:
                self.write()

    def person(self, work: Work) -> Delegate:
        return self.random.choice(work.session.scalars(select(Delegate).where(Delegate.conference_id == self.id).order_by(Delegate.id)).all())

    def move_person(self, work: Work) -> None:
        one, site_id = self.person(work), self.random.choice([self.scene.main_id, self.scene.remote_id])
        entry = DelegateEntry(one.full_name, one.mandate_id, site_id, email=self.random.choice([one.email, *ADDRESSES]))
        change_delegate(work, self.id, one.id, entry, version=one.version)

    def name(self, work: Work) -> None:
        add_delegates(work, self.id, [DelegateEntry(f"Người {self.moments}", self.scene.unit_mandate_id, email=self.random.choice(ADDRESSES))])

    def remove(self, work: Work) -> None:
        remove_delegate(work, self.id, self.person(work).id)

    def substitute(self, work: Work) -> None:
        substitute_delegate(work, self.id, self.person(work).id, SubstituteEntry(f"Thay {self.moments}"), f"ref-{self.moments}")

    def withdraw(self, work: Work) -> None:
        withdraw_substitution(work, self.id, self.person(work).id, "Nhầm", f"ref-{self.moments}")

    def change_rule(self, work: Work) -> None:
        work.session.get_one(Conference, self.id).entry_rule = self.random.choice(["conference", "sessions"])

    def put_off(self, work: Work) -> None:
        conference, later = work.session.get_one(Conference, self.id), timedelta(days=self.random.randint(1, 5))
        step, period = ("resume", (STARTS + later, ENDS + later)) if conference.state == "postponed" else ("postpone", (None, None))
        move_conference(work, self.id, step, version=conference.version, starts_at=period[0], ends_at=period[1])

    def plan(self, work: Work) -> None:
        conference = work.session.get_one(Conference, self.id)
        session = self.random.choice([None, *work.session.scalars(select(AgendaSession).where(AgendaSession.conference_id == self.id))])
        if session is None:
            add_session(work, self.id, SessionEntry(f"Phiên {self.moments}", conference.starts_at, conference.ends_at))
        else:
            remove_session(work, self.id, session.id, version=session.version)

    def put(self, most: int | None = 2) -> None:
        with self.begin(now=self.now()) as work:
            put_calendar_messages(work, self.id, most=most)

    def write(self, most: int = 3) -> int:
        """Write the messages that wait longest: how many said something."""
        said = 0
        with self.begin(now=self.now()) as work:
            for message in work.session.scalars(select(Message).where(Message.state == "waiting").order_by(Message.id).limit(most)).all():
                entry = work.session.get_one(CalendarEntry, message.entry_id)
                part = calendar_part(work, entry, VOICE)
                message.state = "sent" if part else "dropped"
                if part:
                    note_told(work, entry, part)
                    self.recipients.hear(part)
                    said += 1
        return said

    def true(self) -> dict[str, list[str]]:
        wanted: dict[str, list[str]] = {}
        with self.begin() as work:
            ground = read_ground(work, work.session.get_one(Conference, self.id))
            for holder in read_holders(work, self.id):
                for found in (wanted_of(ground, holder, scope) for scope in ground.told_scopes):
                    if found:
                        wanted.setdefault(found.address, []).append(found.fingerprint)
        return {address: sorted(fingerprints) for address, fingerprints in wanted.items()}


@pytest.mark.parametrize("seed", range(3))
def test_every_calendar_ends_with_what_is_true(begin: BeginWork, seed: int) -> None:
    story = Story(begin, Random(seed))
    for _ in range(STEPS):
        story.happen()
    for _ in range(2):  # who has a new address may have to be taken out at the old one first
        story.put(None)
        story.write(10_000)
    assert story.recipients.shown() == story.true()
    story.put(None)
    assert story.write(10_000) == 0
