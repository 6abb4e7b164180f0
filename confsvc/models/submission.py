"""Forms that were already carried out, so that a double click does nothing twice."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import Base


class Submission(Base):
    """The key a form was rendered with, and where the browser was sent after it was carried out."""

    __tablename__ = "submissions"

    key: Mapped[str] = mapped_column(String(36), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    location: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)
