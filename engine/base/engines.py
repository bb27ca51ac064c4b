"""Where each namespace's database lives, and the engines that reach it.

The registry (`zentrale`) says which namespaces exist; each has a database of its own: a SQLite file under
`<home>/kommunen/<slug>/`, or a PostgreSQL database with a role of its own. Only `engine.base.db` uses the engines made here.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import URL, Engine, make_url

from engine.base.away import unavailable_if_away
from engine.base.errors import Invalid, Unavailable, Unknown
from engine.base.opening import WAIT_S, postgresql_engine, sqlite_engine
from engine.base.pool import Budget
from engine.base.seal import key_of, unseal

KNOWN_FOR_S = 2.0
"""How long this process believes what the registry last said of a namespace."""
ENGINES_PER_CONNECTION = 5
"""Engines that a process keeps for each connection it may have: one without a connection is a little memory."""

# The part of the registry's table that this floor needs; engine.model.zentrale defines all of it.
PLACES = sa.table(
    "kommune", *(sa.column(name) for name in ("slug", "state", "database", "role", "password", "key", "created_at", "name"))
)


REVISION = sa.select(sa.table("alembic_version", sa.column("version_num")).c.version_num)


@dataclass(frozen=True)
class Installation:
    """Where an installation keeps its data. `database` is "sqlite" or the URL of a PostgreSQL server.

    The URL may name a database: then the registry has that name, and the namespaces' databases begin with it.
    """

    home: Path
    database: str = "sqlite"
    secret: str = field(default="", repr=False)
    max_connections: int = 40
    only: str = ""
    """The one municipality that this process serves; empty: all of them."""
    calls_per_connector: int = 0
    """How many calls of one connector run at once in one municipality, over all workers; 0: as many as there are workers."""
    calls_per_kommune: int = 0
    """How many calls run at once in one municipality."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", Path(self.home).absolute())
        if self.database != "sqlite":
            _check_url(self.database)

    @property
    def max_engines(self) -> int:
        """Of how many namespaces a process keeps an engine."""
        return int(ENGINES_PER_CONNECTION * self.max_connections)

    @property
    def dialect(self) -> str:
        return "sqlite" if self.database == "sqlite" else "postgresql"

    def folder(self, slug: str) -> Path:
        """The folder of a namespace: its documents, and with SQLite its database."""
        return self.home / "kommunen" / slug

    @property
    def prefix(self) -> str:
        """With PostgreSQL: the registry's database, and the beginning of the name of every other."""
        name = make_url(self.database).database
        return "amtsweg" if name in (None, "", "postgres") else str(name)

    def url(self, database: str, role: str | None = None, password: str | None = None) -> URL:
        """With PostgreSQL: how to reach a database on the server, as the namespace's role or as the login itself."""
        url = make_url(self.database).set(drivername="postgresql+amtsweg", database=database)
        if role is None:
            return url
        return url.set(username=role, password=password)


def _check_url(text: str) -> None:
    try:
        backend = make_url(text).get_backend_name()
    except sa.exc.ArgumentError as cause:
        raise Invalid("AMTSWEG_DATABASE ist weder „sqlite“ noch eine PostgreSQL-URL.") from cause
    if backend not in ("postgresql", "postgres"):
        raise Invalid("AMTSWEG_DATABASE ist weder „sqlite“ noch eine PostgreSQL-URL.")


@dataclass(frozen=True)
class Place:
    """What the registry says of a namespace: its state, and how to reach its database."""

    slug: str
    state: str
    database: str
    role: str | None
    password: str | None = field(repr=False)
    key: str = field(default="", repr=False)
    """The namespace's own key, wrapped with AMTSWEG_SECRET."""
    created_at: Any = None
    """Tells a municipality from one of the same slug that was removed before it was made."""
    name: str = ""
    """What people call the municipality."""


