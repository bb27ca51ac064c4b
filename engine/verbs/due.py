"""Due: what happens because time passes or a message can be delivered. Called by tick, safe with several ticks running."""

from __future__ import annotations

import logging
from typing import Any

from engine import bpmn
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Conflict, Problem
from engine.base.faults import point
from engine.base.rights import SYSTEM, Konto, verb
from engine.bpmn.codec import decode
from engine.model import erwartung, frist
from engine.step import step
from engine.verbs.work import offer

log = logging.getLogger(__name__)


class _Taken(Exception):
    """Another was faster; the transaction is undone."""


@verb(right="system", tag="frist:ausgeloest")
def fire_timer(frist_id: str, vorgang_id: str, token: str, *, by: Konto) -> bool:
    """Tell a Vorgang that a time has come; False if another tick was first or it no longer waits."""

    def also(tx: Tx, outcome: bpmn.Outcome) -> None:
        if not frist.fire(tx, frist_id):
            raise _Taken

    point("due.before_fire")
    try:
        step(vorgang_id, bpmn.TimerDue(token), also, closes=frist.T, frist=frist_id)
    except (_Taken, Conflict):
        return False
    point("due.after_fire")
    return True


@verb(right="system", tag="nachricht:zugestellt")
def deliver_message(message_id: str, erwartung_id: str, vorgang_id: str, event: bpmn.MessageIn, *, by: Konto) -> bool:
    """Hand a message to the one place that waits for it; False if either was taken in the meantime."""

    def also(tx: Tx, outcome: bpmn.Outcome) -> None:
        if not erwartung.deliver(tx, message_id, erwartung_id, vorgang_id):
            raise _Taken

    try:
        step(vorgang_id, event, also, closes=erwartung.T, nachricht=message_id)
    except (_Taken, Conflict):
        return False
    return True


def deliver_messages(limit: int = 100) -> int:
    """Deliver every message that somebody waits for; gives how many."""
    with db.reading() as tx:
        pairs = erwartung.pairs(tx, limit)
    count = 0
    for pair in pairs:
        event = bpmn.MessageIn(pair.name, pair.key, decode(pair.variables), pair.token)
        count += _safely(deliver_message, pair.message_id, pair.id, pair.vorgang_id, event)
    return count


def fire_timers(limit: int = 500) -> int:
    """Fire every timer that is due; gives how many."""
    with db.reading() as tx:
        due = frist.due(tx, limit)
    return sum(_safely(fire_timer, row.id, row.vorgang_id, row.token) for row in due)


def _safely(act: Any, *args: Any) -> int:
    """One that fails must not hold up the others; it is tried again with the next tick."""
    try:
        return int(act(*args, by=SYSTEM))
    except Problem as problem:
        log.warning("not now", extra={"verb": act.__name__, "reason": problem.sentence})
    except Exception:
        log.exception("a step failed", extra={"verb": act.__name__, "subject": args[0]})
    return 0


def tick() -> dict[str, int]:
    """One round for the namespace we are in: timers, messages, and the reconciler of the outbox."""
    counts = {"timers": fire_timers(), "messages": deliver_messages(), "offered": offer()}
    with db.transaction() as tx:
        counts["expired"] = erwartung.expire(tx)
    return counts
