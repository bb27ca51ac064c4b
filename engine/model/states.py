"""States on one screen: each table of waits carries what may become what, and there is one way to move.

A row in a state from which the new one cannot be reached is left as it is: somebody was faster, or it is so already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.base.db import Tx

Moves = Mapping[str, frozenset[str]]


def sources(moves: Moves, new: str) -> tuple[str, ...]:
    """The states from which this one may be reached, in order.

    Raises:
        ValueError: from none; the program asks for what the table forbids.
    """
    found = tuple(sorted(old for old, targets in moves.items() if new in targets))
    if not found:
        raise ValueError(f"nothing may become {new}")
    return found


def may_become(table: sa.Table, new: str) -> sa.ColumnElement[bool]:
    """The condition on a row: that its state allows the new one."""
    return sa.or_(*(table.c.state == old for old in sources(table.info["moves"], new)))


def move(tx: Tx, table: sa.Table, where: sa.ColumnElement[bool], new: str, **values: Any) -> int:
    """Bring the rows that may become it into a state; gives how many there were."""
    return tx.execute(sa.update(table).where(where, may_become(table, new)).values(state=new, **values)).rowcount
