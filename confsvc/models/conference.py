"""Conferences and who organises them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import NUMBERED_ONCE, Base, SortKey

STATES = ("draft", "published", "in_progress", "closed", "postponed", "cancelled")
MODES = ("in_person", "online", "hybrid")
ADDRESS_FORMS = ("comrade", "sir_madam", "delegate")
WALK_IN_RULES = ("open", "ask", "refuse")
ONLINE_RULES = ("counts", "ask")
ENTRY_RULES = ("conference", "sessions")
UPDATE_RULES = ("automatic", "ask")
MAIL_LANGUAGES = ("vi", "en", "both")


class Conference(Base):
    """One conference; `revision` counts its attendance events, `version` guards its form against a second tab.

    Who arrives more than `late_minutes` after the start is late. `walk_in_rule`: people outside the list are let in, need
    an organiser's yes, or are turned away. `online_rule`: joining alone counts, or needs a yes. `rehearses_id` is the
    conference that this one is a rehearsal of. What desks tell of before `resumed_at` was for the day that was postponed.

    Units name their delegates until `registration_deadline`. Since `invited_at` everybody on the list who has an address is
    kept informed by mail: of one calendar entry for the whole, or one for each session (`entry_rule`); changes go out by
    themselves, or when an organiser says so (`update_rule`). Something that calendars show has changed at `calendar_stale_at`
    and was not compared yet. `web_address` is where the links in mail lead.
    """

    __tablename__ = "conferences"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint(f"address_form IN {ADDRESS_FORMS}", name="address_form"),
        CheckConstraint("starts_at < ends_at", name="period"),
        CheckConstraint(f"walk_in_rule IN {WALK_IN_RULES}", name="walk_in_rule"),
        CheckConstraint(f"online_rule IN {ONLINE_RULES}", name="online_rule"),
        CheckConstraint(f"entry_rule IN {ENTRY_RULES}", name="entry_rule"),
        CheckConstraint(f"update_rule IN {UPDATE_RULES}", name="update_rule"),
        CheckConstraint(f"mail_languages IN {MAIL_LANGUAGES}", name="mail_languages"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        NUMBERED_ONCE,
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
    late_minutes: Mapped[int] = mapped_column(default=15)
    walk_in_rule: Mapped[str] = mapped_column(String(10), default="open")
    online_rule: Mapped[str] = mapped_column(String(10), default="counts")
    started_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rehearses_id: Mapped[int | None] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), unique=True)
    registration_deadline: Mapped[datetime | None]
    entry_rule: Mapped[str] = mapped_column(String(12), default="conference")
    update_rule: Mapped[str] = mapped_column(String(12), default="automatic")
    mail_languages: Mapped[str] = mapped_column(String(5), default="vi")
    invited_at: Mapped[datetime | None]
    calendar_stale_at: Mapped[datetime | None] = mapped_column(index=True)
    web_address: Mapped[str] = mapped_column(String(300), default="")
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
