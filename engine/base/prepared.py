"""Statements of the hot path: compiled once per kind of database, run with values only, on the driver's own cursor.

Building, looking up and wrapping a Core statement costs several times what running it does, most of all after a commit, when a
processor has forgotten all that code; a completion sends eight statements. The transaction is SQLAlchemy's, and so are the
errors, and those who listen to what is sent hear these too. Everything that is not on the hot path stays plain Core.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

Values = Mapping[str, Any]
Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a statement: how many rows it changed, and those it gives back, with their columns as attributes."""

    rowcount: int
    rows: Sequence[Any] = ()

    def one_or_none(self) -> Any:
        """The only row, or None."""
        assert len(self.rows) < 2, "several rows where one was asked for"
        return self.rows[0] if self.rows else None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for one kind of database, how its values are bound, and how its rows are read."""

    text: str
    order: tuple[str, ...] | None
    fixed: Values
    binders: Mapping[str, Process]
    row: Callable[..., Any] | None
    readers: Sequence[tuple[int, Process]]

    def bind(self, values: Values) -> Any:
        bound = {**self.fixed, **values}
        for name, binder in self.binders.items():
            bound[name] = binder(bound[name])
        return bound if self.order is None else tuple([bound[name] for name in self.order])

    def read(self, row: Sequence[Any]) -> Any:
        assert self.row is not None  # asked only of statements that give rows back
        values = list(row)
        for index, reader in self.readers:
            values[index] = reader(values[index])
        return self.row(*values)


class Prepared:
    """A statement, built once."""

    def __init__(self, statement: sa.Insert | sa.Update | sa.Select[Any]) -> None:
        self.statement = statement
        self._made: dict[str, _Compiled] = {}

    def run(self, connection: sa.Connection, values: Values | Sequence[Values]) -> Done:
        """Run it once, or once for each of several values. A column of an insert without a value is empty."""
        compiled = self._made.get(connection.dialect.name) or self._compile(connection.dialect)
        if not isinstance(values, Mapping) and len(values) == 1:
            values = values[0]
        one = isinstance(values, Mapping)
        bound = compiled.bind(values) if isinstance(values, Mapping) else [compiled.bind(each) for each in values]
        cursor = connection.connection.cursor()
        try:
            for hear in connection.dispatch.before_cursor_execute:
                hear(connection, cursor, compiled.text, bound, None, not one)
            (cursor.execute if one else cursor.executemany)(compiled.text, bound)
            rows = () if compiled.row is None else [compiled.read(row) for row in cursor.fetchall()]
            return Done(cursor.rowcount, rows)
        except Exception as error:
            refuse(connection, cursor, compiled.text, error)
        finally:
            cursor.close()

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement = self.statement
        insert = isinstance(statement, sa.Insert)
        columns = [column.key for column in statement.table.c] if isinstance(statement, sa.Insert) else None
        made = statement.compile(dialect=dialect, column_keys=columns)
        assert "POSTCOMPILE" not in str(made), "a list of values of any length is no text that stays the same"
        binders = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in made.binds.items()}
        given = [] if insert else list(statement.exported_columns)
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in given]
        compiled = _Compiled(
            str(made),
            tuple(made.positiontup or ()) if made.positional else None,
            {name: None if insert else bind.value for name, bind in made.binds.items() if insert or not bind.required},
            {name: binder for name, binder in binders.items() if binder is not None},
            namedtuple("Row", [column.key for column in given]) if given else None,  # type: ignore[misc]  # made for the columns
            [(index, reader) for index, reader in enumerate(readers) if reader is not None],
        )
        self._made[dialect.name] = compiled
        return compiled


def refuse(connection: sa.Connection, cursor: Any, text: str, error: Exception) -> NoReturn:
    """Raise what SQLAlchemy would raise for an error of the driver; every other error as it is."""
    driver = connection.dialect.loaded_dbapi.Error
    if not isinstance(error, driver):
        raise error
    gone = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
    if gone:
        connection.invalidate(error)
    raise sa.exc.DBAPIError.instance(
        text, None, error, driver, hide_parameters=True, connection_invalidated=gone, dialect=connection.dialect
    ) from error
