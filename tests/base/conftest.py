"""A table of our own in the municipality's database, to write to."""

from __future__ import annotations

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
