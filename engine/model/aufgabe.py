"""Aufgabe: a person must act.

    offen → erledigt (completed by someone) | entfallen (the process no longer waits for it)

Who holds it (`holder`) is not a state: an open one may be claimed, released, and claimed by another.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.errors import Unknown
from engine.bpmn import LONGEST_NAME, UserTask
from engine.model.states import Moves
from engine.model.waits import DROPPED, ID, OPEN, by_token

DONE = "erledigt"
MOVES: Moves = {OPEN: frozenset({DONE, DROPPED}), DONE: frozenset(), DROPPED: frozenset()}


class Aufgabe(Base):
    __tablename__ = "aufgabe"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"))
    token: Mapped[str] = mapped_column(sa.String(20))
    element: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(300))
    form: Mapped[str | None] = mapped_column(sa.String(200))
    item: Mapped[int | None]
    groups: Mapped[str] = mapped_column(sa.Text)
    four_eyes: Mapped[str] = mapped_column(sa.Text)
    holder: Mapped[str | None] = mapped_column(sa.String(100))
    held_for: Mapped[str | None] = mapped_column(sa.String(100))
    """For whom the holder works on it, where it stands in for somebody else."""
    due_at: Mapped[dt.datetime | None]
    state: Mapped[str] = mapped_column(sa.String(10))
    answers_hash: Mapped[str | None] = mapped_column(sa.String(64))
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(sa.String(100))

    __table_args__ = (
        # The order of every list of tasks: all open ones, and those of one person.
        sa.Index("ix_aufgabe_state_due_at", "state", "due_at", "opened_at", "id"),
        sa.Index("ix_aufgabe_holder_state_due_at", "holder", "state", "due_at", "opened_at", "id"),
        # By whom and for whom there were tasks in which case: who sees it (engine.reads.sight).
        sa.Index("ix_aufgabe_holder_vorgang_id", "holder", "vorgang_id"),
        sa.Index("ix_aufgabe_closed_by_vorgang_id", "closed_by", "vorgang_id"),
        sa.Index("ix_aufgabe_groups_vorgang_id", "groups", "vorgang_id"),
        *by_token("aufgabe", MOVES),
    )


T = Aufgabe.__table__


def row(wait: UserTask) -> Mapping[str, Any]:
    """The row of a user task that an instance has come to wait for."""
    return {
        "id": new_id(), "token": wait.token, "element": wait.element, "name": wait.name[:LONGEST_NAME],
        "form": wait.form, "item": wait.item, "holder": wait.assignee,
        "groups": json.dumps(list(wait.groups), ensure_ascii=False),
        "four_eyes": json.dumps(list(wait.four_eyes)), "due_at": wait.due, "state": OPEN,
        "opened_at": clock.now(),
    }  # fmt: skip


def get(tx: Tx, id: str) -> sa.Row[tuple[object, ...]]:
    """An Aufgabe's row.

    Raises:
        Unknown: if there is none.
    """
    found = tx.one_or_none(sa.select(T).where(T.c.id == id))
    if found is None:
        raise Unknown("Diese Aufgabe gibt es nicht.")
    return found
