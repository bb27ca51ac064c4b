"""Completing a user task durably, against a raw SpiffWorkflow step in memory (R) and a bare commit of the same rows (C).

python -m bench.completion
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench._diagrams import fifteen_nodes, raw_spiff, raw_step
from bench._measure import interleaved, ms, ratio, verdict
from bench._town import ANNA, apply, open_task, town
from engine.base import db
from engine.verbs.desk import complete_aufgabe

ROUNDS = 200
LIMIT = 2.0


class BareCommit:
    """The very statements of a completion, run again on a copy of the database with nothing around them."""

    def __init__(self, folder: Path) -> None:
        self.statements: list[tuple[str, Any, bool]] = []
        original = next(path for path in folder.glob("kommunen/*/*") if path.is_file() and path.read_bytes()[:6] == b"SQLite")
        with sqlite3.connect(original) as source, sqlite3.connect(folder / "bare.db") as copy:
            source.backup(copy)
        self.base = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self.base.execute(f"PRAGMA {pragma}")
        event.listen(Engine, "before_cursor_execute", self._hear)

    def _hear(self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if not statement.startswith("SELECT"):
            self.statements.append((statement, parameters, many))

    def __call__(self) -> None:
        heard, self.statements = self.statements, []
        self.base.execute("BEGIN IMMEDIATE")
        for statement, parameters, many in heard:
            if many:
                self.base.executemany(statement, parameters)
            else:
                self.base.execute(statement, parameters).fetchall()
        self.base.execute("COMMIT")

    def close(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._hear)
        self.base.close()


def measure(size: int) -> None:
    """Measure with variables of this many bytes."""
    text = "x" * size
    with town(fifteen_nodes(feel=True)) as folder:
        tasks = iter([open_task(apply(text)) for _ in range(ROUNDS + 7)])
        new = raw_spiff(fifteen_nodes(feel=False), folder)
        raw = iter([new({"text": text, "a": 7}) for _ in range(ROUNDS + 7)])
        bare = BareCommit(folder)
        found = interleaved(
            {
                "durable": lambda: complete_aufgabe(next(tasks), {"a": 7}, by=ANNA),
                "C": bare,
                "R": lambda: raw_step(next(raw), {"a": 7}),
            },
            ROUNDS,
        )
        bare.close()
        with db.statement_counter() as count:
            complete_aufgabe(next(tasks), {"a": 7}, by=ANNA)
    print(f"Variablen {size} B: dauerhaft {ms(found['durable'])}, R {ms(found['R'])}, C {ms(found['C'])}")
    print(verdict(ratio(found["durable"], found["R"], found["C"]), LIMIT, "  dauerhaft / (R + C)"))
    print(f"  {count.statements} SQL-Anweisungen (Grenze 12), {count.commits} Commit")
    assert count.commits == 1


if __name__ == "__main__":
    measure(1_000)
