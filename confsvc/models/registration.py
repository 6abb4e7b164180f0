"""Who changed what in the lists that units hand in."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import Base

REGISTRATION_CHANGES = (
    *("named", "imported", "changed", "removed", "substituted"),
    *("declined", "taken_back"),
    *("link_made", "link_sent", "link_opened", "link_revoked"),
)


class RegistrationChange(Base):
    """One change of a unit's registration: by the liaison's link (`account_id` None) or by an organiser; `late` if after the deadline.

    What an import brings in is one line for each unit. `detail` has what was changed, each as field → [before, after]; `name` whom
    it is about, also once the row is gone.
    """

    __tablename__ = "registration_changes"
    __table_args__ = (CheckConstraint(f"kind IN {REGISTRATION_CHANGES}", name="kind"), Index("ix_registration_changes_mandate", "mandate_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id", ondelete="CASCADE"))
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("delegates.id", ondelete="SET NULL"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200), default="")
    late: Mapped[bool] = mapped_column(default=False)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
