"""Namespaces and the one commit.

Every change of state happens in `transaction()`, every look in `reading()`; both belong to the namespace entered with
`namespace(slug)`. The registry has `zentrale()` and `zentrale_reading()`. Nothing else commits: not a session, not a verb.

    with namespace("nordfriesland"):
        with transaction() as tx:
            tx.execute(insert(table), {...})
            tx.after(ring_the_bell)         # runs when the commit has succeeded

SQLite takes the write lock at the start (BEGIN IMMEDIATE), PostgreSQL runs in READ COMMITTED: lock rows there with
`.with_for_update()`, which SQLite ignores because it does not need it. A reading sees one state of the database from its first
statement to its end, and cannot write.

The rest of this package: `tx` (what is open in this context), `engines` (which database, which engine), `opening` (how a
database is opened), `pool` (how many connections), `databases` (making and removing them), `changes` (whether anything was
written), `away` (which errors pass), `columns`, `counting`, `seal`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from engine.base import changes
from engine.base.away import unavailable_if_away
from engine.base.changes import Mark
from engine.base.columns import Base, Day, Instant, ZentraleBase, new_id
from engine.base.counting import Count, statement_counter, watch
from engine.base.engines import Engines, Installation, in_child
from engine.base.errors import Unavailable, Unknown
from engine.base.opening import WRITES
from engine.base.prepared import Done, Prepared, Values
from engine.base.seal import close_with, open_with
from engine.base.tx import (
    ZENTRALE,
    Misuse,
    NamespaceSession,
    NoNamespace,
    Tx,
    assert_outside,
    entered,
    open_tx,
    open_zentrale_tx,
    sessions,
    slug,
)

__all__ = [
    "Base",
    "Count",
    "Day",
    "Installation",
    "Instant",
    "Mark",
    "Misuse",
    "NamespaceSession",
    "NoNamespace",
    "Tx",
    "ZentraleBase",
    "assert_outside",
    "close",
    "configure",
    "current_installation",
    "detached",
    "engines",
    "look",
    "marks",
    "namespace",
    "namespace_in_any_state",
    "new_id",
    "reading",
    "sealed",
    "serves",
    "slug",
    "statement_counter",
    "transaction",
    "unsealed",
    "use_sessions",
    "zentrale",
    "zentrale_reading",
]

use_sessions = sessions.use


# --- the installation ------------------------------------------------------------------------------------------


class _Process:
    """What this process works on. `orphans` are engines of the parent of a fork."""

    engines: Engines | None = None
    orphans: ClassVar[list[Engines]] = []


def configure(installation: Installation) -> None:
    """Say where the data is, once per process. The same again changes nothing; another closes what was open."""
    if _Process.engines is not None and _Process.engines.installation == installation:
        return
    close()
    _Process.engines = Engines(installation, watch)


def close() -> None:
    """Close what is open and forget the installation: the end of a process, or of a test."""
    assert_outside()
    if _Process.engines is not None:
        _Process.engines.close()
    _Process.engines = None


def engines() -> Engines:
    """The engines of this process; for the making of namespaces, nothing else needs them."""
    if _Process.engines is None:
        raise Misuse("configure() has not been called in this process")
    return _Process.engines


def current_installation() -> Installation:
    """Where this process keeps its data."""
    return engines().installation


def _leave_to_parent() -> None:
    """After a fork: begin with fresh connections, and keep the parent's alive, for closing them would disturb the parent."""
    if _Process.engines is not None:
        parent = _Process.engines
        _Process.orphans.append(parent)
        _Process.engines = Engines(parent.installation, watch)
        _Process.engines.is_behind = parent.is_behind


in_child(_leave_to_parent)


def sealed(text: str) -> str:
    """Encrypt a text with the key of the municipality we are in."""
    return close_with(engines().key(slug()), text)


def unsealed(text: str) -> str:
    """Open what `sealed` closed in this municipality.

    Raises:
        Invalid: AMTSWEG_SECRET, or the key of the municipality, is another than then.
    """
    return open_with(engines().key(slug()), text)


# --- the namespace ---------------------------------------------------------------------------------------------


@contextmanager
def namespace(slug: str) -> Iterator[None]:
    """Work in a municipality's namespace.

    Raises:
        Unknown: it does not exist, or is being made or removed.
        Unavailable: it is locked for the moment, not upgraded yet, or not served by this process.
    """
    place = engines().place(slug)
    if not serves(slug):
        raise Unavailable(f"Die Kommune „{place.name}“ wird von einem anderen Server bedient.")
    if place.state == "gesperrt":
        raise Unavailable(f"Die Kommune „{place.name}“ ist vorübergehend gesperrt. Bitte später erneut versuchen.")
    if place.state != "bereit":
        raise Unknown(f"Die Kommune „{slug}“ gibt es hier nicht.")
    engines().require_current(slug)
    with namespace_in_any_state(slug):
        yield


