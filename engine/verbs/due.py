"""Due: what happens because time passes, and what was left to a tick. Called by tick, safe with several ticks running."""

from __future__ import annotations

from engine import bpmn
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Conflict
from engine.base.faults import point
from engine.base.rights import Konto, verb
from engine.model import erwartung, frist, start_event
from engine.step import step
from engine.verbs.courier import Taken, deliver_thrown, safely
from engine.verbs.starts import begin_by_timer
from engine.verbs.vertretung import end_what_is_over
from engine.verbs.work import offer

IN_A_ROUND = 500


@verb(right="system", tag="frist:ausgeloest")
def fire_timer(frist_id: str, vorgang_id: str, token: str, *, by: Konto) -> bool:
    """Tell a Vorgang that a time has come; False if another tick was first or it no longer waits."""

    def also(tx: Tx, outcome: bpmn.Outcome) -> None:
        if not frist.fire(tx, frist_id):
            raise Taken

    point("due.before_fire")
    try:
        step(vorgang_id, bpmn.TimerDue(token), also, closes=frist.T, frist=frist_id)
    except (Taken, Conflict):
        return False
    point("due.after_fire")
    return True


def fire_timers(limit: int = IN_A_ROUND) -> int:
    """Fire every timer that is due; gives how many."""
    with db.reading() as tx:
        due = frist.due(tx, limit)
    return sum(safely(fire_timer, row.id, row.vorgang_id, row.token) for row in due)


def fire_starts(limit: int = IN_A_ROUND) -> int:
    """Begin a Vorgang at every start event whose time has come; gives how many."""
    with db.reading() as tx:
        due = start_event.due_now(tx, limit)
    return sum(safely(begin_by_timer, row.id) for row in due)


def deliver_all() -> int:
    """Deliver what the courier has left."""
    return deliver_thrown(IN_A_ROUND)


def tick() -> dict[str, int]:
    """One round for the namespace we are in: timers, messages and signals, the reconciler, what is over."""
    counts = {"timers": fire_timers(), "starts": fire_starts(), "messages": deliver_all(), "offered": offer()}
    counts["ended"] = end_what_is_over()
    with db.transaction() as tx:
        counts["expired"] = erwartung.expire(tx)
    return counts
