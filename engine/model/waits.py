"""The rows that say what instances wait for: Aufgabe, Auftrag, Frist, Erwartung, incident.

Each is a projection of one token of a snapshot, keyed by (Vorgang, token). `settle` writes what a step opened and closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from engine.base.db import Tx
from engine.base.prepared import Prepared
from engine.bpmn import Change
from engine.model.states import Moves, may_become, sources

W = TypeVar("W")
ID = sa.String(26)

OPEN, DROPPED = "offen", "entfallen"


def by_token(table: str, moves: Moves) -> tuple[Any, ...]:
    """Table arguments: found by Vorgang and token, of which at most one is live (a token waits for one thing).

    Live is what may still be dropped because the instance no longer waits for it.
    """
    where = sa.text(" OR ".join(f"state = '{state}'" for state in sources(moves, DROPPED)))
    return (
        sa.Index(f"ix_{table}_vorgang_id_token", "vorgang_id", "token"),
        sa.Index(f"uq_{table}_live", "vorgang_id", "token", unique=True, sqlite_where=where, postgresql_where=where),
        {"info": {"moves": moves}},
    )


def settle(
    tx: Tx,
    table: sa.Table,
    vorgang_id: str,
    change: Change[W],
    row: Callable[[W], Mapping[str, Any]],
    closed: tuple[sa.Table, str | None] | None = None,
) -> None:
    """Write the rows of what was opened, and drop those of what is no longer waited for.

    `closed` names the row that the verb has closed itself in this transaction; it keeps the state the verb gave it.
    """
    dropped = [token for token in change.closed if (table, token) != closed]
    if dropped:
        tx.run(_drop(table), [{"b_vorgang": vorgang_id, "b_token": token} for token in dropped])
    if change.opened:
        rows = [{"vorgang_id": vorgang_id, **row(wait)} for wait in change.opened]
        tx.run(_insert(table), rows)


@cache
def _insert(table: sa.Table) -> Prepared:
    return Prepared(sa.insert(table))


@cache
def _drop(table: sa.Table) -> Prepared:
    here = sa.and_(table.c.vorgang_id == sa.bindparam("b_vorgang"), table.c.token == sa.bindparam("b_token"))
    return Prepared(sa.update(table).where(here, may_become(table, DROPPED)).values(state=DROPPED))
