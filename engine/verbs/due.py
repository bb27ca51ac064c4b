"""Due: what happens because time passes, and what was left to a tick. Called by tick, safe with several ticks running."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.base import clock, db
from engine.model import agenda, erwartung, frist, signal, start_event
from engine.model.agenda import Agenda
from engine.verbs.attempts import tell_attempts
from engine.verbs.cooperate import announce, end_grants_over
from engine.verbs.courier import begin, deliver_thrown, fire
from engine.verbs.offering import offer, offer_abandoned
from engine.verbs.refusals import tell_refusals
from engine.verbs.starts import begin_by_timer, startable
from engine.verbs.tidying import next_tidying
from engine.verbs.vertretung import end_what_is_over

IN_A_ROUND = 500


_under_way: set[tuple[str, str]] = set()
"""What this process is at in a namespace: the id of what is due, or nothing for the courier."""


def _unless_under_way(what: str, act: Callable[..., int], *args: Any) -> int:
    """Do it, unless this process is at it already: a costly step goes on beside while the clock comes again.

    That another process may be at it is what the transactions are for.
    """
    key = (db.slug(), what)
    if key in _under_way:
        return 0
    _under_way.add(key)
    try:
        return act(*args)
    finally:
        _under_way.discard(key)


def fire_timers(limit: int = IN_A_ROUND) -> int:
    """Fire every timer that is due; gives how many."""
    with db.reading() as tx:
        due = frist.due(tx, limit)
    return sum(_unless_under_way(row.id, fire, row) for row in due)


def fire_starts(limit: int = IN_A_ROUND) -> int:
    """Begin a Vorgang at every start event whose time has come; gives how many."""
    with db.reading() as tx:
        due = start_event.due_now(tx, limit)
    return sum(_unless_under_way(row.id, begin, row.id, begin_by_timer, row.id) for row in due)


def deliver_all(limit: int = IN_A_ROUND) -> int:
    """Deliver what the courier has left; gives how many receivers were moved."""
    return _unless_under_way("", deliver_thrown, limit)


def act_now(limit: int = IN_A_ROUND) -> bool:
    """What must not wait: timers, messages and signals, what dead workers held, what neighbours are to hear; was there more?"""
    end_grants_over()
    most = max(fire_timers(limit), fire_starts(limit), deliver_all(limit))
    offer_abandoned()
    announce()
    tell_attempts()
    tell_refusals()
    return most >= limit


def tidy() -> dict[str, int]:
    """End what is over: Vertretungen, grants that are left, messages nobody waited for; gives how many of each."""
    ended = end_what_is_over() + end_grants_over()
    with db.transaction() as tx:
        return {"ended": ended, "expired": erwartung.expire(tx)}


def tick() -> dict[str, int]:
    """One round for the namespace we are in, with all that a clock ever does there; gives how much of each."""
    counts = {"timers": fire_timers(), "starts": fire_starts(), "messages": deliver_all(), "offered": offer()}
    counts |= {"told": announce() + tell_attempts(), "refused": tell_refusals()}
    return counts | tidy()


def read_agenda() -> Agenda:
    """When something is to be done in the namespace we are in; what was thrown and not delivered is to be delivered now."""
    with db.reading() as tx:
        found = agenda.read(tx)
        by_night = agenda.earliest((found.verified, next_tidying(tx)))
        thrown = erwartung.pairs(tx, 1) or startable(tx, 1) or signal.due(tx, 1)
    soon = agenda.earliest((found.soon, clock.now())) if thrown else found.soon
    return replace(found, soon=soon, verified=by_night)
