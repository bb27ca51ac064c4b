"""On PostgreSQL a municipality's role reaches its own database and nothing else, and its password is sealed."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from engine.base import db
from engine.base.db import Installation
from engine.base.errors import Invalid, Unavailable
from engine.verbs.kommune import list_kommunen, make_kommune
from engine.verbs.removal import remove_kommune

pytestmark = pytest.mark.parametrize("installation", [pytest.param("postgresql", marks=pytest.mark.integration)], indirect=True)


def connect(installation: Installation, slug: str, database: str, password: str | None = None) -> psycopg.Connection:
    """Connect to a database with the role of a municipality and its password."""
    own = db.engines().build(db.engines().place(slug), None).url
    url = own.set(drivername="postgresql", database=database)
    if password is not None:
        url = url.set(password=password)
    return psycopg.connect(url.render_as_string(hide_password=False))


def test_a_role_connects_to_its_own_database_only(installation: Installation, kommune: str) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    prefix = installation.prefix
    with connect(installation, "husum", f"{prefix}_husum") as connection:
        assert connection.execute("SELECT current_user").fetchone() == (f"{prefix}_husum",)
    for other in (f"{prefix}_nordfriesland", prefix):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            connect(installation, "husum", other)


def test_a_role_needs_its_password_and_has_no_rights_on_the_server(installation: Installation) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    own = f"{installation.prefix}_husum"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(installation, "husum", own, "geraten")
    with connect(installation, "husum", own) as connection:
        connection.autocommit = True
        for statement in ("CREATE DATABASE test_more", "CREATE ROLE test_more", "DROP DATABASE " + installation.prefix):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)  # type: ignore[call-overload]


def test_passwords_are_sealed_in_the_registry(installation: Installation) -> None:
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    url = db.engines().build(db.engines().place("husum"), None).url
    with db.zentrale_reading() as tx:
        stored = tx.scalar(sa.text("SELECT password FROM kommune"))
    assert str(url.password) not in stored
    assert len(str(url.password)) >= 40
    db.configure(Installation(installation.home, installation.database, "ein anderes Geheimnis"))
    with pytest.raises(Invalid, match="AMTSWEG_SECRET"), db.namespace("husum"), db.reading():
        pass


def test_without_a_secret_no_password_is_stored(installation: Installation) -> None:
    db.configure(Installation(installation.home, installation.database))
    with pytest.raises(Invalid, match="AMTSWEG_SECRET fehlt"):
        make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    assert list_kommunen() == []


def test_a_login_without_rights_is_a_sentence(installation: Installation, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("postgresql_server")
    login = f"{installation.prefix}_login"
    server.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'x'")
    db.configure(Installation(installation.home, f"postgresql://{login}:x@/{login}?host={server.socket}", "geheim"))
    with pytest.raises(Unavailable, match="CREATEDB"):
        make_kommune("husum", "Stadt Husum", "Stadt", "SH")


def test_a_login_that_may_create_databases_and_roles_is_enough(
    installation: Installation, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgresql_server")
    login = f"{installation.prefix}_login"
    server.execute(f"CREATE ROLE {login} LOGIN CREATEDB CREATEROLE PASSWORD 'x'")
    database = f"postgresql://{login}:x@/{login}?host={server.socket}"
    db.configure(Installation(installation.home, database, "geheim"))
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    with db.namespace("husum"), db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE works (id INTEGER)"))
    remove_kommune("husum", confirm="husum", export=None)
    assert server.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{login}_husum'") == []


def test_a_server_that_is_away_is_a_sentence(installation: Installation, tmp_path: Path) -> None:
    db.configure(Installation(installation.home, f"postgresql://postgres@/x?host={tmp_path}", "geheim"))
    with pytest.raises(Unavailable, match="nicht erreichbar"):
        make_kommune("husum", "Stadt Husum", "Stadt", "SH")
