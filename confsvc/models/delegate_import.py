"""Uploaded delegate lists that wait for a look and a yes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import Base


class DelegateImport(Base):
    """One uploaded list; nothing of it is in the conference until `confirmed_at`, nothing of it but `outcome` is kept after that.

    `sheets` holds the cells as read, so that they may be read another way; `rows` what was made of sheet number `sheet`.
    """

    __tablename__ = "delegate_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64))
    encoding: Mapped[str] = mapped_column(String(10), default="unicode")
    sheet: Mapped[int] = mapped_column(default=0)
    header_row: Mapped[int]
    columns: Mapped[dict[str, Any]]
    sheets: Mapped[list[Any]] = mapped_column(deferred=True, deferred_raiseload=True)
    rows: Mapped[list[Any]] = mapped_column(deferred=True, deferred_raiseload=True)
    outcome: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
