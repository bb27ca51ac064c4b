"""Searched: what of a case is searched, read back from where it is kept.

What comes in is added to the index by the function that keeps it (`search.add`). Here the same is gathered from the tables,
for cases whose row is missing or whose words were made by an older edition of the rules: every upgrade mends those.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from engine.base.db import Tx
from engine.bpmn.codec import decode
from engine.model import antrag, bescheid, dokument, nachricht, search, vorgang

V, S = vorgang.T, search.T


def missing(tx: Tx) -> Sequence[str]:
    """Cases that nobody finds."""
    return tx.scalars(sa.select(V.c.id).outerjoin(S, S.c.vorgang_id == V.c.id).where(S.c.number.is_(None)).order_by(V.c.id))


def is_stale(tx: Tx) -> bool:
    """Whether anything is missing or made by older rules."""
    return tx.scalar(_stale(V.c.id).limit(1)) is not None


def mend(tx: Tx) -> int:
    """Write what is missing or made by older rules; gives how many cases that were."""
    cases = _stale(V.c.id, V.c.nummer, V.c.name, V.c.applicant)
    stale = tx.all(cases.order_by(V.c.opened_at, V.c.id))
    for case in stale:
        search.replace(tx, case.id, lines(tx, case))
    return len(stale)


def _stale(*columns: Any) -> sa.Select[Any]:
    old = sa.or_(S.c.number.is_(None), S.c.edition != search.EDITION)
    return sa.select(*columns).outerjoin(S, S.c.vorgang_id == V.c.id).where(old)


def lines(tx: Tx, case: Any) -> Iterator[str]:
    """The words of a case, piece by piece as they were added."""
    yield search.line_of((case.nummer, case.name, case.applicant))
    fields = tx.scalar(sa.select(antrag.T.c.fields).where(antrag.T.c.vorgang_id == case.id))
    yield search.line_of(search.answers(decode(fields)) if fields is not None else ())
    d, n, b = dokument.T, nachricht.T, bescheid.T
    yield search.line_of(tx.scalars(sa.select(d.c.name).where(d.c.vorgang_id == case.id).order_by(d.c.id)))
    for message in tx.all(sa.select(n.c.subject, n.c.body).where(n.c.vorgang_id == case.id).order_by(n.c.at, n.c.id)):
        yield search.line_of((message.subject, message.body))
    issued = sa.select(b.c.content).where(b.c.vorgang_id == case.id, b.c.state == bescheid.ISSUED).order_by(b.c.issued_at)
    for content in tx.scalars(issued):
        yield search.line_of(search.letter_texts(bescheid.letter_of(content, dt.date.min, draft=False)))
