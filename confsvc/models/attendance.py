"""The attendance log and the state folded from it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import Base
from confsvc.models.delegate import Delegate

EVENT_KINDS = ("check_in", "undo", "excuse", "withdraw_excuse")
METHODS = ("scan", "name", "organiser", "self")
ATTENDANCE_MODES = ("in_person", "online")
VERDICTS = ("accepted", "repeated", "moved", "refused")
ATTENDANCE_STATES = ("not_yet", "present", "excused")


class AttendanceEvent(Base):
    """One line of the log, never changed or deleted; refusals are lines too.

    `occurred_at` is the desk's clock, `recorded_at` the server's. `code_hash` names a scanned code that fits nobody.
    `detail` keeps what the verdict said (`code`, `since`, `site`, `desk`), so that a repeated `client_ref` is
    answered word for word.
    """

    __tablename__ = "attendance_events"
    __table_args__ = (
        CheckConstraint(f"kind IN {EVENT_KINDS}", name="kind"),
        CheckConstraint(f"method IN {METHODS}", name="method"),
        CheckConstraint(f"mode IN {ATTENDANCE_MODES}", name="mode"),
        CheckConstraint(f"verdict IN {VERDICTS}", name="verdict"),
        Index("uq_attendance_events_client_ref", "conference_id", "client_ref", unique=True),
        Index("ix_attendance_events_delegate", "delegate_id", "revision"),
        Index("ix_attendance_events_site", "site_id", "revision"),
    )

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id"))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(10), default="in_person")
    method: Mapped[str] = mapped_column(String(10))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    client_ref: Mapped[str] = mapped_column(String(36))
    occurred_at: Mapped[datetime]
    clock_offset_ms: Mapped[int] = mapped_column(default=0)
    recorded_at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Attendance(Base):
    """Where one delegate stands now: the fold of the log up to `revision`."""

    __tablename__ = "attendances"
    __table_args__ = (
        CheckConstraint(f"state IN {ATTENDANCE_STATES}", name="state"),
        CheckConstraint("(state = 'present') = (site_id IS NOT NULL)", name="site_when_present"),
        Index("ix_attendances_state", "conference_id", "state"),
    )

    delegate_id: Mapped[int] = mapped_column(ForeignKey("delegates.id", ondelete="CASCADE"), primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="not_yet")
    mode: Mapped[str] = mapped_column(String(10), default="in_person")
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"), index=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    since: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    revision: Mapped[int] = mapped_column(default=0)

    delegate: Mapped[Delegate] = relationship(lazy="raise")
