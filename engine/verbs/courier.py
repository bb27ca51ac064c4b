"""Courier: brings messages, signals and due times to their receivers, each in a transaction of its own.

Called right after the commit that threw something, for a bounded number of receivers, and by every tick for what is left: a
process killed in between loses nothing, for what was thrown is a row; and doubles nothing, for the transaction that moves a
receiver also closes that row. Safe with any number of couriers at once.

What fails does not hold up the others, and is not tried every second for ever: it becomes an Auftrag (`engine.model.late`), or
its start event is put off.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any

from engine import bpmn
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Conflict, Problem, Unavailable
from engine.base.faults import point
from engine.base.rights import SYSTEM, Konto, verb
from engine.bpmn.codec import decode
from engine.model import erwartung, frist, late, protokoll, signal, start_event
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


@verb(right="system", tag="frist:ausgeloest")
def fire_timer(frist_id: str, vorgang_id: str, token: str, *, by: Konto) -> bool:
    """Tell a Vorgang that a time has come; False if it has not, if another tick was first, or if nothing waits for it."""

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


def deliver_messages(limit: int = 100) -> int:
    """Deliver every message that somebody waits for, and begin with every other that begins a Vorgang; gives how many."""
    with db.reading() as tx:
        pairs = erwartung.pairs(tx, limit)
        beginnings = starts.startable(tx, limit)
    count = sum(_message(pair) for pair in pairs)
    return count + sum(begin(row.start_id, starts.begin_by_message, row.message_id, row.start_id) for row in beginnings)


def _message(pair: Any) -> int:
    event = bpmn.MessageIn(pair.name, pair.key, decode(pair.variables), pair.token)
    names = {"nachricht": pair.message_id, "erwartung": pair.id}
    fails = partial(_put_off, late.MESSAGE, pair.vorgang_id, pair.id, names)
    return safely(deliver_message, pair.message_id, pair.id, pair.vorgang_id, event, pair.depth, fails=fails)


def _signal(row: Any) -> int:
    fails = partial(_put_off, late.SIGNAL, row.vorgang_id, row.receiver, {"signal": row.signal_id})
    return safely(deliver_signal, row.signal_id, row.vorgang_id, row.name, decode(row.variables), row.depth, fails=fails)


def fire(row: Any) -> int:
    """Tell a Vorgang that a time has come; what fails is put off."""
    fails = partial(_put_off, late.TIMER, row.vorgang_id, row.id, {"frist": row.id})
    return safely(fire_timer, row.id, row.vorgang_id, row.token, fails=fails)


def begin(start_id: str, act: Callable[..., bool], *args: Any) -> int:
    """Begin a Vorgang at a start event; if that fails, the start event is put off."""
    return safely(act, *args, fails=partial(_put_off_start, start_id))


def deliver_signals(limit: int = 100) -> int:
    """Bring every signal to those who waited when it was thrown; gives how many were moved."""
    with db.reading() as tx:
        due = signal.due(tx, limit)
    count, left = 0, dict[str, None]()
    for row in {(row.signal_id, row.vorgang_id or row.receiver): row for row in due}.values():
        done = begin(row.receiver, starts.begin_by_signal, row.signal_id, row.receiver) if row.starts else _signal(row)
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


def safely(act: Callable[..., Any], *args: Any, fails: Callable[[str], object]) -> int:
    """One that fails must not hold up the others: `fails` hears why. While the database is away nothing has failed."""
    try:
        try:
            return int(act(*args, by=SYSTEM))
        except (Unavailable, bpmn.Damaged):
            raise  # nothing can be written now; or the step has made an incident of it
        except Problem as problem:
            log.warning("not now", extra={"verb": act.__name__, "reason": problem.sentence})
            fails(problem.sentence)
        except Exception:
            log.exception("a step failed", extra={"verb": act.__name__, "subject": args[0]})
            fails("")
    except Problem as problem:
        log.warning("not now", extra={"verb": act.__name__, "reason": problem.sentence})
    except Exception:
        log.exception("a failure could not be kept", extra={"verb": act.__name__, "subject": args[0]})
    return 0


# --- what fails ----------------------------------------------------------------------------------------------------

BROKEN = "Bei „{what}“ ist ein unerwarteter Fehler aufgetreten; der Betrieb findet ihn im Protokoll der Prozesse."


def _put_off(type: str, vorgang_id: str, subject: str, names: Mapping[str, str], reason: str) -> None:
    delay(type, vorgang_id, subject, names, by=SYSTEM)


def _put_off_start(start_id: str, reason: str) -> None:
    delay_start(start_id, reason, by=SYSTEM)


@verb(right="system", tag="zustellung:vertagt")
def delay(type: str, vorgang_id: str, subject: str, names: Mapping[str, str], *, by: Konto) -> bool:
    """Make an Auftrag of what could not be brought to a Vorgang; False if it is one already."""
    with db.transaction() as tx:
        if not late.put_off(tx, type, vorgang_id, subject, names):
            return False
        protokoll.record(tx, vorgang_id, art=type, **names)
    return True


@verb(right="system", tag="start:vertagt")
def delay_start(start_id: str, reason: str, *, by: Konto) -> None:
    """Leave a start event alone for a while, by which no Vorgang could be begun."""
    with db.transaction() as tx:
        start_event.put_off(tx, start_id, reason)
        protokoll.record(tx, None, start=start_id)


def bring(type: str, vorgang_id: str, names: Mapping[str, Any]) -> None:
    """Bring what could not be brought before; what is not open any more is done.

    Raises:
        Problem, and whatever else went wrong.
    """
    with db.reading() as tx:
        if type == late.MESSAGE:
            row: Any = erwartung.pair(tx, names["nachricht"], names["erwartung"])
        elif type == late.SIGNAL:
            row = signal.get(tx, names["signal"])
        else:
            row = frist.get(tx, names["frist"])
    if row is None:
        return
    if type == late.MESSAGE:
        event = bpmn.MessageIn(row.name, row.key, decode(row.variables), row.token)
        deliver_message(row.message_id, row.id, row.vorgang_id, event, row.depth, by=SYSTEM)
    elif type == late.SIGNAL:
        deliver_signal(row.id, vorgang_id, row.name, decode(row.variables), row.depth, by=SYSTEM)
    else:
        fire_timer(row.id, vorgang_id, row.token, by=SYSTEM)
