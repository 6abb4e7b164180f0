"""What goes out to calendars, without a mail server: every message that waits is written by what is true then."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from confsvc.domain.calendar_parts import CalendarPart, Voice, calendar_part, note_told
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.work import AccountActor, Work
from confsvc.models import AgendaItem, AgendaSession, CalendarEntry, Message
from confsvc.schemas.calendar_words import calendar_words
from confsvc.schemas.letter_words import words_in
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit

VOICE = Voice(calendar_words(words_in("vi")), "thu-ky@hop.example.org", lambda token: f"https://hop.example.org/d/{token}")
Command = Callable[[Work], object]


@dataclass(frozen=True)
class Scene:
    """An invited conference with two sites, two sessions and three delegates with addresses: dina, em and phuc (at the second site); an has none."""

    conference_id: int
    account_id: int
    main_id: int
    remote_id: int
    first_id: int
    second_id: int
    item_id: int
    unit_mandate_id: int
    remote_mandate_id: int
    dina: int
    em: int
    phuc: int
    an: int


def make_invited(begin: BeginWork, *, entry_rule: str = "conference", **changes: object) -> Scene:
    """The scene, nobody told anything yet."""
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga, entry_rule=entry_rule, invited_at=NOW, mode="hybrid", **changes)
        main = make_site(work, conference)
        remote = make_site(work, conference, "Điểm cầu Tuy Phong", kind="remote")
        mandate = make_mandate(work, conference, main, seats=5)
        far = make_mandate(work, conference, remote, make_unit(work, "Huyện Tuy Phong"), seats=5)
        half = STARTS + (ENDS - STARTS) / 2
        first = AgendaSession(conference_id=conference.id, uid=work.new_id(), title="Phiên một", starts_at=STARTS, ends_at=half)
        second = AgendaSession(conference_id=conference.id, uid=work.new_id(), title="Phiên hai", starts_at=half, ends_at=ENDS)
        work.session.add_all([first, second])
        work.session.flush()
        item = AgendaItem(conference_id=conference.id, session_id=first.id, kind="opening", title="Khai mạc")
        work.session.add(item)
        people = [
            make_delegate(work, mandate, email="dina@example.org"),
            make_delegate(work, mandate, "Lê Văn Em", email="em@example.org"),
            make_delegate(work, far, "Trần Phúc", email="phuc@example.org"),
            make_delegate(work, mandate, "Võ An"),
        ]
        ids = [main.id, remote.id, first.id, second.id, item.id, mandate.id, far.id, *(person.id for person in people)]
        return Scene(conference.id, olga.id, *ids)


def send(begin: BeginWork, scene: Scene, minutes: int = 0) -> list[CalendarPart]:
    """Compare, and write every message that waits; what went out, by address and title."""
    now = NOW + timedelta(minutes=minutes)
    with begin(now=now) as work:
        put_calendar_messages(work, scene.conference_id)
    return write_waiting(begin, now)


def write_waiting(begin: BeginWork, now: datetime) -> list[CalendarPart]:
    """Write every message that waits."""
    parts = []
    with begin(now=now) as work:
        for message in work.session.scalars(select(Message).where(Message.state == "waiting").order_by(Message.id)).all():
            entry = work.session.get_one(CalendarEntry, message.entry_id)
            part = calendar_part(work, entry, VOICE)
            message.state = "sent" if part else "dropped"
            if part:
                note_told(work, entry, part)
                parts.append(part)
    return sorted(parts, key=lambda part: (part.to_address, part.content.starts_at, part.method))


def told(parts: list[CalendarPart]) -> list[tuple[str, str, str, int]]:
    """Method, the name before the @, the title and the sequence of each."""
    return [(part.method, part.to_address.split("@")[0], part.content.title, part.sequence) for part in parts]


def change(begin: BeginWork, scene: Scene, command: Command, minutes: int = 0) -> None:
    """Carry out a command as the organiser."""
    with begin(AccountActor(scene.account_id), now=NOW + timedelta(minutes=minutes)) as work:
        command(work)
