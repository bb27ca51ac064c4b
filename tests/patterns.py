"""Installations that the product makes once in a process, to be copied for every test that begins with them.

Making a municipality means thirty tables in a migration, and for most tests it is only where they begin. A copy is what the
product would have made: on PostgreSQL with a role and a password of its own. Tests of the making itself call `make_kommune`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.engine import make_url

from engine.base import clock, databases, db
from engine.base.db import Installation
from engine.model.zentrale import KOMMUNE, ZUSTAENDIGKEIT
from engine.verbs.kommune import prepare

Gave = TypeVar("Gave")
REGISTRY = (KOMMUNE, ZUSTAENDIGKEIT)


@dataclass(frozen=True)
class Pattern:
    """An installation to copy: where it is, what its registry says by table, and what its making gave."""

    installation: Installation
    rows: dict[str, list[dict[str, Any]]]
    gave: Any


class Patterns:
    """The patterns of this process, by what made them and by database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[Callable[[], Any], str], Pattern] = {}

    def begin(self, installation: Installation) -> None:
        """Use an installation that has no municipalities yet."""
        pattern = self._pattern(_nothing, installation)
        shutil.copytree(pattern.installation.home, installation.home)
        if installation.dialect == "postgresql":
            _copy_database(installation, pattern.installation.prefix, installation.prefix)
        db.configure(installation)
        prepare()

    def settle(self, make: Callable[[], Gave]) -> Gave:
        """Put the municipalities that `make` makes into the empty installation in use; gives what `make` gave."""
        installation = db.current_installation()
        pattern = self._pattern(make, installation)
        db.configure(installation)
        prepare()
        places = {row["slug"]: self._copy(row, pattern, installation) for row in pattern.rows["kommune"]}
        with db.zentrale() as tx:
            for table in REGISTRY:
                for row in pattern.rows[table.name]:
                    place = places[row["slug"]] if table is KOMMUNE else {}
                    tx.execute(sa.insert(table).values({**row, **place}))
        gave: Gave = pattern.gave
        return gave

    def _pattern(self, make: Callable[[], Any], like: Installation) -> Pattern:
        """The installation that `make` made, on the database and with the secret of another."""
        if (make, like.dialect) not in self._known:
            self._known[make, like.dialect] = self._make(make, like)
        return self._known[make, like.dialect]

    def _make(self, make: Callable[[], Any], like: Installation) -> Pattern:
        name = f"pattern{secrets.token_hex(4)}"
        database = like.database
        if like.dialect == "postgresql":
            database = make_url(database).set(database=name).render_as_string(hide_password=False)
        installation = dataclasses.replace(like, home=self._folder / name, database=database)
        db.configure(installation)
        with clock.frozen(dt.datetime.now(dt.UTC)):  # whatever time it is for the test that comes first
            prepare()
            gave = make()
        with db.zentrale_reading() as tx:
            rows = {table.name: [dict(row._mapping) for row in tx.all(sa.select(table))] for table in REGISTRY}
        db.close()
        return Pattern(installation, rows, gave)

    def _copy(self, row: dict[str, Any], pattern: Pattern, installation: Installation) -> dict[str, Any]:
        """Copy the folder and the database of a municipality; gives what the registry must say of where it is."""
        slug = row["slug"]
        databases.make_folder(installation.folder(slug).parent)
        shutil.copytree(pattern.installation.folder(slug), installation.folder(slug))
        place = databases.planned(installation, slug)
        if place.role is not None:
            _copy_database(installation, row["database"], place.database)
            databases.make(installation, place)
            owner, before = sql.Identifier(place.role), sql.Identifier(row["role"])
            with closing(_connect(installation, place.database)) as connection:
                connection.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(before, owner))
                connection.execute(sql.SQL("REVOKE ALL ON SCHEMA public FROM {}").format(before))
        return {"database": place.database, "role": place.role, "password": place.password}


def _nothing() -> None:
    """What makes an installation without municipalities."""


def _copy_database(installation: Installation, source: str, target: str) -> None:
    names = sql.Identifier(target), sql.Identifier(source)
    with closing(_connect(installation, "postgres")) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*names))


def _connect(installation: Installation, database: str) -> psycopg.Connection:
    """A connection as the login of the installation, each statement on its own."""
    url = installation.url(database).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
