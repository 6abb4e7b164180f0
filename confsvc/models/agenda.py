"""The agenda: sessions of half a day, each with its items in order."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import Base

ITEM_KINDS = ("introduction", "opening", "report", "speech", "discussion", "commendation", "directing_speech", "conclusion", "break", "other")


class AgendaSession(Base):
    """A session with a fixed start; its items follow one another from there."""

    __tablename__ = "agenda_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    items: Mapped[list["AgendaItem"]] = relationship(lazy="raise", back_populates="session", order_by="AgendaItem.sort_order, AgendaItem.id")


class AgendaItem(Base):
    """One item; `fixed_start` pins it to a moment, otherwise it begins when the item before it ends."""

    __tablename__ = "agenda_items"
    __table_args__ = (
        CheckConstraint(f"kind IN {ITEM_KINDS}", name="kind"),
        CheckConstraint("planned_minutes BETWEEN 1 AND 1440", name="planned_minutes"),
        Index("ix_agenda_items_order", "session_id", "sort_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_sessions.id", ondelete="CASCADE"))
    sort_order: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20), default="report")
    title: Mapped[str] = mapped_column(String(300))
    presenter_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id", ondelete="SET NULL"), index=True)
    presenter_name: Mapped[str] = mapped_column(String(200), default="")
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"), index=True)
    planned_minutes: Mapped[int] = mapped_column(default=10)
    fixed_start: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    session: Mapped[AgendaSession] = relationship(lazy="raise", back_populates="items")
