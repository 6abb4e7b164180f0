"""Sites of a conference and their running tallies."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import NUMBERED_ONCE, Base


class Site(Base):
    """A hall that takes part; exactly one of a conference may be the main site."""

    __tablename__ = "sites"
    __table_args__ = (
        CheckConstraint("kind IN ('main', 'remote')", name="kind"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_own_parent"),
        Index("uq_sites_one_main", "conference_id", unique=True, sqlite_where=text("kind = 'main'"), postgresql_where=text("kind = 'main'")),
        Index("ix_sites_order", "conference_id", "sort_order"),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), default="remote")
    name: Mapped[str] = mapped_column(String(200))
    name_fold: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(300), default="")
    video_link: Mapped[str] = mapped_column(String(500), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_phone: Mapped[str] = mapped_column(String(60), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    capacity: Mapped[int | None]
    attends: Mapped[bool] = mapped_column(default=True)
    sort_order: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    tally: Mapped["SiteTally"] = relationship(lazy="raise", back_populates="site")


class SiteTally(Base):
    """The counts of one site, folded from the attendance log in the same transaction.

    `named`, `present` and `excused` count the delegates whose seat is here, wherever they are; `vacant` the seats
    here that no delegate fills; `visiting` those in this hall whose seat is at another site, `walk_ins` those in it who
    have no seat. Of those present, `online` joined from elsewhere and `substitutes` sit in for somebody; of those present and
    `away` (checked in and gone again) `late` arrived late. `headcount` is what the site counted by itself, at
    `headcount_at`. `revision` is that of the conference when the log last touched this site, so that whoever knows the
    sites as of a revision reads only those that came after it.
    """

    __tablename__ = "site_tallies"
    __table_args__ = (
        CheckConstraint("named >= 0 AND vacant >= 0 AND present >= 0 AND away >= 0 AND excused >= 0", name="counts"),
        CheckConstraint("visiting >= 0 AND walk_ins >= 0 AND online >= 0 AND substitutes >= 0 AND late >= 0", name="part_counts"),
        CheckConstraint("present + away + excused <= named", name="sum"),
        Index("ix_site_tallies_revision", "conference_id", "revision"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    named: Mapped[int] = mapped_column(default=0)
    vacant: Mapped[int] = mapped_column(default=0)
    present: Mapped[int] = mapped_column(default=0)
    excused: Mapped[int] = mapped_column(default=0)
    away: Mapped[int] = mapped_column(default=0)
    visiting: Mapped[int] = mapped_column(default=0)
    walk_ins: Mapped[int] = mapped_column(default=0)
    online: Mapped[int] = mapped_column(default=0)
    substitutes: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)
    headcount: Mapped[int | None]
    headcount_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0, server_default="0")

    site: Mapped[Site] = relationship(lazy="raise", back_populates="tally")
