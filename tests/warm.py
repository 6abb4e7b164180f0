"""What a process of tests makes once, for all of its applications and databases: a service makes it once in its life as well.

Each test has an application and a database of its own. Building addresses, compiling templates and compiling statements took more
than half of the time of a page's test, and came to the same every time; here they are remembered by what they are made from.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

STATEMENTS = 5000


def stay_warm() -> None:
    """Let everything that is made in this process from now on share what was compiled before."""
    _remember_builders()
    _remember_statements()
    Flask.jinja_options = {"bytecode_cache": _Templates()}


def _remember_builders() -> None:
    """The functions that build a rule's addresses, by the rule: Werkzeug compiles two for each, hundreds for an application."""
    compile_builder = Rule._compile_builder
    made: dict[Any, Callable[..., tuple[str, str]]] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (*rule._trace, append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign,assignment]


def _remember_statements() -> None:
    """Compiled statements, for all engines of one kind: SQLAlchemy keeps them by the dialect, so dialects of one kind are the same."""
    statements: Any = LRUCache(STATEMENTS)

    def alike(one: DefaultDialect, other: object) -> bool:
        return type(other) is type(one) and other.server_version_info == one.server_version_info

    Engine._compiled_cache = property(lambda _: statements, lambda _, own: None)  # type: ignore[assignment]  # an engine's own is not used
    DefaultDialect.__eq__ = alike  # type: ignore[method-assign,assignment]
    DefaultDialect.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[method-assign,assignment]


class _Templates(BytecodeCache):
    """Compiled templates, by their place and their text."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._codes[bucket.key, bucket.checksum] = bucket.code
