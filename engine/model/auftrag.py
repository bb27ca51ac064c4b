"""Auftrag: the outside must act. This table is the outbox; the queue is only a doorbell.

    bereit → laeuft (claimed: lease and a higher fence) | entfallen
    laeuft → erledigt | bereit (to be tried again) | gescheitert (an incident) | entfallen; or taken over: a higher fence
    gescheitert → bereit (a free one, retried); else a retry of the incident makes a new row with the same key

Not claimed, and no attempt lost: what waits for an outside system that does not answer (`engine.model.breaker`), and what would
be one call too many at once for its connector or for the municipality (`calls_per_connector`, `calls_per_kommune`).

The key `<namespace>-<instance>-<token>` is the same for every attempt, so that the other side can tell a repetition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, current_installation, new_id
from engine.base.prepared import Prepared
from engine.bpmn import LONGEST_NAME, Job
from engine.bpmn.codec import decode, encode
from engine.model import breaker, incident, restored
from engine.model.backoff import LONGEST_WAIT
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
BEAT_S = LEASE_S / 3
"""How often whoever works on an Auftrag prolongs its lease."""
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
    connector: Mapped[str] = mapped_column(sa.String(100))
    """Whose operation it is: the first part of its type."""
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
    answered: Mapped[bool]
    """Whether the other side has answered whoever holds it, so that what is still done is no call any more."""
    next_at: Mapped[dt.datetime]
    last_error: Mapped[str | None] = mapped_column(sa.Text)
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]

    __table_args__ = (
        sa.Index("ix_auftrag_state_next_at", "state", "next_at", "connector"),
        *by_token("auftrag", MOVES),
    )


T = Auftrag.__table__


def row(wait: Job) -> Mapping[str, Any]:
    """The row of a job that an instance has come to wait for."""
    now = clock.now()
    return {
        "id": new_id(), "token": wait.token, "element": wait.element, "name": wait.name[:LONGEST_NAME], "type": wait.type,
        "connector": connector_of(wait.type), "inputs": encode(dict(wait.inputs)), "headers": encode(dict(wait.headers)),
        "state": READY, "attempt": 0,
        "attempts": max(1, wait.retries), "fence": 0, "killed": 0, "unsure": False, "answered": False,
        "next_at": now, "opened_at": now,
    }  # fmt: skip


def connector_of(type: str) -> str:
    """The connector that an operation belongs to."""
    return type.partition(".")[0]


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
    troubled: bool = False
    """Whether calls of its connector had come to nothing when it was claimed."""
    trial: bool = False
    """Whether it is the one that finds out if the other side answers again."""

    @property
    def connector(self) -> str:
        """Whose operation it is."""
        return connector_of(self.type)

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


class Tried(Exception):
    """Another is trying the connector; the transaction is undone."""


def claim(tx: Tx, id: str) -> Claim | None:
    """Take an Auftrag that is due, or whose holder was silent beyond the lease; None if there is nothing to take.

    Raises:
        Tried: it would have been a second trial of a connector that does not answer.
    """
    now = clock.now()
    bounds = _bounds()
    if bounds != (0, 0):
        tx.one_at_a_time("auftrag.claim")
    row = tx.run(_claiming(bounds), {"b_id": id, **_instants(now)}).one_or_none()
    if row is None:
        return None
    trial = row.breaks_until is not None
    if trial and not breaker.begin_trial(tx, row.connector, id, row.breaks_until):
        raise Tried
    return _claimed(row, trial)


def claim_next(tx: Tx, own: Sequence[str], ended: str) -> Claim | None:
    """Take another in the transaction that ends a claim: of its own Vorgang, which it has opened, else what has waited longest.

    None if there is nothing. Nothing that takes more care is taken so: no trial of a connector, nothing that somebody held
    before. While calls are bounded, only of the connector whose call has just `ended`: then it is not one more.
    """
    values = {**_instants(clock.now()), "b_connector": ended}
    of_own, longest = _following(bounded=_bounds() != (0, 0))
    row = tx.run(of_own, {"b_id": own[0], **values}).one_or_none() if own else None
    row = row or tx.run(longest, values).one_or_none()
    return None if row is None else _claimed(row, False)


def _claimed(row: Any, trial: bool) -> Claim:
    return Claim(
        row.id, row.vorgang_id, row.token, row.element, row.type, row.fence, row.attempt, row.attempts, decode(row.inputs),
        decode(row.headers), row.opened_at, row.killed, row.unsure, row.failures is not None, trial,
    )  # fmt: skip


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=LEASE_S)


def prolong(tx: Tx, id: str, fence: int) -> bool:
    """Prolong the lease of a claim; False if it is over or was taken over."""
    mine = sa.and_(T.c.id == id, T.c.fence == fence, T.c.state == RUNNING)
    return tx.execute(sa.update(T).where(mine).values(lease_until=_lease(clock.now()))).rowcount == 1


def answered(tx: Tx, id: str, fence: int) -> None:
    """The call of a claim has ended, and what follows from it will take a while: another call may begin."""
    mine = sa.and_(T.c.id == id, T.c.fence == fence, T.c.state == RUNNING)
    tx.execute(sa.update(T).where(mine).values(answered=True))


def tried_before(tx: Tx, claim: Claim) -> bool:
    """Whether the same work, with the same key, was given to a worker before: by another row, which failed."""
    same = sa.and_(T.c.vorgang_id == claim.vorgang_id, T.c.token == claim.token, T.c.id != claim.id, T.c.attempt > 0)
    return tx.scalar(sa.select(T.c.id).where(same).limit(1)) is not None


def _bounds() -> tuple[int, int]:
    """How many calls may run at once: of a connector, and in all; 0 is no bound."""
    installation = current_installation()
    return installation.calls_per_connector, installation.calls_per_kommune


def _instants(now: dt.datetime) -> Mapping[str, dt.datetime]:
    """What the conditions below compare with. Behind the latest lies what a clock wrote that was wrong and has gone back."""
    return {
        "b_now": now,
        "b_lease": _lease(now),
        "b_latest": now + LONGEST_WAIT,
        "b_latest_lease": now + 2 * dt.timedelta(seconds=LEASE_S),
        "b_latest_pause": now + breaker.LONGEST,
        "b_missed": now + dt.timedelta(seconds=LEASE_S - 1.5 * BEAT_S),
    }


def _takeable(bounds: tuple[int, int]) -> sa.ColumnElement[bool]:
    """The condition on rows that they could be claimed, and would not be one call too many."""
    return sa.and_(_waiting(), *_room(*bounds))


def _waiting() -> sa.ColumnElement[bool]:
    """The condition on rows that they are to be done."""
    return sa.and_(sa.or_(*_ways()), _let_go())


def _ways() -> tuple[sa.ColumnElement[bool], ...]:
    """The ways to be free: due, written by a clock that was wrong, held by somebody who was silent beyond the lease."""
    now: Any = sa.bindparam("b_now")
    return (
        sa.and_(T.c.state == READY, T.c.next_at <= now),
        sa.and_(T.c.state == READY, T.c.next_at > sa.bindparam("b_latest")),
        _silent(),
    )


def _let_go() -> sa.ColumnElement[bool]:
    """The condition on rows that nothing holds them back."""
    now: Any = sa.bindparam("b_now")
    closed = breaker.closed_to(T.c.id, T.c.connector, now, sa.bindparam("b_latest_pause"))
    return sa.and_(~closed, ~restored.held(), ~incident.unreadable(T.c.vorgang_id))


def _silent() -> sa.ColumnElement[bool]:
    """The condition on rows that they were claimed and the lease is over: who holds them was killed or stopped too long."""
    over = sa.or_(T.c.lease_until < sa.bindparam("b_now"), T.c.lease_until > sa.bindparam("b_latest_lease"))
    return sa.and_(T.c.state == RUNNING, over)


def _room(of_connector: int, in_all: int) -> Iterator[sa.ColumnElement[bool]]:
    """The conditions that one more call is not too many. Whoever has missed a beat is probably dead and counts no more."""
    other = T.alias("other")
    running = sa.and_(other.c.state == RUNNING, ~other.c.answered, other.c.lease_until > sa.bindparam("b_missed"))
    if of_connector:
        full = sa.select(other.c.connector).where(running).group_by(other.c.connector)
        yield T.c.connector.not_in(full.having(sa.func.count() >= of_connector))
    if in_all:
        yield sa.select(sa.func.count()).select_from(other).where(running).scalar_subquery() < in_all


def _claim(which: sa.ColumnElement[bool]) -> Prepared:
    """The statement that claims one."""
    silent = T.c.state == RUNNING  # the holder before us never said what came of it
    # A column is written without its table where rows are given back.
    mine = sa.literal_column("auftrag.connector", sa.String())
    return Prepared(
        sa.update(T)
        .where(which)
        .values(
            state=RUNNING,
            attempt=T.c.attempt + 1,
            fence=T.c.fence + 1,
            killed=sa.case((silent, T.c.killed + 1), else_=T.c.killed),
            unsure=sa.case((silent, sa.true()), else_=T.c.unsure),
            lease_until=sa.bindparam("b_lease"),
            answered=sa.false(),
        )
        .returning(T, *breaker.seen(mine))
    )


@cache
def _claiming(bounds: tuple[int, int]) -> Prepared:
    """The statement that claims a certain one."""
    return _claim(sa.and_(T.c.id == sa.bindparam("b_id"), _takeable(bounds)))


@cache
def _following(*, bounded: bool) -> tuple[Prepared, Prepared]:
    """The statements that claim a certain one next, and what has waited longest of what nobody is taking at this moment."""
    t = T.alias("next")
    query = sa.select(t.c.id).where(_simple(t, bounded)).order_by(t.c.next_at).limit(1)
    longest = query.with_for_update(skip_locked=True).scalar_subquery()
    return _claim(sa.and_(T.c.id == sa.bindparam("b_id"), _simple(T, bounded))), _claim(T.c.id == longest)


def _simple(t: Any, bounded: bool) -> sa.ColumnElement[bool]:
    """The condition on rows that they are due and take no care; `bounded`: of one connector."""
    due = sa.and_(t.c.state == READY, t.c.next_at <= sa.bindparam("b_now"), ~breaker.opened(t.c.connector))
    same = [t.c.connector == sa.bindparam("b_connector")] if bounded else []
    return sa.and_(due, *same, ~restored.held(), ~incident.unreadable(t.c.vorgang_id))


@cache
def _looking(bounds: tuple[int, int]) -> Prepared:
    """The statement that looks for what could be claimed: in each way the first few, so that the index gives them in order."""
    most: Any = sa.bindparam("b_most")
    free = sa.and_(_let_go(), *_room(*bounds))
    found = sa.select(T.c.id, T.c.next_at).order_by(T.c.next_at).limit(most)
    every = sa.union_all(*(sa.select(found.where(way, free).subquery()) for way in _ways())).subquery()
    return Prepared(sa.select(every.c.id).order_by(every.c.next_at).limit(most))


@cache
def _searching(bounds: tuple[int, int]) -> Prepared:
    """The statement that looks for what lies in dead hands and could be claimed."""
    where = sa.and_(_silent(), _let_go(), *_room(*bounds))
    return Prepared(sa.select(T.c.id).where(where).order_by(T.c.next_at).limit(sa.bindparam("b_most")))


def takeable(tx: Tx, limit: int) -> list[str]:
    """The ids of what could be claimed now, longest waiting first."""
    return [row.id for row in tx.run(_looking(_bounds()), {"b_most": limit, **_instants(clock.now())}).rows]


def crowded_out(tx: Tx, *, at_all: bool = False) -> bool:
    """Whether something waits only because too many calls are running; or `at_all`, while calls are bounded."""
    bounds = _bounds()
    return bounds != (0, 0) and bool(tx.run(_crowded(bounds, at_all), _instants(clock.now())).rows)


@cache
def _crowded(bounds: tuple[int, int], at_all: bool) -> Prepared:
    """The statement that looks for what is one call too many, or for all that waits."""
    too_many = [] if at_all else [~sa.and_(*_room(*bounds))]
    return Prepared(sa.select(T.c.id).where(_waiting(), *too_many).limit(1))


def abandoned(tx: Tx, limit: int) -> list[str]:
    """The ids of what lies in dead hands and could be claimed now, longest waiting first."""
    return [row.id for row in tx.run(_searching(_bounds()), {"b_most": limit, **_instants(clock.now())}).rows]


def end(tx: Tx, id: str, fence: int, state: str, **values: Any) -> bool:
    """End or hand back a claim; False if it was taken over by a later one in the meantime."""
    closed: dict[str, Any] = {"killed": 0} if state == READY else {"closed_at": clock.now()}
    given = {f"b_{name}": value for name, value in {"lease_until": None, **closed, **values}.items()}
    return tx.run(_end(state, frozenset(given)), {"b_id": id, "b_fence": fence, **given}).rowcount == 1


@cache
def _end(state: str, given: frozenset[str]) -> Prepared:
    """The statement that ends a claim in a state, with these values."""
    mine = sa.and_(T.c.id == sa.bindparam("b_id"), T.c.fence == sa.bindparam("b_fence"), T.c.state == RUNNING)
    values: dict[str, Any] = {name.removeprefix("b_"): sa.bindparam(name) for name in given}
    return Prepared(sa.update(T).where(mine, may_become(T, state)).values(state=state, **values))


def bring_forward(tx: Tx, connector: str) -> int:
    """Let what waits for a connector wait no longer; gives how many had a time of their own."""
    now = clock.now()
    waits = sa.and_(T.c.connector == connector, T.c.state == READY, T.c.next_at > now)
    return tx.execute(sa.update(T).where(waits).values(next_at=now)).rowcount


def reopen(tx: Tx, vorgang_id: str, token: str) -> list[str]:
    """Offer what has failed for a token again, with the same key; gives the ids."""
    mine = sa.and_(T.c.vorgang_id == vorgang_id, T.c.token == token)
    move(
        tx, T, sa.and_(mine, T.c.state == FAILED), READY, attempt=0, killed=0, unsure=False, next_at=clock.now(), closed_at=None
    )
    return list(tx.scalars(sa.select(T.c.id).where(mine, T.c.state == READY)))
