"""Edits of one row by several people: the second is told, never overwritten."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import InvalidRequestError

from confsvc.domain.errors import EditConflict, NotFound
from confsvc.domain.work import Work
from confsvc.models import Base


def claim_version(work: Work, row: Base, version: int) -> None:
    """Raise the row's version if it is still `version`, and read it as it stands.

    The database decides, so that of two who loaded the same row only one goes on. Raises EditConflict with the row
    as the other left it, or NotFound where the other has removed it.
    """
    kind: Any = type(row)
    still = update(kind).where(kind.id == row.id, kind.version == version)  # type: ignore[attr-defined]  # what has versions has an id
    claimed = work.session.execute(still.values(version=version + 1), execution_options={"synchronize_session": False})
    try:
        work.session.refresh(row)
    except InvalidRequestError as error:
        raise NotFound(kind=kind.__tablename__) from error
    if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an update has one
        raise EditConflict(current=row)
