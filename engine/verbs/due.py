"""Due: what happens because time passes, and what was left to a tick. Called by tick, safe with several ticks running."""

from __future__ import annotations

from engine.base import db
from engine.model import erwartung, frist, start_event
from engine.verbs.cooperate import announce, end_grants_over
from engine.verbs.courier import begin, deliver_thrown, fire
from engine.verbs.offering import offer
from engine.verbs.starts import begin_by_timer
from engine.verbs.vertretung import end_what_is_over

IN_A_ROUND = 500


def fire_timers(limit: int = IN_A_ROUND) -> int:
    """Fire every timer that is due; gives how many."""
    with db.reading() as tx:
        due = frist.due(tx, limit)
    return sum(fire(row) for row in due)


def fire_starts(limit: int = IN_A_ROUND) -> int:
    """Begin a Vorgang at every start event whose time has come; gives how many."""
    with db.reading() as tx:
        due = start_event.due_now(tx, limit)
    return sum(begin(row.id, begin_by_timer, row.id) for row in due)


def deliver_all() -> int:
    """Deliver what the courier has left."""
    return deliver_thrown(IN_A_ROUND)


def tick() -> dict[str, int]:
    """One round for the namespace we are in: timers, messages, signals, the reconciler, what is over, what guests are told."""
    counts = {"timers": fire_timers(), "starts": fire_starts(), "messages": deliver_all(), "offered": offer()}
    counts["ended"] = end_what_is_over() + end_grants_over()
    counts["told"] = announce()
    with db.transaction() as tx:
        counts["expired"] = erwartung.expire(tx)
    return counts
