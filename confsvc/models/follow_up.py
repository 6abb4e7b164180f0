"""What was done about people who are missing."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import Base

FOLLOW_UPS = ("called", "on_the_way", "excused", "sends_deputy", "cleared")


class FollowUp(Base):
    """Somebody followed up a missing delegate, or the unnamed seats of a mandate; the latest line is what stands."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        CheckConstraint(f"status IN {FOLLOW_UPS}", name="status"),
        Index("ix_follow_ups_mandate", "conference_id", "mandate_id", "delegate_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"))
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id", ondelete="CASCADE"))
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(300), default="")
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
