"""Statements that are compiled once and then handed to the driver as they are, with nothing but their values.

A check-in needs a dozen statements, and the toolkit spends more on each execution than the database does: it looks the statement
up, puts its parameters in order and, where a list stands in it, writes a new text for each length of the list, which the driver
has to prepare anew. Here a list is one parameter, the text is always the same, and values go through their columns' own types.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import orjson
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    Insert,
    Select,
    String,
    Text,
    TypeDecorator,
    Update,
    bindparam,
    column,
    func,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

Processor = Callable[[Any], Any]
Writers = Sequence[tuple[str, Processor | None]]
Rows = Sequence[tuple[Any, ...]]
# The execution option that names the statements which PostgreSQL is sent before this one, without waiting for their answers.
SENT_BEFORE = "confsvc_sent_before"


@dataclass(slots=True)
class Sent:
    """A statement as the driver takes it, and what it has brought once it was run."""

    sql: str
    values: Any
    found: Rows | None = None


class Asked(NamedTuple):
    """A statement with the values that it is to be run with."""

    statement: "Prepared | PreparedForEach"
    values: Any

    def alone(self, connection: Connection) -> Rows:
        return self.statement.answer(connection, self.values)


def ask(connection: Connection, *asked: Asked) -> list[Rows]:
    """Run statements none of which needs the answer to another, in this order, and read what each brings.

    PostgreSQL is sent all of them at once and waited for once; SQLite, to which there is no way to wait for, does one after the other.
    """
    if not _is_postgres(connection.dialect):
        return [one.alone(connection) for one in asked]
    texts = [one.statement.text(connection.dialect) for one in asked]
    *before, last = sent = [Sent(text.sql, one.statement.bound(text, one.values)) for text, one in zip(texts, asked, strict=True)]
    result = connection.exec_driver_sql(last.sql, last.values, execution_options={SENT_BEFORE: before})
    last.found = cast("Rows", result.all()) if result.returns_rows else ()
    if any(one.found is None for one in sent):
        raise RuntimeError("this engine sends no statements before others: it was not prepared")
    return [text.read(one.found or ()) for text, one in zip(texts, sent, strict=True)]


class _Kept:
    """Compiles a statement once for each kind of database."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}

    def text(self, dialect: Dialect) -> "_Text":
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = self._compile(dialect)
        return text

    def _compile(self, dialect: Dialect) -> "_Text":
        raise NotImplementedError


