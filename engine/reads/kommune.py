"""The municipality itself: what it offers, who works there, how it is set, how much is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.errors import Unknown
from engine.model import aufgabe, auftrag, einstellung, erwartung, frist, incident, leistung, protokoll, zentrale


@dataclass(frozen=True, slots=True)
class Leistung:
    key: str
    name: str
    version_id: str
    number: int
    deployed_at: dt.datetime
    deployed_by: str


def list_leistungen() -> tuple[Leistung, ...]:
    """What this municipality offers, with the current version of each."""
    lt, versions = leistung.T, leistung.VERSIONS
    query = sa.select(lt, versions.c.number, versions.c.deployed_at, versions.c.deployed_by).join(
        versions, versions.c.id == lt.c.version_id
    )
    with db.reading() as tx:
        rows = tx.all(query.order_by(lt.c.name))
    return tuple(Leistung(row.key, row.name, row.version_id, row.number, row.deployed_at, row.deployed_by) for row in rows)


def counts() -> dict[str, int]:
    """How many rows are open, for the metrics page; no personal data."""
    tables: Sequence[tuple[str, sa.Table, list[str]]] = (
        ("aufgaben", aufgabe.T, ["offen"]),
        ("auftraege", auftrag.T, [auftrag.READY, auftrag.RUNNING]),
        ("fristen", frist.T, ["offen"]),
        ("erwartungen", erwartung.T, ["offen"]),
        ("incidents", incident.T, ["offen"]),
    )
    with db.reading() as tx:
        found = {
            name: int(tx.scalar(sa.select(sa.func.count()).where(table.c.state.in_(states)))) for name, table, states in tables
        }
        found["protokoll"] = int(tx.scalar(sa.select(sa.func.count()).select_from(protokoll.T)))
    return found


def kommune(slug: str) -> zentrale.Kommune:
    """A municipality as the registry knows it.

    Raises:
        Unknown: there is none of that slug.
    """
    units = sa.select(zentrale.ZUSTAENDIGKEIT.c.stelle).where(
        zentrale.ZUSTAENDIGKEIT.c.slug == slug, zentrale.ZUSTAENDIGKEIT.c.stelle.is_not(None)
    )
    with db.zentrale_reading() as tx:
        row = tx.one_or_none(sa.select(zentrale.KOMMUNE).where(zentrale.KOMMUNE.c.slug == slug))
        if row is None:
            raise Unknown(f"Die Kommune „{slug}“ gibt es hier nicht.")
        return zentrale.value_of(row, tx.scalars(units))


def setting(key: str, default: Any = None) -> Any:
    """What the municipality has set for itself, or the default."""
    with db.reading() as tx:
        return einstellung.read(tx, key, default)


def registry_answers() -> None:
    """Look into the registry; raises Unavailable when the database is away."""
    with db.zentrale_reading() as tx:
        tx.scalar(sa.select(sa.func.count()).select_from(zentrale.KOMMUNE))
