"""Breaker: outside systems that do not answer. A row for each connector in trouble; a healthy one has none, and costs no write.

    no row → counting   a call of this connector came to nothing: not reached, or no answer that says what became of it
    counting → open     `THRESHOLD` such calls in a row, each of another Auftrag than the one before: one that nobody can
                        answer must not stop all others. Until `next_at` no Auftrag of the connector is claimed
    open → open         when `next_at` has come, ONE Auftrag is claimed as a trial (`trial`); it came to nothing: longer
    any → no row        a call was answered: also with a refusal, for then somebody is there

Whoever holds the trial may die: its own Auftrag is claimed again, and after `TRIAL` any other. A trial that says nothing
about the other side (it failed here) gives its turn back. The table is the truth for all workers; Redis knows nothing of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.model.backoff import jitter
from engine.model.waits import ID

THRESHOLD = 3
COOL = dt.timedelta(seconds=15)
COOL_MAX = dt.timedelta(minutes=5)
TRIAL = dt.timedelta(seconds=180)
"""Longer than any call may take (`engine.verbs.holding`)."""
LONGEST = dt.timedelta(minutes=15)
"""No connector is left alone for longer than this: what lies further ahead, a clock that was wrong has written."""
LONGEST_NAME, LONGEST_REASON = 100, 2000


class Breaker(Base):
    __tablename__ = "breaker"

    connector: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), primary_key=True)
    failures: Mapped[int]
    last: Mapped[str] = mapped_column(ID)
    """The Auftrag whose call came to nothing last."""
    since: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(sa.Text)
    rounds: Mapped[int]
    """How many trials came to nothing since it was opened."""
    next_at: Mapped[dt.datetime | None]
    trial: Mapped[str | None] = mapped_column(ID)


T = Breaker.__table__


@dataclass(frozen=True, slots=True)
class Stand:
    """What a row says, for the rules."""

    failures: int
    last: str
    rounds: int = 0
    next_at: dt.datetime | None = None
    trial: str | None = None


def after_failure(stand: Stand | None, auftrag_id: str, now: dt.datetime, by: float) -> Stand:
    """What is known of a connector after one more of its calls came to nothing."""
    if stand is None:
        return Stand(1, auftrag_id)
    if stand.next_at is not None:
        if stand.trial != auftrag_id:
            return stand  # it was under way when the others gave up
        rounds = stand.rounds + 1
        return Stand(stand.failures + 1, auftrag_id, rounds, now + _cool(rounds, by))
    if stand.last == auftrag_id:
        return stand
    failures = stand.failures + 1
    return Stand(failures, auftrag_id, 0, now + _cool(0, by) if failures >= THRESHOLD else None)


def _cool(rounds: int, by: float) -> dt.timedelta:
    return min(COOL * 2 ** min(rounds, 20), COOL_MAX) * by


def after_nothing(stand: Stand, auftrag_id: str, now: dt.datetime) -> Stand:
    """What is known after a call that says nothing about the other side: a trial gives its turn to the next."""
    return replace(stand, trial=None, next_at=now) if stand.trial == auftrag_id else stand


# --- rows ----------------------------------------------------------------------------------------------------------


def closed_to(id: Any, connector: Any, now: Any, latest: Any) -> sa.ColumnElement[bool]:
    """The condition on an Auftrag that its connector is left alone for now, until `latest` at most; a trial may go on."""
    ahead = sa.and_(T.c.next_at > now, T.c.next_at <= latest)
    tried = id.in_(sa.select(T.c.trial).where(T.c.trial.is_not(None)))
    return sa.and_(connector.in_(sa.select(T.c.connector).where(ahead)), ~tried)


def opened(connector: Any) -> sa.ColumnElement[bool]:
    """The condition on an Auftrag that its connector is left alone, or being tried."""
    return connector.in_(sa.select(T.c.connector).where(T.c.next_at.is_not(None)))


def seen(connector: Any) -> tuple[Any, Any]:
    """What is to be read of a connector together with its Auftrag: the failures so far, and until when it is left alone."""
    of = T.c.connector == connector
    failures = sa.select(T.c.failures).where(of).scalar_subquery().label("failures")
    return failures, sa.select(T.c.next_at).where(of).scalar_subquery().label("breaks_until")


def begin_trial(tx: Tx, connector: str, auftrag_id: str, next_at: dt.datetime) -> bool:
    """Let this Auftrag be the one that tries; False if another is."""
    mine = sa.and_(T.c.connector == connector, T.c.next_at == next_at)
    return tx.execute(sa.update(T).where(mine).values(trial=auftrag_id, next_at=clock.now() + TRIAL)).rowcount == 1


def answered(tx: Tx, connector: str) -> bool:
    """Somebody is there; True if the connector had been left alone."""
    opened = tx.all(sa.delete(T).where(T.c.connector == connector).returning(T.c.next_at))
    return any(row.next_at is not None for row in opened)


def silent(tx: Tx, connector: str, auftrag_id: str, reason: str) -> bool:
    """A call came to nothing; True if the connector is left alone from now on."""
    now, by = clock.now(), jitter()
    told = {"since": now, "reason": reason[:LONGEST_REASON]}
    if tx.insert_once(T, {"connector": connector, **_columns(after_failure(None, auftrag_id, now, by)), **told}):
        return False
    before = _stand(tx, connector)
    if before is None:
        return False  # somebody was answered at this very moment
    after = after_failure(before, auftrag_id, now, by)
    if after != before:
        values = {**_columns(after), "reason": told["reason"]}
        tx.execute(sa.update(T).where(T.c.connector == connector).values(**values))
    return before.next_at is None and after.next_at is not None


def undecided(tx: Tx, connector: str, auftrag_id: str) -> None:
    """A trial has said nothing about the other side; the next may try at once."""
    before = _stand(tx, connector)
    if before is not None:
        values = _columns(after_nothing(before, auftrag_id, clock.now()))
        tx.execute(sa.update(T).where(T.c.connector == connector).values(**values))


def try_now(tx: Tx, connector: str) -> bool:
    """Wait no longer; False if it is not left alone, or being tried."""
    waits = sa.and_(T.c.connector == connector, T.c.next_at.is_not(None), T.c.trial.is_(None))
    return tx.execute(sa.update(T).where(waits).values(next_at=clock.now())).rowcount == 1


def all_open(tx: Tx) -> Sequence[sa.Row[Any]]:
    """The connectors that are left alone."""
    return tx.all(sa.select(T).where(T.c.next_at.is_not(None)))


def _stand(tx: Tx, connector: str) -> Stand | None:
    row: Any = tx.one_or_none(sa.select(T).where(T.c.connector == connector).with_for_update())
    return None if row is None else Stand(row.failures, row.last, row.rounds, row.next_at, row.trial)


def _columns(stand: Stand) -> Mapping[str, Any]:
    return {
        "failures": stand.failures, "last": stand.last, "rounds": stand.rounds, "next_at": stand.next_at, "trial": stand.trial,
    }  # fmt: skip
