"""Whether the database answers, and what an administrator watches in it."""

from dataclasses import dataclass

from sqlalchemy import case, func, inspect, null, select, text

from confsvc.domain.outbox import is_paused
from confsvc.domain.work import Work
from confsvc.models.mail import OPEN, Message


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How many messages are still to go out, and for how many seconds the one that is due first has been due (0: none is); paused runs are never late."""

    waiting: int
    late_seconds: float


def check_database(work: Work) -> None:
    """Ask the database for a one; whatever it raises is the answer."""
    work.session.execute(text("SELECT 1"))


def schema_revision(work: Work) -> str | None:
    """The migration that the database stands at; None for one without tables."""
    if not inspect(work.session.connection()).has_table("alembic_version"):
        return None
    revision: str | None = work.session.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def read_outbox(work: Work) -> OutboxState:
    """The outbox of all conferences together; asks no permission."""
    first_due = func.min(case((is_paused(), null()), else_=Message.due_at))
    waiting, first = work.session.execute(select(func.count(), first_due).select_from(Message).where(text(OPEN))).one()
    return OutboxState(waiting, max((work.now - first).total_seconds(), 0.0) if first else 0.0)
