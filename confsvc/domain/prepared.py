"""Statements that are compiled once and then handed to the driver as they are, with nothing but their values.

A check-in needs a dozen statements, and the toolkit spends more on each execution than the database does: it looks the statement
up, puts its parameters in order and, where a list stands in it, writes a new text for each length of the list, which the driver
has to prepare anew. Here a list is one parameter, the text is always the same, and values go through their columns' own types.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Column, ColumnElement, CompoundSelect, Connection, Dialect, Insert, Select, String, Text, TypeDecorator, Update, bindparam, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

Processor = Callable[[Any], Any]


class _Kept:
    """Compiles a statement once for each kind of database."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}

    def _written_for(self, dialect: Dialect) -> Any:
        raise NotImplementedError

    def _text(self, dialect: Dialect) -> "_Text":
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = _compiled(self._written_for(dialect), dialect)
        return text


class Prepared(_Kept):
    """A statement of which every parameter that has no value is given at each execution; lists by `is_one_of`."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Update) -> None:
        super().__init__()
        self.statement = statement

    def rows(self, connection: Connection, **values: Any) -> Sequence[tuple[Any, ...]]:
        """Run it, and read everything that it brings."""
        text = self._text(connection.dialect)
        found = connection.exec_driver_sql(text.sql, text.bound(values)).all()
        return text.read(found) if text.readers else cast("Sequence[tuple[Any, ...]]", found)

    def run(self, connection: Connection, **values: Any) -> None:
        """Run what brings nothing."""
        text = self._text(connection.dialect)
        connection.exec_driver_sql(text.sql, text.bound(values))

    def _written_for(self, dialect: Dialect) -> Any:
        return self.statement


class PreparedForEach(_Kept):
    """A statement that is run for each of many rows of values: once over arrays in PostgreSQL, which would else be asked row by row."""

    def __init__(self, columns: Mapping[str, TypeEngine[Any]], make: Callable[[Mapping[str, ColumnElement[Any]]], Insert | Update]) -> None:
        """`make` writes the statement with what is given of each name in `columns`."""
        super().__init__()
        self.columns = columns
        self._make = make

    def run(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it for these rows; for no row nothing is run."""
        given = list(rows)
        if not given:
            return
        text = self._text(connection.dialect)
        if _takes_arrays(connection.dialect):
            connection.exec_driver_sql(text.sql, text.bound({name: [row[name] for row in given] for name in self.columns}))
        else:
            connection.exec_driver_sql(text.sql, [text.bound(row) for row in given])

    def for_one(self) -> Insert | Update:
        """The statement for a single row, whose values are parameters."""
        return self._make({name: bindparam(name, type_=of) for name, of in self.columns.items()})

    def _written_for(self, dialect: Dialect) -> Any:
        return self._make(self._arrays()) if _takes_arrays(dialect) else self.for_one()

    def _arrays(self) -> Mapping[str, ColumnElement[Any]]:
        lists = [bindparam(name, type_=ARRAY(_unbounded(of))) for name, of in self.columns.items()]
        given = func.unnest(*lists).table_valued(*(column(name, of) for name, of in self.columns.items())).render_derived(name="given")
        return {name: given.c[name] for name in self.columns}


class _Text(NamedTuple):
    """What the driver of one kind of database gets: the text, who makes each value fit for it, the values that never change, and who reads its columns."""

    sql: str
    is_positional: bool
    writers: Sequence[tuple[str, Processor | None]]
    constants: Mapping[str, Any]
    readers: Sequence[tuple[int, Processor]]

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The parameters, as the driver wants them."""
        given = {**values, **self.constants} if self.constants else values
        if self.is_positional:
            return tuple([writer(given[name]) if writer else given[name] for name, writer in self.writers])
        return {name: writer(given[name]) if writer else given[name] for name, writer in self.writers}

    def read(self, found: Iterable[Sequence[Any]]) -> Sequence[tuple[Any, ...]]:
        rows = [list(row) for row in found]
        for place, reader in self.readers:
            for row in rows:
                row[place] = reader(row[place])
        return [tuple(row) for row in rows]


def _takes_arrays(dialect: Dialect) -> bool:
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
        return dialect.type_descriptor(ARRAY(_unbounded(self.of)) if _takes_arrays(dialect) else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        listed = list(value or ())
        return listed if _takes_arrays(dialect) else json.dumps(listed)


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
