"""Incident: something at an element does not work; a person must look at it.

offen → behoben | entfallen
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.errors import Conflict, Unknown
from engine.bpmn import Incident as Wait
from engine.model.states import Moves, move
from engine.model.waits import DROPPED, ID, OPEN, by_token

MENDED = "behoben"
UNREADABLE = "frei-zustand"
"""In place of a token: the state of the Vorgang cannot be read."""
MOVES: Moves = {OPEN: frozenset({MENDED, DROPPED}), MENDED: frozenset(), DROPPED: frozenset()}


class Incident(Base):
    __tablename__ = "incident"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"))
    token: Mapped[str] = mapped_column(sa.String(40))
    element: Mapped[str] = mapped_column(sa.String(200))
    message: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10))
    opened_at: Mapped[dt.datetime]
    corrected_by: Mapped[str | None] = mapped_column(sa.String(100))
    """Who gave it other variables."""

    __table_args__ = (
        sa.Index("ix_incident_state_opened_at", "state", "opened_at"),
        *by_token("incident", MOVES),
    )


T = Incident.__table__


def row(wait: Wait) -> Mapping[str, Any]:
    """The row of an incident."""
    return {
        "id": new_id(), "token": wait.token, "element": wait.element, "message": wait.message, "state": OPEN,
        "opened_at": clock.now(),
    }  # fmt: skip


def unreadable(vorgang_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that the state of a Vorgang cannot be read: what waits for it is left alone until that is mended."""
    return sa.exists().where(T.c.vorgang_id == vorgang_id, T.c.token == UNREADABLE, T.c.state == OPEN)


def get(tx: Tx, id: str) -> sa.Row[tuple[object, ...]]:
    """An incident's row.

    Raises:
        Unknown: if there is none.
    """
    found = tx.one_or_none(sa.select(T).where(T.c.id == id))
    if found is None:
        raise Unknown("Diese Störung gibt es nicht.")
    return found


def mend(tx: Tx, id: str, corrected_by: str | None = None) -> None:
    """Mark an incident as mended; who corrected variables has had a hand in what comes of them.

    Raises:
        Conflict: it is no longer open.
    """
    if not move(tx, T, T.c.id == id, MENDED, corrected_by=corrected_by):
        raise Conflict("Die Störung ist schon behoben.")