def marks(slugs: Iterable[str]) -> Mapping[str, Mark]:
    """Marks of namespaces, taken from outside: as long as one stays the same, nothing is written there (`changes`)."""
    return changes.marks(engines(), slugs)


def serves(slug: str) -> bool:
    """Whether this process works in a municipality's namespace: in all of them, or in the one it was started for."""
    return current_installation().only in ("", slug)


@contextmanager
def namespace_in_any_state(slug: str) -> Iterator[None]:
    """Work in a namespace in whatever state it is; only for making, mending and removing it."""
    for tx in (open_tx.get(), open_zentrale_tx.get()):
        if tx is not None and tx.writes and tx.scope != slug:
            raise Misuse(f"a transaction of {tx.scope} is open: one transaction touches one namespace, not also {slug}")
    tx = open_tx.get()
    if tx is not None and tx.scope != slug:
        raise Misuse(f"{tx.scope} is being read: end that before entering {slug}")
    token = entered.set(slug)
    try:
        yield
    finally:
        entered.reset(token)


# --- the transaction -------------------------------------------------------------------------------------------


@contextmanager
def transaction() -> Iterator[Tx]:
    """Change the state of the municipality we are in: all of it or, on any exception, nothing.

    Raises:
        Unavailable: the database is away, busy or full; trying again later may help.
    """
    if open_tx.get() is not None or _writes(open_zentrale_tx):
        raise Misuse("a transaction is open already: one verb, one transaction")
    name = slug()
    with _opened(open_tx, engines().of(name), name, writes=True) as tx:
        yield tx


@contextmanager
def reading() -> Iterator[Tx]:
    """Look at the municipality we are in; inside an open transaction this is that transaction."""
    tx = open_tx.get()
    if tx is not None:
        yield tx
        return
    name = slug()
    with _opened(open_tx, engines().of(name), name, writes=False) as tx:
        yield tx


def look(prepared: Prepared, values: Values) -> Done:
    """What one statement finds in the municipality we are in, or in the open transaction: a single look needs none of its own.

    Raises:
        Misuse: the statement does more than look.
        Unavailable: the database is away, busy or full; trying again later may help.
    """
    if not isinstance(prepared.statement, sa.Select):
        raise Misuse("only a look needs no transaction")
    tx = open_tx.get()
    if tx is not None:
        return tx.run(prepared, values)
    name = slug()
    with unavailable_if_away(name), engines().of(name).connect() as connection:
        return prepared.run(connection, values)


@contextmanager
def zentrale() -> Iterator[Tx]:
    """Change the registry: all of it or nothing."""
    if open_zentrale_tx.get() is not None or _writes(open_tx):
        raise Misuse("a transaction is open already: the registry and a namespace cannot change in one commit")
    with _opened(open_zentrale_tx, engines().registry(), ZENTRALE, writes=True) as tx:
        yield tx


@contextmanager
def zentrale_reading() -> Iterator[Tx]:
    """Look at the registry; inside `zentrale()` this is that transaction."""
    tx = open_zentrale_tx.get()
    if tx is not None:
        yield tx
        return
    with _opened(open_zentrale_tx, engines().registry(), ZENTRALE, writes=False) as tx:
        yield tx


@contextmanager
def detached(engine: Engine, scope: str) -> Iterator[Tx]:
    """A transaction on an engine made for the purpose: migrations, and databases the registry does not list."""
    assert_outside()
    with _opened(open_tx, engine, scope, writes=True) as tx:
        yield tx


def _writes(variable: ContextVar[Tx | None]) -> bool:
    tx = variable.get()
    return tx is not None and tx.writes


_OPTIONS: dict[tuple[str, bool], dict[str, Any]] = {
    ("sqlite", True): {WRITES: True},
    ("sqlite", False): {WRITES: False},
    ("postgresql", True): {},
    ("postgresql", False): {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


@contextmanager
def _opened(variable: ContextVar[Tx | None], engine: Engine, scope: str, *, writes: bool) -> Iterator[Tx]:
    """Begin, let the caller work, commit if it writes, close, ring."""
    with unavailable_if_away(scope), engine.connect() as connection:
        connection.execution_options(**_OPTIONS[engine.dialect.name, writes])
        connection.begin()
        tx = Tx(connection, scope, writes)
        token = variable.set(tx)
        try:
            yield tx
            if writes:
                tx.flush()
                changes.count_at_once(connection)
                connection.commit()  # the one commit
        finally:
            variable.reset(token)
            tx.leave()
    tx.ring()
