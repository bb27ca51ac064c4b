"""Making and removing the database of a namespace, and the lock that lets only one process do it at a time.

With PostgreSQL each namespace gets a database and a role of its own. The role may connect to that database and to no other of
the installation; the login that may create databases owns them and is used here only. Everything may be repeated.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import errors as pg
from psycopg import sql
from sqlalchemy.engine import URL

from engine.base.away import NoRights
from engine.base.engines import Engines, Installation, Place
from engine.base.errors import Conflict, Unavailable
from engine.base.faults import point
from engine.base.opening import WAIT_S, sqlite_engine
from engine.base.seal import new_key, seal, unseal

FILE = "kommune.sqlite"
_MAINTENANCE = "postgres"
NOT_LET_IN = (
    "Der Datenbankserver ist nicht erreichbar oder lässt das Login nicht ein. Bitte AMTSWEG_DATABASE und den Server prüfen."
)


def planned(installation: Installation, slug: str) -> Place:
    """Where the database of a new namespace will be, with a new key, and a new password if it needs one."""
    if installation.dialect == "sqlite":
        return Place(slug, "entsteht", FILE, None, None, new_key(installation.secret))
    name = f"{installation.prefix}_{slug.replace('-', '_')}"
    password = seal(secrets.token_urlsafe(32), installation.secret)
    return Place(slug, "entsteht", name, name, password, new_key(installation.secret))


def exists(installation: Installation, place: Place) -> bool:
    """Whether anything of a namespace is there already: its database or its folder."""
    if installation.folder(place.slug).exists():
        return True
    if installation.dialect == "sqlite":
        return False
    with _admin(installation, _MAINTENANCE) as connection:
        return _has(connection, "pg_database", "datname", place.database) or (
            place.role is not None and _has(connection, "pg_roles", "rolname", place.role)
        )


def make(installation: Installation, place: Place) -> None:
    """Make the folder and the empty database of a namespace, or what of them is missing."""
    make_folder(installation.folder(place.slug))
    if installation.dialect == "sqlite":
        sqlite_engine(installation.folder(place.slug) / place.database, None, create=True).connect().close()
    else:
        _make_postgresql(installation, place)


def remove(installation: Installation, place: Place) -> None:
    """Remove the database, the role and the folder of a namespace, or what of them is left."""
    if installation.dialect == "postgresql":
        with _admin(installation, _MAINTENANCE) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(place.database)))
            if place.role is not None:
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(place.role)))
    point("removal.after_database")
    folder = installation.folder(place.slug)
    if folder.exists():
        shutil.rmtree(folder)
        sync_folder(folder.parent)


def has_registry(engines: Engines) -> bool:
    """Whether there is a registry that can be reached. If the server is away, whoever then makes one will be told."""
    installation = engines.installation
    if installation.dialect == "sqlite":
        return engines.registry_path.exists()
    try:
        psycopg.connect(_libpq(installation.url(installation.prefix)), connect_timeout=int(WAIT_S)).close()
    except psycopg.OperationalError:
        return False
    return True


def make_registry(engines: Engines) -> None:
    """Make the registry's empty database if there is none."""
    installation = engines.installation
    make_folder(installation.home)
    if installation.dialect == "sqlite":
        sqlite_engine(engines.registry_path, None, create=True).connect().close()
        return
    with _admin(installation, _MAINTENANCE) as connection:
        _make_database(connection, installation.prefix)


def guard_registry(engines: Engines) -> None:
    """Let nobody into the registry but its owner and, for web, worker and clock, logins of the role `<registry>__dienst`.

    These read which municipalities there are and how to reach them, and change what municipalities change themselves. Done with
    every municipality that is made: the registry may have been copied by the server's own means, which leave rights behind.
    """
    installation = engines.installation
    if installation.dialect == "sqlite":
        return
    # With two underscores: no municipality can be called so.
    database, service = installation.prefix, f"{installation.prefix}__dienst"
    names = {"database": sql.Identifier(database), "service": sql.Identifier(service)}
    with _admin(installation, database) as connection:
        connection.execute("SELECT pg_advisory_lock(7004)")  # two at once would change the same rows of the catalogue
        if not _has(connection, "pg_roles", "rolname", service):
            connection.execute(sql.SQL("CREATE ROLE {service} NOLOGIN").format(**names))
        for statement in (
            "REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {database} TO {service}",
            "GRANT USAGE ON SCHEMA public TO {service}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {service}",
            "REVOKE INSERT, UPDATE, DELETE ON kommune, alembic_version FROM {service}",
            "GRANT UPDATE (allow_ips) ON kommune TO {service}",
        ):
            connection.execute(sql.SQL(statement).format(**names))


