"""Sight: whose a task is, and who sees a case.

A task is for the Stellen and roles its groups name; one without groups is for everybody with the right. A case that was given
to a Stelle is seen by its people, and by whoever has or had a task in it. Who belongs to no Stelle sees all that the role
allows (a small municipality needs no Stellen), and so does the Administration. A designer sees no cases, but those that were
started to try a version, each its own.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Unknown
from engine.base.rights import Konto
from engine.model import aufgabe, bescheid, incident, nachricht, reminder, retention, vorgang
from engine.reads import guest_sight
from engine.reads.guest_sight import EVERYBODY
from engine.reads.paging import looked_at

A, V = aufgabe.T, vorgang.T
CONCERNING, SEEN = A.alias("concerning"), A.alias("seen")  # made once: each copies all columns
# What a door names by id, and the table that says to which case it belongs.
OF_CASE: dict[str, sa.Table] = {
    "aufgabe_id": A, "bescheid_id": bescheid.T, "incident_id": incident.T, "nachricht_id": nachricht.T,
    "reminder_id": reminder.T, "hold_id": retention.HOLDS,
}  # fmt: skip
# A case that a designer started to try a version: seen under this name by that designer alone, whatever else they may see.
OWN_TEST = "test_id"
NOT_HERE = "Das gibt es hier nicht."


def sees_all(konto: Konto) -> bool:
    """Whether nothing in this municipality is hidden from the Konto."""
    return in_no_stelle(konto) or konto.may("kommune.verwalten")


def in_no_stelle(konto: Konto) -> bool:
    """Whether nothing is kept apart for the Konto by Stellen: it belongs to none, or stands in for somebody who does not."""
    if konto.granted is not None:
        return False
    return not konto.groups or any(not one.groups for one in konto.stands_in)


def stellen_of(konto: Konto) -> list[str]:
    """The Stellen whose cases the Konto sees: its own, and those of whom it stands in for."""
    return sorted(konto.groups.union(*(one.groups for one in konto.stands_in)))


def is_own(groups: Collection[str], konto: Konto) -> bool:
    """Whether a task of these groups is one that the Konto may do for itself."""
    if konto.granted is not None:
        return False  # a guest has nothing here to do but in somebody's place
    return not groups or not konto.groups or not (konto.groups | konto.roles).isdisjoint(groups)


def is_for(groups: Collection[str], konto: Konto) -> bool:
    """Whether a task of these groups is one that the Konto may do: for itself, or for somebody it stands in for."""
    return is_own(groups, konto) or any(is_own(groups, one) for one in konto.stands_in)


# --- in lists ------------------------------------------------------------------------------------------------------
#
# A list is read in its order until its page is full. Who sees one case in a thousand would have the whole table read for that:
# where somebody sees few cases, those are looked up instead, each kind through an index of its own.

FEW = 1000


@dataclass(frozen=True, slots=True)
class Sight:
    """What a Konto sees, as conditions for lists.

    `lists` are the values of `groups` that name it; `few` are its cases, if they are few.
    """

    konto: Konto
    lists: tuple[str, ...] = ()
    few: sa.Select[Any] | None = None

    def cases(self) -> sa.ColumnElement[bool]:
        """The condition on cases that the Konto sees them."""
        if self.konto.granted is not None:
            return guest_sight.cases(self.konto, self.lists)
        if self.few is not None:
            return V.c.id.in_(self.few)
        if sees_all(self.konto):
            return sa.true()
        a, logins = CONCERNING, self.konto.logins
        own = sa.or_(a.c.holder.in_(logins), a.c.closed_by.in_(logins), looked_at(a.c.groups).in_(self.lists))
        concerned = sa.exists().where(a.c.vorgang_id == V.c.id, own)
        return sa.or_(V.c.stelle.is_(None), V.c.stelle.in_(stellen_of(self.konto)), concerned)

    def own_tasks(self) -> sa.ColumnElement[bool]:
        """The condition on tasks that they are for the Konto."""
        if self.konto.granted is not None:
            return guest_sight.tasks(self.konto, self.lists)
        return looked_at(A.c.groups).in_([EVERYBODY, *self.lists]) if not in_no_stelle(self.konto) else sa.true()

    def open_tasks(self, *, by_case: bool = False) -> sa.ColumnElement[bool]:
        """The condition on tasks (joined with their cases) that they are open and that the Konto sees their case.

        `by_case`: the cases are sought first, and of each its tasks.
        """
        if self.konto.granted is not None:
            return sa.and_(A.c.state == aufgabe.OPEN, guest_sight.tasks(self.konto, self.lists))
        if self.few is None:
            return sa.and_((looked_at(A.c.state) if by_case else A.c.state) == aufgabe.OPEN, self.cases())
        a = SEEN
        here = sa.and_(a.c.vorgang_id.in_(self.few), looked_at(a.c.state) == aufgabe.OPEN)
        return A.c.id.in_(sa.select(a.c.id).where(here))


def seen_by(tx: Tx, konto: Konto | Sight) -> Sight:
    """What a Konto sees, in the way that suits how much that is; found out once for all lists of a look."""
    if isinstance(konto, Sight):
        return konto
    lists = tuple(text for text in tx.scalars(_GROUP_LISTS) if _names(text, konto)) if not in_no_stelle(konto) else ()
    if konto.granted is not None or sees_all(konto):
        return Sight(konto, lists)
    ways = [
        sa.select(V.c.id).where(sa.or_(V.c.stelle.is_(None), V.c.stelle.in_(stellen_of(konto)))),
        sa.select(A.c.vorgang_id).where(A.c.holder.in_(konto.logins)),
        sa.select(A.c.vorgang_id).where(A.c.closed_by.in_(konto.logins)),
        sa.select(A.c.vorgang_id).where(A.c.groups.in_(lists)),
    ]
    at_most = sa.union(*(sa.select(way.limit(FEW + 1).subquery()) for way in ways)).subquery()
    count = tx.scalar(sa.select(sa.func.count()).select_from(at_most))
    return Sight(konto, lists, sa.select(sa.union(*ways).subquery()) if count <= FEW else None)


def _all_group_lists() -> sa.Select[Any]:
    """Every value that `groups` has: they are as few as tasks in diagrams, so the index is jumped through."""
    first = sa.select(sa.func.min(A.c.groups).label("groups")).cte("lists", recursive=True)
    following = sa.select(sa.func.min(A.c.groups)).where(A.c.groups > first.c.groups).scalar_subquery()
    lists = first.union_all(sa.select(following).where(first.c.groups.is_not(None)))
    return sa.select(lists.c.groups).where(lists.c.groups.is_not(None))


_GROUP_LISTS = _all_group_lists()


def _names(groups: str, konto: Konto) -> bool:
    """Whether a list, as it stands in a task, names a Konto: letter by letter, as LIKE would not (SQLite's takes a for A)."""
    return groups != EVERYBODY and is_for(json.loads(groups), konto)


def require_sight(konto: Konto, kind: str, id: str) -> str | None:
    """Go on only if a Konto sees what an address names (`kind` is vorgang_id, aufgabe_id, test_id, …).

    Gives the login of whom it stands in for, where it sees it only in that place: then it acts for them.

    Raises:
        Unknown: it does not; the answer is that for ids that do not exist.
    """
    if konto.granted is not None:
        return _guest_sight(konto, kind, id)
    if kind == OWN_TEST:
        if not _found(sa.select(V.c.id).where(V.c.id == id, V.c.test_by == konto.login)):
            raise Unknown(NOT_HERE)
        return None
    alone = konto if not konto.stands_in else dataclasses.replace(konto, stands_in=())
    if sees_all(alone) or (kind != "vorgang_id" and kind not in OF_CASE):
        return None
    a = CONCERNING
    query = sa.select(V.c.stelle, a.c.holder, a.c.closed_by, a.c.groups).outerjoin(a, a.c.vorgang_id == V.c.id)
    if kind == "vorgang_id":
        query = query.where(V.c.id == id)
    else:
        table = OF_CASE[kind]
        query = query.join(table, table.c.vorgang_id == V.c.id).where(table.c.id == id)
    rows = _found(query)
    for one in (alone, *konto.stands_in):
        if rows and (in_no_stelle(one) or any(_concerns(row, one) for row in rows)):
            return None if one is alone else one.login
    raise Unknown(NOT_HERE)


def _guest_sight(guest: Konto, kind: str, id: str) -> str:
    """Go on only if a grant opens what is named; gives in whose place the guest acts there."""
    with db.reading() as tx:
        lists = seen_by(tx, guest).lists
        if kind in OF_CASE and kind != "aufgabe_id":
            id, kind = tx.scalar(sa.select(OF_CASE[kind].c.vorgang_id).where(OF_CASE[kind].c.id == id)) or "", "vorgang_id"
        if kind not in ("vorgang_id", "aufgabe_id") or tx.scalar(guest_sight.found(guest, lists, kind, id)) is None:
            raise Unknown(NOT_HERE)
    return guest.stands_in[0].login


def _concerns(row: Any, konto: Konto) -> bool:
    """Whether a case, with one of its tasks or none, is one that a Konto sees."""
    ours = row.stelle is None or row.stelle in konto.groups or konto.login in (row.holder, row.closed_by)
    return ours or _names(row.groups or EVERYBODY, konto)


def _found(query: sa.Select[Any]) -> Sequence[Any]:
    with db.reading() as tx:
        return tx.all(query)