class Engines:
    """The engines of one installation: one for the registry, the most recently used ones of the namespaces."""

    def __init__(self, installation: Installation, prepare: Callable[[Engine], None]) -> None:
        self.installation = installation
        self.budget = Budget(installation.max_connections, WAIT_S)
        self.prepared = False
        """Whether this process has seen that the registry is there and up to date."""
        self._prepare = prepare
        self._lock = threading.RLock()
        self._registry: Engine | None = None
        self._by_slug: OrderedDict[str, Engine] = OrderedDict()
        self._places: dict[str, tuple[float, Place]] = {}
        self.is_behind: Callable[[str | None], bool] = lambda revision: False
        """Whether a database at that revision is still to be upgraded; the floor that knows the revisions says so."""
        self._current: set[str] = set()

    def registry(self) -> Engine:
        """The engine of the registry; its connections have a small budget of their own, so that they never wait for cases."""
        with self._lock:
            if self._registry is None:
                budget = Budget(max(2, self.installation.max_connections // 8), WAIT_S)
                if self.installation.dialect == "sqlite":
                    self._registry = sqlite_engine(self.registry_path, budget)
                else:
                    self._registry = postgresql_engine(self.installation.url(self.installation.prefix), budget, "zentrale")
                self._prepare(self._registry)
            return self._registry

    @property
    def registry_path(self) -> Path:
        return self.installation.home / "zentrale.sqlite"

    def place(self, slug: str, *, fresh: bool = False) -> Place:
        """What the registry says of a namespace, at most two seconds old.

        Raises:
            Unknown: there is no such namespace.
        """
        known = self._places.get(slug)
        if known is not None and not fresh and time.monotonic() - known[0] < KNOWN_FOR_S:
            return known[1]
        place = self._look_up(slug)
        if place is None:
            self.forget(slug)
            raise Unknown(f"Die Kommune „{slug}“ gibt es hier nicht.")
        if known is not None and known[1] != place:
            # Made anew or moved by another process: what is open here leads to a file or database that is gone.
            self.forget(slug)
        self._places[slug] = (time.monotonic(), place)
        return place

    def key(self, slug: str) -> Fernet:
        """The key of a namespace, as this process has last heard of it: inside a transaction the registry is not asked."""
        known = self._places.get(slug)
        place = self.place(slug) if known is None else known[1]
        return key_of(place.key, self.installation.secret)

    def _look_up(self, slug: str) -> Place | None:
        if self.installation.dialect == "sqlite" and not self.registry_path.exists():
            return None
        with unavailable_if_away("zentrale"), self.registry().connect() as connection:
            row = connection.execute(sa.select(PLACES).where(PLACES.c.slug == slug)).one_or_none()
        return None if row is None else Place(**row._mapping)

    def of(self, slug: str) -> Engine:
        """The engine of a namespace."""
        with self._lock:
            engine = self._by_slug.get(slug)
            if engine is not None:
                self._by_slug.move_to_end(slug)
                return engine
        engine = self.build(self.place(slug), self.budget)
        self._prepare(engine)
        with self._lock:
            engine = self._by_slug.setdefault(slug, engine)
            self._by_slug.move_to_end(slug)
            evicted = self._overdue()
        for old in evicted:
            old.dispose()
        return engine

    def require_current(self, slug: str) -> None:
        """Go on only if the tables of a namespace are as this code needs them; asked once, for they never go back.

        Raises:
            Unavailable: it has not been upgraded yet.
        """
        if slug in self._current:
            return
        with unavailable_if_away(slug), self.of(slug).connect() as connection:
            revision = connection.execute(REVISION).scalar()
        if self.is_behind(revision):
            name = self.place(slug).name
            raise Unavailable(f"Die Kommune „{name}“ wird gerade aktualisiert. Bitte gleich noch einmal versuchen.")
        self._current.add(slug)

    def build(self, place: Place, budget: Budget | None, *, foreign_keys: bool = True) -> Engine:
        """A new engine for a namespace's database; without a budget every connection is opened anew."""
        if self.installation.dialect == "sqlite":
            path = self.installation.folder(place.slug) / place.database
            return sqlite_engine(path, budget, foreign_keys=foreign_keys)
        if place.role is None or place.password is None:
            raise Unavailable(f"Zur Kommune „{place.slug}“ fehlen in der Zentrale die Zugangsdaten ihrer Datenbank.")
        password = unseal(place.password, self.installation.secret)
        return postgresql_engine(self.installation.url(place.database, place.role, password), budget, place.slug)

    def _overdue(self) -> list[Engine]:
        """Take out engines over the limit, longest unused first. A connection still in use is closed when it comes back."""
        surplus = len(self._by_slug) - self.installation.max_engines
        return [self._by_slug.popitem(last=False)[1] for _ in range(max(0, surplus))]

    def forget(self, slug: str) -> None:
        """Close what is open of a namespace, and ask the registry again next time."""
        self._places.pop(slug, None)
        self._current.discard(slug)
        with self._lock:
            engine = self._by_slug.pop(slug, None)
        if engine is not None:
            engine.dispose()

    def known(self) -> list[str]:
        """Slugs that have an engine now, the longest unused first."""
        return list(self._by_slug)

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._lock:
            engines = [*self._by_slug.values(), *([self._registry] if self._registry is not None else [])]
            self._by_slug.clear()
            self._registry = None
        self._places.clear()
        self._current.clear()
        for engine in engines:
            engine.dispose()


def in_child(callback: Callable[[], None]) -> None:
    """Run a callback in every forked child: connections of the parent must not be used, nor closed, there."""
    os.register_at_fork(after_in_child=callback)
