"""What people have noted and done at a case: comments, reminders (Wiedervorlagen), and their acts by the Protokoll."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.rights import SYSTEM, Konto
from engine.model import aufgabe, comment, grant, konto, protokoll, reminder, vertretung, vorgang
from engine.model.waits import OPEN
from engine.reads.paging import Page, page_of
from engine.reads.sight import Sight, seen_by

R, V = reminder.T, vorgang.T


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    at: dt.datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """When a case comes up again, what for, and for whom (a login; None: whoever works on it)."""

    id: str
    am: dt.date
    text: str
    holder: str | None
    state: str
    made_by: str
    made_at: dt.datetime
    closed_by: str | None
    closed_at: dt.datetime | None
    due: bool


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder as a list of the day shows it, with its case: number, name, applicant."""

    id: str
    vorgang_id: str
    nummer: str
    name: str
    applicant: str
    am: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person did with a case, by the Protokoll: the tag of the verb, the login, and what it wrote down."""

    at: dt.datetime
    tag: str
    konto: str
    detail: Mapping[str, Any]


def list_comments(vorgang_id: str) -> tuple[Comment, ...]:
    """The comments at a case, oldest first."""
    t = comment.T
    with db.reading() as tx:
        rows = tx.all(sa.select(t).where(t.c.vorgang_id == vorgang_id).order_by(t.c.id))
    return tuple(Comment(row.id, row.at, row.author, row.text) for row in rows)


def list_reminders(vorgang_id: str) -> tuple[Reminder, ...]:
    """The reminders of a case, those next first; those that are done are among them."""
    today = clock.local_day(clock.now())
    with db.reading() as tx:
        rows = tx.all(sa.select(R).where(R.c.vorgang_id == vorgang_id).order_by(R.c.am, R.c.id))
    return tuple(
        Reminder(
            row.id, row.am, row.text, row.holder, row.state, row.made_by, row.made_at, row.closed_by, row.closed_at,
            row.state == OPEN and row.am <= today,
        )
        for row in rows
    )  # fmt: skip


def due_reminders(by: Konto | Sight) -> Page:
    """The reminders that are due by today, for a Konto or for whoever works on a case it sees; the oldest first."""
    today = clock.local_day(clock.now())
    with db.reading() as tx:
        sight = seen_by(tx, by)
        mine = sa.or_(R.c.holder.is_(None), R.c.holder.in_(sight.konto.logins))
        query = sa.select(R, V.c.nummer, V.c.name, V.c.applicant).join(V, V.c.id == R.c.vorgang_id)
        query = query.where(R.c.state == OPEN, R.c.am <= today, mine, sight.cases())
        return page_of(query.order_by(R.c.am, R.c.id), 1, _due_from)


def _due_from(row: Any) -> DueReminder:
    return DueReminder(row.id, row.vorgang_id, row.nummer, row.name, row.applicant, row.am, row.text)


def list_acts(vorgang_id: str) -> tuple[Act, ...]:
    """What people did with a case, and which grants ended by themselves, oldest first."""
    t = protokoll.T
    mine = sa.and_(t.c.vorgang_id == vorgang_id, sa.or_(t.c.konto != SYSTEM.login, t.c.tag == grant.HAS_ENDED))
    with db.reading() as tx:
        rows = tx.all(sa.select(t.c.at, t.c.tag, t.c.konto, t.c.detail).where(mine).order_by(t.c.number))
    return tuple(Act(row.at, row.tag, row.konto, json.loads(row.detail)) for row in rows)


def names_of_konten() -> dict[str, str]:
    """What people are called, by their logins: also those who no longer work here, guests, and what was covered."""
    with db.reading() as tx:
        rows = tx.all(sa.select(konto.T.c.login, konto.T.c.name))
        guests = {**grant.names(tx), **vertretung.names(tx)}
    return {SYSTEM.login: SYSTEM.name, **guests, **{row.login: row.name for row in rows}}


def names_of_tasks(vorgang_id: str) -> dict[str, str]:
    """What the tasks of a case are called, by their ids; also those that are done."""
    t = aufgabe.T
    with db.reading() as tx:
        rows = tx.all(sa.select(t.c.id, t.c.name).where(t.c.vorgang_id == vorgang_id))
    return {row.id: row.name for row in rows}
