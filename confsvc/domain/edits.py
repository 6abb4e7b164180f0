"""Edits of one row by several people: the second is told, never overwritten."""

from typing import Protocol

from confsvc.domain.errors import EditConflict


class Versioned(Protocol):
    version: int


def claim_version(row: Versioned, version: int) -> None:
    """Raise the row's version if it is still `version`; raises EditConflict with the row as it stands."""
    if row.version != version:
        raise EditConflict(current=row)
    row.version += 1
