"""Statements of the hot path: compiled once per kind of database, run with values only.

Building and looking up a Core statement costs several times what running it does; a completion sends nine of them. A
`Prepared` writes and locks; what reads is not on the hot path and stays plain Core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult, Dialect

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for one kind of database, and how its values are bound."""

    text: str
    order: tuple[str, ...] | None
    fixed: Values
    binders: Mapping[str, Callable[[Any], Any]]

    def bind(self, values: Values) -> Any:
        bound = {**self.fixed, **values}
        for name, binder in self.binders.items():
            bound[name] = binder(bound[name])
        return bound if self.order is None else tuple([bound[name] for name in self.order])


class Prepared:
    """A statement that changes rows, built once."""

    def __init__(self, statement: sa.Insert | sa.Update) -> None:
        self.statement = statement
        self._made: dict[str, _Compiled] = {}

    def run(self, connection: sa.Connection, values: Values | Sequence[Values]) -> CursorResult[Any]:
        """Run it once, or once for each of several values. A column of an insert without a value is empty."""
        compiled = self._made.get(connection.dialect.name) or self._compile(connection.dialect)
        bound = compiled.bind(values) if isinstance(values, Mapping) else [compiled.bind(one) for one in values]
        return connection.exec_driver_sql(compiled.text, bound)

    def _compile(self, dialect: Dialect) -> _Compiled:
        insert = isinstance(self.statement, sa.Insert)
        columns = [column.key for column in self.statement.table.c] if insert else None
        made = self.statement.compile(dialect=dialect, column_keys=columns)
        binders = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in made.binds.items()}
        compiled = _Compiled(
            str(made),
            tuple(made.positiontup or ()) if made.positional else None,
            {name: None if insert else bind.value for name, bind in made.binds.items() if insert or not bind.required},
            {name: binder for name, binder in binders.items() if binder is not None},
        )
        self._made[dialect.name] = compiled
        return compiled
