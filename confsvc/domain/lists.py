"""One page of a long list."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from confsvc.domain.work import LONG, Work

T = TypeVar("T")
PAGE_SIZE = 50
# For everybody, read so many rows at a time while they are taken: as much memory however many there are.
IN_PORTIONS = {**LONG, "yield_per": 100}


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`items` of page `number` (from 1) out of `total` rows."""

    items: list[T]
    total: int
    number: int
    size: int = PAGE_SIZE

    @property
    def last(self) -> int:
        return max(1, ceil(self.total / self.size))


def number_within(total: int, number: int, size: int = PAGE_SIZE) -> int:
    """The page that is shown where page `number` of so many rows is asked for."""
    return min(max(1, number), max(1, ceil(total / size)))


def read_page(work: Work, statement: Select[Any], number: int, size: int = PAGE_SIZE, *, counting: Select[Any] | None = None) -> Page[Any]:
    """Page `number` of the statement's first column, clamped into range; two queries. `counting` counts its rows with less work than the statement itself."""
    if counting is None:
        counting = select(func.count()).select_from(statement.order_by(None).subquery())
    total = work.session.scalar(counting, execution_options=LONG) or 0
    number = number_within(total, number, size)
    items = work.session.scalars(statement.limit(size).offset((number - 1) * size), execution_options=LONG).all()
    return Page(list(items), total, number, size)


def page_of(items: Sequence[T], number: int, size: int = PAGE_SIZE) -> Page[T]:
    """Page `number` of what has been read already, clamped into range."""
    number = number_within(len(items), number, size)
    return Page(list(items[(number - 1) * size : number * size]), len(items), number, size)
