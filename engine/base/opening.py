"""How a database of either kind is opened: the engines, and what each new connection is told.

Only `engine.base.engines` and `engine.base.databases` make engines here, and the tools for migrations.
"""

from __future__ import annotations

import os
import select
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, Connection, Dialect, Engine
from sqlalchemy.pool import NullPool, Pool
from sqlalchemy.util import LRUCache

from engine.base.pool import BoundedPool, Budget

WAIT_S = 5.0
"""How long a statement waits for a lock, a caller for a connection and a connect for the server."""
_TRUSTED_FOR_S = 5.0
"""A connection that was idle for longer may have been dropped on the way without a word."""
_IDLE_SINCE = "amtsweg_idle_since"
WRITES = "amtsweg_writes"
"""Execution option of a connection: its transactions may write."""

# Compiling a statement costs more than running it: what one namespace has compiled, all use. There may be hundreds.
_COMPILED: LRUCache[Any, Any] = LRUCache(2000)


class _Alike:
    """Engines of one kind of database speak one dialect; SQLAlchemy looks by it for what is compiled already."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class Sqlite(_Alike, SQLiteDialect_pysqlite):
    """SQLite, as SQLAlchemy speaks it."""

    supports_statement_cache = True


class Postgresql(_Alike, PGDialect_psycopg):
    """PostgreSQL, as SQLAlchemy speaks it. Every namespace of a process is on the same server."""

    supports_statement_cache = True


registry.register("sqlite.amtsweg", __name__, Sqlite.__name__)
registry.register("postgresql.amtsweg", __name__, Postgresql.__name__)


def sqlite_engine(path: Path, budget: Budget | None, *, create: bool = False, foreign_keys: bool = True) -> Engine:
    """An engine for a SQLite file that writes with the write lock held from the start and syncs every commit."""
    uri = f"file:{quote(str(path))}?mode={'rwc' if create else 'rw'}"
    pragmas = (
        f"PRAGMA busy_timeout={int(WAIT_S * 1000)}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        # Where SQLite was built to overwrite what is deleted (Debian), a step would write its old snapshot once more, as zeros.
        # Pages that are written anyway are still overwritten.
        "PRAGMA secure_delete=FAST",
        f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}",
    )

    def connect() -> sqlite3.Connection:
        # isolation_level None: the driver begins nothing by itself; `_begin_sqlite` does.
        connection = sqlite3.connect(
            uri, uri=True, timeout=WAIT_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            for pragma in pragmas:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = _engine(sa.make_url("sqlite+amtsweg://"), budget, creator=connect)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock before the first read of a transaction that writes; forbid writing in one that reads.

    With the default mode two writers read the same state and the later one loses the other's work without a word.
    """
    writes = bool(connection.get_execution_options().get(WRITES))
    raw = connection.connection
    cursor = raw.cursor()
    if raw.info.get(WRITES) is not writes:
        cursor.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        raw.info[WRITES] = writes
    cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    cursor.close()


def postgresql_engine(url: URL, budget: Budget | None, name: str) -> Engine:
    """An engine for a PostgreSQL database; locks, statements and forgotten transactions have a time limit."""
    limit = int(WAIT_S * 1000)
    options = {
        "lock_timeout": limit,
        "statement_timeout": 12 * limit,
        "idle_in_transaction_session_timeout": 12 * limit,
        "default_transaction_isolation": r"read\ committed",
        "timezone": "UTC",
    }
    engine = _engine(
        url,
        budget,
        application_name=f"amtsweg/{os.getpid()} {name}"[:63],
        connect_timeout=int(WAIT_S),
        options=" ".join(f"-c {name}={value}" for name, value in options.items()),
    )
    event.listen(engine, "checkout", partial(_is_there, engine.dialect))
    event.listen(engine, "checkin", _came_back)
    return engine


def _came_back(_: Any, entry: Any) -> None:
    entry.info[_IDLE_SINCE] = time.monotonic()


def _is_there(dialect: Any, connection: Any, entry: Any, _: Any) -> None:
    """Give out no connection that the server has closed; SQLAlchemy then opens another.

    Asking the server each time costs as much as a statement. One that was used a moment ago is looked at only: when a server
    ends or lets go of it, something can be read there.
    """
    since = entry.info.get(_IDLE_SINCE)
    if since is None:
        return
    try:
        if time.monotonic() - since > _TRUSTED_FOR_S or select.select([connection], [], [], 0)[0]:
            dialect.do_ping(connection)
    except (psycopg.Error, OSError, ValueError) as cause:
        raise sa.exc.DisconnectionError from cause


# What was found out about a kind of database when the first engine connected: no other need ask for it again.
_SPOKEN: dict[str, Dialect] = {}


def _engine(url: URL, budget: Budget | None, creator: Callable[[], Any] | None = None, **connect_args: Any) -> Engine:
    """An engine; without a budget each of its connections is opened anew and closed."""
    # An error in the log must not carry what an applicant wrote.
    options: dict[str, Any] = {"hide_parameters": True, "execution_options": {"compiled_cache": _COMPILED}}
    dialect = _SPOKEN.get(url.drivername)
    if dialect is None:
        making = {"creator": creator} if creator is not None else {"connect_args": connect_args}
        kind = {"poolclass": NullPool} if budget is None else {"poolclass": BoundedPool, "budget": budget}
        engine = sa.create_engine(url, **making, **kind, **options)
        event.listen(engine, "connect", lambda *_: _SPOKEN.setdefault(url.drivername, engine.dialect))
        return engine
    if creator is None:
        positional, named = dialect.create_connect_args(url)
        creator = partial(dialect.connect, *positional, **{**named, **connect_args})
    pool: Pool = NullPool(creator, dialect=dialect) if budget is None else BoundedPool(creator, budget, dialect=dialect)
    set_up = dialect.on_connect_url(url)
    if set_up is not None:
        event.listen(pool, "connect", lambda connection, _: set_up(connection))
    return Engine(pool, dialect, url, query_cache_size=0, **options)
