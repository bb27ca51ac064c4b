"""Many municipalities in one installation, made quickly: one by the product, the others copies of its folder and database."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from bench._explosive import NORMAL
from engine.base import databases, db
from engine.base.db import Installation
from engine.base.rights import SACHBEARBEITUNG, SYSTEM
from engine.model.zentrale import KOMMUNE
from engine.verbs.design import deploy_bundle
from engine.verbs.kommune import make_kommune
from engine.verbs.konten import add_konto, new_token
from engine.verbs.operate import change_setting
from web.compose import connectors

FIRST, KEY = "k0000", "normal"
MANIFEST = f'leistung = "{KEY}"\nname = "{KEY}"\nkuerzel = "N"\nprocess = "p"\nform_ids = ["{KEY}"]\n'.encode()


def slugs(count: int) -> list[str]:
    """The names of so many municipalities."""
    return [f"k{number:04d}" for number in range(count)]


def first() -> str:
    """Make the first municipality; gives a token of a clerk that is good in each of its copies."""
    make_kommune(FIRST, FIRST, "Stadt", "SH")
    with db.namespace(FIRST):
        change_setting("antrag.absender", ["127.0.0.1/32"], by=SYSTEM)
        deploy_bundle({"bundle.toml": MANIFEST, "p.bpmn": NORMAL}, connectors().types(), by=SYSTEM)
        add_konto("anna", "Anna", "anna@example.org", frozenset({SACHBEARBEITUNG}), by=SYSTEM)
        return str(new_token("anna", by=SYSTEM))


def settle(count: int) -> int:
    """Have so many municipalities in the installation in use, copies of the first; gives how many were made now."""
    with db.zentrale_reading() as tx:
        [found] = tx.all(sa.select(KOMMUNE).where(KOMMUNE.c.slug == FIRST))
        row, there = dict(found._mapping), set(tx.scalars(sa.select(KOMMUNE.c.slug)))
    installation, missing = db.current_installation(), [slug for slug in slugs(count) if slug not in there]
    db.close()
    db.configure(installation)
    for slug in missing:
        databases.remove(installation, databases.planned(installation, slug))  # what is left of a copy that was interrupted
        place = _copy(row, slug, installation)
        with db.zentrale() as tx:
            tx.execute(sa.insert(KOMMUNE).values({**row, "slug": slug, "name": slug, **place}))
    return len(missing)


def _copy(row: dict[str, object], slug: str, installation: Installation) -> dict[str, object]:
    """Copy the first municipality; gives what the registry must say of where the copy is."""
    place = databases.planned(installation, slug)
    shutil.copytree(installation.folder(FIRST), installation.folder(slug))
    if place.role is not None:
        names = sql.Identifier(place.database), sql.Identifier(str(row["database"]))
        with closing(_connect(installation, "postgres")) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        databases.make(installation, place)
        owner, before = sql.Identifier(place.role), sql.Identifier(str(row["role"]))
        with closing(_connect(installation, place.database)) as connection:
            connection.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(before, owner))
            connection.execute(sql.SQL("REVOKE ALL ON SCHEMA public FROM {}").format(before))
    return {"database": place.database, "role": place.role, "password": place.password}


def _connect(installation: Installation, database: str) -> psycopg.Connection:
    url = installation.url(database).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


# --- processes -------------------------------------------------------------------------------------------------


def processes() -> dict[str, list[int]]:
    """The processes that run below this one, by the module they run."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found: dict[str, list[int]] = {}
    for pid in parents:
        above, module = pid, ""
        while above in parents and above != os.getpid():
            module = module or _module(above)
            above = parents[above]
        if above == os.getpid() and module:
            found.setdefault(module, []).append(pid)
    return found


def _module(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # ended since it was listed
        return ""
    return next((word for word in words if word in ("web.serve", "web.worker", "web.tick")), "")


def memory_kb(pids: list[int]) -> int:
    """What processes hold in memory of their own, in kB."""
    return sum(int(line.split()[1]) for pid in pids for line in _status(pid) if line.startswith("RssAnon"))


def processor_s(pids: list[int]) -> float:
    """Processor time that processes have used so far."""
    ticks = sum(sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])) for pid in pids)
    return ticks / os.sysconf("SC_CLK_TCK")


def server_s() -> float:
    """Processor time that a PostgreSQL server has used so far, with the processes of connections that are closed."""
    with db.zentrale_reading() as tx:
        own = int(tx.scalar(sa.text("SELECT pg_backend_pid()")))
    parent, found = _stat(own)[1], 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = _stat(int(folder.name))
        except OSError:  # ended since it was listed
            continue
        if int(folder.name) == parent or stat[1] == parent:
            found += sum(stat[11:13]) + (sum(stat[13:15]) if int(folder.name) == parent else 0)
    return found / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[int]:
    """The numbers of a process: its parent is the second, its times the 12th to the 15th."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [0, *map(int, words[1:])]


def connections(pids: list[int]) -> int:
    """Connections to databases of municipalities that one of these processes has open, the most of any."""
    with db.zentrale_reading() as tx:
        if tx.dialect == "postgresql":
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE :name"
            return max(int(tx.scalar(sa.text(query), {"name": f"amtsweg/{pid} k0%"})) for pid in pids)
    return max(sum(_target(link).endswith(databases.FILE) for link in Path(f"/proc/{pid}/fd").iterdir()) for pid in pids)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _status(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/status").read_text().splitlines()
