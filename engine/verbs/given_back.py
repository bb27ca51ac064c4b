"""Given back: what people of another municipality had taken here, when the grant ends by which they had it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.base.db import Tx
from engine.model import aufgabe, grant, reminder, vorgang

T = grant.T


def give_back(tx: Tx, row: Any) -> int:
    """Give back what guests have taken by a grant, unless another of the same guest opens the same; gives how many tasks.

    Reminders for one of them come up with all who work on the case.
    """
    place = grant.place_of(row)
    same = sa.and_(T.c.guest == row.guest, T.c.opens == row.opens, T.c.opens_key == row.opens_key, T.c.ended_at.is_(None))
    if row.opens == grant.KONTO and tx.scalar(sa.select(T.c.id).where(same, T.c.signed_at.is_not(None))) is not None:
        return 0
    a, r, v = aufgabe.T, reminder.T, vorgang.T
    if row.opens == grant.LEISTUNG:
        cases = sa.select(v.c.id).where(v.c.leistung == row.opens_key)
        theirs = sa.and_(r.c.holder.startswith(f"{row.guest}/", autoescape=True), r.c.vorgang_id.in_(cases))
        tx.execute(sa.update(r).where(theirs, r.c.state == reminder.OPEN).values(holder=None))
    taken = sa.update(a).where(
        a.c.holder.startswith(f"{row.guest}/", autoescape=True), a.c.held_for == place, a.c.state == aufgabe.OPEN
    )
    return tx.execute(taken.values(holder=place if row.opens == grant.KONTO else None, held_for=None)).rowcount
