"""Tasks of people."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from engine import bpmn
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Unknown
from engine.base.rights import Konto
from engine.bpmn.codec import decode
from engine.model import aufgabe, konto, leistung, task_draft, vorgang
from engine.reads.paging import Page, looked_at, page_of
from engine.reads.sight import Sight, is_for, seen_by

A, V = aufgabe.T, vorgang.T
# Whose tasks: those one holds, those that are for one's Stellen and roles, those of all cases one sees.
Scope = Literal["mine", "stelle", "all"]
MINE: Scope = "mine"
STELLE: Scope = "stelle"
ALL: Scope = "all"
SCOPES = (MINE, STELLE, ALL)
MOST_COUNTED = 100

AUFGABEN = sa.select(A, V.c.nummer, V.c.leistung, V.c.applicant).join(V, V.c.id == A.c.vorgang_id)
_IS_OPEN = looked_at(A.c.state) == aufgabe.OPEN
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
    held_for: str | None = None


def aufgabe_from(row: Any) -> Aufgabe:
    """The value of a row that `AUFGABEN` found."""
    return Aufgabe(
        row.id, row.vorgang_id, row.nummer, row.leistung, row.applicant, row.element, row.name, row.form, row.item,
        tuple(json.loads(row.groups)), row.holder, row.due_at, row.state, row.opened_at, row.closed_by,
        row.token, row.answers_hash, tuple(json.loads(row.four_eyes)), row.held_for,
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
    scope: Scope = ALL,
    group: str | None = None,
    due_until: dt.datetime | None = None,
    vorgang_id: str | None = None,
    leistung: str | None = None,
    status: str | None = None,
    by: Konto | Sight | None = None,
    page: int = 1,
    before: int = 0,
) -> Page:
    """Open tasks, those due first, then the oldest; `by`: only those of cases that a Konto sees, and of its `scope`.

    `leistung` and `status` are those of the case. With the page come so many tasks `before` it, as far as there are.
    """
    wanted = list(_wanted(due_until, leistung, status))
    if group is not None:
        wanted.append(A.c.groups.contains(json.dumps(group, ensure_ascii=False), autoescape=True))
    if vorgang_id is not None:
        wanted.append(A.c.vorgang_id == vorgang_id)
    with db.reading() as tx:
        query = AUFGABEN.where(_IS_OPEN if by is None else _in_scope(seen_by(tx, by), scope), *wanted)
        return page_of(query.order_by(A.c.due_at.asc().nulls_last(), A.c.opened_at, A.c.id), page, aufgabe_from, before)


def count_aufgaben(
    by: Konto | Sight, *, due_until: dt.datetime | None = None, leistung: str | None = None, status: str | None = None
) -> dict[Scope, int]:
    """How many open tasks there are in each scope, counted up to `MOST_COUNTED`: nobody works from a longer list."""
    with db.reading() as tx:
        sight = seen_by(tx, by)
        counts = [_count(sight, scope, due_until, leistung, status) for scope in SCOPES]
        row = tx.all(sa.select(*counts))[0]
    return dict(zip(SCOPES, row, strict=True))


def _count(
    sight: Sight, scope: Scope, due_until: dt.datetime | None, leistung: str | None, status: str | None
) -> sa.ScalarSelect[int]:
    """A count, with the cases of a Leistung or status sought first: a list is in the order of its tasks, a count in none."""
    by_case = scope != MINE and sight.few is None and bool(leistung or status)
    wanted = _wanted(due_until, leistung, status, by_case=by_case)
    joined = sa.select(A.c.id).join(V, V.c.id == A.c.vorgang_id).where(_in_scope(sight, scope, by_case=by_case), *wanted)
    return sa.select(sa.func.count()).select_from(joined.limit(MOST_COUNTED).subquery()).scalar_subquery()


def _in_scope(sight: Sight, scope: Scope, *, by_case: bool = False) -> sa.ColumnElement[bool]:
    """The condition on tasks that they are open and belong to the scope."""
    if sight.konto.granted is not None and scope == MINE:  # what else they hold here, they hold by another grant
        return sa.and_(sight.open_tasks(), A.c.holder == sight.konto.login)
    if scope == MINE:
        return sa.and_(A.c.state == aufgabe.OPEN, A.c.holder.in_(sight.konto.logins))
    seen = sight.open_tasks(by_case=by_case)
    return sa.and_(seen, sight.own_tasks()) if scope == STELLE else seen


def _wanted(
    due_until: dt.datetime | None, leistung: str | None, status: str | None, *, by_case: bool = False
) -> Iterator[sa.ColumnElement[bool]]:
    """The conditions that a list is narrowed by."""
    if due_until is not None:
        yield A.c.due_at <= due_until
    for column, value in ((V.c.leistung, leistung), (V.c.status, status)):
        if value is not None:
            yield (column if by_case else looked_at(column)) == value


def possible_holders(task: Aufgabe) -> tuple[Konto, ...]:
    """Who could be given a task, by name; four eyes are looked at when it is given."""
    with db.reading() as tx:
        people = konto.active(tx)
    return tuple(one for one in people if one.may("aufgabe.bearbeiten") and is_for(task.groups, one))


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
