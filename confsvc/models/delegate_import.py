"""Uploaded delegate lists that wait for a look and a yes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import Base


class DelegateImport(Base):
    """One uploaded list as read, cell by cell; nothing of it is in the conference until `confirmed_at`."""

    __tablename__ = "delegate_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    encoding: Mapped[str] = mapped_column(String(10), default="unicode")
    header_row: Mapped[int]
    columns: Mapped[dict[str, Any]]
    rows: Mapped[list[Any]]
    outcome: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
