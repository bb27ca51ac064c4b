"""What belongs to a case: documents, messages, incidents."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

import sqlalchemy as sa

from engine.base import db
from engine.base import files as store
from engine.base.errors import Unknown
from engine.base.ports import File
from engine.model import dokument, incident, nachricht, vorgang
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
    """A message with the applicant; direction IN or OUT.

    `sent`: it has reached the mailbox (one of ours), `reply` says whether an answer may or must come, `reply_bis` until when,
    by which law (`reply_source`, where a clerk set it). `answers` is the id of the message that this one answers.
    """

    id: str
    direction: str
    subject: str
    body: str
    documents: tuple[str, ...]
    at: dt.datetime
    notified_at: dt.datetime | None
    retrieved_at: dt.datetime | None
    sent: bool
    reply: str
    reply_bis: dt.date | None
    reply_source: str
    answers: str | None


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    vorgang_id: str
    nummer: str
    element: str
    message: str
    opened_at: dt.datetime


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
    t = nachricht.T
    with db.reading() as tx:
        vorgang.get(tx, vorgang_id)
        rows = tx.all(sa.select(t).where(t.c.vorgang_id == vorgang_id).order_by(t.c.at, t.c.id))
    ours = {row.external_id: row.id for row in rows if row.direction == nachricht.OUT and row.external_id}
    return tuple(
        Nachricht(
            row.id, row.direction, row.subject, row.body, tuple(json.loads(row.documents)), row.at, row.notified_at,
            row.retrieved_at, row.external_id is not None, row.reply, row.reply_bis, row.reply_source, ours.get(row.reply_to),
        )
        for row in rows
    )  # fmt: skip


def case_of_message(id: str) -> str:
    """The id of the case that a message belongs to.

    Raises:
        Unknown: there is no such message.
    """
    with db.reading() as tx:
        return str(nachricht.get(tx, id).vorgang_id)


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
