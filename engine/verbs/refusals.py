"""Refusals: what was refused guests is in our Protokoll: the first of a kind at once, what follows once a minute with a number.

note             with the refusal: a line, or it is counted in a row beside the Protokoll (`engine.model.grant_refused`)
tell_refusals    the clock writes the line of what was counted
"""

from __future__ import annotations

from typing import Any

from engine.base import db
from engine.base.db import Tx
from engine.base.rights import SYSTEM_RIGHT, Konto, verb
from engine.model import grant_refused, protokoll
from engine.model.grant_refused import Kind
from engine.verbs.cooperate import tried_again
from engine.verbs.courier import safely

IN_A_ROUND = 100


def note(tx: Tx, kind: Kind, times: int = 1, **more: Any) -> None:
    """Write down in the transaction of a verb that a guest was refused; `more` is what the line says besides."""
    due = grant_refused.count(tx, kind, times)
    if due is not None:
        _record(tx, *due, more)


def tell_refusals() -> int:
    """Write the lines of what was refused again and counted; gives how many."""
    with db.reading() as tx:
        kinds = grant_refused.untold(tx, IN_A_ROUND)
    return sum(safely(tell_refusal, kind, fails=tried_again) for kind in kinds)


@verb(right=SYSTEM_RIGHT, tag="befugnis:abgewiesen")
def tell_refusal(kind: Kind, *, by: Konto) -> bool:
    """Write down how often something was refused since the last line; False if another has."""
    with db.transaction() as tx:
        found = grant_refused.take(tx, kind)
        if found is None:
            return False
        times, last_at = found
        _record(tx, kind, times, {"zuletzt": last_at.isoformat()})
    return True


def _record(tx: Tx, kind: Kind, times: int, more: dict[str, Any]) -> None:
    said = {"kommune": kind.guest, "von": kind.konto, "befugnis": kind.grant_id, "tat": kind.operation, "grund": kind.reason}
    often = {"mal": times} if times > 1 else {}
    protokoll.record(tx, None, **said, **often, **more)
