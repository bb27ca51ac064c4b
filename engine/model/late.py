"""Late: a message, a signal or a time that could not be brought to its Vorgang becomes an Auftrag that no token waits for.

So it is tried again as every Auftrag is: with growing waits, at last an incident that a person sees and tries again. Meanwhile
the courier and the clock leave its receiver alone. What begins a Vorgang has none yet: see `start_event.put_off`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.base import clock
from engine.base.db import Tx
from engine.model import auftrag
from engine.model.backoff import backoff

CONNECTOR = "kurier"
MESSAGE, SIGNAL, TIMER = "kurier.nachricht", "kurier.signal", "kurier.frist"
NAMES: Mapping[str, str] = {MESSAGE: "Nachricht zustellen", SIGNAL: "Signal zustellen", TIMER: "Frist auslösen"}
A = auftrag.T


def put_off(tx: Tx, type: str, vorgang_id: str, subject: str, inputs: Mapping[str, Any]) -> bool:
    """Make an Auftrag of what could not be brought; False if it is one. `subject` is the id of the Erwartung or Frist.

    That it was not possible was its first attempt.
    """
    row = auftrag.free_row(f"{CONNECTOR}-{subject}", type, NAMES[type], inputs)
    return tx.insert_once(A, {**row, "vorgang_id": vorgang_id, "attempt": 1, "next_at": clock.now() + backoff(1)})


def is_put_off(vorgang_id: Any, subject: Any) -> sa.ColumnElement[bool]:
    """The condition that something is an Auftrag by now, or an incident because of it."""
    token = sa.literal(f"{auftrag.FREE}{CONNECTOR}-").concat(subject)
    states = sa.or_(*(A.c.state == state for state in (auftrag.READY, auftrag.RUNNING, auftrag.FAILED)))
    return sa.exists().where(A.c.vorgang_id == vorgang_id, A.c.token == token, states)
