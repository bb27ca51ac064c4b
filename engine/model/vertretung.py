"""Vertretung: somebody acts for somebody else for a time; every act carries both names.

    laufend (from its first to its last day) → beendet (by the one who is covered, the Administration, or its last day)

What is covered is the tasks of a Konto: those it holds, and those for its Stellen and roles. The rights are the substitute's
own. Who stands in for somebody is not stood in for in that: a Vertretung leads one step, never further.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.rights import Konto
from engine.model import konto
from engine.model.waits import ID


class Vertretung(Base):
    """`konto` is the login of who is covered, `substitute` of who acts instead."""

    __tablename__ = "vertretung"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    konto: Mapped[str] = mapped_column(sa.String(100), index=True)
    substitute: Mapped[str] = mapped_column(sa.String(100))
    from_am: Mapped[dt.date]
    until_bis: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(sa.String(200))
    made_by: Mapped[str] = mapped_column(sa.String(100))
    made_at: Mapped[dt.datetime]
    ended_by: Mapped[str | None] = mapped_column(sa.String(100))
    ended_at: Mapped[dt.datetime | None]

    __table_args__ = (sa.Index("ix_vertretung_substitute_ended_at", "substitute", "ended_at"),)


T = Vertretung.__table__


def add(tx: Tx, id: str, who: str, substitute: str, from_am: dt.date, until_bis: dt.date, reason: str, by: str) -> bool:
    """Keep a Vertretung; False if one with that id is there already."""
    values = {
        "id": id, "konto": who, "substitute": substitute, "from_am": from_am, "until_bis": until_bis, "reason": reason,
        "made_by": by, "made_at": clock.now(),
    }  # fmt: skip
    return tx.insert_once(T, values)


def end(tx: Tx, id: str, by: str) -> bool:
    """End a Vertretung; False if it was."""
    mine = sa.and_(T.c.id == id, T.c.ended_at.is_(None))
    return tx.execute(sa.update(T).where(mine).values(ended_by=by, ended_at=clock.now())).rowcount == 1


def not_ended() -> sa.ColumnElement[bool]:
    """The condition on Vertretungen that they run or are to come: part of looking up who is calling, so without a day."""
    return sa.exists().where(T.c.substitute == konto.T.c.login, T.c.ended_at.is_(None))


def stood_in_for(tx: Tx, login: str) -> tuple[Konto, ...]:
    """For whom somebody acts today, by name; who was deactivated has no tasks."""
    k, today = konto.T, clock.local_day(clock.now())
    now = sa.and_(T.c.ended_at.is_(None), T.c.from_am <= today, T.c.until_bis >= today)
    named = sa.select(T.c.konto).where(T.c.substitute == login, now)
    rows = tx.all(sa.select(k).where(k.c.login.in_(named), k.c.active).order_by(k.c.name, k.c.login))
    return tuple(konto.value_of(row) for row in rows)


def over(tx: Tx) -> Sequence[str]:
    """Those whose last day is over and that nobody has ended."""
    today = clock.local_day(clock.now())
    return tx.scalars(sa.select(T.c.id).where(T.c.ended_at.is_(None), T.c.until_bis < today).order_by(T.c.id))


def of(tx: Tx, *, who: str | None = None, substitute: str | None = None) -> Sequence[Any]:
    """Those that run or are to come: of who is covered, or of who acts instead; the next first."""
    mine = T.c.konto == who if who is not None else T.c.substitute == substitute
    return tx.all(sa.select(T).where(T.c.ended_at.is_(None), mine).order_by(T.c.from_am, T.c.id))
