"""What a process of tests makes once, for all of its applications and databases: a service makes it once in its life as well.

Each test has an application and a database of its own. Building addresses, compiling templates and compiling statements took more
than half of the time of a page's test, and came to the same every time; here they are remembered by what they are made from.
"""

from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

STATEMENTS = 5000
# What Werkzeug finds out of a rule when it compiles it.
COMPILED = ("_parts", "_trace", "_converters", "arguments", "_build", "_build_unknown")


def stay_warm() -> None:
    """Let everything that is made in this process from now on share what was compiled before."""
    _remember_rules()
    _remember_statements()
    Flask.jinja_options = {"bytecode_cache": _Templates()}


def _remember_rules() -> None:
    """What a rule compiles to, by the rule: Werkzeug takes each apart and writes two functions that build addresses, hundreds for an application."""
    compile_rule = Rule.compile
    made: dict[Any, dict[str, Any]] = {}

    def remembered(rule: Rule) -> None:
        assert rule.map
        if rule.defaults or rule.map.host_matching:
            compile_rule(rule)
            return
        key = (rule.rule, rule.subdomain, rule.merge_slashes, rule.build_only, *rule.map.converters.items())
        if key not in made:
            compile_rule(rule)
            made[key] = {name: getattr(rule, name) for name in COMPILED}
        vars(rule).update(made[key])
        # These two are methods, and of the rule whose addresses they build.
        rule._build, rule._build_unknown = (made[key][name].__func__.__get__(rule) for name in ("_build", "_build_unknown"))

    Rule.compile = remembered  # type: ignore[method-assign,assignment]


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
