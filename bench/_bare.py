"""What a step writes, without the step: its statements, run again with nothing around them; and how many bytes they carry."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench._town import database_of


class BareCommit:
    """The very statements that change rows, run again on a copy of the database, with the same sync.

    Only what is `heard` counts: other sides of a comparison write too.
    """

    def __init__(self, folder: Path) -> None:
        self.statements: list[tuple[str, Any, bool]] = []
        self.listens = False
        with sqlite3.connect(database_of(folder)) as source, sqlite3.connect(folder / "bare.db") as copy:
            source.backup(copy)
        self.base = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=FAST", "foreign_keys=ON"):
            self.base.execute(f"PRAGMA {pragma}")
        event.listen(Engine, "before_cursor_execute", self._hear)

    def _hear(self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if self.listens and not statement.startswith("SELECT"):
            self.statements.append((statement, parameters, many))

    def heard(self, act: Callable[[], object]) -> Callable[[], None]:
        """The act, with what it writes remembered for the next bare commit."""

        def listened() -> None:
            self.statements.clear()
            self.listens = True
            act()
            self.listens = False

        return listened

    def __call__(self) -> None:
        self.base.execute("BEGIN IMMEDIATE")
        for statement, parameters, many in self.statements:
            if many:
                self.base.executemany(statement, parameters)
            else:
                self.base.execute(statement, parameters).fetchall()
        self.base.execute("COMMIT")

    @property
    def payload(self) -> int:
        """Bytes of all values that the statements carry."""
        rows = (row for _, parameters, many in self.statements for row in (parameters if many else [parameters]))
        return sum(_length(value) for row in rows for value in row)

    def close(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._hear)
        self.base.close()


def _length(value: Any) -> int:
    return len(value) if isinstance(value, bytes | memoryview) else len(str(value).encode())


@contextmanager
def write_ahead(folder: Path) -> Iterator[Callable[[], int]]:
    """A function that says how many bytes were written ahead (WAL, whole pages) since the last call."""
    file = database_of(folder)
    connection = sqlite3.connect(file)

    def grown() -> int:
        size = Path(f"{file}-wal").stat().st_size
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return size

    try:
        grown()
        yield grown
    finally:
        connection.close()
