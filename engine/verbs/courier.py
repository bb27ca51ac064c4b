"""Courier: brings messages and signals to their receivers, each in a transaction of its own.

Called right after the commit that threw something, for a bounded number of receivers, and by every tick for what is left: a
process killed in between loses nothing, for what was thrown is a row; and doubles nothing, for the transaction that moves a
receiver also closes that row. Safe with any number of couriers at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from engine import bpmn
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Conflict, Problem
from engine.base.faults import point
from engine.base.rights import SYSTEM, Konto, verb
from engine.bpmn.codec import decode
from engine.model import erwartung, signal
from engine.step import step
from engine.verbs import starts

log = logging.getLogger(__name__)

AT_ONCE = 20
"""How many receivers are moved right after a commit, while somebody waits for the answer; ticks do the rest."""


class Taken(Exception):
    """Another was faster; the transaction is undone."""


@verb(right="system", tag="nachricht:zugestellt")
def deliver_message(
    message_id: str, erwartung_id: str, vorgang_id: str, event: bpmn.MessageIn, depth: int = 0, *, by: Konto
) -> bool:
    """Hand a message to the one place that waits for it; False if either was taken in the meantime."""

    def also(tx: Tx, outcome: bpmn.Outcome) -> None:
        if not erwartung.deliver(tx, message_id, erwartung_id, vorgang_id):
            raise Taken

    try:
        step(vorgang_id, event, also, closes=erwartung.T, depth=depth, nachricht=message_id)
    except (Taken, Conflict):
        return False
    return True


@verb(right="system", tag="signal:zugestellt")
def deliver_signal(
    signal_id: str, vorgang_id: str, name: str, variables: Mapping[str, Any], depth: int = 0, *, by: Konto
) -> bool:
    """Move a Vorgang on that waited for a signal when it was thrown; False if it has it already or waits no longer."""
    with db.reading() as tx:
        tokens = signal.meant(tx, signal_id, vorgang_id)
    if not tokens:
        return False

    def also(tx: Tx, outcome: bpmn.Outcome) -> None:
        if not signal.deliver(tx, signal_id, vorgang_id):
            raise Taken

    try:
        step(vorgang_id, bpmn.SignalIn(name, variables, tokens), also, depth=depth, signal=signal_id)
    except (Taken, Conflict):
        return False
    return True


def deliver_messages(limit: int = 100) -> int:
    """Deliver every message that somebody waits for, and begin with every other that begins a Vorgang; gives how many."""
    with db.reading() as tx:
        pairs = erwartung.pairs(tx, limit)
        begin = starts.startable(tx, limit)
    count = 0
    for pair in pairs:
        event = bpmn.MessageIn(pair.name, pair.key, decode(pair.variables), pair.token)
        count += safely(deliver_message, pair.message_id, pair.id, pair.vorgang_id, event, pair.depth)
    return count + sum(safely(starts.begin_by_message, row.message_id, row.start_id) for row in begin)


def deliver_signals(limit: int = 100) -> int:
    """Bring every signal to those who waited when it was thrown; gives how many were moved."""
    with db.reading() as tx:
        due = signal.due(tx, limit)
    count, left = 0, dict[str, None]()
    for row in {(row.signal_id, row.vorgang_id or row.receiver): row for row in due}.values():
        if row.starts:
            done = safely(starts.begin_by_signal, row.signal_id, row.receiver)
        else:
            done = safely(deliver_signal, row.signal_id, row.vorgang_id, row.name, decode(row.variables), row.depth)
        count += done
        if not done:
            left[row.signal_id] = None
        point("courier.between_receivers")
    if left:
        with db.transaction() as tx:
            for signal_id in left:
                signal.miss(tx, signal_id)
    return count


_at_work: ContextVar[bool] = ContextVar("amtsweg_courier", default=False)


def carry() -> int:
    """Deliver what a commit has just thrown: what `step` calls, in a running installation."""
    if _at_work.get():
        return 0  # a receiver has thrown something: whoever delivers goes on with that
    point("courier.before_delivery")
    return deliver_thrown()


def deliver_thrown(most: int = AT_ONCE) -> int:
    """Deliver until nothing is left or `most` were moved; gives how many. What a delivery throws is delivered here too."""
    token = _at_work.set(True)
    try:
        count = 0
        while count < most:
            done = deliver_messages(most - count)
            if count + done < most:
                done += deliver_signals(most - count - done)
            if not done:
                break
            count += done
        return count
    finally:
        _at_work.reset(token)


def safely(act: Callable[..., Any], *args: Any) -> int:
    """One that fails must not hold up the others; it is tried again with the next tick."""
    try:
        return int(act(*args, by=SYSTEM))
    except Problem as problem:
        log.warning("not now", extra={"verb": act.__name__, "reason": problem.sentence})
    except Exception:
        log.exception("a step failed", extra={"verb": act.__name__, "subject": args[0]})
    return 0
