"""Guest sight: what somebody of another municipality sees here by a grant. Nothing else, whatever roles they have at home.

An Amtshilfe opens no case and no task, only a projection (`engine.verbs.guest_help`). All else opens tasks: those of a Konto
(which it holds, and free ones it could take), free ones of a role or a Stelle, all of a Leistung; and the cases they stand in.
What somebody has done by the grant they see as long as it holds. Cases that designers try a version with are never seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.base.rights import Konto
from engine.model import aufgabe, vorgang
from engine.model.grant import KONTO, LEISTUNG, STELLE

A, V = aufgabe.T, vorgang.T
_OF_CASE = A.alias("opened")
EVERYBODY = "[]"
"""The groups of a task that is for everybody with the right, as they are kept."""


def tasks(guest: Konto, lists: Sequence[str], a: Any = A) -> sa.ColumnElement[bool]:
    """The condition on tasks (joined with their cases) that a grant opens them. `lists`: the values of `groups` it covers."""
    if guest.granted is None or not guest.stands_in:
        return sa.false()
    (what, key), [whom] = guest.granted.opens, guest.stands_in
    free = [a.c.groups.in_([one for one in lists if one != EVERYBODY])]
    if what == LEISTUNG:
        return sa.and_(V.c.test_by.is_(None), V.c.leistung == key)
    if what == STELLE:
        free.append(sa.and_(a.c.groups == EVERYBODY, V.c.stelle == key))
    if what == KONTO:
        theirs = sa.or_(V.c.stelle.is_(None), V.c.stelle.in_(whom.groups)) if whom.groups else sa.true()
        free.append(sa.and_(a.c.groups == EVERYBODY, theirs))
    held = [sa.and_(a.c.holder == guest.login, a.c.held_for == whom.login)]
    if what == KONTO:
        held.append(a.c.holder == key)
    return sa.and_(V.c.test_by.is_(None), sa.or_(*held, sa.and_(a.c.holder.is_(None), sa.or_(*free))))


def cases(guest: Konto, lists: Sequence[str]) -> sa.ColumnElement[bool]:
    """The condition on cases that a grant opens them."""
    a = _OF_CASE
    whole = _whole(guest)
    return sa.exists().where(a.c.vorgang_id == V.c.id, _concerned(guest, lists, a)) if whole is None else whole


def _whole(guest: Konto) -> Any:
    """The condition on cases, where a grant opens all cases of a Leistung; None where it opens single tasks."""
    if guest.granted is None or guest.granted.opens[0] != LEISTUNG or not guest.stands_in:
        return None
    return sa.and_(V.c.test_by.is_(None), V.c.leistung == guest.granted.opens[1])


def _concerned(guest: Konto, lists: Sequence[str], a: Any) -> sa.ColumnElement[bool]:
    """The condition on tasks that they are open to a grant, or were done by it."""
    if not guest.stands_in:
        return sa.false()
    done = sa.and_(a.c.closed_by == guest.login, a.c.held_for == guest.stands_in[0].login)
    return sa.or_(sa.and_(a.c.state == aufgabe.OPEN, tasks(guest, lists, a)), done)


def found(guest: Konto, lists: Sequence[str], kind: str, id: str) -> sa.Select[Any]:
    """The query for a case or a task that a guest names; it finds nothing that the grant does not open."""
    if kind == "aufgabe_id":
        return sa.select(V.c.id).join(A, A.c.vorgang_id == V.c.id).where(A.c.id == id, _concerned(guest, lists, A))
    return sa.select(V.c.id).where(V.c.id == id, cases(guest, lists))
