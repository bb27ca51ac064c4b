"""A table of our own in the municipality's database, to write to; and child processes that may die."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.base import db

METADATA = sa.MetaData()
COUNTERS = sa.Table(
    "test_counter",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)


@pytest.fixture
def counters(kommune: str) -> sa.Table:
    """An empty table with counters, in the municipality's database."""
    with db.transaction() as tx:
        METADATA.create_all(tx.connection)
    return COUNTERS


@pytest.fixture
def start() -> Callable[[Callable[[], object]], Callable[[], int]]:
    """Start work in a child process; what is returned waits for its exit code, negative if a signal ended it."""

    def begin(work: Callable[[], object]) -> Callable[[], int]:
        pid = os.fork()
        if pid == 0:
            try:
                work()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        return lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    return begin
