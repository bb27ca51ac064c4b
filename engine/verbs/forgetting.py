"""Forgetting: by night the names go that no case and no running grant needs any more, and what we know of grants long over.

    guests          name and e-mail address of somebody of another municipality stay while a grant of that one runs, and as long
                    as a case that is kept names them: four eyes count them, and its pages show who they were. Then they go
    grants held     a year after they have ended, with who of us has used them; that long somebody may ask what was done by
                    them, and an origin that comes out of a backup is told and tells again
    attempts        what an origin that is away could not be told within that year, and by what an origin knows one it has heard

The Protokoll keeps its lines on both sides: ids, tags and logins, no names (docs/adr/0016).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Base, Tx
from engine.base.rights import SYSTEM_RIGHT, Konto, verb
from engine.model import (
    address,
    aufgabe,
    bescheid,
    grant,
    grant_attempt,
    grant_held,
    grant_refused,
    konto,
    protokoll,
    restored,
    vorgang,
)

KEPT = dt.timedelta(days=366)
AT_ONCE = 500


@verb(right=SYSTEM_RIGHT, tag="befugnis:vergessen")
def forget_neighbours(*, by: Konto) -> int:
    """Delete what is known of people and grants of other municipalities and needed no more; gives how many rows went.

    Nothing goes while the outbox of a restored municipality is held: nobody has looked at it yet.
    """
    with db.reading() as tx:
        if restored.told(tx) is not None:
            return 0
        logins = not_needed(tx)
    before = clock.now() - KEPT
    with db.transaction() as tx:
        if tx.dialect == "sqlite":
            tx.execute(sa.text("PRAGMA secure_delete = ON"))  # what is deleted is written over
        let_in = _let_in(tx)  # since that look another grant may have been given
        going = [login for login in logins if grant.home_of(login) not in let_in]
        guests = tx.execute(sa.delete(grant.GUESTS).where(grant.GUESTS.c.login.in_(going))).rowcount if going else 0
        if going:
            tx.execute(sa.delete(address.T).where(address.T.c.login.in_(going)))
        held, attempts = grant_held.forget(tx, before), grant_attempt.forget(tx, before)
        grant_refused.forget(tx)
        if guests or held or attempts:
            protokoll.record(tx, None, gaeste=guests, erhalten=held, versuche=attempts)
    return guests + held + attempts


def not_needed(tx: Tx) -> list[str]:
    """The logins of guests whose municipality has no grant that has not ended, and whom no case names that is kept."""
    let_in = _let_in(tx)
    known = tx.scalars(sa.select(grant.GUESTS.c.login).order_by(grant.GUESTS.c.login))
    left = [login for login in known if grant.home_of(login) not in let_in][:AT_ONCE]
    for column in columns_of_cases():
        if not left:
            return []
        found = set(tx.scalars(sa.select(column).where(column.in_(left)).distinct()))
        left = [login for login in left if login not in found]
    return [login for login in left if not any(tx.scalar(query) is not None for query in _told_of(login))]


def _let_in(tx: Tx) -> set[str]:
    """The municipalities that have a grant here which has not ended."""
    return set(tx.scalars(sa.select(grant.T.c.guest).where(grant.T.c.ended_at.is_(None)).distinct()))


@cache
def columns_of_cases() -> tuple[sa.Column[str], ...]:
    """Where a case, its tasks, or a grant may name a login: every text that is as long as one; first who has done something."""
    tables = [table for table in Base.metadata.sorted_tables if _is_of_cases(table)]
    tables.sort(key=lambda table: table is not grant.USES)
    return tuple(column for table in tables for column in table.c if _holds_logins(column))


def _is_of_cases(table: sa.Table) -> bool:
    return table is vorgang.T or any(key.column.table in (vorgang.T, aufgabe.T) for key in table.foreign_keys)


def _holds_logins(column: sa.Column[str]) -> bool:
    of_column, of_login = column.type, konto.T.c.login.type
    return isinstance(of_column, sa.String) and isinstance(of_login, sa.String) and of_column.length == of_login.length


def _told_of(login: str) -> Iterator[sa.Select[tuple[str]]]:
    """Where a login stands inside of a text: who drafted a notice, and to whom a task was given in a case of theirs."""
    b, u, p = bescheid.T, grant.USES, protokoll.T
    yield sa.select(b.c.id).where(b.c.editors.contains(login, autoescape=True)).limit(1)
    theirs = sa.select(u.c.vorgang_id).where(u.c.konto.startswith(f"{grant.home_of(login)}/", autoescape=True))
    yield sa.select(p.c.tag).where(p.c.vorgang_id.in_(theirs), p.c.detail.contains(login, autoescape=True)).limit(1)
