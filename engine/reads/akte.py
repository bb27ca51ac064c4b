"""What belongs to a case: documents, messages, deadlines, decisions, incidents."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base import files as store
from engine.base.errors import Unknown
from engine.base.ports import File
from engine.bpmn.codec import decode
from engine.model import decision, dokument, frist, incident, leistung, nachricht, vorgang
from engine.reads.paging import Page, page_of

V = vorgang.T


@dataclass(frozen=True, slots=True)
class Dokument:
    id: str
    name: str
    media_type: str
    kind: str
    size: int
    sha256: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Nachricht:
    """A message with the applicant; direction IN or OUT."""

    id: str
    direction: str
    subject: str
    body: str
    documents: tuple[str, ...]
    at: dt.datetime
    notified_at: dt.datetime | None
    retrieved_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    vorgang_id: str
    nummer: str
    element: str
    message: str
    opened_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Frist:
    element: str
    name: str
    due_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Entschieden:
    """A decision with its reasons: the inputs, the rules that fired, the value, and the version whose table it was."""

    at: dt.datetime
    element: str
    name: str
    decision: str
    inputs: dict[str, Any]
    rules: tuple[dict[str, Any], ...]
    value: Any
    version_id: str


def list_dokumente(vorgang_id: str) -> tuple[Dokument, ...]:
    """The documents of a case, oldest first."""
    with db.reading() as tx:
        rows = tx.all(sa.select(dokument.T).where(dokument.T.c.vorgang_id == vorgang_id).order_by(dokument.T.c.id))
    return tuple(Dokument(row.id, row.name, row.media_type, row.kind, row.size, row.sha256, row.created_at) for row in rows)


def document_file(vorgang_id: str, id: str) -> File:
    """The bytes of a document of a case.

    Raises:
        Unknown: if this case has no such document.
    """
    with db.reading() as tx:
        row = tx.one_or_none(sa.select(dokument.T).where(dokument.T.c.id == id, dokument.T.c.vorgang_id == vorgang_id))
    if row is None:
        raise Unknown("Dieses Dokument gibt es nicht.")
    return File(row.name, row.media_type, store.get(row.sha256), row.kind)


def list_nachrichten(vorgang_id: str) -> tuple[Nachricht, ...]:
    """The messages with the applicant, oldest first."""
    with db.reading() as tx:
        vorgang.get(tx, vorgang_id)
        rows = tx.all(
            sa.select(nachricht.T).where(nachricht.T.c.vorgang_id == vorgang_id).order_by(nachricht.T.c.at, nachricht.T.c.id)
        )
    return tuple(
        Nachricht(
            row.id, row.direction, row.subject, row.body, tuple(json.loads(row.documents)), row.at, row.notified_at,
            row.retrieved_at,
        )
        for row in rows
    )  # fmt: skip


def list_fristen(vorgang_id: str) -> tuple[Frist, ...]:
    """What a case waits for in time, next first."""
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        bundle = leistung.version(tx, case.version_id)
        query = sa.select(frist.T.c.element, frist.T.c.due_at).where(
            frist.T.c.vorgang_id == vorgang_id, frist.T.c.state == "offen"
        )
        rows = tx.all(query.order_by(frist.T.c.due_at))
    names = {element.id: element.name or element.id for element in bundle.spec.elements()}
    return tuple(Frist(row.element, names.get(row.element, row.element), row.due_at) for row in rows)


def list_decisions(vorgang_id: str) -> tuple[Entschieden, ...]:
    """The decisions made by tables of the bundle, oldest first."""
    with db.reading() as tx:
        case: Any = vorgang.get(tx, vorgang_id)
        bundle = leistung.version(tx, case.version_id)
        rows = tx.all(sa.select(decision.T).where(decision.T.c.vorgang_id == vorgang_id).order_by(decision.T.c.id))
    names = {element.id: element.name or element.id for element in bundle.spec.elements()}
    return tuple(
        Entschieden(
            row.at, row.element, names.get(row.element, row.element), row.decision, decode(row.inputs),
            tuple(decode(row.rules)), decode(row.value), case.version_id,
        )
        for row in rows
    )  # fmt: skip


def list_incidents(vorgang_id: str | None = None, page: int = 1) -> Page:
    """Open incidents, oldest first."""
    query = sa.select(incident.T, V.c.nummer).join(V, V.c.id == incident.T.c.vorgang_id).where(incident.T.c.state == "offen")
    if vorgang_id is not None:
        query = query.where(incident.T.c.vorgang_id == vorgang_id)
    return page_of(
        query.order_by(incident.T.c.opened_at, incident.T.c.id),
        page,
        lambda row: Incident(row.id, row.vorgang_id, row.nummer, row.element, row.message, row.opened_at),
    )
