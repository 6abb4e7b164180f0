"""Organisers' accounts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import Base


class Account(Base):
    """Someone who signs in with a password; `session_epoch` rises when all older sign-ins must end."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("role IN ('administrator', 'organiser')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20), default="organiser")
    locale: Mapped[str] = mapped_column(String(5), default="vi")
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
