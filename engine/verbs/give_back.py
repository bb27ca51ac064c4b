"""Give back: what becomes of the tasks that clerks of another municipality have taken, when the grant for it ends."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.base.db import Tx
from engine.model import aufgabe, grant, reminder, vorgang

A, R, T, V = aufgabe.T, reminder.T, grant.T, vorgang.T


def to_end(tx: Tx, grant_id: str) -> Any:
    """The row of a grant that is to end, locked after its tasks: who acts by it locks a task first, then counts the use.

    Raises:
        Unknown: there is none.
    """
    row = grant.get(tx, grant_id)
    tx.execute(sa.select(A.c.id).where(_taken(row)).order_by(A.c.id).with_for_update())
    return grant.get(tx, grant_id, locked=True)


def give_back(tx: Tx, row: Any) -> int:
    """Give back what guests have taken by a grant, unless another of theirs opens the same now; gives how many tasks.

    Reminders for one of them come up with all who work on the case.
    """
    if row.opens == grant.LEISTUNG:
        cases = sa.select(V.c.id).where(V.c.leistung == row.opens_key)
        theirs = sa.and_(R.c.holder.startswith(f"{row.guest}/", autoescape=True), R.c.vorgang_id.in_(cases))
        tx.execute(sa.update(R).where(theirs, R.c.state == reminder.OPEN).values(holder=None))
    if row.opens == grant.KONTO and _opens_besides(tx, row):
        return 0
    holder = grant.place_of(row) if row.opens == grant.KONTO else None
    return tx.execute(sa.update(A).where(_taken(row)).values(holder=holder, held_for=None)).rowcount


def _opens_besides(tx: Tx, row: Any) -> bool:
    """Whether another grant of the same guest opens today what this one did."""
    same = sa.and_(T.c.guest == row.guest, T.c.opens == row.opens, T.c.opens_key == row.opens_key, T.c.ended_at.is_(None))
    return any(grant.state_of(one) == grant.VALID for one in tx.all(sa.select(T).where(same)))


def _taken(row: Any) -> sa.ColumnElement[bool]:
    """The condition on tasks that a guest has taken them by a grant."""
    theirs = A.c.holder.startswith(f"{row.guest}/", autoescape=True)
    return sa.and_(theirs, A.c.held_for == grant.place_of(row), A.c.state == aufgabe.OPEN)
