"""Readiness: what the municipality still lacks before its work can be done, in sentences."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.base.ports import Connectors, Door
from engine.base.rights import SACHBEARBEITUNG
from engine.model import auftrag, breaker, einstellung, incident, konto, leistung, letterhead, restored, start_event
from engine.reads.parameters import parameters_of

POSTEINGANG = "posteingang"


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing, and where it is mended: briefkopf | konnektor | absender | parameter | konten | leistungen."""

    where: str
    sentence: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class DoorState:
    """A connector, whether all it needs is set, and the Leistungen whose processes use it."""

    door: Door
    complete: bool
    used_by: tuple[str, ...]


def list_doors(connectors: Connectors) -> tuple[DoorState, ...]:
    """The connectors of the installation, with what the municipality has set."""
    with db.reading() as tx:
        users = _users(tx)
        return tuple(
            DoorState(door, _complete(tx, door), tuple(sorted(users.get(door.name, ())))) for door in connectors.doors()
        )


@dataclass(frozen=True, slots=True)
class Silence:
    """An outside system that does not answer: since when, what it said last, how many Aufträge wait, when it is tried again.

    `trying` is whether somebody is finding out at this moment.
    """

    since: dt.datetime
    reason: str
    waiting: int
    next_at: dt.datetime
    trying: bool


def list_silent() -> Mapping[str, Silence]:
    """The connectors that are left alone because the other side does not answer, by name."""
    waiting = sa.select(auftrag.T.c.connector, sa.func.count()).where(auftrag.T.c.state == auftrag.READY)
    with db.reading() as tx:
        rows: Any = breaker.all_open(tx)
        names = [row.connector for row in rows]
        counts = dict(map(tuple, tx.all(waiting.where(auftrag.T.c.connector.in_(names)).group_by(auftrag.T.c.connector))))
    return {
        row.connector: Silence(row.since, row.reason, counts.get(row.connector, 0), row.next_at, row.trial is not None)
        for row in rows
    }


def outbox_held_of() -> dt.datetime | None:
    """Of when the data of a restored municipality is whose outbox is held; None if nothing is held."""
    with db.reading() as tx:
        told = restored.told(tx)
    return None if told is None else dt.datetime.fromisoformat(told["stand"])


def incidents_open() -> int:
    """How many incidents are open."""
    with db.reading() as tx:
        return int(tx.scalar(sa.select(sa.func.count()).where(incident.T.c.state == "offen")))


def list_lacks(connectors: Connectors) -> tuple[Lack, ...]:
    """What is missing, the most important first."""
    with db.reading() as tx:
        return tuple(_lacks(tx, connectors))


def _lacks(tx: Tx, connectors: Connectors) -> Iterator[Lack]:
    keys = [key for key in tx.scalars(sa.select(leistung.T.c.key)) if key != POSTEINGANG]
    if tx.scalar(sa.select(leistung.KEYS.c.value).limit(1)) is None:
        yield Lack("leistungen", "Noch erkennt keine Leistung ihre Anträge: Jeder landet im Posteingang.")
    said = einstellung.read(tx, letterhead.HEAD, {})
    if not said.get("authority", "").strip():
        yield Lack("briefkopf", "Im Briefkopf fehlt die Behörde: Ohne sie entsteht kein Brief.")
    if not any(line.strip() for line in said.get("address", ())):
        yield Lack("briefkopf", "Im Briefkopf fehlt die Anschrift: Ohne sie entsteht kein Bescheid.")
    if said and not said.get("place", "").strip():
        yield Lack("briefkopf", "Im Briefkopf fehlt der Ort: Briefe nennen dann nur das Datum.")
    users = _users(tx)
    for door in connectors.doors():
        if door.name in users and not _complete(tx, door):
            names = ", ".join(f"„{name}“" for name in sorted(users[door.name]))
            yield Lack("konnektor", f"„{door.title}“ ist nicht eingerichtet, wird aber gebraucht von {names}.", door.name)
    if not einstellung.read(tx, "antrag.absender", []):
        yield Lack("absender", "Es ist nicht gesagt, von wo Anträge kommen dürfen: Es wird keiner angenommen.")
    roles = tx.scalars(sa.select(konto.T.c.roles).where(konto.T.c.active))
    if not any(SACHBEARBEITUNG in json.loads(text) for text in roles):
        yield Lack("konten", "Niemand hat die Rolle Sachbearbeitung: Aufgaben bleiben liegen.")
    yield from _not_begun(tx)
    for key in keys:
        bundle, _, mine = parameters_of(tx, key)
        if mine.unused:
            yield Lack("parameter", f"„{bundle.name}“: Eigene Werte passen nicht mehr zur neuen Fassung.", key)


def _not_begun(tx: Tx) -> Iterator[Lack]:
    """Start events by which no Vorgang could be begun, again and again."""
    for row in start_event.failing(tx):
        found: Any = row
        bundle = leistung.version(tx, found.version_id)
        name = start_event.name_in(bundle, found.element)
        why = found.reason or "Der Betrieb findet den Grund im Protokoll der Prozesse."
        sentence = f"„{bundle.name}“ beginnt nicht: Bei „{name}“ ist es {found.failures}-mal misslungen. {why}"
        yield Lack("leistungen", sentence)


def _complete(tx: Tx, door: Door) -> bool:
    """Whether all is set that the connector cannot do without."""
    config = einstellung.read(tx, f"konnektor.{door.name}", {})
    return all(config.get(each.name) not in (None, "") for each in door.fields if each.required)


def _users(tx: Tx) -> dict[str, set[str]]:
    """Connectors, with the names of the Leistungen whose current versions use them."""
    found: dict[str, set[str]] = {}
    for version in tx.scalars(sa.select(leistung.T.c.version_id)):
        bundle = leistung.version(tx, version)
        for element in bundle.spec.elements():
            if element.job_type:
                found.setdefault(element.job_type.partition(".")[0], set()).add(bundle.name)
    return found
