"""The attendance log and the state folded from it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import Base
from confsvc.models.delegate import Delegate

EVENT_KINDS = (
    *("check_in", "undo", "leave", "undo_leave"),
    *("excuse", "withdraw_excuse"),
    *("seek", "admit", "deny"),
    *("substitute", "withdraw_substitute"),
    *("headcount", "renew_pass", "close"),
)
METHODS = ("scan", "name", "form", "headcount", "organiser", "self", "join", "system")
ATTENDANCE_MODES = ("in_person", "online")
VERDICTS = ("accepted", "repeated", "moved", "refused")
ATTENDANCE_STATES = ("not_yet", "present", "left", "excused", "substituted", "pending", "not_admitted")


class AttendanceEvent(Base):
    """One line of the log, never changed or deleted; refusals are lines too.

    `occurred_at` is the desk's clock, `clock_offset_ms` what the server's was ahead of it, `recorded_at` the server's.
    `code_hash` names a scanned code that fits nobody. `other_id` is the substitute of a `substitute` or its withdrawal,
    `amount` the people of a `headcount`. `refusal` is why the verdict is `refused`; `detail` keeps what it said besides
    (`since`, `site`, `desk`, `by`), so that a repeated `client_ref` is answered word for word.
    """

    __tablename__ = "attendance_events"
    __table_args__ = (
        CheckConstraint(f"kind IN {EVENT_KINDS}", name="kind"),
        CheckConstraint(f"method IN {METHODS}", name="method"),
        CheckConstraint(f"mode IN {ATTENDANCE_MODES}", name="mode"),
        CheckConstraint(f"verdict IN {VERDICTS}", name="verdict"),
        CheckConstraint("(kind = 'headcount') = (amount IS NOT NULL) AND (amount IS NULL OR amount >= 0)", name="amount"),
        Index("uq_attendance_events_client_ref", "client_ref", "conference_id", unique=True),
        Index("ix_attendance_events_delegate", "delegate_id", "revision"),
        Index("ix_attendance_events_site", "site_id", "revision"),
        # Rare, and asked for whenever a delegate is removed.
        Index("ix_attendance_events_other", "other_id", sqlite_where=text("other_id IS NOT NULL"), postgresql_where=text("other_id IS NOT NULL")),
    )

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id"))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id"))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int | None]
    mode: Mapped[str] = mapped_column(String(10), default="in_person")
    method: Mapped[str] = mapped_column(String(10))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    client_ref: Mapped[str] = mapped_column(String(36))
    occurred_at: Mapped[datetime]
    clock_offset_ms: Mapped[int] = mapped_column(default=0)
    recorded_at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(10))
    refusal: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Attendance(Base):
    """Where one delegate stands now: the fold of the log up to `revision`.

    `since` is when the state began, `arrived_at` the first check-in that stands, `late` whether that was after the
    conference's grace, `substitute_id` who sits in the seat of somebody `substituted`. A state of being absent is not
    kept: it is what `not_yet` means once the conference is closed.
    """

    __tablename__ = "attendances"
    __table_args__ = (
        CheckConstraint(f"state IN {ATTENDANCE_STATES}", name="state"),
        CheckConstraint("(state = 'present') = (site_id IS NOT NULL)", name="site_when_present"),
        # What a check-in changes stands in as few indexes as can be: each costs a page that is written twice.
        Index("ix_attendances_conference_id", "conference_id"),
        Index("ix_attendances_pending", "conference_id", sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'")),
        Index("ix_attendances_site_id", "site_id", sqlite_where=text("site_id IS NOT NULL"), postgresql_where=text("site_id IS NOT NULL")),
        Index("ix_attendances_substitute", "substitute_id", sqlite_where=text("substitute_id IS NOT NULL"), postgresql_where=text("substitute_id IS NOT NULL")),
    )

    delegate_id: Mapped[int] = mapped_column(ForeignKey("delegates.id", ondelete="CASCADE"), primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(12), default="not_yet")
    mode: Mapped[str] = mapped_column(String(10), default="in_person")
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    since: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    revision: Mapped[int] = mapped_column(default=0)

    delegate: Mapped[Delegate] = relationship(lazy="raise", foreign_keys=[delegate_id])


class OnlinePresence(Base):
    """A delegate who has joined online and whose page was last heard at `last_seen_at`; gone once they have left."""

    __tablename__ = "online_presences"

    delegate_id: Mapped[int] = mapped_column(ForeignKey("delegates.id", ondelete="CASCADE"), primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
