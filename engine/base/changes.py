"""Whether anything was written in a namespace since one last looked: asked of what its database keeps count of anyway.

A mark is taken before a look and compared later. Equal marks: nothing was committed since. No namespace is entered for it, no
connection to it opened, and nobody who writes has to do anything for it (docs/adr/0021).

    SQLite       size and time of the file and its journal. What was written in the last moment has no mark yet, for a second
                 write of the same moment would leave the same one
    PostgreSQL   the rows inserted, changed and deleted in each database, as the server counts them (`track_counts`), all in one
                 statement on the registry. A backend may keep its counts to itself for ten seconds: `count_at_once` ends that
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from engine.base.away import unavailable_if_away
from engine.base.databases import FILE
from engine.base.engines import Engines
from engine.base.prepared import refuse

Mark = tuple[Any, ...]

SAME_MOMENT_S = 0.1
"""Longer than the clock of a file system stands still, which is a few milliseconds."""
_COUNTS = sa.text(
    "SELECT k.slug, d.oid, pg_stat_get_db_tuples_inserted(d.oid), pg_stat_get_db_tuples_updated(d.oid),"
    " pg_stat_get_db_tuples_deleted(d.oid), pg_stat_get_db_stat_reset_time(d.oid)"
    " FROM kommune k JOIN pg_database d ON d.datname = k.database WHERE current_setting('track_counts') = 'on'"
)

_AT_ONCE = "SELECT pg_stat_force_next_flush()"


def marks(engines: Engines, slugs: Iterable[str]) -> Mapping[str, Mark]:
    """The marks of these namespaces; one that has none may have been written to.

    Raises:
        Unavailable: the database server is away.
    """
    if engines.installation.dialect == "sqlite":
        now = time.time()
        found = {slug: _of_files(engines.installation.folder(slug) / FILE, now) for slug in slugs}
        return {slug: mark for slug, mark in found.items() if mark is not None}
    with unavailable_if_away("zentrale"), engines.registry().connect() as connection:
        counted = {row[0]: tuple(row[1:]) for row in connection.execute(_COUNTS)}
    return {slug: counted[slug] for slug in slugs if slug in counted}


def _of_files(path: Path, now: float) -> Mark | None:
    mark: list[int] = []
    for name in (path, f"{path}-wal"):
        try:
            found = os.stat(name)
        except FileNotFoundError:
            continue
        if now - SAME_MOMENT_S < found.st_mtime and found.st_size:
            return None
        # An empty journal is made by whoever opens the file and goes with the last who closes it: nothing was written.
        mark += (found.st_ino, found.st_size, found.st_mtime_ns) if found.st_size else ()
    return tuple(mark) or None


def count_at_once(connection: Connection) -> None:
    """Let others see at the commit that this transaction has written; a server keeps such counts for itself for up to 10 s."""
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        try:
            cursor.execute(_AT_ONCE)
        except Exception as error:
            refuse(connection, cursor, _AT_ONCE, error)
        finally:
            cursor.close()
