"""Erwartung: a message must come; and the buffer of messages that came before anybody waited.

Erwartung:  offen → erfuellt | entfallen
Message:    wartet → zugestellt | verfallen
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.bpmn import Expected
from engine.bpmn.codec import encode
from engine.model.states import Moves, move
from engine.model.waits import DROPPED, ID, OPEN, by_token

MET = "erfuellt"
MOVES: Moves = {OPEN: frozenset({MET, DROPPED}), MET: frozenset(), DROPPED: frozenset()}
WAITING, DELIVERED, EXPIRED = "wartet", "zugestellt", "verfallen"
MESSAGE_MOVES: Moves = {WAITING: frozenset({DELIVERED, EXPIRED}), DELIVERED: frozenset(), EXPIRED: frozenset()}


class Erwartung(Base):
    __tablename__ = "erwartung"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"))
    token: Mapped[str] = mapped_column(sa.String(20))
    element: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(200))
    key: Mapped[str] = mapped_column(sa.String(300))
    state: Mapped[str] = mapped_column(sa.String(10))
    opened_at: Mapped[dt.datetime]

    __table_args__ = (
        sa.Index("ix_erwartung_state_name_key", "state", "name", "key"),
        *by_token("erwartung", MOVES),
    )


class Message(Base):
    """A BPMN message, unique by the id its sender gave it."""

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    key: Mapped[str] = mapped_column(sa.String(300))
    variables: Mapped[bytes] = mapped_column(sa.LargeBinary)
    state: Mapped[str] = mapped_column(sa.String(10))
    received_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    vorgang_id: Mapped[str | None] = mapped_column(ID)

    __table_args__ = (sa.Index("ix_message_state_name_key", "state", "name", "key"), {"info": {"moves": MESSAGE_MOVES}})


T, MESSAGES = Erwartung.__table__, Message.__table__


def row(wait: Expected) -> Mapping[str, Any]:
    """The row of a message that an instance has come to wait for."""
    return {
        "id": new_id(), "token": wait.token, "element": wait.element, "name": wait.name, "key": wait.key, "state": OPEN,
        "opened_at": clock.now(),
    }  # fmt: skip


def keep(tx: Tx, id: str, name: str, key: str, variables: Mapping[str, Any], ttl: dt.timedelta | None) -> bool:
    """Take a message into the buffer; False if one with that id came before. Without a time to live it waits for ever."""
    now = clock.now()
    return tx.insert_once(
        MESSAGES,
        {
            "id": id, "name": name, "key": key, "variables": encode(dict(variables)), "state": WAITING, "received_at": now,
            "expires_at": None if ttl is None else now + ttl,
        },
    )  # fmt: skip


def pairs(tx: Tx, limit: int) -> Sequence[sa.Row[Any]]:
    """Messages that wait and an open Erwartung for each: the oldest of both."""
    now = clock.now()
    other = T.alias()
    first = (
        sa.select(sa.func.min(other.c.id))
        .where(other.c.state == OPEN, other.c.name == MESSAGES.c.name, other.c.key == MESSAGES.c.key)
        .correlate(MESSAGES)
        .scalar_subquery()
    )
    return tx.all(
        sa.select(MESSAGES.c.id.label("message_id"), MESSAGES.c.variables, T.c.id, T.c.vorgang_id, T.c.token, T.c.name, T.c.key)
        .select_from(MESSAGES)
        .join(T, T.c.id == first)
        .where(MESSAGES.c.state == WAITING, sa.or_(MESSAGES.c.expires_at.is_(None), MESSAGES.c.expires_at > now))
        .order_by(MESSAGES.c.received_at, MESSAGES.c.id)
        .limit(limit)
    )


def deliver(tx: Tx, message_id: str, erwartung_id: str, vorgang_id: str) -> bool:
    """Mark both as met; False if one of them was taken in the meantime."""
    if not move(tx, MESSAGES, MESSAGES.c.id == message_id, DELIVERED, vorgang_id=vorgang_id):
        return False
    return move(tx, T, T.c.id == erwartung_id, MET) == 1


def of_vorgang(tx: Tx, vorgang_id: str, name: str) -> sa.Row[Any] | None:
    """The message of that name that a Vorgang waits for; the oldest, if there are several."""
    wanted = sa.and_(T.c.vorgang_id == vorgang_id, T.c.name == name, T.c.state == OPEN)
    return tx.one_or_none(sa.select(T).where(wanted).order_by(T.c.id).limit(1))


def awaited(tx: Tx, name: str, key: str) -> bool:
    """Whether an instance waits for the message of that name and key."""
    wanted = sa.and_(T.c.state == OPEN, T.c.name == name, T.c.key == key)
    return tx.scalar(sa.select(T.c.id).where(wanted).limit(1)) is not None


def meet(tx: Tx, erwartung_id: str) -> bool:
    """Mark as met what was handed over without the buffer; False if it was met or dropped in the meantime."""
    return move(tx, T, T.c.id == erwartung_id, MET) == 1


def expire(tx: Tx) -> int:
    """Let messages go whose time to live is over."""
    return move(tx, MESSAGES, MESSAGES.c.expires_at <= clock.now(), EXPIRED)
