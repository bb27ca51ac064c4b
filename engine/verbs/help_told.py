"""Help told: what the process and the people of a case hear when an Amtshilfe has ended.

The process gets a message (`engine.model.help`). Its key is the id of the request where the process has asked, which got that
id for it; where a clerk has asked, it is the Aktenzeichen. An answer that nobody waits for comes up again today, so that it
does not lie unseen; an end without one too, if a clerk has asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.base import clock
from engine.base.db import Tx
from engine.base.rights import SYSTEM
from engine.model import erwartung, grant, help, reminder
from engine.verbs.courier import carry

LONGEST = 500


def tell_process(tx: Tx, row: Any, because: str, said: Mapping[str, Any]) -> None:
    """Tell the process, in the transaction that ends a request, what became of it."""
    by_process, name = row.made_by == SYSTEM.login, help.name_of(because)
    awaited = erwartung.awaited(tx, name, help.key_of(row))
    if help.say(tx, row, because, said):
        tx.after(carry)
    handled = by_process and name == help.OVER  # by its own timer, which may have been faster, or it did not want to know
    if not awaited and because != grant.WITHDRAWN and not handled:
        _remind(tx, row, name)


def _remind(tx: Tx, row: Any, name: str) -> None:
    texts = {
        help.ANSWER: f"Antwort auf das Amtshilfeersuchen an {row.guest_name} ist da",
        help.OVER: f"Amtshilfeersuchen an {row.guest_name} ist ohne Antwort abgelaufen",
    }
    whom = None if row.made_by == SYSTEM.login else row.made_by
    reminder.add(tx, row.vorgang_id, clock.local_day(clock.now()), texts[name][:LONGEST], whom, SYSTEM.login)
