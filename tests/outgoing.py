"""Messages in the outbox for tests, and the plainest way to write one."""

from datetime import timedelta

from confsvc.domain.outbox import NewMessage, Outgoing, Written, claim_message, put_mailing
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference, Delegate, Mailing, Message

SENDER = "hop@example.org"
LEASE = timedelta(minutes=3)
PATIENCE = timedelta(hours=48)


def put(work: Work, conference: Conference, count: int = 1, purpose: str = "reminder") -> Mailing:
    """A run of `count` messages, to nguoi-0@example.org and so on."""
    return put_mailing(work, conference.id, purpose, [NewMessage(f"nguoi-{n}@example.org", f"Người thứ {n}") for n in range(count)])


def put_about(work: Work, entry: CalendarEntry, *, is_test: bool = False) -> Mailing:
    return put_mailing(work, entry.conference_id, "calendar", [NewMessage("dina@example.org", "Dina", entry.id, is_test=is_test)])


def make_entry(work: Work, delegate: Delegate) -> CalendarEntry:
    scope = {"conference_id": delegate.conference_id, "delegate_id": delegate.id, "scope": "conference"}
    entry = CalendarEntry(**scope, uid=work.new_id(), fingerprint="", changed_at=work.now)
    work.session.add(entry)
    work.session.flush()
    return entry


def write(work: Work, message: Message, name: str) -> Written:
    """Says whom it is for, and nothing else."""
    return Written(message.to_name, message.to_address, f"Gửi {message.to_name}", f"Message-ID: {name}\r\n\r\n{message.to_address}\r\n".encode())


def claim(work: Work, lease: timedelta = LEASE) -> Outgoing | None:
    return claim_message(work, write, sender=SENDER, lease=lease)


def claim_next(work: Work) -> Outgoing:
    outgoing = claim(work)
    assert outgoing
    return outgoing
