"""Sight: whose a task is, and who sees a case.

A task is for the Stellen and roles its groups name; one without groups is for everybody with the right. A case that was given
to a Stelle is seen by its people, and by whoever has or had a task in it. Who belongs to no Stelle sees all that the role
allows (a small municipality needs no Stellen), and so does the Administration.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import sqlalchemy as sa

from engine.base import db
from engine.base.errors import Unknown
from engine.base.rights import Konto
from engine.model import aufgabe, bescheid, incident, nachricht, reminder, vorgang

A, V = aufgabe.T, vorgang.T
# What a door names by id, and the table that says to which case it belongs.
OF_CASE: dict[str, sa.Table] = {
    "aufgabe_id": A, "bescheid_id": bescheid.T, "incident_id": incident.T, "nachricht_id": nachricht.T,
    "reminder_id": reminder.T,
}  # fmt: skip


def sees_all(konto: Konto) -> bool:
    """Whether nothing in this municipality is hidden from the Konto."""
    return not konto.groups or konto.may("kommune.verwalten")


def is_for(groups: Collection[str], konto: Konto) -> bool:
    """Whether a task of these groups is one that the Konto may do."""
    return not groups or not konto.groups or not (konto.groups | konto.roles).isdisjoint(groups)


def tasks_of(konto: Konto, tasks: sa.FromClause = A) -> sa.ColumnElement[bool]:
    """The condition on tasks that they are for a Konto."""
    if not konto.groups:
        return sa.true()
    named = [tasks.c.groups.contains(_quoted(group), autoescape=True) for group in sorted(konto.groups | konto.roles)]
    return sa.or_(tasks.c.groups == "[]", *named)


def cases_of(konto: Konto) -> sa.ColumnElement[bool]:
    """The condition on cases that a Konto sees them."""
    if sees_all(konto):
        return sa.true()
    a = A.alias("concerning")
    own = sa.or_(a.c.holder == konto.login, a.c.closed_by == konto.login, sa.and_(a.c.groups != "[]", tasks_of(konto, a)))
    concerned = sa.exists().where(a.c.vorgang_id == V.c.id, own)
    return sa.or_(V.c.stelle.is_(None), V.c.stelle.in_(sorted(konto.groups)), concerned)


def _quoted(group: str) -> str:
    """A group as it stands in the list of a task."""
    return json.dumps(group, ensure_ascii=False)


def require_sight(konto: Konto, kind: str, id: str) -> None:
    """Go on only if a Konto sees what an address names (`kind` is vorgang_id, aufgabe_id, …).

    Raises:
        Unknown: it does not; the answer is that for ids that do not exist.
    """
    if sees_all(konto) or (kind != "vorgang_id" and kind not in OF_CASE):
        return
    query = sa.select(V.c.id).where(cases_of(konto))
    if kind == "vorgang_id":
        query = query.where(V.c.id == id)
    else:
        table = OF_CASE[kind]
        query = query.join(table, table.c.vorgang_id == V.c.id).where(table.c.id == id)
    with db.reading() as tx:
        if tx.scalar(query) is None:
            raise Unknown("Das gibt es hier nicht.")
