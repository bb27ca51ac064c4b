"""Tasks of people."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Unknown
from engine.base.rights import Konto
from engine.bpmn.codec import decode
from engine.model import aufgabe, leistung, task_draft, vorgang
from engine.reads.paging import Page, page_of
from engine.reads.sight import cases_of

A, V = aufgabe.T, vorgang.T

AUFGABEN = sa.select(A, V.c.nummer, V.c.leistung, V.c.applicant).join(V, V.c.id == A.c.vorgang_id)
_AUFGABE = AUFGABEN.where(A.c.id == sa.bindparam("b_id"))


@dataclass(frozen=True, slots=True)
class Aufgabe:
    """A task of a person. `state` is offen, erledigt or entfallen; `holder` the login of who has it."""

    id: str
    vorgang_id: str
    nummer: str
    leistung: str
    applicant: str
    element: str
    name: str
    form: str | None
    item: int | None
    groups: tuple[str, ...]
    holder: str | None
    due_at: dt.datetime | None
    state: str
    opened_at: dt.datetime
    closed_by: str | None
    token: str
    answers_hash: str | None
    four_eyes: tuple[str, ...]


def aufgabe_from(row: Any) -> Aufgabe:
    """The value of a row that `AUFGABEN` found."""
    return Aufgabe(
        row.id, row.vorgang_id, row.nummer, row.leistung, row.applicant, row.element, row.name, row.form, row.item,
        tuple(json.loads(row.groups)), row.holder, row.due_at, row.state, row.opened_at, row.closed_by,
        row.token, row.answers_hash, tuple(json.loads(row.four_eyes)),
    )  # fmt: skip


def aufgabe_of(tx: Tx, id: str) -> Aufgabe:
    """A task, inside an open transaction.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(_AUFGABE, {"b_id": id})
    if row is None:
        raise Unknown("Diese Aufgabe gibt es nicht.")
    return aufgabe_from(row)


def get_aufgabe(id: str) -> Aufgabe:
    """A task."""
    with db.reading() as tx:
        return aufgabe_of(tx, id)


def list_aufgaben(
    *,
    holder: str | None = None,
    group: str | None = None,
    due_until: dt.datetime | None = None,
    vorgang_id: str | None = None,
    by: Konto | None = None,
    page: int = 1,
) -> Page:
    """Open tasks, those due first, then the oldest; `by`: only those of cases that a Konto sees."""
    query = AUFGABEN.where(A.c.state == aufgabe.OPEN)
    if by is not None:
        query = query.where(cases_of(by))
    if holder is not None:
        query = query.where(A.c.holder == holder)
    if group is not None:
        query = query.where(A.c.groups.contains(json.dumps(group, ensure_ascii=False), autoescape=True))
    if due_until is not None:
        query = query.where(A.c.due_at <= due_until)
    if vorgang_id is not None:
        query = query.where(A.c.vorgang_id == vorgang_id)
    return page_of(query.order_by(A.c.due_at.is_(None), A.c.due_at, A.c.opened_at, A.c.id), page, aufgabe_from)


@dataclass(frozen=True, slots=True)
class Entwurf:
    """What somebody has typed into a task's form and not sent."""

    data: dict[str, Any]
    saved_at: dt.datetime


def draft_of(aufgabe_id: str, login: str) -> Entwurf | None:
    """What a Konto has typed into a task's form and not sent; None if nothing."""
    d = task_draft.T
    with db.reading() as tx:
        row = tx.one_or_none(sa.select(d).where(d.c.aufgabe_id == aufgabe_id, d.c.konto == login))
    return None if row is None else Entwurf(decode(row.data), row.saved_at)


def form_of(aufgabe_id: str) -> tuple[bytes | None, dict[str, Any]]:
    """The form schema of a task and the variables it may show: those it sees or, once it has ended, those of the case."""
    with db.reading() as tx:
        row: Any = aufgabe.get(tx, aufgabe_id)
        case: Any = vorgang.get(tx, row.vorgang_id)
        bundle = leistung.version(tx, case.version_id)
    token = row.token if row.state == aufgabe.OPEN else None
    return bundle.forms.get(row.form or ""), dict(bpmn.variables(bundle.spec, case.snapshot, token))
