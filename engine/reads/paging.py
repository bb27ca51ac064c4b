"""Pages of lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db

PAGE = 30


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `more` says whether there is another."""

    items: tuple[Any, ...]
    number: int
    more: bool


def looked_at(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A column that is looked at in each row and not sought in an index.

    SQLite guesses which of several indexes finds less; where we know better, this leaves it the right one only.
    """
    return column.concat("")


def page_of(query: sa.Select[Any], number: int, make: Callable[[Any], Any], before: int = 0) -> Page:
    """One page of what a query finds, each row made into a value; with so many rows `before` it, as far as there are."""
    number = max(1, number)
    first = max(0, (number - 1) * PAGE - before)
    room = number * PAGE - first
    with db.reading() as tx:
        rows = tx.all(query.limit(room + 1).offset(first))
    return Page(tuple(make(row) for row in rows[:room]), number, len(rows) > room)
