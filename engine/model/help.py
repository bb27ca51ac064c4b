"""Help: what a process hears of its requests for Amtshilfe, and which of them end because nothing waits for them any more.

    amtshilfe.antwort    the message when it was answered: with text and documents
    amtshilfe.ende       the message when it ended without an answer: `grund` is frist, zurueckgezogen or entfallen

A request of the process ends when it has waited for the answer and does not any more, in the step in which that is so: a
boundary event has left the sub-process, an event sub-process or a terminate end event has ended it. One that it does not wait
for yet stays, and so does one that a clerk has made; with the case all end. The guest hears of it by the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.base import clock
from engine.base.db import Tx
from engine.base.rights import SYSTEM, acting, in_place_of
from engine.model import erwartung, grant, protokoll
from engine.model.waits import OPEN

ANSWER, OVER = "amtshilfe.antwort", "amtshilfe.ende"
WAITS = dt.timedelta(days=90)
"""So long a message waits for a process that may come to wait for it; the answer that a process asked for waits for ever."""


def name_of(because: str) -> str:
    """The message that a process hears when a request has ended."""
    return ANSWER if because == grant.ANSWERED else OVER


def key_of(row: Any) -> str:
    """The key of that message: the id of the request where the process has asked, else the Aktenzeichen."""
    return str(row.id if row.made_by == SYSTEM.login else row.opens_name)


def say(tx: Tx, row: Any, because: str, said: Mapping[str, Any]) -> bool:
    """Keep the message of a request that has ended, for whoever waits for it; False if it was kept before."""
    name = name_of(because)
    told = {"ersuchen": row.id, "kommune": row.guest, "kommune_name": row.guest_name, "frage": row.question, **said}
    if name == OVER:
        told["grund"] = because
    ttl = None if row.made_by == SYSTEM.login and name == ANSWER else WAITS
    return erwartung.keep(tx, grant.message_id(row.id), name, key_of(row), {"amtshilfe": told}, ttl)


def end_with_case(tx: Tx, vorgang_id: str) -> None:
    """End the requests of a case that has ended, however it did: nobody there sees anything of it any more.

    Nothing waits for an answer now, so nothing is thrown.
    """
    for row in _open(tx, vorgang_id):
        _end(tx, row, grant.WITH_CASE)


def end_unawaited(tx: Tx, vorgang_id: str) -> bool:
    """End the requests of the process for whose answer it has waited and does not any more; whether there were any.

    What became of them is kept for it all the same: it may wait for that elsewhere, or again later.
    """
    e = erwartung.T
    answer = sa.and_(e.c.name == ANSWER, e.c.key == grant.T.c.id, sa.not_(e.c.signal))
    waited = sa.exists().where(e.c.vorgang_id == vorgang_id, e.c.state != OPEN, answer)
    waits = sa.exists().where(e.c.state == OPEN, answer)
    found = _open(tx, vorgang_id, grant.T.c.made_by == SYSTEM.login, waited, ~waits)
    for row in found:
        because = grant.BY_THE_DAY if row.until_bis < clock.local_day(clock.now()) else grant.UNAWAITED
        _end(tx, row, because)
        say(tx, row, because, {})
    return bool(found)


def _open(tx: Tx, vorgang_id: str, *also: sa.ColumnElement[bool]) -> list[Any]:
    g = grant.T
    return list(tx.all(sa.select(g).where(g.c.vorgang_id == vorgang_id, g.c.ended_at.is_(None), *also).order_by(g.c.id)))


def _end(tx: Tx, row: Any, because: str) -> None:
    if grant.end(tx, row.id, SYSTEM.login, because):
        with acting(grant.HAS_ENDED, SYSTEM), in_place_of(None):
            told = {"kommune": row.guest, "name": row.guest_name, "grund": because, "aufgaben": 0}
            protokoll.record(tx, row.vorgang_id, befugnis=row.id, **told)
