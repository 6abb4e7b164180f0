"""Mail: what is to be sent, what became of it, and what came in."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import Base

PURPOSES = ("calendar", "registration", "registration_reminder", "reminder", "operator_reminder", "counter_declined")
# What a message of purpose `calendar` says depends on what the recipient's calendar holds when it is written.
LETTER_KINDS = ("invitation", "update", "cancellation", *PURPOSES[1:])
LOCALES = ("vi", "en")
# waiting: not written yet; ready: written, to be handed to the mail server; dropped: when it was written there was nothing to say any more.
MESSAGE_STATES = ("waiting", "ready", "sent", "failed", "bounced", "dropped")
# Still to go out; and not written yet: of these a calendar entry has at most one, tests apart.
OPEN = "state IN ('waiting', 'ready')"
UNWRITTEN = "state = 'waiting' AND NOT is_test"
RECEIVED_KINDS = ("reply", "counter", "bounce", "other")
OUTCOMES = ("taken", "shown", "refused", "ignored", "settled")


class Mailing(Base):
    """One run of messages, started by an account or (None) by the server itself; its messages wait while it is paused."""

    __tablename__ = "mailings"
    __table_args__ = (CheckConstraint(f"purpose IN {PURPOSES}", name="purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(24))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]


class Message(Base):
    """One message to one recipient; it is written when its turn comes, by what is true then, and kept word for word until it is sent.

    What it is about decides what it says: an entry (purpose `calendar`), a mandate, a delegate or a site. `body` is the whole
    message (RFC 5322), compressed by zlib; `message_id` names it for good, so that a second delivery can be known as one.
    `due_at` is when it is tried next; whoever sends it holds it until `claimed_until`. `to_fold` is what a search finds.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(f"purpose IN {PURPOSES}", name="purpose"),
        CheckConstraint(f"state IN {MESSAGE_STATES}", name="state"),
        Index("ix_messages_due", "due_at", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_messages_mailing", "mailing_id", "state"),
        Index("ix_messages_conference", "conference_id", "id"),
        Index("uq_messages_entry_waiting", "entry_id", unique=True, sqlite_where=text(UNWRITTEN), postgresql_where=text(UNWRITTEN)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"))
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(24))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_entries.id", ondelete="CASCADE"), index=True)
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandates.id", ondelete="SET NULL"), index=True)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id", ondelete="SET NULL"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"), index=True)
    is_test: Mapped[bool] = mapped_column(default=False)
    to_name: Mapped[str] = mapped_column(String(200), default="")
    to_address: Mapped[str] = mapped_column(String(254))
    to_fold: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    subject: Mapped[str] = mapped_column(String(500), default="")
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    mailing: Mapped[Mailing | None] = relationship(lazy="raise")


class Received(Base):
    """One message that came in, and what was made of it; `digest` knows it when it is read a second time.

    `shown`: an organiser is to look at it (a proposal, an answer that cannot be trusted), `settled` once they have.
    """

    __tablename__ = "received"
    __table_args__ = (
        CheckConstraint(f"kind IN {RECEIVED_KINDS}", name="kind"),
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        Index("ix_received_conference", "conference_id", "outcome", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    conference_id: Mapped[int | None] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"))
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id", ondelete="SET NULL"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_entries.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40), default="")
    from_address: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(500), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class LetterText(Base):
    """What a conference says in its own words in one kind of letter and one language, instead of the text that comes with the server."""

    __tablename__ = "letter_texts"
    __table_args__ = (CheckConstraint(f"kind IN {LETTER_KINDS}", name="kind"), CheckConstraint(f"locale IN {LOCALES}", name="locale"))

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    locale: Mapped[str] = mapped_column(String(5), primary_key=True)
    subject: Mapped[str] = mapped_column(String(300), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class Reminder(Base):
    """`minutes_before` the start, these people are reminded; `done_for` is the start for which that has been done."""

    __tablename__ = "reminders"
    __table_args__ = (
        CheckConstraint("audience IN ('units', 'delegates', 'operators')", name="audience"),
        CheckConstraint("minutes_before BETWEEN 1 AND 129600", name="minutes_before"),
        Index("uq_reminders_audience", "conference_id", "audience", "minutes_before", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"))
    audience: Mapped[str] = mapped_column(String(10))
    minutes_before: Mapped[int]
    done_for: Mapped[datetime | None]
