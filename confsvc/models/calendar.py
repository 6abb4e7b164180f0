"""What each delegate's calendar holds, so that SEQUENCE rises with every change that shows and never else."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import Base


class CalendarEntry(Base):
    """One VEVENT as last handed out: RFC 5545 §3.8.4.7 UID, §3.8.7.4 SEQUENCE, and a digest of its properties."""

    __tablename__ = "calendar_entries"
    __table_args__ = (
        Index("uq_calendar_entries_session", "delegate_id", "session_id", unique=True),
        Index("uq_calendar_entries_whole", "delegate_id", unique=True, sqlite_where=text("session_id IS NULL"), postgresql_where=text("session_id IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delegate_id: Mapped[int] = mapped_column(ForeignKey("delegates.id", ondelete="CASCADE"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_sessions.id", ondelete="CASCADE"), index=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    fingerprint: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]
