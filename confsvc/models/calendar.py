"""What each calendar holds: the entries that were handed out, and the links of the feeds that show them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import Base

FEED_KINDS = ("site", "unit", "presenter", "host")


class CalendarEntry(Base):
    """One VEVENT as last handed out: RFC 5545 §3.8.4.7 UID, §3.8.7.4 SEQUENCE, and a digest of what it shows.

    It belongs to a delegate or to a feed; `scope` is what it is about: "conference", "session:<uid>" or "item:<id>". `shown` is
    what a file or a feed last showed under it. Of an entry that went out by mail, `told` is the content the recipient's calendar
    holds, `told_to` the address, and `cancelled_at` is set once the last word to that address was a CANCEL. It outlives its
    delegate and its session, so that both can be cancelled.
    """

    __tablename__ = "calendar_entries"
    __table_args__ = (
        Index("uq_calendar_entries_delegate", "delegate_id", "scope", unique=True),
        Index("uq_calendar_entries_feed", "feed_id", "scope", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id", ondelete="SET NULL"))
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feed_links.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(60))
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    fingerprint: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]
    shown: Mapped[dict[str, Any] | None]
    told_to: Mapped[str] = mapped_column(String(254), default="")
    told: Mapped[dict[str, Any] | None]
    told_fingerprint: Mapped[str] = mapped_column(String(64), default="")
    told_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class FeedLink(Base):
    """A link to a calendar that follows by itself: of a site, of an invited unit, of a presenter, or of all that a host unit holds.

    Its token is derived from `uid`; a revoked link opens nothing.
    """

    __tablename__ = "feed_links"
    __table_args__ = (CheckConstraint(f"kind IN {FEED_KINDS}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    conference_id: Mapped[int | None] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandates.id", ondelete="CASCADE"), index=True)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
