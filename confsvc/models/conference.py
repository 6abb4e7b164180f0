"""Conferences and who organises them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import Base, SortKey

STATES = ("draft", "published", "in_progress", "closed", "postponed", "cancelled")
MODES = ("in_person", "online", "hybrid")
ADDRESS_FORMS = ("comrade", "sir_madam", "delegate")


class Conference(Base):
    """One conference; `revision` counts its attendance events, `version` guards its form against a second tab."""

    __tablename__ = "conferences"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint(f"address_form IN {ADDRESS_FORMS}", name="address_form"),
        CheckConstraint("starts_at < ends_at", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    title_fold: Mapped[str] = mapped_column(String(300))
    title_sort: Mapped[str] = mapped_column(SortKey, default="")
    state: Mapped[str] = mapped_column(String(20), default="draft", index=True)
    mode: Mapped[str] = mapped_column(String(20), default="hybrid")
    timezone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    host_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    host_name: Mapped[str] = mapped_column(String(200), default="")
    chair_name: Mapped[str] = mapped_column(String(200), default="")
    chair_position: Mapped[str] = mapped_column(String(200), default="")
    address_form: Mapped[str] = mapped_column(String(20), default="delegate")
    video_link: Mapped[str] = mapped_column(String(500), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    check_in_minutes: Mapped[int] = mapped_column(default=120)
    revision: Mapped[int] = mapped_column(default=0)
    board_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    board_serial: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    members: Mapped[list["ConferenceMember"]] = relationship(lazy="raise", back_populates="conference")


class ConferenceMember(Base):
    """An account that organises this conference."""

    __tablename__ = "conference_members"

    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, index=True)

    conference: Mapped[Conference] = relationship(lazy="raise", back_populates="members")
