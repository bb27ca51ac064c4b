"""Agenda: when something will be due in a namespace, as far as that is known now. Asked of the tables in a few statements.

Whatever is written there may bring it forward: who keeps an agenda asks again after each change (`engine.base.changes`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from engine.base.db import Tx
from engine.base.prepared import Prepared
from engine.model import auftrag, frist, grant, grant_attempt, grant_refused, incident, restored, start_event, verification

A = auftrag.T


@dataclass(frozen=True, slots=True)
class Agenda:
    """When something is to be done, or since when it could have been; None for never.

    `soon` is what must not wait: timers, what dead workers held, what neighbours are to hear and what they were refused, grants
    whose last day is over. `left` is what waits for a worker, who may not have heard of it. `verified` is when a run of verify
    can begin, or a night is to be tidied up.
    """

    soon: dt.datetime | None
    left: dt.datetime | None
    verified: dt.datetime | None


def read(tx: Tx) -> Agenda:
    """The agenda of a namespace. What was thrown and not delivered is not in it."""
    neighbours = grant.next_told(tx), grant.next_over(tx), grant_attempt.next_told(tx), grant_refused.next_told(tx)
    soon = earliest((frist.next_due(tx), start_event.next_due(tx), first(tx, auftrag.RUNNING), *neighbours))
    return Agenda(soon, first(tx, auftrag.READY), verification.next_at(tx))


def earliest(instants: Iterable[dt.datetime | None]) -> dt.datetime | None:
    """The first of these instants; None is never."""
    return min((at for at in instants if at is not None), default=None)


def first(tx: Tx, state: str) -> dt.datetime | None:
    """When the first Auftrag in that state could be claimed, or since when."""
    rows = tx.run(_FIRST[state], {}).rows
    return rows[0].at if rows else None


# Not asked is whether the other side is silent or the place full: that ends by a write, or the reconciler comes back.
_FREE = (~restored.held(), ~incident.unreadable(A.c.vorgang_id))
_FIRST = {
    state: Prepared(sa.select(at.label("at")).where(A.c.state == state, *_FREE).order_by(at).limit(1))
    for state, at in ((auftrag.READY, A.c.next_at), (auftrag.RUNNING, A.c.lease_until))
}
