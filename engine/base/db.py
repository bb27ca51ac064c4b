"""Namespaces and the one commit.

Every change of state happens in `transaction()`, every look in `reading()`; both belong to the namespace entered with
`namespace(slug)`. The registry has `zentrale()` and `zentrale_reading()`. Nothing else commits: not a session, not a verb.

    with namespace("nordfriesland"):
        with transaction() as tx:
            tx.execute(insert(table), {...})
            tx.after(ring_the_bell)         # runs when the commit has succeeded

SQLite takes the write lock at the start (BEGIN IMMEDIATE), PostgreSQL runs in READ COMMITTED: lock rows with
`.with_for_update()`, which SQLite ignores because it needs it not. Reads see one state of the database from begin to end.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Engine, Row

from engine.base import engines as _engines
from engine.base.columns import Day as Day
from engine.base.columns import Instant as Instant
from engine.base.columns import new_id as new_id
from engine.base.engines import WRITES
from engine.base.engines import Installation as Installation
from engine.base.errors import Problem, Unavailable, Unknown

log = logging.getLogger(__name__)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(orm.DeclarativeBase):
    """Tables of a namespace."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {dt.datetime: Instant, dt.date: Day}


class ZentraleBase(orm.DeclarativeBase):
    """Tables of the registry."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {dt.datetime: Instant, dt.date: Day}


class Misuse(RuntimeError):
    """The program used the database against the rules of this module."""


class NoNamespace(Problem, LookupError):
    """No municipality has been entered."""


# --- the installation and the namespace ------------------------------------------------------------------------

_current: _engines.Engines | None = None
_orphans: list[_engines.Engines] = []
_slug: ContextVar[str] = ContextVar("amtsweg_slug")
_tx: ContextVar[Tx | None] = ContextVar("amtsweg_tx", default=None)
_zentrale_tx: ContextVar[Tx | None] = ContextVar("amtsweg_zentrale_tx", default=None)


def configure(installation: Installation) -> None:
    """Say where the data is, once per process. The same again changes nothing; another closes what was open."""
    global _current
    if _current is not None:
        if _current.installation == installation:
            return
        assert_outside()
        _current.close()
    installation.home.mkdir(parents=True, exist_ok=True)
    _current = _engines.Engines(installation, _watch)


def close() -> None:
    """Close what is open and forget the installation: the end of a process, or of a test."""
    global _current
    assert_outside()
    if _current is not None:
        _current.close()
    _current = None


def engines() -> _engines.Engines:
    """The engines of this process; for this package and the making of namespaces."""
    if _current is None:
        raise Misuse("configure() has not been called in this process")
    return _current


def current_installation() -> Installation:
    """Where this process keeps its data."""
    return engines().installation


def _leave_to_parent() -> None:
    """After a fork: begin with fresh connections; keep the parent's alive, for closing them would close the parent's."""
    global _current
    if _current is not None:
        _orphans.append(_current)
        _current = _engines.Engines(_current.installation, _watch)


_engines.in_child(_leave_to_parent)


@contextmanager
def namespace(slug: str) -> Iterator[None]:
    """Work in a municipality's namespace.

    Raises:
        Unknown: it does not exist, or is being made or removed.
        Unavailable: it is locked for the moment.
    """
    place = engines().place(slug)
    if place.state == "gesperrt":
        raise Unavailable(f"Die Kommune „{slug}“ ist vorübergehend gesperrt. Bitte später erneut versuchen.")
    if place.state != "bereit":
        raise Unknown(f"Die Kommune „{slug}“ gibt es hier nicht.")
    with entered(slug):
        yield


@contextmanager
def entered(slug: str) -> Iterator[None]:
    """Work in a namespace in whatever state it is; only for making, mending and removing it."""
    tx = _tx.get()
    if tx is not None and tx.scope != slug:
        raise Misuse(f"a transaction of {tx.scope} is open: one transaction touches one namespace, not also {slug}")
    token = _slug.set(slug)
    try:
        yield
    finally:
        _slug.reset(token)


def slug() -> str:
    """The municipality we work in.

    Raises:
        NoNamespace: none has been entered.
    """
    try:
        return _slug.get()
    except LookupError as cause:
        raise NoNamespace("Es ist keine Kommune ausgewählt.") from cause


# --- the transaction -------------------------------------------------------------------------------------------

SessionFactory = Callable[[], orm.Session]


class Tx:
    """An open transaction: statements, sessions for reading rows as objects, and what to do after the commit."""

    __slots__ = ("_after", "_connection", "_session", "_sessions", "dialect", "scope", "writes")

    def __init__(self, connection: Connection, scope: str, writes: bool) -> None:
        self._connection = connection
        self._after: list[Callable[[], object]] = []
        self._session: orm.Session | None = None
        self._sessions: list[orm.Session] = []
        self.dialect: str = connection.dialect.name
        self.scope = scope
        self.writes = writes

    def execute(self, statement: sa.Executable, params: Any = None) -> CursorResult[Any]:
        """Run a Core statement; what sessions of this transaction have pending is written first."""
        if self._sessions:
            self._flush()
        return self._connection.execute(statement, params)  # type: ignore[return-value]

    def scalar(self, statement: sa.Executable, params: Any = None) -> Any:
        """The first column of the first row, or None."""
        return self.execute(statement, params).scalar()

    def scalars(self, statement: sa.Executable, params: Any = None) -> Sequence[Any]:
        """The first column of every row."""
        return self.execute(statement, params).scalars().all()

    def all(self, statement: sa.Executable, params: Any = None) -> Sequence[Row[Any]]:
        """Every row."""
        return self.execute(statement, params).all()

    def one_or_none(self, statement: sa.Executable, params: Any = None) -> Row[Any] | None:
        """The only row, or None; several are an error."""
        return self.execute(statement, params).one_or_none()

    def insert_once(self, table: Any, values: Mapping[str, Any]) -> bool:
        """Insert a row unless a unique index says that it is there already; True if it was inserted.

        Unlike a failed insert this leaves the transaction usable on PostgreSQL too.
        """
        insert = postgresql.insert if self.dialect == "postgresql" else sqlite.insert
        statement = insert(table).values(**values).on_conflict_do_nothing()
        return self.execute(statement.execution_options(preserve_rowcount=True)).rowcount == 1

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what happens inside when it raises."""
        with self._connection.begin_nested():
            yield

    @property
    def connection(self) -> Connection:
        """The connection itself, for migrations and backups."""
        return self._connection

    @property
    def session(self) -> orm.Session:
        """A session of this transaction, closed with it."""
        if self._session is None:
            self._session = _factory()
            self.join(self._session)
        return self._session

    def join(self, session: orm.Session) -> None:
        """Let a session take part: flushed before the commit, closed at the end."""
        if session not in self._sessions:
            self._sessions.append(session)

    def after(self, callback: Callable[[], object]) -> None:
        """Run a callback when the commit has succeeded; if it fails that is logged, nothing more."""
        if not self.writes:
            raise Misuse("a transaction that only reads never commits: nothing can follow its commit")
        self._after.append(callback)

    def _flush(self) -> None:
        for session in self._sessions:
            session.flush()

    def _close(self) -> None:
        for session in self._sessions:
            session.close()
        self._sessions.clear()

    def _rung(self) -> None:
        for callback in self._after:
            try:
                callback()
            except Exception:
                log.exception("a callback after the commit failed", extra={"kommune": self.scope})


