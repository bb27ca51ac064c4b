"""A table of our own in the municipality's database; child processes that may die; the next release's migration."""

from __future__ import annotations

import os
import shutil
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import migrations
from engine.base import db

METADATA = sa.MetaData()
COUNTERS = sa.Table(
    "test_counter",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = {before!r}


def upgrade():
    {body}
"""


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


@pytest.fixture
def pending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Add a migration to those of the municipalities, as the next release would."""
    before = migrations.head("kommune")
    folder = tmp_path / "versions"
    shutil.copytree(migrations.versions("kommune"), folder, ignore=shutil.ignore_patterns("__pycache__"))

    def add(body: str) -> None:
        (folder / "9999_next.py").write_text(REVISION.format(before=before, body=body))
        monkeypatch.setattr(migrations, "VERSIONS", migrations.VERSIONS | {"kommune": folder})
        migrations.line.cache_clear()

    yield add
    migrations.line.cache_clear()