class Prepared(_Kept):
    """A statement of which every parameter that has no value is given at each execution; lists by `is_one_of`."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Update) -> None:
        super().__init__()
        self.statement = statement
        self._brings_rows = bool(list(statement.exported_columns))

    def asked(self, **values: Any) -> Asked:
        """To be run by `ask`, together with others."""
        return Asked(self, values)

    def rows(self, connection: Connection, **values: Any) -> Rows:
        """Run it, and read everything that it brings."""
        text = self.text(connection.dialect)
        found = connection.exec_driver_sql(text.sql, text.bound(values)).all()
        return text.read(cast("Rows", found))

    def run(self, connection: Connection, **values: Any) -> None:
        """Run what brings nothing."""
        text = self.text(connection.dialect)
        connection.exec_driver_sql(text.sql, text.bound(values))

    def answer(self, connection: Connection, values: Mapping[str, Any]) -> Rows:
        if self._brings_rows:
            return self.rows(connection, **values)
        self.run(connection, **values)
        return ()

    def bound(self, text: "_Text", values: Mapping[str, Any]) -> Any:
        return text.bound(values)

    def _compile(self, dialect: Dialect) -> "_Text":
        return _compiled(self.statement, dialect)


class PreparedForEach(_Kept):
    """A statement that is run for each of many rows of values: once over all of them in PostgreSQL, which would else be asked row by row."""

    def __init__(self, columns: Mapping[str, TypeEngine[Any]], make: Callable[[Mapping[str, ColumnElement[Any]]], Insert | Update]) -> None:
        """`make` writes the statement with what is given of each name in `columns`."""
        super().__init__()
        self.columns = columns
        self._make = make
        self._writers: Writers = ()

    def asked(self, rows: Iterable[Mapping[str, Any]]) -> Asked:
        """To be run by `ask`, together with others."""
        return Asked(self, list(rows))

    def run(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it for these rows; for no row nothing is run."""
        given = list(rows)
        if not given:
            return
        text = self.text(connection.dialect)
        if text.is_positional:
            connection.exec_driver_sql(text.sql, [text.bound(row) for row in given])
        else:
            connection.exec_driver_sql(text.sql, self.bound(text, given))

    def answer(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Rows:
        self.run(connection, rows)
        return ()

    def bound(self, text: "_Text", rows: Sequence[Mapping[str, Any]]) -> Any:
        """All rows as one value, for PostgreSQL."""
        return text.bound({"rows": orjson.dumps([_written(row, self._writers) for row in rows]).decode()})

    def for_one(self) -> Insert | Update:
        """The statement for a single row, whose values are parameters."""
        return self._make({name: bindparam(name, type_=of) for name, of in self.columns.items()})

    def _compile(self, dialect: Dialect) -> "_Text":
        if not _is_postgres(dialect):
            return _compiled(self.for_one(), dialect)
        # One text of JSON: the driver would write a list for each column value by value, which takes it longer than all of the rest.
        parts = [column(name, _unbounded(of)) for name, of in self.columns.items()]
        given = func.json_to_recordset(as_type(bindparam("rows", type_=Text), JSON)).table_valued(*parts).render_derived(name="given", with_types=True)
        # JSON in JSON is written as it is; everything else by the type of its column.
        self._writers = [(name, None if isinstance(of, JSON) else of.dialect_impl(dialect).bind_processor(dialect)) for name, of in self.columns.items()]
        return _compiled(self._make({name: given.c[name] for name in self.columns}), dialect)


class _Text(NamedTuple):
    """What the driver of one kind of database gets: the text, who makes each value fit for it, the values that never change, and who reads its columns."""

    sql: str
    is_positional: bool
    writers: Writers
    constants: Mapping[str, Any]
    readers: Sequence[tuple[int, Processor]]

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The parameters, as the driver wants them."""
        given = {**values, **self.constants} if self.constants else values
        if self.is_positional:
            return tuple([writer(given[name]) if writer else given[name] for name, writer in self.writers])
        return _written(given, self.writers)

    def read(self, found: Rows) -> Rows:
        if not self.readers:
            return found
        rows = [list(row) for row in found]
        for place, reader in self.readers:
            for row in rows:
                row[place] = reader(row[place])
        return [tuple(row) for row in rows]


def _written(values: Mapping[str, Any], writers: Writers) -> dict[str, Any]:
    return {name: writer(values[name]) if writer else values[name] for name, writer in writers}


def _is_postgres(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


def _compiled(statement: Any, dialect: Dialect) -> _Text:
    compiled = statement.compile(dialect=dialect)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    writers = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
    constants = {name: bind.value for name, bind in binds.items() if not bind.required}
    names = compiled.positiontup if compiled.positional else binds
    types = [one.type.dialect_impl(dialect) for one in statement.exported_columns]
    readers = [(place, reader) for place, of in enumerate(types) if (reader := of.result_processor(dialect, None))]
    return _Text(str(compiled), compiled.positional, [(name, writers[name]) for name in names], constants, readers)


class _ListOf(TypeDecorator[Collection[Any]]):
    """A list as one value: an array of PostgreSQL, JSON for SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(_unbounded(self.of)) if _is_postgres(dialect) else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        listed = list(value or ())
        return listed if _is_postgres(dialect) else json.dumps(listed)


class _IsOneOf(FunctionElement[Any]):
    inherit_cache = True


def is_one_of(searched: Column[Any] | InstrumentedAttribute[Any], name: str) -> Any:
    """Whether the value of the column is in the list that is given as the parameter `name`."""
    return _IsOneOf(searched, bindparam(name, type_=_ListOf(searched.type)))


@compiles(_IsOneOf)
def _in_json(element: _IsOneOf, compiler: SQLCompiler, **options: Any) -> str:
    searched, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{searched} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # of a column and the mark of a parameter


@compiles(_IsOneOf, "postgresql")
def _in_array(element: _IsOneOf, compiler: SQLCompiler, **options: Any) -> str:
    searched, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{searched} = ANY ({values})"


def _unbounded(of: TypeEngine[Any]) -> TypeEngine[Any]:
    """In an array the toolkit names the length of a text, and PostgreSQL would cut off what is longer instead of refusing it."""
    return String() if isinstance(of, String) else of
