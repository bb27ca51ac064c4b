"""Auftrag: the outside must act. This table is the outbox; the queue is only a doorbell.

    bereit → laeuft (claimed: lease and a higher fence) | entfallen
    laeuft → erledigt | bereit (to be tried again) | gescheitert (an incident) | entfallen; or taken over: a higher fence
    gescheitert → bereit (a free one, retried); else a retry of the incident makes a new row with the same key

The key `<namespace>-<instance>-<token>` is the same for every attempt, so that the other side can tell a repetition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.prepared import Prepared
from engine.bpmn import LONGEST_NAME, Job
from engine.bpmn.codec import decode, encode
from engine.model import incident, restored
from engine.model.states import Moves, may_become, move
from engine.model.waits import DROPPED, ID, by_token

READY, RUNNING, DONE, FAILED = "bereit", "laeuft", "erledigt", "gescheitert"
MOVES: Moves = {
    READY: frozenset({RUNNING, DROPPED}),
    RUNNING: frozenset({DONE, READY, FAILED, DROPPED}),
    DONE: frozenset(),
    FAILED: frozenset({READY}),
    DROPPED: frozenset(),
}
LEASE_S = 12
"""How long a worker may be silent; while it lives it prolongs its lease (`engine.verbs.holding`)."""
LONGEST_WAIT = dt.timedelta(hours=2)
"""No Auftrag is put off for longer than this (see the backoff in `verbs.work`)."""
KILLS = 3
"""An Auftrag that ended so many workers is not given to another."""


class Auftrag(Base):
    __tablename__ = "auftrag"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"))
    token: Mapped[str] = mapped_column(sa.String(40))
    element: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(300))
    type: Mapped[str] = mapped_column(sa.String(100))
    inputs: Mapped[bytes] = mapped_column(sa.LargeBinary)
    headers: Mapped[bytes] = mapped_column(sa.LargeBinary)
    state: Mapped[str] = mapped_column(sa.String(12))
    attempt: Mapped[int]
    attempts: Mapped[int]
    fence: Mapped[int]
    killed: Mapped[int]
    """How many claims in a row ended without a word: whoever held it was killed, or stopped for too long."""
    unsure: Mapped[bool]
    """Whether an earlier attempt may have been done over there without our knowing."""
    lease_until: Mapped[dt.datetime | None]
    next_at: Mapped[dt.datetime]
    last_error: Mapped[str | None] = mapped_column(sa.Text)
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]

    __table_args__ = (
        sa.Index("ix_auftrag_state_next_at", "state", "next_at"),
        *by_token("auftrag", MOVES),
    )


T = Auftrag.__table__


def row(wait: Job) -> Mapping[str, Any]:
    """The row of a job that an instance has come to wait for."""
    now = clock.now()
    return {
        "id": new_id(), "token": wait.token, "element": wait.element, "name": wait.name[:LONGEST_NAME], "type": wait.type,
        "inputs": encode(dict(wait.inputs)), "headers": encode(dict(wait.headers)), "state": READY, "attempt": 0,
        "attempts": max(1, wait.retries), "fence": 0, "killed": 0, "unsure": False, "next_at": now, "opened_at": now,
    }  # fmt: skip


FREE = "frei-"


def free_row(subject: str, type: str, name: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row of an Auftrag that a person orders beside the process; `subject` is the id of what it is about."""
    return row(Job(f"{FREE}{subject}", "", name, type, inputs, {}))


def is_free(token: str) -> bool:
    """Whether no token waits for the Auftrag or incident."""
    return token.startswith(FREE)


@dataclass(frozen=True, slots=True)
class Claim:
    """An Auftrag in hand: the row as it was claimed."""

    id: str
    vorgang_id: str
    token: str
    element: str
    type: str
    fence: int
    attempt: int
    attempts: int
    inputs: dict[str, Any]
    headers: dict[str, Any]
    opened_at: dt.datetime
    killed: int = 0
    unsure: bool = False

    @property
    def poisonous(self) -> bool:
        """Whether it has ended so many workers that nobody should touch it again before a person has looked."""
        return self.killed >= KILLS

    @property
    def free(self) -> bool:
        """Whether a person ordered it beside the process, so that no token waits for it."""
        return is_free(self.token)

    @property
    def subject(self) -> str:
        """What a free Auftrag is about."""
        return self.token.removeprefix(FREE)


