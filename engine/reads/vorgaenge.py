"""Cases: lists, application, timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx
from engine.base.rights import Konto
from engine.bpmn.codec import decode
from engine.bpmn.diagram import Element
from engine.model import antrag, history, leistung, retention, search, vorgang
from engine.reads.paging import Page, looked_at, page_of
from engine.reads.sight import Sight, seen_by

V = vorgang.T
TESTS = 10


@dataclass(frozen=True, slots=True)
class Vorgang:
    """A case as lists show it. `origin`: antrag | nachricht | zeit | signal, and what the event was called that began it."""

    id: str
    nummer: str
    leistung: str
    name: str
    applicant: str
    status: str
    status_at: dt.datetime
    state: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    version_id: str
    stelle: str | None
    origin: str
    origin_name: str


@dataclass(frozen=True, slots=True)
class Ereignis:
    """A line of a timeline. kind: entered | completed | cancelled | incident | resolved | given (to another Stelle).

    `name` is the element's in the diagram (its id if it has none), `type` what it is in BPMN: userTask, exclusiveGateway, …
    """

    at: dt.datetime
    kind: str
    element: str
    name: str
    type: str
    konto: str
    detail: str
    acted_for: str | None = None


def _vorgang_of(periods: retention.Periods) -> Callable[[Any], Vorgang]:
    """What makes a row a case as it is seen today: whose time is over is called that."""
    today = clock.local_day(clock.now())

    def made(row: Any) -> Vorgang:
        status = retention.TO_DELETE if retention.is_over(periods, row, today) else row.status
        return Vorgang(
            row.id, row.nummer, row.leistung, row.name, row.applicant, status, row.status_at, row.state, row.opened_at,
            row.closed_at, row.version_id, row.stelle, row.origin, row.origin_name,
        )  # fmt: skip

    return made


def get_vorgang(id: str) -> Vorgang:
    """A case.

    Raises:
        Unknown: if there is none.
    """
    with db.reading() as tx:
        return _vorgang_of(retention.periods(tx))(vorgang.get(tx, id))


def list_vorgaenge(
    *, by: Konto | Sight, status: str | None = None, leistung: str | None = None, q: str | None = None, page: int = 1
) -> Page:
    """Cases that a Konto sees, newest first. `q`: those with all these words, wherever in the case they stand."""
    columns = [column for column in V.c if column.key != "snapshot"]
    with db.reading() as tx:
        sight = seen_by(tx, by)
        query = sa.select(*columns).where(sight.cases())
        periods = retention.periods(tx)
        if status:
            query = query.where(_called(periods, status, by_index=sight.few is None and not q))
        if leistung:
            query = query.where((V.c.leistung if sight.few is None and not q else looked_at(V.c.leistung)) == leistung)
        if not q:
            return page_of(query.order_by(V.c.opened_at.desc(), V.c.id.desc()), page, _vorgang_of(periods))
        return page_of(_searched(query, search.hits(q, tx.dialect), few=sight.few is not None), page, _vorgang_of(periods))


def _called(periods: retention.Periods, status: str, *, by_index: bool) -> sa.ColumnElement[bool]:
    """The condition on cases that they are called so today."""
    over = retention.over(periods, clock.local_day(clock.now()))
    if status == retention.TO_DELETE:
        return over
    called = (V.c.status if by_index else looked_at(V.c.status)) == status
    return sa.and_(called, ~over) if periods.months and status in retention.ENDINGS else called


def _searched(query: sa.Select[Any], hits: search.Hits, *, few: bool) -> sa.Select[Any]:
    """Only what is found, newest first: the index is read in that order, or, of few cases, asked for each."""
    words = search.T
    if few:
        query = query.join(words, words.c.vorgang_id == V.c.id).where(hits.probe)
        return query.order_by(words.c.number.desc())
    return query.select_from(hits.source.join(V, V.c.id == words.c.vorgang_id)).where(hits.condition).order_by(hits.newest)


def list_tests(version_id: str, by: Konto) -> tuple[Vorgang, ...]:
    """The latest cases a designer has started to try a version."""
    query = sa.select(*(column for column in V.c if column.key != "snapshot"))
    query = query.where(V.c.version_id == version_id, V.c.test_by == by.login).order_by(V.c.opened_at.desc(), V.c.id.desc())
    with db.reading() as tx:
        made = _vorgang_of(retention.periods(tx))
        return tuple(made(row) for row in tx.all(query.limit(TESTS)))


def antrag_of(vorgang_id: str) -> list[dict[str, Any]]:
    """The application as it was read: name, label, kind, value, items; empty for a Vorgang without one."""
    with db.reading() as tx:
        fields = tx.scalar(sa.select(antrag.T.c.fields).where(antrag.T.c.vorgang_id == vorgang_id))
    return [] if fields is None else decode(fields)


def verlauf(vorgang_id: str) -> tuple[Ereignis, ...]:
    """The timeline of a case, oldest first."""
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        bundle = leistung.version(tx, case.version_id)
        rows = tx.all(
            sa.select(history.T).where(history.T.c.vorgang_id == vorgang_id).order_by(history.T.c.stand, history.T.c.line)
        )
        before = _post_room(tx) if any(row.process not in bundle.spec.compiled for row in rows) else {}
    elements = {**before, **{id: compiled.process.elements for id, compiled in bundle.spec.compiled.items()}}
    return tuple(_ereignis(row, elements.get(row.process, {}).get(row.element)) for row in rows)


def _post_room(tx: Tx) -> dict[str, dict[str, Element]]:
    """The elements of the post room's process, in which a case may have begun before it was given to its Leistung."""
    version_id = leistung.current(tx, "posteingang")
    spec = None if version_id is None else leistung.version(tx, version_id).spec
    return {} if spec is None else {id: compiled.process.elements for id, compiled in spec.compiled.items()}


def _ereignis(row: Any, element: Element | None) -> Ereignis:
    name, type = (element.name or element.id, element.kind) if element is not None else (row.element, "")
    return Ereignis(row.at, row.kind, row.element, name, type, row.konto, row.detail, row.acted_for)
