"""Drafts of answers: what somebody has typed into a task's form and not sent yet.

A draft belongs to the Konto that typed it, is checked by nobody and decides nothing: it is no state of the Vorgang. It goes
when its task is completed by that Konto, when it is discarded, and some days after the task has ended otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.bpmn.codec import encode
from engine.model import aufgabe
from engine.model.waits import ID, OPEN

KEPT = dt.timedelta(days=14)
"""How long a draft stays after its last change when its task is no longer open: time to copy from it what is still needed."""


class TaskDraft(Base):
    __tablename__ = "task_draft"

    aufgabe_id: Mapped[str] = mapped_column(ID, sa.ForeignKey("aufgabe.id"), primary_key=True)
    konto: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)
    saved_at: Mapped[dt.datetime]


T = TaskDraft.__table__


def content_of(data: Mapping[str, Any]) -> bytes:
    """Answers as bytes, as they are kept."""
    return encode(dict(data))


def save(tx: Tx, aufgabe_id: str, login: str, content: bytes) -> tuple[dt.datetime, bool]:
    """Keep a draft in place of the one before; gives when, and whether it is the first."""
    now = clock.now()
    new = {"data": content, "saved_at": now}
    kept = tx.execute(sa.update(T).where(T.c.aufgabe_id == aufgabe_id, T.c.konto == login).values(**new))
    if kept.rowcount:
        return now, False
    first = tx.insert_once(T, {"aufgabe_id": aufgabe_id, "konto": login, **new})
    if first:
        _tidy(tx, now)
    return now, first


def drop(tx: Tx, aufgabe_id: str, login: str) -> bool:
    """Forget a draft; False if there was none."""
    return bool(tx.execute(sa.delete(T).where(T.c.aufgabe_id == aufgabe_id, T.c.konto == login)).rowcount)


def _tidy(tx: Tx, now: dt.datetime) -> None:
    """Forget drafts whose task has long ended otherwise: what nobody sent is not kept (Art. 5 (1) e DSGVO)."""
    ended = sa.exists().where(aufgabe.T.c.id == T.c.aufgabe_id, aufgabe.T.c.state != OPEN)
    tx.execute(sa.delete(T).where(T.c.saved_at < now - KEPT, ended))
