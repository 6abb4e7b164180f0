"""What the address of a list asks for."""

from collections.abc import Iterable

from flask import request

from confsvc.domain.text import clean
from confsvc.web.fields import read_id

QUERY_MAX_CHARACTERS = 100


def asked_text(name: str = "q") -> str:
    """A query parameter as one cleaned line."""
    return clean(request.args.get(name, ""))[:QUERY_MAX_CHARACTERS]


def asked_id(name: str) -> int | None:
    """The id in a query parameter, if it is one."""
    return row_id(request.args.get(name, "")) or None


def asked_choice(name: str, choices: Iterable[str], default: str = "") -> str:
    """A query parameter if it is one of `choices`."""
    value = request.args.get(name, default)
    return value if value in choices else default


def asked_page() -> int:
    """The number of the page, from 1."""
    return row_id(request.args.get("page", "")) or 1


def row_id(typed: str) -> int:
    """The id that was typed, or 0, which no row has."""
    return max(0, read_id(typed) or 0)
