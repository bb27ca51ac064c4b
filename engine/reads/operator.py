"""What the operator of the installation looks at: municipalities as the registry knows them, who is competent, the post room.

Of a municipality itself no more than numbers: whether its database answers and is up to date, and how many rows are stuck.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import migrations
from engine.base import db
from engine.base.errors import Problem
from engine.model import incident, parcel, protokoll, zustaendigkeit
from engine.model.waits import OPEN
from engine.model.zentrale import BETRIEB, KOMMUNE, ZUSTAENDIGKEIT
from engine.reads.paging import PAGE, Page, page_of
from engine.reads.verifications import last_verification

T, Z, K = parcel.T, ZUSTAENDIGKEIT.c, KOMMUNE.c


@dataclass(frozen=True, slots=True)
class Entry:
    """A municipality in the operator's list."""

    slug: str
    name: str
    kind: str
    land: str
    state: str


@dataclass(frozen=True, slots=True)
class Health:
    """How a municipality's database is: whether it answers, whether its tables are the newest, and how much is stuck in it.

    `verified_at` is when its data were last verified, `broken` how much was found then.
    """

    answers: bool
    current: bool = False
    incidents: int = 0
    verified_at: dt.datetime | None = None
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """An application in the central post room: what it says of itself, and what has become of it. No answer of an applicant."""

    id: str
    transaction_id: str
    nummer: str
    state: str
    received_at: dt.datetime
    stelle: str
    leika: tuple[str, ...]
    place: str
    form: str
    name: str
    files: int
    slug: str | None
    unit: str | None
    problem: str | None
    delivered_at: dt.datetime | None

    @property
    def waits(self) -> bool:
        return self.state == parcel.WAITING


def search_kommunen(q: str = "", state: str = "", number: int = 1) -> Page:
    """A page of the municipalities whose slug, name or kind has a text in it, by name."""
    query = sa.select(KOMMUNE).where(K.slug != BETRIEB).order_by(K.name, K.slug)
    for word in q.split():
        small = (K.slug, sa.func.lower(K.name), sa.func.lower(K.kind))
        ways = [column.contains(word.lower(), autoescape=True) for column in small]
        # SQLite makes no small letter of an Ü.
        ways += [K.name.contains(typed, autoescape=True) for typed in (word, word.capitalize())]
        query = query.where(sa.or_(*ways))
    if state:
        query = query.where(K.state == state)
    found = _registry_page(query, number)
    made = (Entry(row.slug, row.name, row.kind, row.land, row.state) for row in found.items)
    return Page(tuple(made), found.number, found.more)


def count_kommunen() -> dict[str, int]:
    """How many municipalities there are in each state."""
    query = sa.select(K.state, sa.func.count()).where(K.slug != BETRIEB).group_by(K.state)
    with db.zentrale_reading() as tx:
        return {state: int(number) for state, number in map(tuple, tx.all(query))}


def health_of(slug: str) -> Health:
    """How the database of a municipality is. One that cannot be reached is told as such, and holds up nobody."""
    try:
        with db.namespace_in_any_state(slug), db.reading() as tx:
            if migrations.is_behind("kommune", migrations.current(tx.connection)):
                return Health(True)
            open_ones = sa.select(sa.func.count()).select_from(incident.T).where(incident.T.c.state == OPEN)
            verified_at, broken = last_verification() or (None, 0)
            return Health(True, True, int(tx.scalar(open_ones)), verified_at, broken)
    except (Problem, sa.exc.DBAPIError):
        return Health(False)


def list_rules(q: str = "", number: int = 1) -> Page:
    """A page of the rules by which the central door finds municipalities."""
    query = sa.select(ZUSTAENDIGKEIT).order_by(Z.slug, Z.leika, Z.ags, Z.stelle)
    if q:
        query = query.where(sa.or_(*(column.contains(q, autoescape=True) for column in (Z.slug, Z.stelle, Z.leika, Z.ags))))
    found = _registry_page(query, number)
    return Page(tuple(map(zustaendigkeit.of_row, found.items)), found.number, found.more)


def all_rules(slug: str | None = None) -> tuple[zustaendigkeit.Rule, ...]:
    """Every rule, of all municipalities or of one."""
    query = sa.select(ZUSTAENDIGKEIT).order_by(Z.slug, Z.leika, Z.ags, Z.stelle)
    with db.zentrale_reading() as tx:
        rows = tx.all(query if slug is None else query.where(Z.slug == slug))
    return tuple(map(zustaendigkeit.of_row, rows))


def list_parcels(everything: bool = False, number: int = 1) -> Page:
    """A page of the central post room: what has not arrived anywhere, the oldest first; or all, the newest first."""
    query = sa.select(T).where(T.c.state != parcel.PASSED).order_by(T.c.received_at.desc(), T.c.id.desc())
    return page_of(query if everything else _open(), number, _parcel)


def open_parcels() -> tuple[Parcel, ...]:
    """Everything in the central post room that has not arrived anywhere, the oldest first."""
    with db.reading() as tx:
        return tuple(map(_parcel, tx.all(_open())))


def _open() -> sa.Select[Any]:
    return sa.select(T).where(T.c.state.in_((parcel.WAITING, parcel.ASSIGNED))).order_by(T.c.received_at, T.c.id)


def get_parcel(id: str) -> Parcel:
    """An application in the central post room.

    Raises:
        Unknown: there is none of that id.
    """
    with db.reading() as tx:
        return _parcel(parcel.get(tx, id))


@dataclass(frozen=True, slots=True)
class Done:
    """A line of the operator's Protokoll: who did what, with which municipality."""

    at: dt.datetime
    konto: str
    tag: str
    slug: str
    detail: tuple[str, ...]


def list_acts(tags: Sequence[str], number: int = 1) -> Page:
    """A page of what was done under these tags, the newest first."""
    p = protokoll.T.c
    return page_of(sa.select(protokoll.T).where(p.tag.in_(tags)).order_by(p.number.desc()), number, _done)


def _done(row: Any) -> Done:
    told = json.loads(row.detail)
    for id in ("regel", "konto"):
        told.pop(id, None)
    slug = told.pop("kommune", None) or ""
    return Done(row.at, row.konto, row.tag, slug, tuple(str(value) for value in told.values() if isinstance(value, str)))


def count_waiting() -> int:
    """How many applications the operator has to assign."""
    with db.reading() as tx:
        return int(tx.scalar(sa.select(sa.func.count()).select_from(T).where(T.c.state == parcel.WAITING)))


def _parcel(row: Any) -> Parcel:
    said = json.loads(row.said)
    files = max(0, len(json.loads(row.parts)) - 1)
    return Parcel(
        row.id, row.transaction_id, row.nummer, row.state, row.received_at, said["stelle"], tuple(said["leika"]), said["ort"],
        said["form"], said["name"], files, row.slug, row.unit, row.problem, row.delivered_at,
    )  # fmt: skip


def _registry_page(query: sa.Select[Any], number: int) -> Page:
    number = max(1, number)
    with db.zentrale_reading() as tx:
        rows: Sequence[Any] = tx.all(query.limit(PAGE + 1).offset((number - 1) * PAGE))
    return Page(tuple(rows[:PAGE]), number, len(rows) > PAGE)
