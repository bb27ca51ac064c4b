"""The heart: one event in, run the diagram until quiet, write down what we wait for.

    read snapshot and stand                       a look, closed again
    advance(spec, snapshot, event, now)           pure, outside any transaction
    transaction: has the stand moved? → again, at most 3 times, then Conflict
        what the verb itself changes (`also`), the snapshot, the rows, what was thrown, the history, the Protokoll line;
        the one commit
    ring the doorbell for every Auftrag opened; let the courier deliver what was thrown, each receiver in its own step

Rows are a projection of the tokens, keyed by token id: the Outcome says what opened and closed, `settle` writes only that.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db
from engine.base.db import Tx, open_tx
from engine.base.errors import Conflict
from engine.base.faults import point
from engine.base.ports import Doorbell
from engine.base.rights import SYSTEM, acting, current_act
from engine.model import (
    aufgabe,
    auftrag,
    calculation,
    decision,
    erwartung,
    frist,
    help,
    history,
    incident,
    leistung,
    protokoll,
    search,
    thrown,
    vorgang,
)
from engine.model.bundle import Bundle
from engine.model.waits import settle

log = logging.getLogger(__name__)

TRIES = 3

T = TypeVar("T")
Also = Callable[[Tx, bpmn.Outcome], None]
Then = Callable[[Tx, list[str]], Collection[str]]


class _Silent:
    """Nobody listens: the reconciler will find the work."""

    def ring(self, kommune: str, auftrag_id: str) -> None:
        pass


_doorbells: list[Doorbell] = [_Silent()]


def use_doorbell(doorbell: Doorbell) -> None:
    """Say who tells the workers, once per process."""
    _doorbells[:] = [doorbell]


def ring(auftrag_id: str) -> None:
    """Tell a worker that an Auftrag is ready."""
    _doorbells[0].ring(db.slug(), auftrag_id)


PAUSE_S, LONGEST_PAUSE_S = 4e-6, 0.04
"""A costly step sleeps longer the more it has done already: so much for each step of its work, and no longer than that."""
_when_costly: ContextVar[Callable[[], object]] = ContextVar("when_costly", default=lambda: None)


def let_others_go_on(steps: int) -> None:
    """What a costly step does between its turns in a running installation: sleep, but never while it holds anybody up."""
    if open_tx.get() is None:
        _when_costly.get()()
        time.sleep(min(PAUSE_S * steps, LONGEST_PAUSE_S))


@contextmanager
def when_costly(act: Callable[[], object]) -> Iterator[None]:
    """Do something as soon as a step within the block has turned out to be costly; outside of any transaction, and once."""

    def once() -> None:
        _when_costly.set(lambda: None)
        act()

    before = _when_costly.set(once)
    try:
        yield
    finally:
        _when_costly.reset(before)


Courier = Callable[[], object]
_couriers: list[Courier] = [lambda: None]


def use_courier(courier: Courier) -> None:
    """Say who delivers what was thrown right after the commit, once per process; without one the next tick does."""
    _couriers[:] = [courier]


@dataclass(frozen=True, slots=True)
class Case:
    """A Vorgang as a verb finds it before it decides what happens."""

    id: str
    nummer: str
    bundle: Bundle
    snapshot: bytes
    stand: int
    state: str


def look(vorgang_id: str) -> Case:
    """Read a Vorgang, its version and its snapshot, in a look of its own."""
    with db.reading() as tx:
        return case_of(vorgang.get(tx, vorgang_id))


def case_of(row: Any) -> Case:
    """A Vorgang whose row was read; its version is read too, unless this process has it."""
    bundle = leistung.known(row.version_id)
    if bundle is None:
        with db.reading() as tx:
            bundle = leistung.version(tx, row.version_id)
    return Case(row.id, row.nummer, bundle, row.snapshot, row.stand, row.state)


def step(
    vorgang_id: str,
    event: bpmn.Event,
    also: Also,
    *,
    closes: sa.Table | None = None,
    case: Case | None = None,
    called: str | None = None,
    depth: int = 0,
    then: Then = lambda tx, opened: (),
    **detail: Any,
) -> bpmn.Outcome:
    """Move a Vorgang on by one event, with what the verb itself changes, in one transaction.

    `closes` is the table in which the verb itself closes the row of the event's token; `case` what it has read already;
    `called` what the Vorgang is called if this ends it; `depth` that of the message or signal which the event is.
    `then` comes last in the transaction, gets the ids of Aufträge that were opened and gives those that it has claimed: nobody
    is rung for them. Where something was thrown it is left out: what it claimed would have to wait for the courier.

    Raises:
        Conflict: if it has moved on so that nothing waits for the event, or if others were faster three times.
    """
    for _ in range(TRIES):
        case = case or look(vorgang_id)
        try:
            outcome = bpmn.advance(case.bundle.spec, case.snapshot, event, clock.now())
        except bpmn.Misdirected as exc:
            raise Conflict("Der Vorgang ist inzwischen weiter; dieser Schritt ist nicht mehr offen.") from exc
        except bpmn.Damaged as damaged:
            set_aside(case.id, damaged)
            raise
        with db.transaction() as tx:
            touched = current_act()[1] != SYSTEM
            ends: dict[str, Any] = {"state": outcome.state, "touched": touched, "called": called or outcome.status}
            if vorgang.move(tx, case.id, case.stand, snapshot=outcome.snapshot, **ends):
                tx.after(_committed)
                also(tx, outcome)
                closed = None if closes is None else (closes, getattr(event, "token", None))
                opened = _settle(tx, case.id, case.stand + 1, outcome, closed, depth)
                _end_help(tx, case.id, outcome, outcome.expected.closed)
                protokoll.record(tx, case.id, **detail)
                taken = then(tx, opened) if not outcome.thrown else ()  # the courier comes first, and may take long
                _follow(tx, [id for id in opened if id not in taken], outcome)
                point("step.before_commit")
                return outcome
        case = None
    raise Conflict("Andere haben denselben Vorgang gerade bearbeitet. Bitte neu laden und noch einmal versuchen.")


def _committed() -> None:
    point("step.after_commit")


def set_aside(vorgang_id: str, damaged: bpmn.Damaged) -> None:
    """A case whose state cannot be read: one incident, and nothing tries it again until somebody has mended that."""
    log.error("a snapshot cannot be read", extra={"vorgang": vorgang_id, "reason": damaged.reason})
    row = incident.row(bpmn.Incident(incident.UNREADABLE, "", damaged.sentence))
    with acting("zustand:unlesbar", SYSTEM), db.transaction() as tx:
        if tx.insert_once(incident.T, {"vorgang_id": vorgang_id, **row}):
            protokoll.record(tx, vorgang_id, zustand=damaged.reason)


def open_case(tx: Tx, values: Mapping[str, Any], outcome: bpmn.Outcome, answers: Iterable[str] = (), *, depth: int = 0) -> None:
    """Write a new Vorgang with its first Outcome. `values` are the columns that the engine does not know.

    It is found by its number, its name, its applicant and by `answers`.
    """
    now = clock.now()
    status = vorgang.status_of(outcome.state, touched=False, called=outcome.status)
    tx.execute(
        sa.insert(vorgang.T).values(
            **values, snapshot=outcome.snapshot, stand=1, state=outcome.state, status=status, status_at=now, opened_at=now,
            closed_at=now if outcome.state in vorgang.ENDED else None,
        )
    )  # fmt: skip
    search.add(tx, values["id"], [values["nummer"], values["name"], values["applicant"], *answers])
    _follow(tx, _settle(tx, values["id"], 1, outcome, depth=depth), outcome)


def begin_again(case: Case, ended: bpmn.Outcome, bundle: Bundle, begun: bpmn.Outcome, **detail: Any) -> None:
    """Let a Vorgang go on with another Leistung: what it waited for is dropped, the other process has begun.

    Raises:
        Conflict: it has moved on since it was read.
    """
    with db.transaction() as tx:
        moved = vorgang.move(tx, case.id, case.stand, snapshot=begun.snapshot, state=begun.state, touched=True)
        if not moved:
            raise Conflict("Andere haben denselben Vorgang gerade bearbeitet. Bitte neu laden und noch einmal versuchen.")
        vorgang.belong(tx, case.id, bundle.leistung, bundle.id, bundle.process)
        _settle(tx, case.id, case.stand + 1, ended)
        _follow(tx, _settle(tx, case.id, case.stand + 2, begun), ended, begun)
        _end_help(tx, case.id, begun, ended.expected.closed)
        protokoll.record(tx, case.id, **detail)


def _settle(
    tx: Tx,
    vorgang_id: str,
    stand: int,
    outcome: bpmn.Outcome,
    closed: tuple[sa.Table, str | None] | None = None,
    depth: int = 0,
) -> list[str]:
    """Write what a step did; gives the ids of the Aufträge that it opened."""
    opened: list[str] = []
    settle(tx, aufgabe.T, vorgang_id, outcome.aufgaben, aufgabe.row, closed)
    settle(tx, auftrag.T, vorgang_id, outcome.auftraege, lambda job: _noted(opened, auftrag.row(job)), closed)
    settle(tx, frist.T, vorgang_id, outcome.timers, frist.row, closed)
    settle(tx, erwartung.T, vorgang_id, outcome.expected, erwartung.row, closed)
    settle(tx, incident.T, vorgang_id, outcome.incidents, incident.row, closed)
    history.append(tx, vorgang_id, stand, outcome.history, current_act()[1].login)
    decision.append(tx, vorgang_id, outcome.decisions)
    calculation.append(tx, vorgang_id, outcome.calculations)
    if outcome.thrown:
        thrown.write(tx, vorgang_id, outcome, depth + 1)
    return opened


def _end_help(tx: Tx, vorgang_id: str, outcome: bpmn.Outcome, dropped: Collection[str]) -> None:
    """With a case its requests for Amtshilfe end, and before that those that the process does not wait for any more."""
    if outcome.state in vorgang.ENDED:
        help.end_with_case(tx, vorgang_id)
    elif dropped and help.end_unawaited(tx, vorgang_id):
        tx.after(_couriers[0])


def _noted(ids: list[str], row: Mapping[str, Any]) -> Mapping[str, Any]:
    ids.append(row["id"])
    return row


def _follow(tx: Tx, ids: Iterable[str], *outcomes: bpmn.Outcome) -> None:
    """After the commit: ring for these Aufträge, let the courier bring what was thrown."""
    for id in ids:
        tx.after(partial(ring, id))
    if any(outcome.thrown for outcome in outcomes):
        tx.after(_couriers[0])
