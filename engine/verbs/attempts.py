"""Attempts: what was tried by a grant while its origin was away gets into the Protokoll of the origin all the same.

note_attempt     at the guest, when somebody was refused because the origin was away
tell_attempts    its clock tells the origin, until that has heard it
hear_attempt     at the origin: the line that a refusal has, unique by the id of the attempt
"""

from __future__ import annotations

from engine.base import db
from engine.base.ports import News
from engine.base.rights import SYSTEM_RIGHT, Konto, verb
from engine.model import grant_attempt, grant_refused, protokoll
from engine.verbs.cooperate import tell, tried_again
from engine.verbs.courier import safely
from engine.verbs.refusals import note

AT_ONCE, MOST_TIMES = 100, 2**31 - 1
AWAY = "nicht erreichbar"


@verb(right=SYSTEM_RIGHT, tag="befugnis:nicht-erreichbar")
def note_attempt(origin: str, grant_id: str, operation: str, who: Konto, *, by: Konto) -> None:
    """Write down that somebody wanted something of an origin that is away, and is to hear of it; once more, count it."""
    with db.transaction() as tx:
        if grant_attempt.add(tx, origin, grant_id, who.id, operation):
            protokoll.record(tx, None, herkunft=origin, befugnis=grant_id[:26], konto=who.login, tat=operation)


def tell_attempts() -> int:
    """Tell origins that were away what was tried meanwhile; gives how many. What fails is tried again in a minute."""
    with db.reading() as tx:
        ids = grant_attempt.untold(tx, AT_ONCE)
    return sum(safely(tell_attempt, id, fails=tried_again) for id in ids)


@verb(right=SYSTEM_RIGHT, tag="befugnis:nachgemeldet")
def tell_attempt(id: str, *, by: Konto) -> bool:
    """Tell an origin of an attempt; False if it could not be told, or another has. Told twice it is one line there."""
    with db.reading() as tx:
        row = grant_attempt.find(tx, id)
    if row is None:
        return False
    content = {"versuch": row.id, "von": row.konto, "tat": row.operation, "am": row.at.isoformat(), "mal": row.times}
    reply = tell(row.origin, row.grant_id, "attempt", content)
    with db.transaction() as tx:
        if reply.kind == "away":
            grant_attempt.put_off(tx, row.origin)
            return False
        if grant_attempt.told(tx, row):
            told = {"herkunft": row.origin, "befugnis": row.grant_id, "tat": row.operation}
            protokoll.record(tx, None, **told, angekommen=reply.kind == "ok")
    return True


@verb(right=SYSTEM_RIGHT, tag="befugnis:abgewiesen")
def hear_attempt(news: News, *, by: Konto) -> bool:
    """Write down that somebody of a guest tried something while we were away; False if it is written down."""
    told = news.content
    times = int(told.get("mal", 1))
    if not 0 < times <= MOST_TIMES:
        raise ValueError("no number of attempts")
    kind = grant_refused.kind_of(news.origin, str(told["von"]), news.grant, str(told["tat"]), AWAY)
    with db.transaction() as tx:
        new = grant_attempt.hear(tx, news.origin, str(told["versuch"])[:26], times)
        if new:
            note(tx, kind, new, am=str(told["am"])[:40])
    return new > 0
