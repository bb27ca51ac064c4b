"""What couriers and ticks ask every second goes through indexes, however many messages, waits and cases there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.model import agenda, auftrag, erwartung, frist, signal, start_event
from engine.verbs.starts import startable

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def plan(look: Callable[[Tx], Any]) -> list[str]:
    """How SQLite goes about what a look asks: the lines of its plan."""
    asked: list[tuple[str, Any]] = []
    with db.transaction() as tx:
        connection = tx.connection

        def hear(_: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            asked.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", hear)
        look(tx)
        sa.event.remove(connection, "before_cursor_execute", hear)
        [(statement, parameters)] = asked
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [str(line.detail) for line in found]


@pytest.mark.parametrize(
    "look",
    [
        lambda tx: erwartung.pairs(tx, 10),
        erwartung.expire,
        lambda tx: erwartung.awaited(tx, "n", "k"),
        lambda tx: startable(tx, 10),
        lambda tx: signal.due(tx, 10),
        lambda tx: signal.miss(tx, "s"),
        lambda tx: signal.meant(tx, "s", "v"),
        lambda tx: start_event.due_now(tx, 10),
        frist.next_due,
        lambda tx: agenda.first(tx, auftrag.READY),
        lambda tx: agenda.first(tx, auftrag.RUNNING),
    ],
    ids=["pairs", "expire", "awaited", "startable", "signals", "missed", "meant", "timers", "next", "ready", "leases"],
)
def test_no_table_is_read_from_end_to_end(amt: str, look: Callable[[Tx], Any]) -> None:
    lines = plan(look)
    assert lines
    assert [line for line in lines if line.startswith("SCAN")] == []
