"""Verification: a run of `verify` over what is stored, by night or because somebody asked; when, how long, and what is broken.

    wartet → laeuft (claimed: lease and a higher fence) | gescheitert
    laeuft → fertig | wartet (handed back) | gescheitert; or taken over: a higher fence

A night has one run, however many clocks look: the unique index decides. A run whose process was killed is taken over when its
lease is over; after TRIES it has failed. What is found is kept as ids and sentences, never as what a person wrote.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.zone import ZONE
from engine.model import einstellung
from engine.model.states import Moves, move
from engine.model.waits import ID

WAITING, RUNNING, DONE, FAILED = "wartet", "laeuft", "fertig", "gescheitert"
MOVES: Moves = {
    WAITING: frozenset({RUNNING, FAILED}),
    RUNNING: frozenset({DONE, WAITING, FAILED}),
    DONE: frozenset(),
    FAILED: frozenset(),
}
LEASE = dt.timedelta(seconds=60)
TRIES = 3
KEPT = 30
"""So many runs are kept, and of each so many findings."""
MOST_FINDINGS = 500
HOUR = "pruefung.stunde"
AT_HOUR = 2
"""When it is not said otherwise, in German local time."""
OFF = -1
WITHIN = dt.timedelta(hours=4)
"""A night that was missed for longer than this is over: nobody wants it made up for in the middle of the day."""


class Verification(Base):
    __tablename__ = "verification"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    night: Mapped[dt.date | None] = mapped_column(unique=True)
    """The local day on which its hour came; none if somebody asked."""
    asked_by: Mapped[str | None] = mapped_column(sa.String(100))
    state: Mapped[str] = mapped_column(sa.String(12))
    fence: Mapped[int]
    lease_until: Mapped[dt.datetime | None]
    asked_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    done: Mapped[int]
    total: Mapped[int]
    broken: Mapped[int]
    findings: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = (sa.Index("ix_verification_state", "state"), {"info": {"moves": MOVES}})


T = Verification.__table__


def night_of(now: dt.datetime, hour: int) -> dt.date | None:
    """The night that has come at an instant: the local day on which that hour came, unless it is too long ago."""
    local = now.astimezone(ZONE).replace(tzinfo=None)
    came = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if came > local:
        came -= dt.timedelta(days=1)
    return came.date() if local - came < WITHIN else None


def next_night(now: dt.datetime, hour: int) -> dt.datetime:
    """When that hour comes next."""
    local = now.astimezone(ZONE).replace(tzinfo=None)
    comes = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (comes if comes > local else comes + dt.timedelta(days=1)).replace(tzinfo=ZONE).astimezone(dt.UTC)


def hour_of(tx: Tx) -> int:
    """At which hour of the night it is verified; OFF if not at all."""
    return int(einstellung.read(tx, HOUR, AT_HOUR))


def add(tx: Tx, night: dt.date | None, asked_by: str | None) -> bool:
    """Note that a run is wanted; False if that night has one."""
    values = {
        "id": new_id(), "night": night, "asked_by": asked_by, "state": WAITING, "fence": 0, "asked_at": clock.now(), "done": 0,
        "total": 0, "broken": 0, "findings": "[]",
    }  # fmt: skip
    added = tx.insert_once(T, values)
    if added:
        last = sa.select(T.c.id).order_by(T.c.id.desc()).limit(KEPT)
        ended = T.c.state.in_([DONE, FAILED])
        tx.execute(sa.delete(T).where(ended, T.c.id.not_in(last)))
    return added


def has_night(tx: Tx, night: dt.date) -> bool:
    """Whether a night has its run already."""
    return tx.scalar(sa.select(T.c.id).where(T.c.night == night)) is not None


def open_one(tx: Tx) -> str | None:
    """The run that waits or goes on, if there is one."""
    found: str | None = tx.scalar(sa.select(T.c.id).where(T.c.state.in_([WAITING, RUNNING])).order_by(T.c.id).limit(1))
    return found


def _takeable(now: dt.datetime) -> sa.ColumnElement[bool]:
    """What waits, and what nobody is at any more; also a lease that ends too far ahead: the clock has gone back since."""
    silent = sa.or_(T.c.lease_until < now, T.c.lease_until > now + 2 * LEASE)
    return sa.or_(T.c.state == WAITING, sa.and_(T.c.state == RUNNING, silent))


def takeable(tx: Tx) -> str | None:
    """The run that could be begun now, the oldest first."""
    found: str | None = tx.scalar(sa.select(T.c.id).where(_takeable(clock.now())).order_by(T.c.id).limit(1))
    return found


def next_at(tx: Tx) -> dt.datetime | None:
    """When there will be a run to begin, or a night to note: an instant that is past if it is now; None for never."""
    now, hour = clock.now(), hour_of(tx)
    if takeable(tx) is not None:
        return now
    running: dt.datetime | None = tx.scalar(sa.select(T.c.lease_until).where(T.c.state == RUNNING).limit(1))
    night = None if hour == OFF else night_of(now, hour)
    if night is not None and not has_night(tx, night):
        return now
    return min((at for at in (running, None if hour == OFF else next_night(now, hour)) if at is not None), default=None)


def claim(tx: Tx, id: str) -> int | None:
    """Take a run; gives the fence, or None if another was first or it was tried too often."""
    now = clock.now()
    mine = sa.and_(T.c.id == id, _takeable(now))
    if move(tx, T, sa.and_(mine, T.c.fence >= TRIES), FAILED, ended_at=now, lease_until=None):
        return None
    taken = {"state": RUNNING, "fence": T.c.fence + 1, "lease_until": now + LEASE, "started_at": now, "done": 0, "total": 0}
    fence: int | None = tx.scalar(sa.update(T).where(mine).values(**taken).returning(T.c.fence))
    return fence


def _mine(id: str, fence: int) -> sa.ColumnElement[bool]:
    return sa.and_(T.c.id == id, T.c.fence == fence, T.c.state == RUNNING)


def prolong(tx: Tx, id: str, fence: int, done: int, total: int) -> bool:
    """Say how far a run is and keep it; False if it was taken over."""
    values = {"lease_until": clock.now() + LEASE, "done": done, "total": total}
    return tx.execute(sa.update(T).where(_mine(id, fence)).values(**values)).rowcount == 1


def hand_back(tx: Tx, id: str, fence: int) -> None:
    """Leave a run to whoever comes next; this attempt does not count."""
    move(tx, T, _mine(id, fence), WAITING, fence=fence - 1, lease_until=None)


def end(tx: Tx, id: str, fence: int, total: int, broken: int, findings: Sequence[Any]) -> bool:
    """Keep what was found; False if it was taken over."""
    told = json.dumps(list(findings), ensure_ascii=False)
    values = {"broken": broken, "findings": told, "ended_at": clock.now(), "lease_until": None, "done": total, "total": total}
    return move(tx, T, _mine(id, fence), DONE, **values) == 1
