"""What the tests of backup and restore share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from engine.base import db
from engine.verbs.backup import tables

CONTENT = b"inhalt " * 1000
SQLITE = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
"""What does not depend on the database."""


def contents(leave_out: Sequence[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the namespace we are in, in an order of their own."""
    with db.reading() as tx:
        return {
            table.name: sorted((tuple(row) for row in tx.execute(sa.select(table))), key=repr)
            for table in tables()
            if table.name not in leave_out
        }


# What a restore itself adds to: its line, and that nothing goes out.
CHANGED = ("protokoll", "protokoll_end", "einstellung")
