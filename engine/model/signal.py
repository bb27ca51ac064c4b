"""Signal: thrown once, for everybody in the namespace who waits for its name at that time.

    Signal:    geworfen; angehalten → geworfen (the end of a chain that was too long, see `thrown`)
    Delivery:  offen → zugestellt | verpasst (its receiver moved on before it was its turn)

The throw writes a delivery for every receiver, in its own transaction: for each open Erwartung, and for each start event of a
current version. Each receiver is then moved in a transaction of its own that also closes its delivery: once, even after a
crash. Who comes to wait later has no delivery. What throws and waits itself is a receiver, unless it came to wait after the
throw in the very same step. Nobody waits: a signal without deliveries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.prepared import Prepared
from engine.bpmn.codec import encode
from engine.bpmn.values import LONGEST_ID
from engine.model import erwartung, incident, late, start_event
from engine.model.states import Moves, move
from engine.model.waits import ID, OPEN

THROWN, HELD = "geworfen", "angehalten"
SIGNAL_MOVES: Moves = {HELD: frozenset({THROWN}), THROWN: frozenset()}
DELIVERED, MISSED = "zugestellt", "verpasst"
MOVES: Moves = {OPEN: frozenset({DELIVERED, MISSED}), DELIVERED: frozenset(), MISSED: frozenset()}


class Signal(Base):
    __tablename__ = "signal"

    id: Mapped[str] = mapped_column(sa.String(LONGEST_ID), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(LONGEST_ID))
    variables: Mapped[bytes] = mapped_column(sa.LargeBinary)
    state: Mapped[str] = mapped_column(sa.String(10))
    thrown_at: Mapped[dt.datetime]
    depth: Mapped[int]
    """How many throws have led to it without a wait between them; 0 from outside."""
    thrown_by: Mapped[str | None] = mapped_column(ID)
    thrown_token: Mapped[str | None] = mapped_column(sa.String(20))

    __table_args__ = (
        sa.Index("ix_signal_thrown_by_thrown_token", "thrown_by", "thrown_token"),
        {"info": {"moves": SIGNAL_MOVES}},
    )


class SignalDelivery(Base):
    """A signal for one receiver: an Erwartung of `vorgang_id`, or a start event (`vorgang_id` is what it has begun)."""

    __tablename__ = "signal_delivery"

    signal_id: Mapped[str] = mapped_column(sa.ForeignKey("signal.id"), primary_key=True)
    receiver: Mapped[str] = mapped_column(ID, primary_key=True)
    starts: Mapped[bool]
    vorgang_id: Mapped[str | None] = mapped_column(ID)
    state: Mapped[str] = mapped_column(sa.String(10))

    __table_args__ = (
        sa.Index("ix_signal_delivery_state_signal_id", "state", "signal_id", "vorgang_id"),
        {"info": {"moves": MOVES}},
    )


T, DELIVERIES = Signal.__table__, SignalDelivery.__table__
D, E, S = DELIVERIES, erwartung.T, start_event.T


def throw(
    tx: Tx,
    id: str,
    name: str,
    variables: Mapping[str, Any],
    *,
    state: str = THROWN,
    depth: int = 0,
    thrown_by: str | None = None,
    thrown_token: str | None = None,
    later: Sequence[str] = (),
) -> bool:
    """Write a signal and who is to get it; False if one with that id was thrown before.

    `later` are the tokens of the thrower that came to wait for it after the throw.
    """
    new = tx.insert_once(
        T,
        {
            "id": id, "name": name, "variables": encode(dict(variables)), "state": state, "thrown_at": clock.now(),
            "depth": depth, "thrown_by": thrown_by, "thrown_token": thrown_token,
        },
    )  # fmt: skip
    if new and state == THROWN:
        _spread(tx, id, name, thrown_by, later)
    return new


def _spread(tx: Tx, id: str, name: str, thrown_by: str | None, later: Sequence[str]) -> None:
    """Write the deliveries of a signal: who waits for it now."""
    values = {"b_id": id, "b_name": name, "b_open": OPEN, "b_kind": start_event.SIGNAL}
    if later:
        tx.execute(_delivering(sa.or_(E.c.vorgang_id != thrown_by, E.c.token.not_in(later))), values)
    else:
        tx.run(_spreading(), values)
    tx.run(_starting(), values)


def _delivering(*conditions: sa.ColumnElement[bool]) -> sa.Insert:
    """The statement that writes deliveries to those who wait."""
    waiting = (E.c.state == sa.bindparam("b_open"), E.c.name == sa.bindparam("b_name"), E.c.signal, *conditions)
    return _deliveries(E, sa.false(), E.c.vorgang_id, *waiting)


def _deliveries(table: Any, starts: Any, owner: Any, *conditions: sa.ColumnElement[bool]) -> sa.Insert:
    id, state = sa.bindparam("b_id", type_=ID), sa.bindparam("b_open", type_=D.c.state.type)
    found = sa.select(id, table.c.id, starts, owner, state).where(*conditions)
    return sa.insert(D).from_select(["signal_id", "receiver", "starts", "vorgang_id", "state"], found)


@cache
def _spreading() -> Prepared:
    return Prepared(_delivering())


@cache
def _starting() -> Prepared:
    """The statement that writes deliveries to start events."""
    begins = (S.c.kind == sa.bindparam("b_kind"), S.c.name == sa.bindparam("b_name"))
    return Prepared(_deliveries(S, sa.true(), sa.cast(sa.null(), ID), *begins))


def due(tx: Tx, limit: int) -> Sequence[Any]:
    """Deliveries that are to be made, those of the oldest signal first."""
    return tx.run(_due(), {"b_most": limit, **start_event.instants()}).rows


@cache
def _due() -> Prepared:
    query = sa.select(D.c.signal_id, D.c.receiver, D.c.starts, D.c.vorgang_id, T.c.name, T.c.variables, T.c.depth)
    query = query.join(T, T.c.id == D.c.signal_id).where(D.c.state == OPEN, ~incident.unreadable(D.c.vorgang_id))
    query = query.where(~late.is_put_off(D.c.vorgang_id, D.c.receiver), ~start_event.is_put_off(D.c.receiver))
    return Prepared(query.order_by(T.c.thrown_at, T.c.id, D.c.receiver).limit(sa.bindparam("b_most")))


def get(tx: Tx, id: str) -> sa.Row[Any] | None:
    """A signal that was thrown."""
    return tx.one_or_none(sa.select(T).where(T.c.id == id))


def deliver(tx: Tx, signal_id: str, vorgang_id: str) -> bool:
    """Mark what a Vorgang waits for as met by a signal; False if it has it, or waits no longer as it did when it was thrown."""
    due = sa.select(D.c.receiver).where(_for(signal_id, vorgang_id), D.c.state == OPEN)
    receivers = tx.scalars(due.join(E, E.c.id == D.c.receiver).where(E.c.state == OPEN).with_for_update())
    if not receivers or not move(tx, E, E.c.id.in_(receivers), erwartung.MET):
        return False
    return move(tx, D, sa.and_(_for(signal_id, vorgang_id), D.c.receiver.in_(receivers)), DELIVERED) > 0


def meant(tx: Tx, signal_id: str, vorgang_id: str) -> frozenset[str]:
    """The tokens of a Vorgang that waited when a signal was thrown, and still do."""
    waiting = sa.select(E.c.token).join(D, D.c.receiver == E.c.id).where(_for(signal_id, vorgang_id))
    return frozenset(tx.scalars(waiting.where(D.c.state == OPEN, E.c.state == OPEN)))


def deliver_to_start(tx: Tx, signal_id: str, start_id: str, vorgang_id: str) -> bool:
    """Mark a signal as having begun a Vorgang; False if another was faster."""
    mine = sa.and_(D.c.signal_id == signal_id, D.c.receiver == start_id)
    return move(tx, D, mine, DELIVERED, vorgang_id=vorgang_id) == 1


def miss(tx: Tx, signal_id: str) -> int:
    """Close the deliveries of a signal whose receivers are no longer there; gives how many."""
    there = sa.or_(
        sa.exists().where(E.c.id == D.c.receiver, E.c.state == OPEN),
        sa.exists().where(S.c.id == D.c.receiver),
    )
    return move(tx, D, sa.and_(D.c.signal_id == signal_id, ~there), MISSED)


def _for(signal_id: str, vorgang_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(D.c.signal_id == signal_id, D.c.vorgang_id == vorgang_id)


def release(tx: Tx, vorgang_id: str, token: str) -> int:
    """Let signals go that were held; meant is who waits now."""
    mine = sa.and_(T.c.thrown_by == vorgang_id, T.c.thrown_token == token, T.c.state == HELD)
    rows = tx.all(sa.select(T.c.id, T.c.name).where(mine))
    for row in rows:
        if move(tx, T, T.c.id == row.id, THROWN, depth=0, thrown_at=clock.now()):
            _spread(tx, row.id, row.name, vorgang_id, ())
    return len(rows)
