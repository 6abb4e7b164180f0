"""What the processes of a cluster tell one another through the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from confsvc.models.base import NUMBERED_ONCE, Base


class ToldFact(Base):
    """A fact of a committed change, for the clients of other processes; `origin` is the process that has told its own clients already.

    The numbers rise in the order of the commits. A row is kept for an hour; it points to nothing, since what it tells of may be gone.
    """

    __tablename__ = "told_facts"
    __table_args__ = NUMBERED_ONCE

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    fields: Mapped[dict[str, Any]]
    origin: Mapped[str] = mapped_column(String(36))
    told_at: Mapped[datetime] = mapped_column(index=True)


class Worker(Base):
    """A serving process of a cluster. It counts its `beats`; others take it for gone when they see them stand still."""

    __tablename__ = "workers"

    uid: Mapped[str] = mapped_column(String(36), primary_key=True)
    beats: Mapped[int]
    # Of its list of desks: rises with every change of it.
    version: Mapped[int]


class WorkerDesk(Base):
    """A desk that is connected to a worker, or was; `version` is that of the list at which it came or went."""

    __tablename__ = "worker_desks"
    __table_args__ = (Index("ix_worker_desks_version", "worker_uid", "version"),)

    worker_uid: Mapped[str] = mapped_column(ForeignKey("workers.uid", ondelete="CASCADE"), primary_key=True)
    # No key of another table: a desk that is wiped with its rehearsal must not stop the beat of its worker.
    desk_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site_id: Mapped[int]
    conference_id: Mapped[int]
    connected: Mapped[bool]
    version: Mapped[int]
