"""On PostgreSQL a municipality's role reaches its own database and nothing else, and its password is sealed."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import databases, db
from engine.base.db import Installation
from engine.base.errors import Invalid, Unavailable
from engine.base.rights import SYSTEM
from engine.verbs.kommune import change_networks, list_kommunen, make_kommune, prepare, show_kommune
from engine.verbs.operator import make_operator, there
from engine.verbs.removal import remove_kommune
from tests.engine.land import body, send

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


def test_a_role_finds_nothing_where_every_login_of_the_server_may_connect(installation: Installation) -> None:
    """The maintenance databases belong to the server, not to us; nothing of a municipality lies in them."""
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    for database in ("postgres", "template1"):
        with connect(installation, "husum", database) as connection:
            own = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
            assert connection.execute(own).fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE left_behind (id integer)")


def test_where_the_server_lets_roles_into_databases_of_their_name_only_they_come_nowhere_else(
    installation: Installation, kommune: str, request: pytest.FixtureRequest
) -> None:
    """The line of docs/operations.md for pg_hba.conf: `sameuser`, for a role is called as its database."""
    make_kommune("husum", "Stadt Husum", "Stadt", "SH")
    server, prefix = request.getfixturevalue("postgresql_server"), installation.prefix
    [(path,)] = server.execute("SHOW hba_file")
    before = Path(path).read_text()
    try:
        Path(path).write_text("local all postgres trust\nlocal sameuser all scram-sha-256\n")
        server.execute("SELECT pg_reload_conf()")
        with pytest.raises(psycopg.OperationalError, match="pg_hba"):
            for _ in range(200):  # the server reads the file in its own time
                connect(installation, "husum", "postgres").close()
                time.sleep(0.05)
        for other in (f"{prefix}_nordfriesland", prefix, "template1"):
            with pytest.raises(psycopg.OperationalError, match="pg_hba"):
                connect(installation, "husum", other)
        with connect(installation, "husum", f"{prefix}_husum") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        Path(path).write_text(before)
        server.execute("SELECT pg_reload_conf()")
        for _ in range(200):
            try:
                connect(installation, "husum", "postgres").close()
                break
            except psycopg.OperationalError:
                time.sleep(0.05)


# --- a login without rights on the server --------------------------------------------------------------------------


@pytest.fixture
def service(installation: Installation, kommune: str, request: pytest.FixtureRequest) -> Installation:
    """The installation as web, worker and clock may know it: with a login that may create nothing."""
    server = request.getfixturevalue("postgresql_server")
    databases.guard_registry(db.engines())
    login, group = f"{installation.prefix}_web", f"{installation.prefix}__dienst"
    server.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'x' IN ROLE {group}")
    database = f"postgresql://{login}:x@/{installation.prefix}?host={server.socket}"
    return Installation(installation.home, database, installation.secret)


def test_web_and_worker_can_run_with_a_login_that_may_create_nothing(service: Installation) -> None:
    db.configure(service)
    prepare()
    assert [one.slug for one in list_kommunen()] == ["nordfriesland"]
    with db.namespace("nordfriesland"):
        with db.transaction() as tx:
            tx.execute(sa.text("CREATE TABLE works (id INTEGER)"))
        change_networks(["192.0.2.0/24"], address="192.0.2.7", by=SYSTEM)
        assert reads.setting("x", "ein Wert") == "ein Wert"
    assert show_kommune("nordfriesland").allow_ips == ("192.0.2.0/24",)
    for act in (
        lambda: make_kommune("husum", "Stadt Husum", "Stadt", "SH"),
        lambda: remove_kommune("nordfriesland", confirm="nordfriesland", export=None),
    ):
        with pytest.raises(Unavailable, match="CREATEDB"):
            act()
    with db.zentrale_reading() as tx:
        assert tx.scalars(sa.text("SELECT slug || state FROM kommune")) == ["nordfrieslandbereit"]


def test_what_needs_the_operators_namespace_says_how_it_is_made_where_that_login_may_not(
    service: Installation, installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    """The central door of a web server whose installation nobody has let an operator into yet."""
    application = body()
    db.configure(service)
    prepare()
    with pytest.raises(Unavailable, match="amtsweg betrieb link"):
        send(application)
    assert "amtsweg betrieb link" in caplog.text
    assert not there()
    db.configure(installation)
    make_operator()  # as that command does
    db.configure(service)
    slug, answer = send(application)
    assert (slug, send(application)) == (None, (None, answer))


def test_that_login_may_not_change_how_a_municipality_is_reached(service: Installation) -> None:
    with psycopg.connect(service.database) as connection:
        for statement in (
            "UPDATE kommune SET password = 'x'",
            "UPDATE kommune SET key = 'x'",
            "DELETE FROM kommune",
            "DROP TABLE kommune",
            "CREATE TABLE more (id integer)",
            "CREATE DATABASE more",
            "CREATE ROLE more",
        ):
            connection.autocommit = True
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)  # type: ignore[call-overload]


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
