"""Help told: what the process and the people of a case hear when an Amtshilfe has ended.

    amtshilfe.antwort    the message when it was answered: with text and documents
    amtshilfe.ende       the message when it ended without an answer: `grund` is frist or zurueckgezogen

Its key is the id of the request where the process has asked, which got that id for it; where a clerk has asked, it is the
Aktenzeichen. An answer that nobody waits for comes up again today, so that it does not lie unseen; an end without one too, if a
clerk has asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from engine.base import clock
from engine.base.db import Tx
from engine.base.rights import SYSTEM
from engine.model import erwartung, grant, reminder
from engine.verbs.courier import carry

ANSWER, OVER = "amtshilfe.antwort", "amtshilfe.ende"
WAITS = dt.timedelta(days=90)
"""So long a message waits for a process that may come to wait for it; the answer that a process asked for waits for ever."""
LONGEST = 500


def tell_process(tx: Tx, row: Any, because: str, said: Mapping[str, Any]) -> None:
    """Tell the process, in the transaction that ends a request, what became of it."""
    by_process = row.made_by == SYSTEM.login
    name, key = (ANSWER if because == grant.ANSWERED else OVER), (row.id if by_process else row.opens_name)
    told = {"ersuchen": row.id, "kommune": row.guest, "kommune_name": row.guest_name, "frage": row.question, **said}
    if name == OVER:
        told["grund"] = because
    ttl = None if by_process and name == ANSWER else WAITS
    awaited = erwartung.awaited(tx, name, key)
    if erwartung.keep(tx, grant.message_id(row.id), name, key, {"amtshilfe": told}, ttl):
        tx.after(carry)
    handled = by_process and name == OVER  # by its own timer, which may have been faster, or it did not want to know
    if not awaited and because != grant.WITHDRAWN and not handled:
        _remind(tx, row, name)


def _remind(tx: Tx, row: Any, name: str) -> None:
    texts = {
        ANSWER: f"Antwort auf das Amtshilfeersuchen an {row.guest_name} ist da",
        OVER: f"Amtshilfeersuchen an {row.guest_name} ist ohne Antwort abgelaufen",
    }
    whom = None if row.made_by == SYSTEM.login else row.made_by
    reminder.add(tx, row.vorgang_id, clock.local_day(clock.now()), texts[name][:LONGEST], whom, SYSTEM.login)
