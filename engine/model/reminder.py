"""Reminders: a case comes up again on a day (Wiedervorlage), for one person or for whoever works on it.

offen → erledigt
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.model.states import Moves, move
from engine.model.waits import ID, OPEN

DONE = "erledigt"
MOVES: Moves = {OPEN: frozenset({DONE}), DONE: frozenset()}


class Reminder(Base):
    __tablename__ = "reminder"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    am: Mapped[dt.date]
    text: Mapped[str] = mapped_column(sa.String(500))
    holder: Mapped[str | None] = mapped_column(sa.String(100))
    """Whom it is for; None: whoever works on the case."""
    state: Mapped[str] = mapped_column(sa.String(10))
    made_by: Mapped[str] = mapped_column(sa.String(100))
    made_at: Mapped[dt.datetime]
    closed_by: Mapped[str | None] = mapped_column(sa.String(100))
    closed_at: Mapped[dt.datetime | None]

    __table_args__ = (sa.Index("ix_reminder_state_am", "state", "am"), {"info": {"moves": MOVES}})


T = Reminder.__table__


def add(tx: Tx, vorgang_id: str, am: dt.date, text: str, holder: str | None, made_by: str) -> str:
    """Keep a reminder; gives its id."""
    id = new_id()
    values = {"id": id, "vorgang_id": vorgang_id, "am": am, "text": text, "holder": holder, "state": OPEN}
    tx.execute(sa.insert(T).values(**values, made_by=made_by, made_at=clock.now()))
    return id


def settle(tx: Tx, id: str, by: str) -> bool:
    """Mark a reminder as done; False if it was already."""
    return move(tx, T, T.c.id == id, DONE, closed_by=by, closed_at=clock.now()) == 1
