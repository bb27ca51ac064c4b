"""Counting statements and commits, for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass
class Count:
    """Statements sent and commits made; BEGIN and COMMIT themselves are not statements."""

    statements: int = 0
    commits: int = 0


_count: ContextVar[Count | None] = ContextVar("amtsweg_count", default=None)


def watch(engine: Engine) -> None:
    """Let what an engine does be counted."""
    event.listen(engine, "before_cursor_execute", _statement)
    event.listen(engine, "commit", _commit)


def _statement(*_: Any) -> None:
    if (count := _count.get()) is not None:
        count.statements += 1


def _commit(*_: Any) -> None:
    if (count := _count.get()) is not None:
        count.commits += 1


@contextmanager
def statement_counter() -> Iterator[Count]:
    """Count the statements and commits of this context, over all namespaces."""
    count = Count()
    token = _count.set(count)
    try:
        yield count
    finally:
        _count.reset(token)
