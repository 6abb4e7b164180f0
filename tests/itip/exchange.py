"""A whole exchange of invitations: the running product, a mail server, a maildir of answers, and the calendars of all recipients.

`Exchange.expect` is the proof of one step: it waits until nothing is due any more, lets every recipient's calendar read what came,
and holds who got what, and what each calendar shows now, against what the database says.
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from confsvc.domain.work import Work
from confsvc.models import AgendaItem, AgendaSession, Attendance, Conference, Delegate, Message, Site
from tests.browser.conftest import PASSWORD, Server
from tests.itip.answers import as_mail
from tests.itip.client import CalendarClient, Shown
from tests.itip.content_lines import parse_calendar
from tests.itip.mailbox import Mail, mail_offences, read_mail
from tests.itip.post_office import Delivered, PostOffice, drop
from tests.itip.visitor import Visitor

MAIL_FROM = "hop@example.org"
WAIT_SECONDS = 30
LOOK_SECONDS = 0.05
# This unit may have waited for one that put messages a moment later.
SOON = timedelta(seconds=10)
PREFIX = re.compile(r"^\[[^\]]*\] ")


@dataclass(frozen=True, slots=True, order=True)
class Meeting:
    """What one entry of a calendar says, as far as it follows from the conference; `agenda` are the times and titles in it."""

    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    status: str
    agenda: tuple[str, ...]
    busy: bool


@dataclass
class Exchange:
    """One server with its post office, and a calendar for each address that was ever written to."""

    server: Server
    office: PostOffice
    maildir: Path
    conference_id: int
    calendars: dict[str, CalendarClient] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)

    def visitor(self, email: str = "") -> Visitor:
        """A browser; signed in if an account's address is given."""
        visitor = Visitor(self.server.url)
        if email:
            visitor.send(visitor.open("/sign-in").form("email", "password"), {"email": email, "password": PASSWORD})
        return visitor

    def path(self, rest: str) -> str:
        return f"/conferences/{self.conference_id}{rest}"

    def expect(self, expected: Mapping[str, Sequence[str]], *, out_of_reach: str = "") -> list[Mail]:
        """Recipient → what they are sent in this step, each as "<METHOD> <title>" or "mail"; nobody else is sent anything.

        Nobody expects the calendar of whoever is `out_of_reach` to be true.
        """
        self.wait_until(lambda work: not due(work))
        got: defaultdict[str, list[str]] = defaultdict(list)
        mails = []
        for delivered in self.office.fetch():
            mail = self._take(delivered)
            got[delivered.recipient].append(self._kind(mail))
            mails.append(mail)
        self.mails += mails
        sent = {address: sorted(kinds) for address, kinds in got.items()}
        wanted = {address: sorted(kinds) for address, kinds in expected.items()}
        assert sent == wanted, "\n".join([*(mail.text for mail in mails), *self._unsent()])
        self._compare(out_of_reach)
        return mails

    def _unsent(self) -> list[str]:
        """What the outbox says of messages that were not taken."""
        with self.server.begin() as work:
            unsent = work.session.scalars(select(Message).where(Message.state != "sent"))
            return [f"to {message.to_address}: {message.state}, due {message.due_at}, tried {message.attempts} times: {message.error}" for message in unsent]

    def quiet(self) -> bool:
        """Whether nothing is to be sent, and nothing came since the last step."""
        with self.server.begin() as work:
            return not due(work) and not self.office.fetch()

    def answer(self, address: str, calendar: bytes, method: str, *, sender: str = "") -> None:
        """Have an answer come in by mail; `sender` is whose mail it is."""
        drop(self.maildir, as_mail(calendar, method, sender or address, MAIL_FROM, message_id=f"<{time.monotonic_ns()}@example.org>"))

    def wait_until(self, true: Callable[[Work], bool]) -> None:
        """Look until the database says so, woken by each mail; bounded."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            with self.server.begin() as work:
                if true(work):
                    return
            with self.office.arrived:
                self.office.arrived.wait(LOOK_SECONDS)
        raise AssertionError(f"it did not happen within {WAIT_SECONDS} s: {self.server.log_file.read_text()}")

    def _take(self, delivered: Delivered) -> Mail:
        """Read one mail as its recipient does; it must be for them, from us, and break no rule."""
        mail = read_mail(delivered.data)
        assert (delivered.sender, mail.sender, mail.recipients) == (MAIL_FROM, MAIL_FROM, (delivered.recipient,))
        assert mail_offences(delivered.data) == [], delivered.data.decode()
        if mail.calendar is not None:
            client = self.calendars.setdefault(delivered.recipient, CalendarClient(delivered.recipient))
            client.receive(mail.calendar)
            assert client.complaints == []
        return mail

    def _kind(self, mail: Mail) -> str:
        if mail.calendar is None:
            return "mail"
        [event] = parse_calendar(mail.calendar).components("VEVENT")
        # What a cancelled or postponed entry puts before its title is told by STATUS.
        return f"{mail.method} {PREFIX.sub('', event.text('SUMMARY'))}"

    def _compare(self, out_of_reach: str) -> None:
        """Every calendar shows what follows from the database, and nothing else, to whoever looks from wherever; but for updates that are held back."""
        with self.server.begin() as work:
            expected = meetings(work)
            held_back = set(work.session.scalars(select(Delegate.email).join(Conference).where(Conference.calendar_stale_at.is_not(None))))
        assert expected.keys() <= self.calendars.keys()
        for address, client in self.calendars.items():
            if address in held_back | {out_of_reach}:
                continue
            assert [as_meeting(shown) for shown in client.shown("Europe/Berlin")] == sorted(expected.get(address, []), key=lambda one: one.starts_at), address


def due(work: Work) -> bool:
    """Whether something is to be sent now or soon, or to be found out by itself; what was refused for now rests for longer."""
    unsent = select(func.count()).select_from(Message).where(Message.state.in_(("waiting", "ready")), Message.due_at <= datetime.now(UTC) + SOON)
    stale = select(func.count()).select_from(Conference).where(Conference.calendar_stale_at.is_not(None), Conference.update_rule == "automatic")
    return bool(work.session.scalar(unsent) or work.session.scalar(stale))


def meetings(work: Work) -> dict[str, list[Meeting]]:
    """Address → what its calendar should show, straight from the rows of all conferences."""
    informed = (Conference.invited_at.is_not(None), Conference.rehearses_id.is_(None), Conference.state.in_(("published", "in_progress", "postponed")))
    found: defaultdict[str, list[Meeting]] = defaultdict(list)
    for conference in work.session.scalars(select(Conference).where(*informed)).all():
        for delegate, site in _expected(work, conference):
            found[delegate.email] += [_meeting(work, conference, delegate, site, one) for one in _timed(work, conference)]
    return found


def _expected(work: Work, conference: Conference) -> Sequence[tuple[Delegate, Site]]:
    people = select(Delegate, Site).join(Attendance, Attendance.delegate_id == Delegate.id).join(Site, Site.id == Delegate.site_id)
    people = people.where(Delegate.conference_id == conference.id, Delegate.email != "", Attendance.state.not_in(("substituted", "pending", "not_admitted")))
    return [(delegate, site) for delegate, site in work.session.execute(people)]


def _timed(work: Work, conference: Conference) -> Sequence[AgendaSession | Conference]:
    sessions = _sessions(work, conference)
    return sessions if conference.entry_rule == "sessions" and sessions else [conference]


def _sessions(work: Work, conference: Conference) -> Sequence[AgendaSession]:
    return work.session.scalars(select(AgendaSession).where(AgendaSession.conference_id == conference.id).order_by(AgendaSession.starts_at)).all()


def _meeting(work: Work, conference: Conference, delegate: Delegate, site: Site, timed: AgendaSession | Conference) -> Meeting:
    if isinstance(timed, Conference):
        agenda = [(session.starts_at, session.title) for session in _sessions(work, timed)]
    else:
        agenda, at = [], timed.starts_at
        for item in work.session.scalars(select(AgendaItem).where(AgendaItem.session_id == timed.id).order_by(AgendaItem.sort_order, AgendaItem.id)):
            at = item.fixed_start or at
            agenda.append((at, item.title))
            at += timedelta(minutes=item.planned_minutes)
    postponed, zone = conference.state == "postponed", ZoneInfo(conference.timezone)
    return Meeting(
        title=f"[Tạm hoãn] {timed.title}" if postponed else timed.title,
        starts_at=timed.starts_at,
        ends_at=timed.ends_at,
        place=", ".join(part for part in (site.name, site.address) if part),
        status="TENTATIVE" if postponed else "CONFIRMED",
        agenda=tuple(f"{at.astimezone(zone):%H:%M} {title}" for at, title in agenda),
        busy=delegate.reply != "declined",
    )


def as_meeting(shown: Shown) -> Meeting:
    """The same of what a calendar shows."""
    agenda = tuple(line for line in shown.description.split("\n") if re.match(r"\d\d:\d\d ", line))
    return Meeting(shown.summary, shown.starts_at, shown.ends_at, shown.location, shown.status, agenda, shown.busy)
