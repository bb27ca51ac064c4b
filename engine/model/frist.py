"""Frist: time must pass.

offen → ausgeloest | entfallen
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.prepared import Prepared
from engine.bpmn import Timer
from engine.model import incident, late, restored
from engine.model.states import Moves, move
from engine.model.waits import DROPPED, ID, OPEN, by_token

FIRED = "ausgeloest"
MOVES: Moves = {OPEN: frozenset({FIRED, DROPPED}), FIRED: frozenset(), DROPPED: frozenset()}


class Frist(Base):
    __tablename__ = "frist"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"))
    token: Mapped[str] = mapped_column(sa.String(20))
    element: Mapped[str] = mapped_column(sa.String(200))
    due_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(sa.String(10))
    fired_at: Mapped[dt.datetime | None]

    __table_args__ = (
        sa.Index("ix_frist_state_due_at", "state", "due_at"),
        *by_token("frist", MOVES),
    )


T = Frist.__table__


def row(wait: Timer) -> Mapping[str, Any]:
    """The row of a timer that an instance has come to wait for."""
    return {"id": new_id(), "token": wait.token, "element": wait.element, "due_at": wait.due, "state": OPEN}


def due(tx: Tx, limit: int) -> Sequence[Any]:
    """id, vorgang_id and token of what is due now, oldest first."""
    return tx.run(_DUE, {"b_now": clock.now(), "b_most": limit}).rows


_WAITS = sa.and_(
    T.c.state == OPEN, ~restored.held(), ~incident.unreadable(T.c.vorgang_id), ~late.is_put_off(T.c.vorgang_id, T.c.id)
)
_DUE = Prepared(
    sa.select(T.c.id, T.c.vorgang_id, T.c.token)
    .where(_WAITS, T.c.due_at <= sa.bindparam("b_now"))
    .order_by(T.c.due_at)
    .limit(sa.bindparam("b_most"))
)
_NEXT = Prepared(sa.select(T.c.due_at).where(_WAITS).order_by(T.c.due_at).limit(1))


def next_due(tx: Tx) -> dt.datetime | None:
    """When the next one is due, or since when; None if nothing waits for a time."""
    row = tx.run(_NEXT, {}).one_or_none()
    return None if row is None else row.due_at


def get(tx: Tx, id: str) -> sa.Row[Any] | None:
    """An open Frist."""
    return tx.one_or_none(sa.select(T).where(T.c.id == id, T.c.state == OPEN))


def fire(tx: Tx, id: str) -> bool:
    """Mark as fired; False if another tick was first, or if it is not due any more because the clock went back."""
    now = clock.now()
    return move(tx, T, sa.and_(T.c.id == id, T.c.due_at <= now), FIRED, fired_at=now) == 1
