"""What is open in this context: the namespace entered, the transaction begun, the sessions that take part.

Nothing here begins or commits: that is `engine.base.db`, whose names are the ones to use.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Row

from engine.base.away import ZENTRALE
from engine.base.columns import ZentraleBase
from engine.base.errors import Problem
from engine.base.prepared import Done, Prepared, Values

log = logging.getLogger(__name__)


class Misuse(RuntimeError):
    """The program used the database against the rules of this package."""


class NoNamespace(Problem, LookupError):
    """No municipality has been entered."""


class Tx:
    """An open transaction: statements, a session for reading rows as objects, and what to do after the commit."""

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
            self.flush()
        return self._connection.execute(statement, params)

    def run(self, prepared: Prepared, values: Values | Sequence[Values]) -> Done:
        """Run a statement of the hot path, once or for each of several values."""
        if self._sessions:
            self.flush()
        return prepared.run(self._connection, values)

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

    def one_at_a_time(self, what: str) -> None:
        """From here to their end, transactions that say the same go one after the other; on SQLite all that write do."""
        if self.dialect == "postgresql":
            self.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(what))))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what happens inside when it raises."""
        self.flush()
        with self._connection.begin_nested():
            yield
            self.flush()

    @property
    def connection(self) -> Connection:
        """The connection itself, for migrations and backups."""
        return self._connection

    @property
    def session(self) -> orm.Session:
        """A session of this transaction, closed with it."""
        if self._session is None:
            self._session = sessions.make()
            self._session.info["scope"] = self.scope
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

    def flush(self) -> None:
        """Send what sessions have pending; the commit does so by itself."""
        for session in self._sessions:
            session.flush()

    def leave(self) -> None:
        """The transaction is over: its sessions forget their objects."""
        for session in self._sessions:
            session.close()
        self._sessions.clear()

    def ring(self) -> None:
        """Run what was to happen after the commit."""
        for callback in self._after:
            try:
                callback()
            except Exception:
                log.exception("a callback after the commit failed", extra={"kommune": self.scope})


entered: ContextVar[str] = ContextVar("amtsweg_slug")
open_tx: ContextVar[Tx | None] = ContextVar("amtsweg_tx", default=None)
open_zentrale_tx: ContextVar[Tx | None] = ContextVar("amtsweg_zentrale_tx", default=None)


def slug() -> str:
    """The municipality we work in.

    Raises:
        NoNamespace: none has been entered.
    """
    try:
        return entered.get()
    except LookupError as cause:
        raise NoNamespace("Es ist keine Kommune ausgewählt.") from cause


def assert_outside() -> None:
    """Raise if a transaction is open: the network, files and the renderer are used outside of it only."""
    if open_tx.get() is not None or open_zentrale_tx.get() is not None:
        raise Misuse("no network, no file, no rendering inside a transaction")


class NamespaceSession(orm.Session):
    """A session that works in the open transaction of the context it is used in, and nowhere else.

    Registry tables go to the registry's transaction, all others to the namespace's. `db` is what Flask-SQLAlchemy passes.
    """

    def __init__(self, db: Any = None, **options: Any) -> None:
        super().__init__(**options)

    def get_bind(self, mapper: Any = None, *, clause: Any = None, bind: Any = None, **options: Any) -> Any:
        if bind is not None:
            return bind
        tx = self._tx(mapper, clause)
        owner = self.info.setdefault("scope", tx.scope)
        if owner != tx.scope:
            raise Misuse(f"this session belongs to {owner} and was used in {tx.scope}")
        tx.join(self)
        return tx.connection

    def _tx(self, mapper: Any, clause: Any) -> Tx:
        metadata = _metadata_of(sa.inspect(mapper).local_table if mapper is not None else clause)
        if metadata is ZentraleBase.metadata or (metadata is None and self.info.get("scope") == ZENTRALE):
            tx = open_zentrale_tx.get()
        else:
            slug()
            tx = open_tx.get()
        if tx is None:
            raise Misuse("a session works inside transaction() or reading() only")
        return tx

    def commit(self) -> None:
        """Refused: `transaction()` holds the one commit."""
        raise Misuse("sessions do not commit; leave `with transaction()` without an exception")

    def close(self) -> None:
        super().close()
        self.info.pop("scope", None)


def _metadata_of(clause: Any) -> sa.MetaData | None:
    """The set of tables a statement is about, or None for plain text."""
    if clause is None:
        return None
    for found in (clause, getattr(clause, "table", None), *getattr(clause, "get_final_froms", tuple)()):
        if isinstance(found, sa.Table):
            return found.metadata
    return None


class Sessions:
    """Who makes the sessions: SQLAlchemy itself, or Flask-SQLAlchemy when the web has been composed."""

    def __init__(self) -> None:
        self.make: Callable[[], orm.Session] = orm.sessionmaker(class_=NamespaceSession, expire_on_commit=False)

    def use(self, factory: Callable[[], orm.Session]) -> None:
        """Let another factory make the sessions; each call must give a new `NamespaceSession`."""
        self.make = factory


sessions = Sessions()