@contextmanager
def transaction() -> Iterator[Tx]:
    """Change the state of the municipality we are in: all of it or, on any exception, nothing.

    Raises:
        Unavailable: the database is away, busy or full; trying again later may help.
    """
    if _tx.get() is not None or _writing(_zentrale_tx):
        raise Misuse("a transaction is open already: one verb, one transaction")
    with _opened(_tx, engines().of(slug()), slug(), writes=True) as tx:
        yield tx


@contextmanager
def reading() -> Iterator[Tx]:
    """Look at the municipality we are in; inside an open transaction this is that transaction."""
    tx = _tx.get()
    if tx is not None:
        yield tx
        return
    with _opened(_tx, engines().of(slug()), slug(), writes=False) as tx:
        yield tx


@contextmanager
def zentrale() -> Iterator[Tx]:
    """Change the registry: all of it or nothing."""
    if _zentrale_tx.get() is not None or _writing(_tx):
        raise Misuse("a transaction is open already: the registry and a namespace cannot change in one commit")
    with _opened(_zentrale_tx, engines().registry(), "zentrale", writes=True) as tx:
        yield tx


@contextmanager
def zentrale_reading() -> Iterator[Tx]:
    """Look at the registry; inside `zentrale()` this is that transaction."""
    tx = _zentrale_tx.get()
    if tx is not None:
        yield tx
        return
    with _opened(_zentrale_tx, engines().registry(), "zentrale", writes=False) as tx:
        yield tx


@contextmanager
def detached(engine: Engine, scope: str) -> Iterator[Tx]:
    """A transaction on an engine made for the purpose: migrations, and databases not yet in the registry."""
    assert_outside()
    with _opened(_tx, engine, scope, writes=True) as tx:
        yield tx


def assert_outside() -> None:
    """Raise if a transaction is open: the network, files and the renderer are used outside of it only."""
    if _tx.get() is not None or _zentrale_tx.get() is not None:
        raise Misuse("no network, no file, no rendering inside a transaction")


def _writing(variable: ContextVar[Tx | None]) -> bool:
    tx = variable.get()
    return tx is not None and tx.writes


