"""One office: for one Leistung there is one gemeinsames Amt at a time, whichever its legal form.

By § 18 GkZ the task passes over as a whole, to one authority; nobody is left in whose name another could act by § 19a. And two
who act in one name by § 19a would have to agree, case by case, on who does. One after the other is fine.

Asked where an agreement is offered and where it is signed, in that transaction, after a lock that all who ask take: of two at
the same moment the second sees the first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from engine.base import clock
from engine.base.db import Tx
from engine.base.errors import Cause, Conflict
from engine.model import grant

T = grant.T


def taken(tx: Tx, id: str, leistung: str, from_am: dt.date, until_bis: dt.date, *, signed: bool = False) -> Any:
    """Another gemeinsames Amt for a Leistung on one of these days: offered or, with `signed`, agreed; None if there is none."""
    tx.one_at_a_time(f"{grant.GEMEINSAMES_AMT}:{leistung}")
    since = max(from_am, clock.local_day(clock.now()))
    others = sa.and_(T.c.kind == grant.GEMEINSAMES_AMT, T.c.opens_key == leistung, T.c.ended_at.is_(None), T.c.id != id)
    query = sa.select(T).where(others, T.c.from_am <= until_bis, T.c.until_bis >= since)
    if signed:
        query = query.where(T.c.signed_at.is_not(None))
    return tx.one_or_none(query.order_by(T.c.from_am, T.c.id).limit(1))


def why_not_offered(tx: Tx, id: str, leistung: str, from_am: dt.date | None, until_bis: dt.date | None) -> Iterator[Cause]:
    """Why one cannot be offered for these days beside the others there are, and what to do."""
    if from_am is None or until_bis is None:
        return
    other = taken(tx, id, leistung, from_am, until_bis)
    if other is not None:
        state = "angeboten" if other.signed_at is None else "vereinbart"
        days = f"vom {other.from_am:%d.%m.%Y} bis zum {other.until_bis:%d.%m.%Y}"
        message = f"„{other.opens_name}“ ist {days} schon der Kommune „{other.guest_name}“ {state} (§ {other.legal_form} GkZ)."
        hint = "Eine Leistung geht zu einer Zeit nur an eine Kommune: andere Tage wählen oder die andere Vereinbarung beenden"
        yield Cause(message, hint, "/was")


def require_alone(tx: Tx, row: Any) -> None:
    """Go on with a signature only if no other gemeinsames Amt is agreed for that Leistung on these days.

    Raises:
        Conflict: one is. With whom is nobody else's affair.
    """
    if row.kind != grant.GEMEINSAMES_AMT or taken(tx, row.id, row.opens_key, row.from_am, row.until_bis, signed=True) is None:
        return
    raise Conflict(
        f"Für „{row.opens_name}“ ist in diesen Tagen schon ein anderes gemeinsames Amt vereinbart; die Leistung geht zu einer "
        "Zeit nur an eine Kommune. Bitte lassen Sie sich andere Tage anbieten."
    )
