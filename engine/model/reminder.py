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
    nachricht_id: Mapped[str | None] = mapped_column(ID, index=True)
    """The message whose answer it waits for, if it was made with one."""

    __table_args__ = (sa.Index("ix_reminder_state_am", "state", "am"), {"info": {"moves": MOVES}})


T = Reminder.__table__


def add(
    tx: Tx, vorgang_id: str, am: dt.date, text: str, holder: str | None, made_by: str, *, id: str | None = None,
    nachricht_id: str | None = None,
) -> bool:  # fmt: skip
    """Keep a reminder; False if one with that id is there already."""
    values = {
        "id": id or new_id(), "vorgang_id": vorgang_id, "am": am, "text": text, "holder": holder, "state": OPEN,
        "nachricht_id": nachricht_id, "made_by": made_by, "made_at": clock.now(),
    }  # fmt: skip
    return tx.insert_once(T, values)


def waiting(tx: Tx, vorgang_id: str, text: str) -> str | None:
    """The id of a reminder of that text that is still open, if there is one."""
    mine = sa.and_(T.c.vorgang_id == vorgang_id, T.c.text == text, T.c.state == OPEN)
    found: str | None = tx.scalar(sa.select(T.c.id).where(mine).limit(1))
    return found


def answered(tx: Tx, nachricht_id: str, am: dt.date, text: str) -> bool:
    """The answer that a reminder waits for has come: it is due at once, and says so. False if none waits."""
    waiting = sa.and_(T.c.nachricht_id == nachricht_id, T.c.state == OPEN)
    return tx.execute(sa.update(T).where(waiting).values(am=am, text=text)).rowcount > 0


def settle(tx: Tx, id: str, by: str) -> bool:
    """Mark a reminder as done; False if it was already."""
    return move(tx, T, T.c.id == id, DONE, closed_by=by, closed_at=clock.now()) == 1
