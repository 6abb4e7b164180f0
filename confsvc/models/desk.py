"""Desks: devices paired with one site, the pairing links that make them, and what they hand over after their time."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import NUMBERED_ONCE, Base
from confsvc.models.site import Site


class Pairing(Base):
    """A link that turns one device into a desk of one site, once, until it expires."""

    __tablename__ = "pairings"

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    site: Mapped[Site] = relationship(lazy="raise")


class Desk(Base):
    """A paired device; its cookie's token is stored as a hash and dies when it is revoked or expires."""

    __tablename__ = "desks"
    __table_args__ = NUMBERED_ONCE

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairings.id"), unique=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    paired_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    site: Mapped[Site] = relationship(lazy="raise")


class HandedOver(Base):
    """One act that a desk (`desk_id`) recorded and may not send any more: it waits for an organiser.

    `act` and `payload` are the event of docs/live-protocol.md as the desk would have sent it, `handed_by_id` is the desk whose
    cookie it came with. `happened_at` is the moment of the act and `subject` whom it is about, as far as could be told when
    it came in ("": nobody known).
    """

    __tablename__ = "handed_over"
    __table_args__ = (
        CheckConstraint("decision IS NULL OR decision IN ('accepted', 'rejected')", name="decision"),
        Index("uq_handed_over_client_ref", "conference_id", "client_ref", unique=True),
        Index("ix_handed_over_waiting", "conference_id", "decision", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"))
    desk_id: Mapped[int] = mapped_column(ForeignKey("desks.id", ondelete="CASCADE"), index=True)
    handed_by_id: Mapped[int] = mapped_column(ForeignKey("desks.id", ondelete="CASCADE"))
    client_ref: Mapped[str] = mapped_column(String(36))
    act: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    subject: Mapped[str] = mapped_column(String(200), default="")
    subject_fold: Mapped[str] = mapped_column(String(200), default="")
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(10))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    desk: Mapped[Desk] = relationship(lazy="raise", foreign_keys=[desk_id])
    handed_by: Mapped[Desk] = relationship(lazy="raise", foreign_keys=[handed_by_id])
