"""Erwartung: a message or a signal must come; and the buffer of messages, which each reach one receiver.

    Erwartung:  offen → erfuellt | entfallen
    Message:    wartet → zugestellt | verfallen; angehalten → wartet (the end of a chain that was too long, see `thrown`)

A message has a name, a key (or none, "") and an id. It reaches ONE receiver, in the receiver's own transaction:

    waits already   the oldest open Erwartung of that name and key gets it: a waiting point goes before a start event
    starts          nobody waits, and a current version begins with a message of that name: it begins a Vorgang. With a key only
                    while no Vorgang that such a message began is open; until then it waits (as in Zeebe). Without a key: each
    early           nobody waits and nothing begins: it waits until one does, at most for its time to live
    late            its time to live is over, nobody has waited for it meanwhile: it is gone (verfallen)
    after the end   an instance that has ended waits for nothing: the message waits like an early one, for the next of its key
    duplicate       an id that was there before, whatever became of it: changes nothing
    several         of equal name and key: the one that came first is delivered first, each to one receiver

Signals are never buffered: see `signal`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.prepared import Prepared
from engine.bpmn import Expected
from engine.bpmn.codec import encode
from engine.bpmn.values import LONGEST_ID, LONGEST_KEY
from engine.model import incident, late
from engine.model.states import Moves, move
from engine.model.waits import DROPPED, ID, OPEN, by_token

MET = "erfuellt"
MOVES: Moves = {OPEN: frozenset({MET, DROPPED}), MET: frozenset(), DROPPED: frozenset()}
WAITING, DELIVERED, EXPIRED, HELD = "wartet", "zugestellt", "verfallen", "angehalten"
MESSAGE_MOVES: Moves = {
    WAITING: frozenset({DELIVERED, EXPIRED}),
    DELIVERED: frozenset(),
    EXPIRED: frozenset(),
    HELD: frozenset({WAITING}),
}
SHORTEST_LIFE = dt.timedelta(seconds=10)
"""So long a message lives at least: the delivery after the commit that threw it must find it alive."""


class Erwartung(Base):
    __tablename__ = "erwartung"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"))
    token: Mapped[str] = mapped_column(sa.String(20))
    element: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(LONGEST_ID))
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    signal: Mapped[bool] = mapped_column(default=False)
    """A signal of that name is waited for, no message."""
    state: Mapped[str] = mapped_column(sa.String(10))
    opened_at: Mapped[dt.datetime]

    __table_args__ = (
        sa.Index("ix_erwartung_state_name_key", "state", "name", "key", "signal"),
        *by_token("erwartung", MOVES),
    )


class Message(Base):
    """A BPMN message, unique by the id its sender gave it. `vorgang_id` is who got it, `thrown_by` whose element threw it."""

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(sa.String(LONGEST_ID), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(LONGEST_ID))
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    variables: Mapped[bytes] = mapped_column(sa.LargeBinary)
    state: Mapped[str] = mapped_column(sa.String(10))
    received_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    vorgang_id: Mapped[str | None] = mapped_column(ID)
    depth: Mapped[int] = mapped_column(default=0)
    """How many throws have led to it without a wait between them; 0 from outside."""
    thrown_by: Mapped[str | None] = mapped_column(ID)
    thrown_token: Mapped[str | None] = mapped_column(sa.String(20))

    __table_args__ = (
        sa.Index("ix_message_state_name_key", "state", "name", "key"),
        sa.Index("ix_message_thrown_by_thrown_token", "thrown_by", "thrown_token"),
        {"info": {"moves": MESSAGE_MOVES}},
    )


T, MESSAGES = Erwartung.__table__, Message.__table__


def row(wait: Expected) -> Mapping[str, Any]:
    """The row of a message or signal that an instance has come to wait for."""
    return {
        "id": new_id(), "token": wait.token, "element": wait.element, "name": wait.name,
        "key": wait.key, "signal": wait.signal, "state": OPEN, "opened_at": clock.now(),
    }  # fmt: skip


def keep(
    tx: Tx,
    id: str,
    name: str,
    key: str,
    variables: Mapping[str, Any],
    ttl: dt.timedelta | None,
    *,
    state: str = WAITING,
    depth: int = 0,
    thrown_by: str | None = None,
    thrown_token: str | None = None,
) -> bool:
    """Take a message into the buffer; False if one with that id came before. Without a time to live it waits for ever."""
    now = clock.now()
    return tx.insert_once(
        MESSAGES,
        {
            "id": id, "name": name, "key": key,
            "variables": encode(dict(variables)), "state": state, "received_at": now,
            "expires_at": None if ttl is None else now + max(ttl, SHORTEST_LIFE),
            "depth": depth, "thrown_by": thrown_by, "thrown_token": thrown_token,
        },
    )  # fmt: skip


# --- delivery ------------------------------------------------------------------------------------------------------


def waits_for(name: Any, key: Any, table: Any = T) -> sa.ColumnElement[bool]:
    """The condition on Erwartungen that a message of that name and key is what they wait for."""
    return sa.and_(table.c.state == OPEN, table.c.name == name, table.c.key == key, sa.not_(table.c.signal))


def pairs(tx: Tx, limit: int) -> Sequence[Any]:
    """Messages that wait and an open Erwartung for each: the oldest of both.

    A message whose time was over when it was not yet delivered, though somebody waited, was not late: we were.
    """
    return tx.run(_pairs(), {"b_now": clock.now(), "b_most": limit}).rows


@cache
def _pairs() -> Prepared:
    other = T.alias()
    waiting = waits_for(MESSAGES.c.name, MESSAGES.c.key, other)
    first = sa.select(sa.func.min(other.c.id)).where(waiting).correlate(MESSAGES).scalar_subquery()
    expires = MESSAGES.c.expires_at
    alive = (expires.is_(None), expires > sa.bindparam("b_now"), expires >= T.c.opened_at)
    free = sa.and_(~incident.unreadable(T.c.vorgang_id), ~late.is_put_off(T.c.vorgang_id, T.c.id))
    query = _PAIR.join(T, T.c.id == first).where(MESSAGES.c.state == WAITING, sa.or_(*alive), free)
    return Prepared(query.order_by(MESSAGES.c.received_at, MESSAGES.c.id).limit(sa.bindparam("b_most")))


_PAIR = sa.select(
    MESSAGES.c.id.label("message_id"), MESSAGES.c.variables, MESSAGES.c.depth, T.c.id, T.c.vorgang_id, T.c.token, T.c.name,
    T.c.key,
).select_from(MESSAGES)  # fmt: skip


def pair(tx: Tx, message_id: str, erwartung_id: str) -> sa.Row[Any] | None:
    """A message that waits and an open Erwartung, as `pairs` gives them; None if one of them is met or gone."""
    query = _PAIR.join(T, T.c.id == erwartung_id).where(MESSAGES.c.id == message_id)
    return tx.one_or_none(query.where(MESSAGES.c.state == WAITING, T.c.state == OPEN))


def taken_by(tx: Tx, message_id: str, vorgang_id: str) -> bool:
    """Mark a message as delivered to a Vorgang; False if it was taken in the meantime."""
    return move(tx, MESSAGES, MESSAGES.c.id == message_id, DELIVERED, vorgang_id=vorgang_id) == 1


def deliver(tx: Tx, message_id: str, erwartung_id: str, vorgang_id: str) -> bool:
    """Mark both as met; False if one of them was taken in the meantime."""
    return taken_by(tx, message_id, vorgang_id) and meet(tx, erwartung_id)


def of_vorgang(tx: Tx, vorgang_id: str, name: str) -> sa.Row[Any] | None:
    """The message of that name that a Vorgang waits for; the oldest, if there are several."""
    wanted = sa.and_(T.c.vorgang_id == vorgang_id, T.c.name == name, T.c.state == OPEN, sa.not_(T.c.signal))
    return tx.one_or_none(sa.select(T).where(wanted).order_by(T.c.id).limit(1))


def awaited(tx: Tx, name: str, key: str) -> bool:
    """Whether an instance waits for the message of that name and key."""
    return tx.scalar(sa.select(T.c.id).where(waits_for(name, key)).limit(1)) is not None


def meet(tx: Tx, erwartung_id: str) -> bool:
    """Mark as met what was handed over without the buffer; False if it was met or dropped in the meantime."""
    return move(tx, T, T.c.id == erwartung_id, MET) == 1


def expire(tx: Tx) -> int:
    """Let messages go whose time to live is over, and for which nobody has waited in that time."""
    waiting = sa.and_(waits_for(MESSAGES.c.name, MESSAGES.c.key), T.c.opened_at <= MESSAGES.c.expires_at)
    return move(tx, MESSAGES, sa.and_(MESSAGES.c.expires_at <= clock.now(), ~sa.exists().where(waiting)), EXPIRED)
