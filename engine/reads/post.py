"""The post room: cases of the default process, with what came."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.rights import Konto
from engine.bpmn.codec import decode
from engine.model import antrag, dokument, vorgang
from engine.reads.paging import Page, page_of
from engine.reads.sight import seen_by

POSTEINGANG = "posteingang"
V, A, D = vorgang.T, antrag.T, dokument.T
SHOWN_FIELDS = 6


@dataclass(frozen=True, slots=True)
class Sendung:
    """What came in and belongs to no Leistung yet: the case, the form and the unit it names, the first answers (label, value).

    `fields` and `files` say how many answers and files there are.
    """

    id: str
    nummer: str
    name: str
    applicant: str
    status: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    form: str
    stelle: str
    answers: tuple[tuple[str, Any], ...]
    fields: int
    files: int


def list_posteingang(*, by: Konto, everything: bool = False, page: int = 1) -> Page:
    """The cases of the post room that a Konto sees, those open (or `everything`), the oldest first."""
    files = sa.select(sa.func.count()).where(D.c.vorgang_id == V.c.id, D.c.kind != dokument.DRAFT).scalar_subquery()
    columns = (V.c.id, V.c.nummer, V.c.name, V.c.applicant, V.c.status, V.c.opened_at, V.c.closed_at)
    query = sa.select(*columns, A.c.fields, A.c.form_id, A.c.stelle.label("unit"), files.label("files")).outerjoin(
        A, A.c.vorgang_id == V.c.id
    )
    query = query.where(V.c.leistung == POSTEINGANG)
    if not everything:
        query = query.where(V.c.closed_at.is_(None))
    with db.reading() as tx:
        query = query.where(seen_by(tx, by).cases())
        return page_of(query.order_by(V.c.opened_at, V.c.id), page, _sendung)


def _sendung(row: Any) -> Sendung:
    answers = list(_answers(decode(row.fields))) if row.fields is not None else []
    return Sendung(
        row.id, row.nummer, row.name, row.applicant, row.status, row.opened_at, row.closed_at, row.form_id or "",
        row.unit or "", tuple(answers[:SHOWN_FIELDS]),
        len(answers), row.files,
    )  # fmt: skip


def _answers(items: list[dict[str, Any]]) -> Any:
    for item in items:
        if item["kind"] == "gruppe":
            yield from _answers(item["items"])
        elif item["value"] not in (None, ""):
            yield item["label"], item["value"]
