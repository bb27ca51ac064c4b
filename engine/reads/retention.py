"""Retention: how long cases are kept here, which are to be deleted and when, and what holds that up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx
from engine.base.rights import Konto
from engine.model import leistung, retention, vorgang
from engine.reads.paging import Page, page_of
from engine.reads.sight import seen_by

H, V = retention.HOLDS, vorgang.T


@dataclass(frozen=True, slots=True)
class Kept:
    """How long cases of a Leistung (key "": of any) are kept, in months by ending; `own` are those it sets itself."""

    key: str
    name: str
    months: Mapping[str, int | None]
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason why a case is not deleted; `bis` None: until it is lifted."""

    id: str
    reason: str
    bis: dt.date | None
    made_by: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Deletion:
    """When a case is deleted: its period is over on a day, and it goes on another; not while it is held or busy."""

    over_am: dt.date
    deleted_am: dt.date
    busy: bool
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class ToDelete:
    """A case that is to be deleted, as the list shows it."""

    id: str
    nummer: str
    name: str
    leistung: str
    closed_at: dt.datetime
    deletion: Deletion


def list_kept() -> tuple[Kept, ...]:
    """How long cases are kept: of any Leistung first, then of each."""
    with db.reading() as tx:
        given = retention.periods(tx)
        offered = tx.all(sa.select(leistung.T.c.key, leistung.T.c.name).order_by(leistung.T.c.name))
    return tuple(_kept(given, key, name) for key, name in [(retention.FOR_ALL, ""), *map(tuple, offered)])


def _kept(given: retention.Periods, key: str, name: str) -> Kept:
    months = {status: given.of(key, status) for status in retention.ENDINGS}
    return Kept(key, name, months, frozenset(status for status in months if (key, status) in given.months))


def notice_days() -> int:
    """For how many days a case is on the list before it is deleted."""
    with db.reading() as tx:
        return retention.notice_days(tx)


def list_to_delete(by: Konto, page: int = 1) -> Page:
    """The cases that a Konto sees and whose period is over, those that ended first before the others."""
    columns = (V.c.id, V.c.nummer, V.c.name, V.c.leistung, V.c.status, V.c.closed_at)
    busy = retention.busy().label("busy")
    with db.reading() as tx:
        given, today = retention.periods(tx), clock.local_day(clock.now())
        query = sa.select(*columns, busy).where(retention.over(given, today), seen_by(tx, by).cases())
        found = page_of(query.order_by(V.c.closed_at, V.c.id), page, lambda row: row)
        holds, days = _holds(tx, [row.id for row in found.items]), retention.notice_days(tx)
    items = tuple(
        ToDelete(row.id, row.nummer, row.name, row.leistung, row.closed_at, _deletion(given, row, days, holds.get(row.id, ())))
        for row in found.items
    )
    return Page(items, found.number, found.more)


def deletion_of(vorgang_id: str) -> tuple[Deletion | None, tuple[Hold, ...]]:
    """When a case is deleted, if it has ended and is not kept for ever; and the holds that are on it."""
    busy = retention.busy().label("busy")
    with db.reading() as tx:
        row = tx.one_or_none(sa.select(V.c.leistung, V.c.status, V.c.closed_at, busy).where(V.c.id == vorgang_id))
        holds = _holds(tx, [vorgang_id]).get(vorgang_id, ())
        given, days = retention.periods(tx), retention.notice_days(tx)
    if row is None or row.closed_at is None or given.of(row.leistung, row.status) is None:
        return None, holds
    return _deletion(given, row, days, holds), holds


def _deletion(given: retention.Periods, row: Any, days: int, holds: tuple[Hold, ...]) -> Deletion:
    over = retention.over_am(clock.local_day(row.closed_at), given.of(row.leistung, row.status) or 0)
    return Deletion(over, over + dt.timedelta(days), row.busy, holds)


def _holds(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[Hold, ...]]:
    """The holds that last today, by case."""
    lasts = sa.or_(H.c.holds_bis.is_(None), H.c.holds_bis >= clock.local_day(clock.now()))
    rows = tx.all(sa.select(H).where(H.c.vorgang_id.in_(ids), H.c.lifted_at.is_(None), lasts).order_by(H.c.id))
    found: dict[str, list[Hold]] = {}
    for row in rows:
        found.setdefault(row.vorgang_id, []).append(Hold(row.id, row.reason, row.holds_bis, row.made_by, row.made_at))
    return {id: tuple(one) for id, one in found.items()}
