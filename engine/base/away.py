"""Which errors of a database are nobody's fault: "away, busy or full" (trying again later may help), and "just deleted"."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import exc

from engine.base.errors import Gone, Unavailable

log = logging.getLogger(__name__)

ZENTRALE = "zentrale"
"""The scope of a transaction of the registry; no municipality can have that slug."""
NO_RIGHTS = (
    "Das Login aus AMTSWEG_DATABASE darf keine Datenbanken und Rollen anlegen. Zum Anlegen, Ändern und Entfernen von Kommunen "
    "braucht es CREATEDB und CREATEROLE."
)


class NoRights(Unavailable):
    """The login of the installation may not make or change what was asked."""

    def __init__(self, sentence: str = NO_RIGHTS) -> None:
        super().__init__(sentence)


# SQLITE_BUSY, LOCKED, IOERR, FULL, CANTOPEN, PROTOCOL
_SQLITE = frozenset({5, 6, 10, 13, 14, 15})
_SQLITE_FULL, _POSTGRESQL_FULL = 13, "53100"
FULL = "Auf dem Datenträger der Datenbank ist kein Platz mehr; gespeichert wurde nichts. Der Betrieb muss Platz schaffen."
# connection, transaction rollback, resources, operator intervention, system error; lock not available, idle for too long
_POSTGRESQL = ("08", "40", "53", "57", "58", "55P03", "25P03", "25P04")


@contextmanager
def unavailable_if_away(scope: str) -> Iterator[None]:
    """Turn "away, busy or full" and "just deleted" into a sentence; every other error is left as it is."""
    try:
        yield
    except exc.TimeoutError as cause:
        log.warning("no connection was free", extra={"kommune": scope})
        raise Unavailable("Zurzeit sind alle Verbindungen zur Datenbank belegt. Bitte später erneut versuchen.") from cause
    except (exc.DBAPIError, sqlite3.Error) as cause:
        # SQLAlchemy does not wrap what BEGIN IMMEDIATE raises.
        error = cause.orig if isinstance(cause, exc.DBAPIError) else cause
        broken = isinstance(cause, exc.DBAPIError) and cause.connection_invalidated
        if scope == ZENTRALE and getattr(error, "sqlstate", None) == psycopg.errors.InsufficientPrivilege.sqlstate:
            raise NoRights from cause
        if _came_too_late(cause):
            log.warning("what a row refers to was deleted at this moment", extra={"kommune": scope})
            raise Gone("Das wurde nicht gespeichert: Worauf es sich bezieht, wurde in diesem Augenblick gelöscht.") from cause
        if not (broken or is_away(error)):
            raise
        log.warning("the database is away, busy or full", extra={"kommune": scope, "reason": str(error)})
        if is_full(error):
            raise Unavailable(FULL) from cause
        raise Unavailable("Die Datenbank ist nicht erreichbar oder ausgelastet. Bitte später erneut versuchen.") from cause


def is_full(error: BaseException | None) -> bool:
    """Whether there is no room left where the database writes."""
    code, state = getattr(error, "sqlite_errorcode", None), getattr(error, "sqlstate", None)
    return state == _POSTGRESQL_FULL or (code is not None and (code & 0xFF) == _SQLITE_FULL)


def _came_too_late(cause: Exception) -> bool:
    """Whether a new row refers to one that another transaction has just deleted.

    Only with PostgreSQL: on SQLite nobody deletes while somebody writes. So what is wrong always is an error there.
    """
    if not isinstance(cause, exc.IntegrityError) or not (cause.statement or "").startswith("INSERT"):
        return False
    return getattr(cause.orig, "sqlstate", None) == psycopg.errors.ForeignKeyViolation.sqlstate


def is_away(error: BaseException | None) -> bool:
    """Whether the database is the reason, and not the statement."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in _SQLITE
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_POSTGRESQL)
    # A connect that failed has no state.
    return isinstance(error, psycopg.OperationalError)
