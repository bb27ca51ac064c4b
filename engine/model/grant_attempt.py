"""Grant attempt: what somebody here wanted to do or see by a grant while its origin was away, until the origin has been told.

What an origin refuses has a line in its Protokoll; one that is away can write none. So the guest keeps what was tried, and its
clock tells the origin as soon as that is there again (`engine.verbs.attempts`). Told twice it is one line there. Of persons it
names the id of the Konto, as the line of a refusal does.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.prepared import Prepared
from engine.model import restored
from engine.model.waits import ID

TOLD_AGAIN = dt.timedelta(minutes=1)


class GrantAttempt(Base):
    """At the guest: an attempt that the origin is to hear of. `grant_id` is what was named, be it a grant or not."""

    __tablename__ = "grant_attempt"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(40), index=True)
    grant_id: Mapped[str] = mapped_column(ID)
    konto: Mapped[str] = mapped_column(ID)
    operation: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[dt.datetime]
    tell_at: Mapped[dt.datetime] = mapped_column(index=True)


class GrantAttemptHeard(Base):
    """At the origin: an attempt that has its line in the Protokoll here; `guest` is who told it."""

    __tablename__ = "grant_attempt_heard"

    guest: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)


T, HEARD = GrantAttempt.__table__, GrantAttemptHeard.__table__


def add(tx: Tx, origin: str, grant_id: str, konto_id: str, operation: str) -> None:
    """Keep an attempt; the origin, which was away just now, is told in a minute."""
    now = clock.now()
    values = {"origin": origin, "grant_id": grant_id[:26], "konto": konto_id[:26], "operation": operation[:40]}
    tx.execute(sa.insert(T).values(id=new_id(), at=now, tell_at=now + TOLD_AGAIN, **values))


def find(tx: Tx, id: str) -> Any:
    """An attempt that is to be told now; None if another has told it, or put it off."""
    return tx.one_or_none(sa.select(T).where(T.c.id == id, T.c.tell_at <= clock.now()))


def untold(tx: Tx, limit: int) -> list[str]:
    """The ids of those of which an origin is to be told now, the oldest first."""
    query = sa.select(T.c.id).where(T.c.tell_at <= clock.now(), ~restored.held()).order_by(T.c.tell_at, T.c.id)
    return list(tx.scalars(query.limit(limit)))


def next_told(tx: Tx) -> dt.datetime | None:
    """When an origin is to be told something, or since when it could have been."""
    rows = tx.run(_NEXT_TOLD, {}).rows
    return rows[0].tell_at if rows else None


_NEXT_TOLD = Prepared(sa.select(T.c.tell_at).where(~restored.held()).order_by(T.c.tell_at).limit(1))


def told(tx: Tx, id: str) -> bool:
    """The origin knows: nothing of it is kept here; False if another was faster."""
    return tx.execute(sa.delete(T).where(T.c.id == id)).rowcount == 1


def put_off(tx: Tx, origin: str) -> None:
    """An origin is still away: all that it is to hear is told in a minute."""
    tx.execute(sa.update(T).where(T.c.origin == origin).values(tell_at=clock.now() + TOLD_AGAIN))


def hear(tx: Tx, guest: str, id: str) -> bool:
    """Note that an attempt was told; False if it was before."""
    return tx.insert_once(HEARD, {"guest": guest, "id": id})