def claim(tx: Tx, id: str) -> Claim | None:
    """Take an Auftrag that is due, or whose holder was silent beyond the lease; None if there is nothing to take."""
    now = clock.now()
    row = tx.run(_CLAIM, {"b_id": id, "b_lease": _lease(now), **_instants(now)}).one_or_none()
    if row is None:
        return None
    return Claim(
        row.id, row.vorgang_id, row.token, row.element, row.type, row.fence, row.attempt, row.attempts, decode(row.inputs),
        decode(row.headers), row.opened_at, row.killed, row.unsure,
    )  # fmt: skip


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=LEASE_S)


def prolong(tx: Tx, id: str, fence: int) -> bool:
    """Prolong the lease of a claim; False if it is over or was taken over."""
    mine = sa.and_(T.c.id == id, T.c.fence == fence, T.c.state == RUNNING)
    return tx.execute(sa.update(T).where(mine).values(lease_until=_lease(clock.now()))).rowcount == 1


def tried_before(tx: Tx, claim: Claim) -> bool:
    """Whether the same work, with the same key, was given to a worker before: by another row, which failed."""
    same = sa.and_(T.c.vorgang_id == claim.vorgang_id, T.c.token == claim.token, T.c.id != claim.id, T.c.attempt > 0)
    return tx.scalar(sa.select(T.c.id).where(same).limit(1)) is not None


def _takeable() -> sa.ColumnElement[bool]:
    """The condition on rows that they could be claimed at the instants of `_instants`.

    What waits longer or is held further ahead than any wait of ours: the clock was wrong then and has gone back since.
    """
    now = sa.bindparam("b_now")
    due = sa.or_(T.c.next_at <= now, T.c.next_at > sa.bindparam("b_latest"))
    silent = sa.or_(T.c.lease_until < now, T.c.lease_until > sa.bindparam("b_longest"))
    free = sa.or_(sa.and_(T.c.state == READY, due), sa.and_(T.c.state == RUNNING, silent))
    return sa.and_(free, ~restored.held(), ~incident.unreadable(T.c.vorgang_id))


def _instants(now: dt.datetime) -> Mapping[str, dt.datetime]:
    return {"b_now": now, "b_latest": now + LONGEST_WAIT, "b_longest": now + 2 * dt.timedelta(seconds=LEASE_S)}


# The holder before us never said what came of it.
_silent = T.c.state == RUNNING
_CLAIM = Prepared(
    sa.update(T)
    .where(T.c.id == sa.bindparam("b_id"), _takeable())
    .values(
        state=RUNNING,
        attempt=T.c.attempt + 1,
        fence=T.c.fence + 1,
        killed=sa.case((_silent, T.c.killed + 1), else_=T.c.killed),
        unsure=sa.case((_silent, sa.true()), else_=T.c.unsure),
        lease_until=sa.bindparam("b_lease"),
    )
    .returning(T)
)
_TAKEABLE = Prepared(sa.select(T.c.id).where(_takeable()).order_by(T.c.next_at).limit(sa.bindparam("b_most")))


def takeable(tx: Tx, limit: int) -> list[str]:
    """The ids of what could be claimed now, longest waiting first."""
    return [row.id for row in tx.run(_TAKEABLE, {"b_most": limit, **_instants(clock.now())}).rows]


def end(tx: Tx, id: str, fence: int, state: str, **values: Any) -> bool:
    """End or hand back a claim; False if it was taken over by a later one in the meantime."""
    closed: dict[str, Any] = {"killed": 0} if state == READY else {"closed_at": clock.now()}
    given = {f"b_{name}": value for name, value in {"lease_until": None, **closed, **values}.items()}
    return tx.run(_end(state, frozenset(given)), {"b_id": id, "b_fence": fence, **given}).rowcount == 1


@cache
def _end(state: str, given: frozenset[str]) -> Prepared:
    """The statement that ends a claim in a state, with these values."""
    mine = sa.and_(T.c.id == sa.bindparam("b_id"), T.c.fence == sa.bindparam("b_fence"), T.c.state == RUNNING)
    values = {name.removeprefix("b_"): sa.bindparam(name) for name in given}
    return Prepared(sa.update(T).where(mine, may_become(T, state)).values(state=state, **values))


def reopen(tx: Tx, vorgang_id: str, token: str) -> list[str]:
    """Offer what has failed for a token again, with the same key; gives the ids."""
    mine = sa.and_(T.c.vorgang_id == vorgang_id, T.c.token == token)
    move(
        tx, T, sa.and_(mine, T.c.state == FAILED), READY, attempt=0, killed=0, unsure=False, next_at=clock.now(), closed_at=None
    )
    return list(tx.scalars(sa.select(T.c.id).where(mine, T.c.state == READY)))
