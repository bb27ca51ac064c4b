"""Grant attempt: what somebody here wanted to do or see by a grant while its origin was away, until the origin has been told.

What an origin refuses has a line in its Protokoll; one that is away can write none. So the guest keeps what was tried, and its
clock tells the origin as soon as that is there again (`engine.verbs.attempts`). Told twice it is one line there. Of persons it
names the id of the Konto, as the line of a refusal does. The same tried again is counted with the first; who tries very many
things of an origin that is away has one row for all that follow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.prepared import Prepared
from engine.model import restored
from engine.model.waits import ID

TOLD_AGAIN = dt.timedelta(minutes=1)
MOST_KINDS = 100
"""So many different attempts of one person are kept; what follows is counted in one row that names no grant."""


class GrantAttempt(Base):
    """At the guest: an attempt that the origin is to hear of, and how often it was made since `at`.

    `grant_id` is what was named, be it a grant or not.
    """

    __tablename__ = "grant_attempt"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(40), index=True)
    grant_id: Mapped[str] = mapped_column(ID)
    konto: Mapped[str] = mapped_column(ID)
    operation: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[dt.datetime]
    times: Mapped[int]
    tell_at: Mapped[dt.datetime] = mapped_column(index=True)

    __table_args__ = (sa.UniqueConstraint("konto", "origin", "grant_id", "operation"),)


class GrantAttemptHeard(Base):
    """At the origin: an attempt that is in the Protokoll here, and so often; `guest` is who told it."""

    __tablename__ = "grant_attempt_heard"

    guest: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    times: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(index=True)


T, HEARD = GrantAttempt.__table__, GrantAttemptHeard.__table__


def add(tx: Tx, origin: str, grant_id: str, konto_id: str, operation: str) -> bool:
    """Keep an attempt; the origin, which was away just now, is told in a minute. False if it is counted with one before it."""
    now = clock.now()
    kind = {"origin": origin, "grant_id": grant_id[:26], "konto": konto_id[:26], "operation": operation[:40]}
    if _again(tx, kind):
        return False
    if tx.scalar(sa.select(sa.func.count()).select_from(T).where(T.c.konto == kind["konto"])) >= MOST_KINDS:
        kind = {**kind, "grant_id": "", "operation": ""}
        if _again(tx, kind):
            return False
    return tx.insert_once(T, {"id": new_id(), "at": now, "times": 1, "tell_at": now + TOLD_AGAIN, **kind}) or not _again(
        tx, kind
    )


def _again(tx: Tx, kind: Mapping[str, str]) -> bool:
    """Count an attempt with the one before it; False if there is none."""
    same = sa.and_(*(T.c[name] == value for name, value in kind.items()))
    return tx.execute(sa.update(T).where(same).values(times=T.c.times + 1)).rowcount == 1


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


def told(tx: Tx, row: Any) -> bool:
    """The origin knows of it as it was read: nothing is kept here; False if another was faster, or there is more to tell."""
    if tx.execute(sa.delete(T).where(T.c.id == row.id, T.c.times == row.times)).rowcount == 1:
        return True
    tx.execute(sa.update(T).where(T.c.id == row.id).values(tell_at=clock.now() + TOLD_AGAIN))
    return False


def put_off(tx: Tx, origin: str) -> None:
    """An origin is still away: all that it is to hear is told in a minute."""
    tx.execute(sa.update(T).where(T.c.origin == origin).values(tell_at=clock.now() + TOLD_AGAIN))


def hear(tx: Tx, guest: str, id: str, times: int) -> int:
    """Note that an attempt was told, made so often; gives how many of these were not told before."""
    if tx.insert_once(HEARD, {"guest": guest, "id": id, "times": times, "at": clock.now()}):
        return times
    mine = sa.and_(HEARD.c.guest == guest, HEARD.c.id == id)
    known = int(tx.scalar(sa.select(HEARD.c.times).where(mine).with_for_update()))
    tx.execute(sa.update(HEARD).where(mine).values(times=max(known, times), at=clock.now()))
    return max(times - known, 0)


def forget(tx: Tx, before: dt.datetime) -> int:
    """Forget what could not be told since an instant, and of what was told then; gives how many."""
    told = tx.execute(sa.delete(HEARD).where(HEARD.c.at < before)).rowcount
    return told + tx.execute(sa.delete(T).where(T.c.at < before)).rowcount