_READS = {
    "sqlite": {WRITES: False},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


@contextmanager
def _opened(variable: ContextVar[Tx | None], engine: Engine, scope: str, *, writes: bool) -> Iterator[Tx]:
    """Begin, let the caller work, commit if it writes, close, ring."""
    with _unavailable_if_so(scope), engine.connect() as connection:
        connection.execution_options(**({WRITES: True} if writes else _READS[engine.dialect.name]))
        connection.begin()
        tx = Tx(connection, scope, writes)
        token = variable.set(tx)
        try:
            yield tx
            if writes:
                tx._flush()
                connection.commit()
        finally:
            variable.reset(token)
            tx._close()
    tx._rung()


# SQLITE_BUSY, LOCKED, IOERR, FULL, CANTOPEN, PROTOCOL
_SQLITE_AWAY = frozenset({5, 6, 10, 13, 14, 15})
# connection, transaction rollback, resources, operator intervention, system error; 55P03 is a lock not available
_POSTGRESQL_AWAY = ("08", "40", "53", "57", "58", "55P03", "25P03")


@contextmanager
def _unavailable_if_so(scope: str) -> Iterator[None]:
    """Turn "away, busy or full" into a sentence; every other database error is left as it is."""
    try:
        yield
    except sa.exc.TimeoutError as cause:
        log.warning("no connection was free", extra={"kommune": scope})
        raise Unavailable("Zurzeit sind alle Verbindungen zur Datenbank belegt. Bitte später erneut versuchen.") from cause
    except sa.exc.DBAPIError as cause:
        if not _is_away(cause):
            raise
        log.warning("the database is away, busy or full", extra={"kommune": scope, "reason": str(cause.orig)})
        raise Unavailable("Die Datenbank ist gerade nicht erreichbar oder ausgelastet. Bitte später erneut versuchen.") from cause


def _is_away(error: sa.exc.DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in _SQLITE_AWAY
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_POSTGRESQL_AWAY)
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError)


# --- sessions --------------------------------------------------------------------------------------------------


class NamespaceSession(orm.Session):
    """A session that works in the open transaction of the context it is used in, and nowhere else.

    Registry tables go to the registry's transaction, all others to the namespace's. `db` is what Flask-SQLAlchemy passes.
    """

    def __init__(self, db: Any = None, **options: Any) -> None:
        super().__init__(**options)

    def get_bind(
        self, mapper: Any = None, *, clause: Any = None, bind: Any = None, **options: Any
    ) -> Engine | Connection:
        if bind is not None:
            return bind  # type: ignore[no-any-return]
        tx = _tx_for(mapper, clause)
        owner = self.info.setdefault("slug", tx.scope)
        if owner != tx.scope:
            raise Misuse(f"this session belongs to {owner} and was used in {tx.scope}")
        tx.join(self)
        return tx.connection

    def commit(self) -> None:
        """Refused: `transaction()` holds the one commit."""
        raise Misuse("sessions do not commit; leave `with transaction()` without an exception")

    def close(self) -> None:
        super().close()
        self.info.pop("slug", None)


def _tx_for(mapper: Any, clause: Any) -> Tx:
    table = sa.inspect(mapper).local_table if mapper is not None else clause
    registry = _metadata_of(table) is ZentraleBase.metadata
    tx = (_zentrale_tx if registry else _tx).get()
    if tx is None and not registry and _slug.get(None) is None:
        raise NoNamespace("Es ist keine Kommune ausgewählt.")
    if tx is None:
        raise Misuse("a session works inside transaction() or reading() only")
    if not registry and tx.scope != _slug.get(tx.scope):
        raise Misuse(f"a transaction of {tx.scope} is open, and the context is in {slug()}")
    return tx


def _metadata_of(clause: Any) -> sa.MetaData | None:
    if clause is None:
        return None
    table = getattr(clause, "table", clause)
    for found in (table, *getattr(clause, "get_final_froms", tuple)()):
        if isinstance(found, sa.Table):
            return found.metadata
    return None


_factory: SessionFactory = orm.sessionmaker(class_=NamespaceSession, expire_on_commit=False)


def use_sessions(factory: SessionFactory) -> None:
    """Let another factory make the sessions; each call must give a new `NamespaceSession`."""
    global _factory
    _factory = factory


# --- counting --------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """Statements sent and commits made in this context; BEGIN and COMMIT themselves are not statements."""

    statements: int = 0
    commits: int = 0


_count: ContextVar[Count | None] = ContextVar("amtsweg_count", default=None)


def _watch(engine: Engine) -> None:
    event.listen(engine, "before_cursor_execute", _count_statement)
    event.listen(engine, "commit", _count_commit)


def _count_statement(*_: Any) -> None:
    if (count := _count.get()) is not None:
        count.statements += 1


def _count_commit(_: Connection) -> None:
    if (count := _count.get()) is not None:
        count.commits += 1


@contextmanager
def statement_counter() -> Iterator[Count]:
    """Count the statements and commits of this context, for tests and benchmarks."""
    count = Count()
    token = _count.set(count)
    try:
        yield count
    finally:
        _count.reset(token)
