"""Vertretung: somebody acts for somebody else for a time; every act carries both names.

    laufend (from its first to its last day) → beendet (by the one who is covered, the Administration, or its last day)

What is covered is the tasks of a Konto: those it holds, and those for its Stellen and roles; or those of a Stelle or a role
itself, which nobody has to be away for. The rights are the substitute's own. Who stands in for somebody is not stood in for in
that: a Vertretung leads one step, never further.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.rights import Konto
from engine.model import konto
from engine.model.waits import ID


class Vertretung(Base):
    """`key` is what is covered: the login of a Konto, the key of a Stelle or a role (`covers`), with its `name` for the latter.

    `substitute` is the login of who acts instead.
    """

    __tablename__ = "vertretung"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    covers: Mapped[str] = mapped_column(sa.String(10))
    key: Mapped[str] = mapped_column(sa.String(100), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
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
KONTO, STELLE, ROLLE = "konto", "stelle", "rolle"


def add(
    tx: Tx, id: str, covers: tuple[str, str, str], substitute: str, days: tuple[dt.date, dt.date], reason: str, by: str
) -> bool:
    """Keep a Vertretung of what it covers (what, key, name); False if one with that id is there already."""
    what, key, name = covers
    values = {
        "id": id, "covers": what, "key": key, "name": name[:200], "substitute": substitute, "from_am": days[0],
        "until_bis": days[1], "reason": reason, "made_by": by, "made_at": clock.now(),
    }  # fmt: skip
    return tx.insert_once(T, values)


def place_of(row: Any) -> str:
    """In whose place tasks are held in a Vertretung: a login, or a name for the Stelle or role that no login has."""
    return str(row.key) if row.covers == KONTO else f"vertretung:{row.id}"


def end(tx: Tx, id: str, by: str) -> bool:
    """End a Vertretung; False if it was."""
    mine = sa.and_(T.c.id == id, T.c.ended_at.is_(None))
    return tx.execute(sa.update(T).where(mine).values(ended_by=by, ended_at=clock.now())).rowcount == 1


def not_ended() -> sa.ColumnElement[bool]:
    """The condition on Vertretungen that they run or are to come: part of looking up who is calling, so without a day."""
    return sa.exists().where(T.c.substitute == konto.T.c.login, T.c.ended_at.is_(None))


def stood_in_for(tx: Tx, login: str) -> tuple[Konto, ...]:
    """For whom somebody acts today: people by name (who was deactivated has no tasks), then Stellen and roles, as if they were.

    A Stelle or a role is somebody who belongs to it and nothing else.
    """
    k, today = konto.T, clock.local_day(clock.now())
    now = sa.and_(T.c.ended_at.is_(None), T.c.from_am <= today, T.c.until_bis >= today)
    rows = tx.all(sa.select(T).where(T.c.substitute == login, now).order_by(T.c.name, T.c.id))
    logins = [row.key for row in rows if row.covers == KONTO]
    people = tx.all(sa.select(k).where(k.c.login.in_(logins), k.c.active).order_by(k.c.name, k.c.login)) if logins else ()
    units = [Konto(row.id, place_of(row), row.name, groups=frozenset({row.key})) for row in rows if row.covers != KONTO]
    return (*map(konto.value_of, people), *units)


@dataclass(frozen=True, slots=True)
class Covered:
    """A person somebody stands in for; `said` tells how, where it is by a Stelle or a role."""

    konto: Konto
    said: str

    def keeps_apart(self, done: str) -> str:
        """Why who stands in for them does not approve what they have done, and how to go on."""
        name = self.konto.name
        way = f"Freigeben kann, wer {name} nicht vertritt, oder Sie, sobald die Administration die Vertretung beendet hat."
        return f"Sie vertreten {self.said}, und {name} hat {done}. {way}"


def persons(tx: Tx, covered: Sequence[Konto]) -> list[Covered]:
    """The people among those somebody stands in for; of a Stelle or a role the one who alone works on its tasks.

    Who covers a Stelle of one person covers that person. One of several is no more covered than the others.
    """
    units = [one for one in covered if ":" in one.login]
    working = [one for one in konto.active(tx) if one.may("aufgabe.bearbeiten")] if units else []
    found = [Covered(one, one.name) for one in covered if one not in units]
    for unit in units:
        belong = [one for one in working if not unit.groups.isdisjoint(one.groups | one.roles)]
        if len(belong) == 1:
            found.append(Covered(belong[0], f"{unit.name} (dazu gehört nur {belong[0].name})"))
    return found


def names(tx: Tx) -> dict[str, str]:
    """What Stellen and roles that were or are covered are called, by the names in whose place tasks were held."""
    return {
        place_of(row): row.name for row in tx.all(sa.select(T.c.id, T.c.covers, T.c.key, T.c.name).where(T.c.covers != KONTO))
    }


def over(tx: Tx) -> Sequence[str]:
    """Those whose last day is over and that nobody has ended."""
    today = clock.local_day(clock.now())
    return tx.scalars(sa.select(T.c.id).where(T.c.ended_at.is_(None), T.c.until_bis < today).order_by(T.c.id))


def of(tx: Tx, *, who: str | None = None, substitute: str | None = None) -> Sequence[Any]:
    """Those that run or are to come: of who is covered, of who acts instead, or all; the next first."""
    query = sa.select(T).where(T.c.ended_at.is_(None))
    if who is not None:
        query = query.where(T.c.covers == KONTO, T.c.key == who)
    if substitute is not None:
        query = query.where(T.c.substitute == substitute)
    return tx.all(query.order_by(T.c.from_am, T.c.id))
