"""Retention: how long an ended case is kept, and what holds its deletion up.

    ended → (its period is over) ZU_LOESCHEN → (so many days later, unless something holds it up) deleted

A municipality sets periods in months by how a case ended, for all Leistungen and otherwise for one. Without any a case stays.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.model import auftrag, einstellung, grant, incident, reminder, signal, vorgang
from engine.model.states import may_become
from engine.model.waits import DROPPED, ID, OPEN

ENDINGS = (vorgang.ABGESCHLOSSEN, vorgang.VERWORFEN, vorgang.WEITERGELEITET)
TO_DELETE = "ZU_LOESCHEN"
"""What a case is called whose period is over. It is derived when it is looked at: another period makes it another case."""
FOR_ALL = ""
NOTICE, NOTICE_DAYS = "aufbewahrung.vorlauf", 30
"""For how many days a case is on the list before it is deleted."""


class Retention(Base):
    """How many months a case of a Leistung (or of any, "") is kept that ended so; None: for ever."""

    __tablename__ = "retention"

    leistung: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    months: Mapped[int | None]


class DeletionHold(Base):
    """A reason why a case is not deleted, until it is lifted or its last day is over."""

    __tablename__ = "deletion_hold"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(500))
    holds_bis: Mapped[dt.date | None]
    """Its last day; None: until it is lifted."""
    made_by: Mapped[str] = mapped_column(sa.String(100))
    made_at: Mapped[dt.datetime]
    lifted_by: Mapped[str | None] = mapped_column(sa.String(100))
    lifted_at: Mapped[dt.datetime | None]


T, HOLDS = Retention.__table__, DeletionHold.__table__
V = vorgang.T


# --- periods -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Periods:
    """The months of each ending, for all Leistungen (`FOR_ALL`) and for those that have their own."""

    months: dict[tuple[str, str], int | None]

    def of(self, leistung: str, status: str) -> int | None:
        """How many months a case is kept; None: for ever. What ended otherwise is kept like what was completed."""
        status = status if status in ENDINGS else vorgang.ABGESCHLOSSEN
        return self.months.get((leistung, status), self.months.get((FOR_ALL, status)))


def periods(tx: Tx) -> Periods:
    """All periods of the municipality."""
    return Periods({(row.leistung, row.status): row.months for row in tx.all(sa.select(T))})


def set_period(tx: Tx, leistung: str, status: str, *, own: bool, months: int | None) -> None:
    """Set a period; without one of its `own` a Leistung follows that for all."""
    mine = sa.and_(T.c.leistung == leistung, T.c.status == status)
    if not own:
        tx.execute(sa.delete(T).where(mine))
    elif not tx.insert_once(T, {"leistung": leistung, "status": status, "months": months}):
        tx.execute(sa.update(T).where(mine).values(months=months))


def notice_days(tx: Tx) -> int:
    """For how many days a case is on the list before it is deleted."""
    return int(einstellung.read(tx, NOTICE, NOTICE_DAYS))


def back(day: dt.date, months: int) -> dt.date:
    """The day so many months before; at most the last of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    year, month = max(year, 1), month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def over_am(closed: dt.date, months: int) -> dt.date:
    """The first day on which a case is no longer to be kept that ended on a day."""
    year, month = divmod(closed.year * 12 + closed.month - 1 + months, 12)
    day = dt.date(year, month + 1, min(closed.day, calendar.monthrange(year, month + 1)[1]))
    while back(day, months) < closed:
        day += dt.timedelta(1)
    return day


def over(given: Periods, today: dt.date) -> sa.ColumnElement[bool]:
    """The condition on cases that their period was over on a day: exactly where `over_am` is not later."""
    ways = []
    for (leistung, status), months in given.months.items():
        if months is None:
            continue
        # Concatenated, a column is not sought in an index of its own: only those that have ended long ago are to be read.
        ended, of = V.c.status.concat(""), V.c.leistung.concat("")
        called = ended.not_in(ENDINGS[1:]) if status == vorgang.ABGESCHLOSSEN else ended == status
        own = [key for key, ending in given.months if key != FOR_ALL and ending == status]
        which = of.not_in(own) if leistung == FOR_ALL else of == leistung
        before = dt.datetime.combine(back(today, months) + dt.timedelta(1), dt.time(), clock.ZONE)
        ways.append(sa.and_(V.c.closed_at.is_not(None), V.c.closed_at < before, called, which))
    return sa.or_(sa.false(), *ways)


def is_over(given: Periods, row: Any, today: dt.date) -> bool:
    """Whether the period of a case, as its row has it, is over."""
    if row.closed_at is None:
        return False
    months = given.of(row.leistung, row.status)
    return months is not None and over_am(clock.local_day(row.closed_at), months) <= today


# --- what holds a deletion up --------------------------------------------------------------------------------------


def held(today: dt.date) -> sa.ColumnElement[bool]:
    """The condition on cases that a hold is on them."""
    h = HOLDS
    lasts = sa.or_(h.c.holds_bis.is_(None), h.c.holds_bis >= today)
    return sa.exists().where(h.c.vorgang_id == V.c.id, h.c.lifted_at.is_(None), lasts)


def busy() -> sa.ColumnElement[bool]:
    """The condition on cases that something of them is still to be done: by a person, or outside."""
    a, i, r, s, d, g = auftrag.T, incident.T, reminder.T, signal.T, signal.DELIVERIES, grant.T
    ways = (
        sa.exists().where(a.c.vorgang_id == V.c.id, may_become(a, DROPPED)),
        sa.exists().where(i.c.vorgang_id == V.c.id, i.c.state == OPEN),
        sa.exists().where(r.c.vorgang_id == V.c.id, r.c.state == OPEN),
        sa.exists().where(g.c.vorgang_id == V.c.id, g.c.tell_at.is_not(None)),
        sa.exists().where(s.c.thrown_by == V.c.id, d.c.signal_id == s.c.id, d.c.state == OPEN),
    )
    return reduce(sa.or_, ways)


def deletable(tx: Tx, today: dt.date) -> sa.ColumnElement[bool]:
    """The condition on cases that they are to be deleted now."""
    long_over = over(periods(tx), today - dt.timedelta(notice_days(tx)))
    return sa.and_(long_over, ~held(today), ~busy())


def hold(tx: Tx, id: str, vorgang_id: str, reason: str, bis: dt.date | None, by: str) -> bool:
    """Keep a hold; False if one with that id is there already."""
    values = {"id": id, "vorgang_id": vorgang_id, "reason": reason, "holds_bis": bis, "made_by": by, "made_at": clock.now()}
    return tx.insert_once(HOLDS, values)


def lift(tx: Tx, id: str, by: str) -> bool:
    """Lift a hold; False if it was."""
    mine = sa.and_(HOLDS.c.id == id, HOLDS.c.lifted_at.is_(None))
    return tx.execute(sa.update(HOLDS).where(mine).values(lifted_by=by, lifted_at=clock.now())).rowcount == 1
