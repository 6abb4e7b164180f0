"""Mandates, the delegates who fill their seats, and the passes delegates carry."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import NUMBERED_ONCE, Base, SortKey
from confsvc.models.conference import Conference
from confsvc.models.site import Site

REQUIRED_RANKS = ("head", "leader", "any")
RANKS = ("head", "leader", "staff")
REPLIES = ("none", "accepted", "declined")
ORIGINS = ("listed", "substitute", "walk_in")


class Mandate(Base):
    """A unit invited to a site with seats and a required rank; `unit_name` is the name it had when invited.

    One without a unit was not invited: it holds the walk-ins of a unit typed at the door, and no seats. The liaison is who
    answers the phone for the unit, and names its delegates by a link of their own: its token is derived from `link_uid`, a new one
    kills the old link; it is empty since `link_expires_at` where the link was revoked. `registered_at` is since when there is
    a name or a refusal for every seat. `declined_seats` of the seats will stay empty, the unit says, and why.
    """

    __tablename__ = "mandates"
    __table_args__ = (
        CheckConstraint("seats BETWEEN 0 AND 100000", name="seats"),
        CheckConstraint(f"required_rank IN {REQUIRED_RANKS}", name="required_rank"),
        CheckConstraint("unit_id IS NOT NULL OR seats = 0", name="uninvited_has_no_seats"),
        CheckConstraint("declined_seats BETWEEN 0 AND seats", name="declined_seats"),
        Index("uq_mandates_unit", "conference_id", "unit_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    unit_name: Mapped[str] = mapped_column(String(200))
    unit_name_fold: Mapped[str] = mapped_column(String(200))
    unit_name_sort: Mapped[str] = mapped_column(SortKey, default="")
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    seats: Mapped[int] = mapped_column(default=1)
    required_rank: Mapped[str] = mapped_column(String(10), default="any")
    liaison_name: Mapped[str] = mapped_column(String(200), default="")
    liaison_phone: Mapped[str] = mapped_column(String(20), default="")
    liaison_email: Mapped[str] = mapped_column(String(254), default="")
    link_uid: Mapped[str | None] = mapped_column(String(36), unique=True)
    link_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_expires_at: Mapped[datetime | None]
    link_opened_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    declined_seats: Mapped[int] = mapped_column(default=0)
    declined_reason: Mapped[str] = mapped_column(String(500), default="")
    sort_order: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    site: Mapped[Site] = relationship(lazy="raise")
    delegates: Mapped[list["Delegate"]] = relationship(lazy="raise", back_populates="mandate")


class Delegate(Base):
    """A person who fills a seat; `name_fold` is searched, `name_sort` orders names the Vietnamese way.

    The personal link's token is derived from `link_uid`: a new one kills the old link. `origin`: on the list before the
    day, a `substitute` who took over the seat of `replaces_id` at the door, or a `walk_in` without a seat. `rehearses_id` is
    the delegate that one of a rehearsal stands for.
    """

    __tablename__ = "delegates"
    __table_args__ = (
        CheckConstraint(f"rank IN {RANKS}", name="rank"),
        CheckConstraint(f"reply IN {REPLIES}", name="reply"),
        CheckConstraint(f"origin IN {ORIGINS}", name="origin"),
        CheckConstraint("(origin = 'substitute') = (replaces_id IS NOT NULL)", name="substitute_replaces"),
        Index("ix_delegates_protocol", "conference_id", "protocol_order", "name_sort"),
        Index("ix_delegates_name", "conference_id", "name_sort"),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    full_name: Mapped[str] = mapped_column(String(200))
    name_fold: Mapped[str] = mapped_column(String(200))
    name_sort: Mapped[str] = mapped_column(SortKey)
    position: Mapped[str] = mapped_column(String(200), default="")
    position_fold: Mapped[str] = mapped_column(String(200), default="")
    rank: Mapped[str] = mapped_column(String(10), default="staff")
    origin: Mapped[str] = mapped_column(String(10), default="listed")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id"), index=True)
    rehearses_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id", ondelete="SET NULL"), index=True)
    protocol_order: Mapped[int] = mapped_column(default=1000)
    phone: Mapped[str] = mapped_column(String(20), default="")
    phone_typed: Mapped[str] = mapped_column(String(60), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    reply: Mapped[str] = mapped_column(String(10), default="none")
    reply_reason: Mapped[str] = mapped_column(String(500), default="")
    replied_at: Mapped[datetime | None]
    link_uid: Mapped[str] = mapped_column(String(36), unique=True)
    link_token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    conference: Mapped[Conference] = relationship(lazy="raise")
    mandate: Mapped[Mandate] = relationship(lazy="raise", back_populates="delegates")
    site: Mapped[Site] = relationship(lazy="raise")


class Pass(Base):
    """A signed, revocable token printed as a QR code; only its hash is stored. A delegate has at most one that is valid.

    `revoked_revision` is the line of the attendance log that revoked it, or made it valid again, which is how desks hear of it.
    """

    __tablename__ = "passes"
    __table_args__ = (
        Index("ix_passes_revoked", "conference_id", "revoked_revision"),
        # Few, and asked for by every desk that starts.
        Index("ix_passes_dead", "conference_id", "revoked_at", sqlite_where=text("revoked_at IS NOT NULL"), postgresql_where=text("revoked_at IS NOT NULL")),
        Index("uq_passes_valid", "delegate_id", unique=True, sqlite_where=text("revoked_at IS NULL"), postgresql_where=text("revoked_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    delegate_id: Mapped[int] = mapped_column(ForeignKey("delegates.id", ondelete="CASCADE"), index=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(String(200), default="")
    revoked_revision: Mapped[int | None]