@contextmanager
def exclusive(installation: Installation, subject: str) -> Iterator[None]:
    """Only one process and thread at a time makes, upgrades or removes one thing; a killed one holds nothing back.

    Raises:
        Conflict: another one is at it.
    """
    holding = _exclusive_file if installation.dialect == "sqlite" else _exclusive_session
    with holding(installation, subject):
        yield


def make_folder(folder: Path) -> None:
    """Make a folder that only we can read, so that it survives a power cut."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that what was made or renamed in a folder survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _busy(subject: str) -> Conflict:
    return Conflict(f"„{subject}“ wird gerade anderswo angelegt, aktualisiert oder entfernt. Bitte noch einmal versuchen.")


@contextmanager
def _exclusive_file(installation: Installation, subject: str) -> Iterator[None]:
    path = installation.home / "locks" / f"{subject}.lock"
    make_folder(path.parent)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            os.close(descriptor)
            raise _busy(subject) from cause
        # The holder before us may have unlinked the file between our open and our lock: then ours guards nothing.
        if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
            break
        os.close(descriptor)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


@contextmanager
def _exclusive_session(installation: Installation, subject: str) -> Iterator[None]:
    # Advisory locks belong to a database: all processes take them in the same one.
    name = f"{installation.prefix}/{subject}"
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with _admin(installation, _MAINTENANCE) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()
        if row is None or not row[0]:
            raise _busy(subject)
        try:
            yield
        finally:
            # A closed connection keeps its lock until the server has noticed; the next in line would be refused.
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock(%s)", (key,))


def _make_postgresql(installation: Installation, place: Place) -> None:
    if place.role is None or place.password is None:
        raise Unavailable(f"Zur Kommune „{place.slug}“ fehlen in der Zentrale die Zugangsdaten ihrer Datenbank.")
    role, database = sql.Identifier(place.role), sql.Identifier(place.database)
    with _admin(installation, _MAINTENANCE) as connection:
        password = unseal(place.password, installation.secret).encode()
        # Only the verifier reaches the server, hence also its log.
        verifier = connection.pgconn.encrypt_password(password, place.role.encode(), b"scram-sha-256").decode()
        verb = "ALTER" if _has(connection, "pg_roles", "rolname", place.role) else "CREATE"
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                sql.SQL(verb), role, sql.Literal(verifier)
            )
        )
        _make_database(connection, place.database)
        connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, role))
    with _admin(installation, place.database) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(role))


def _make_database(connection: psycopg.Connection, name: str) -> None:
    database = sql.Identifier(name)
    if not _has(connection, "pg_database", "datname", name):
        try:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(database))
        except (pg.DuplicateDatabase, pg.UniqueViolation):
            pass  # another process was a moment quicker
    # By default every role of the server may connect to every database.
    connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))


def _has(connection: psycopg.Connection, catalogue: str, column: str, name: str) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(catalogue), sql.Identifier(column))
    return connection.execute(query, (name,)).fetchone() is not None


@contextmanager
def _admin(installation: Installation, database: str) -> Iterator[psycopg.Connection]:
    """A connection with the login that may create databases, each statement on its own."""
    try:
        connection = psycopg.connect(_libpq(installation.url(database)), autocommit=True, connect_timeout=int(WAIT_S))
        with closing(connection):
            yield connection
    except pg.InsufficientPrivilege as cause:
        raise NoRights from cause
    except psycopg.OperationalError as cause:
        raise Unavailable(NOT_LET_IN) from cause


def _libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
