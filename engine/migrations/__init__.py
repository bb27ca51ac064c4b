"""Migrations: Alembic, without an ini file, run in this process on a connection that is given.

A database of a namespace follows `versions/`, the registry follows `zentrale/`. Each upgrade is one transaction: either the
database is at the new revision or nothing has changed. `python -m engine.migrations.new "what changes"` writes the next one.
"""

from __future__ import annotations

import io
import threading
from functools import cache
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import engine.model
import engine.model.zentrale  # noqa: F401  its tables belong to ZentraleBase
from engine.base.db import Base, ZentraleBase
from engine.migrations.operations import included

Kind = Literal["kommune", "zentrale"]

FOLDER = Path(__file__).parent
# `alembic.op` and `alembic.context` belong to the process: two threads at once would change each other's databases.
_alone = threading.Lock()
VERSIONS = {"kommune": FOLDER / "versions", "zentrale": FOLDER / "zentrale"}
_METADATA = {"kommune": Base.metadata, "zentrale": ZentraleBase.metadata}


def config(kind: Kind, connection: sa.Connection | None = None) -> Config:
    """Alembic's settings for one kind of database."""
    settings = Config(stdout=io.StringIO())
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "newline")
    settings.set_main_option("version_locations", str(VERSIONS[kind]).replace("%", "%%"))
    settings.attributes.update(connection=connection, metadata=_METADATA[kind])
    return settings


def versions(kind: Kind) -> Path:
    """The folder with the migrations of one kind of database."""
    return VERSIONS[kind]


@cache
def line(kind: Kind) -> tuple[str, ...]:
    """The revisions this code knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(config(kind)).walk_revisions())


def head(kind: Kind) -> str | None:
    """The newest revision this code knows."""
    return next(iter(line(kind)), None)


def knows(kind: Kind, revision: object) -> bool:
    """Whether this code has a revision, so that it can bring a database from there to the newest."""
    return revision in line(kind)


def is_ahead(kind: Kind, revision: str | None) -> bool:
    """Whether a database has been brought further than this code knows: a newer release has expanded it (docs/adr/0019)."""
    return revision is not None and not knows(kind, revision)


def is_behind(kind: Kind, revision: str | None) -> bool:
    """Whether a database is still to be brought to the newest revision, before this code can work on it."""
    return revision != head(kind) and not is_ahead(kind, revision)


def current(connection: sa.Connection) -> str | None:
    """The revision a database is at; None before the first."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: sa.Connection, kind: Kind, revision: str | None = None) -> bool:
    """Bring a database to a revision, else to the newest, in its transaction; True if there was something to do.

    One that a newer release has brought further stays as it is.
    """
    before = current(connection)
    if before == (revision or head(kind)) or is_ahead(kind, before):
        return False
    if connection.dialect.name == "postgresql":
        # Rewriting a large table takes as long as it takes; waiting for its lock still has a limit.
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    with _alone:
        command.upgrade(config(kind, connection), revision or "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise sa.exc.IntegrityError("PRAGMA foreign_key_check", None, ValueError(f"rows without a parent: {broken[:5]}"))
    return True


def differences(connection: sa.Connection, kind: Kind) -> list[object]:
    """What would have to change for a database to be as the tables in the code say; empty if nothing."""
    options = {"compare_type": True, "compare_server_default": True, "include_name": included}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), _METADATA[kind]))
