"""Thrown: messages and signals that elements throw, written in the thrower's transaction.

`depth` counts the throws that have led to one another with no wait between them: a message from outside has 0, what its
receiver throws in the same step 1, and so on. Two processes that answer each other for ever would never come to rest: a throw
of a depth beyond MOST_HOPS is held, with an incident at the element that threw it; who retries that lets it go on, from 0.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from engine.base import clock
from engine.base.db import Tx
from engine.bpmn import Incident, Outcome, Thrown
from engine.bpmn.timers import due
from engine.model import auftrag, erwartung, incident, signal
from engine.model.states import move

MOST_HOPS = 100
HELD = f"{auftrag.FREE}wurf-"
"""How the token of an incident begins that stands for a throw and not for a token that waits."""


def write(tx: Tx, vorgang_id: str, outcome: Outcome, depth: int) -> None:
    """Write what a step threw; `depth` is that of what it throws. The same step again writes nothing twice."""
    for thrown in outcome.thrown:
        if _write(tx, vorgang_id, thrown, outcome, depth) and depth > MOST_HOPS:
            _hold(tx, vorgang_id, thrown)


def _write(tx: Tx, vorgang_id: str, thrown: Thrown, outcome: Outcome, depth: int) -> bool:
    held, id = depth > MOST_HOPS, thrown.id or f"wurf-{vorgang_id}-{thrown.token}"
    if thrown.signal:
        state, later = (signal.HELD if held else signal.THROWN), came_later(thrown, outcome)
        return signal.throw(
            tx, id, thrown.name, thrown.variables, state=state, depth=depth, thrown_by=vorgang_id, thrown_token=thrown.token,
            later=later,
        )  # fmt: skip
    state = erwartung.HELD if held else erwartung.WAITING
    return erwartung.keep(
        tx, id, thrown.name, thrown.key, thrown.variables, time_to_live(thrown), state=state, depth=depth,
        thrown_by=vorgang_id, thrown_token=thrown.token,
    )  # fmt: skip


def came_later(thrown: Thrown, outcome: Outcome) -> list[str]:
    """Tokens that came to wait for a signal in the step that threw it, after the throw: tokens are numbered as they come."""
    waits = [wait for wait in outcome.expected.opened if wait.signal and wait.name == thrown.name]
    return [wait.token for wait in waits if int(wait.token) > int(thrown.token)]


def time_to_live(thrown: Thrown) -> dt.timedelta | None:
    """How long a thrown message waits; None for ever."""
    now = clock.now()
    return None if thrown.ttl is None else due("duration", thrown.ttl, now) - now


def _hold(tx: Tx, vorgang_id: str, thrown: Thrown) -> None:
    what = f"das Signal „{thrown.name}“" if thrown.signal else f"die Nachricht „{thrown.name}“"
    message = (
        f"Hier wurde {what} angehalten: Nach {MOST_HOPS} Nachrichten und Signalen, die einander ohne Pause ausgelöst haben, "
        "rufen sich Abläufe wohl im Kreis. „Noch einmal versuchen“ gibt sie frei."
    )
    row = incident.row(Incident(f"{HELD}{thrown.token}", thrown.element, message))
    tx.execute(sa.insert(incident.T).values(vorgang_id=vorgang_id, **row))


def release(tx: Tx, vorgang_id: str, token: str) -> bool:
    """Let go what was held under the token of an incident; False if that is about something else."""
    if not token.startswith(HELD):
        return False
    thrown = token.removeprefix(HELD)
    m = erwartung.MESSAGES
    mine = sa.and_(m.c.thrown_by == vorgang_id, m.c.thrown_token == thrown)
    return move(tx, m, mine, erwartung.WAITING, depth=0) + signal.release(tx, vorgang_id, thrown) > 0
