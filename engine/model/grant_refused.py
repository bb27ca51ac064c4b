"""Grant refused: how often what was refused a guest just now: the Protokoll has a line of it each minute, and not each time.

Anybody who is signed in at a neighbour can ask for what no grant opens, as often as they like; the Protokoll only ever grows.
So the first of a kind (person, grant, operation, reason) is a line at once. What follows within a minute is counted here, and
one line tells of it then. Who tries very many kinds in a minute has one kind for all that follow.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.prepared import Prepared
from engine.model.waits import ID

EVERY = dt.timedelta(minutes=1)
MOST_KINDS = 30
"""So many kinds of one person have their own line in a minute."""
MANY = "sehr viele Versuche"


class GrantRefused(Base):
    """What was refused: by which line it was told last, how often since, and when the last time."""

    __tablename__ = "grant_refused"

    guest: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    konto: Mapped[str] = mapped_column(ID, primary_key=True)
    grant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    operation: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    line_at: Mapped[dt.datetime] = mapped_column(index=True)
    times: Mapped[int]
    last_at: Mapped[dt.datetime]


T = GrantRefused.__table__


@dataclass(frozen=True, slots=True)
class Kind:
    """Who was refused what, by which grant, and why; names are cut to what is kept."""

    guest: str
    konto: str
    grant_id: str
    operation: str
    reason: str


def kind_of(guest: str, konto: str, grant_id: str, operation: str, reason: str) -> Kind:
    """A refusal, as it is counted."""
    return Kind(guest[:40], konto[:26], grant_id[:26], operation[:40], reason[:100])


def count(tx: Tx, kind: Kind, times: int = 1) -> tuple[Kind, int] | None:
    """Count refusals; gives of what and of how many a line is to tell now, None if it told of that kind within the minute."""
    now = clock.now()
    row = _find(tx, kind)
    if row is None:
        of_person = sa.and_(T.c.guest == kind.guest, T.c.konto == kind.konto)
        tx.execute(sa.delete(T).where(of_person, _is_over(now), T.c.times == 0))
        if tx.scalar(sa.select(sa.func.count()).select_from(T).where(of_person)) >= MOST_KINDS:
            kind = Kind(kind.guest, kind.konto, "", "", MANY)
        if tx.insert_once(T, {**dataclasses.asdict(kind), "line_at": now, "times": 0, "last_at": now}):
            return kind, times
        row = _find(tx, kind)
        assert row is not None  # it was just inserted by another
    if row.line_at > now - EVERY:
        tx.execute(sa.update(T).where(_is(kind)).values(times=T.c.times + times, last_at=now))
        return None
    tx.execute(sa.update(T).where(_is(kind)).values(times=0, line_at=now, last_at=now))
    return kind, int(row.times) + times


def untold(tx: Tx, limit: int) -> Sequence[Kind]:
    """The kinds of which a line is to tell that they were refused again, the oldest first."""
    query = sa.select(T).where(T.c.times > 0, _is_over(clock.now())).order_by(T.c.line_at).limit(limit)
    return [_kind(row) for row in tx.all(query)]


def next_told(tx: Tx) -> dt.datetime | None:
    """When a line is to tell of something, or since when it could have."""
    at = tx.run(_NEXT_TOLD, {}).rows[0].at
    return None if at is None else at + EVERY


_NEXT_TOLD = Prepared(sa.select(sa.func.min(T.c.line_at).label("at")).where(T.c.times > 0))


def take(tx: Tx, kind: Kind) -> tuple[int, dt.datetime] | None:
    """How often it was refused since the last line and when at last, for the next one; None if another has told of it."""
    row, now = _find(tx, kind), clock.now()
    if row is None or row.times == 0 or row.line_at > now - EVERY:
        return None
    tx.execute(sa.update(T).where(_is(kind)).values(times=0, line_at=now))
    return int(row.times), row.last_at


def forget(tx: Tx) -> None:
    """Delete what is told and over."""
    tx.execute(sa.delete(T).where(_is_over(clock.now()), T.c.times == 0))


def _is_over(now: dt.datetime) -> sa.ColumnElement[bool]:
    return T.c.line_at <= now - EVERY


def _is(kind: Kind) -> sa.ColumnElement[bool]:
    return sa.and_(*(T.c[name] == value for name, value in dataclasses.asdict(kind).items()))


def _find(tx: Tx, kind: Kind) -> Any:
    return tx.one_or_none(sa.select(T).where(_is(kind)).with_for_update())


def _kind(row: Any) -> Kind:
    return Kind(row.guest, row.konto, row.grant_id, row.operation, row.reason)
