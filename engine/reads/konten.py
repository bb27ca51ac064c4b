"""Who works here: Konten, Stellen, tokens, and who is signed in."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Unknown
from engine.base.rights import Konto
from engine.model import invitation, konto, session, stelle, vertretung, vorgang
from engine.reads.paging import Page, page_of

K, S, V = konto.T, stelle.T, vorgang.T


@dataclass(frozen=True, slots=True)
class Login:
    """Who is signed in, and how. `mark` names the session; `current` is the hash of the token that is valid now."""

    konto: Konto
    mark: str
    current: str
    via: str
    seen_at: dt.datetime
    turned_at: dt.datetime
    must_change: bool
    """The password was good for this one login: before anything else a new one must be chosen."""
    has_secret: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A Konto as the Administration sees it. `once`: the password is one for a first login, not yet changed."""

    id: str
    login: str
    name: str
    email: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    active: bool
    once: bool
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, without the token."""

    id: str
    name: str
    created_at: dt.datetime
    used_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Stelle:
    """An organisational unit, with how many Konten and open cases belong to it."""

    id: str
    key: str
    name: str
    nummer: str | None
    people: int
    cases: int


def login_of(token_hash: str) -> Login | None:
    """Who is signed in with the session token of this hash; None when no session has it, or its end has come."""
    row = session.find(token_hash)
    if row is None:
        return None
    must_change = row.once and row.via == session.PASSWORD
    who = konto.value_of(row, row.konto_id)
    if row.may_stand_in:
        with db.reading() as tx:
            who = _with_vertretung(tx, who)
    return Login(who, row.mark, row.id, row.via, row.seen_at, row.turned_at, must_change, row.secret is not None)


def idle_min() -> int:
    """After how many minutes without use a session ends here."""
    with db.reading() as tx:
        return session.idle_min(tx)


def caller_with(token: str) -> tuple[Konto, bool] | None:
    """The Konto an API token belongs to, and whether it is time to note that it was used."""
    with db.reading() as tx:
        found = konto.by_token(tx, token)
        return None if found is None else (_with_vertretung(tx, found[0]), found[1])


def _with_vertretung(tx: Tx, who: Konto) -> Konto:
    """A Konto with those for whom it acts today."""
    return dataclasses.replace(who, stands_in=vertretung.stood_in_for(tx, who.login))


def konto_by_login(login: str) -> tuple[Konto, str | None]:
    """The active Konto of a login and its password hash.

    Raises:
        Unknown: if there is none.
    """
    with db.reading() as tx:
        return konto.by_login(tx, login)


def invited(token: str) -> Konto | None:
    """The Konto whose one-time link this is; None if it is none, was used or has ended."""
    with db.reading() as tx:
        return invitation.invited(tx, token)


def has_password(konto_id: str, hash: str) -> bool:
    """Whether a password of that hash is the one that counts; a form sent twice makes two, of which one does."""
    with db.reading() as tx:
        found: str | None = tx.scalar(sa.select(K.c.password).where(K.c.id == konto_id))
    return found == hash


def list_personen(*, q: str | None = None, page: int = 1) -> Page:
    """All Konten, those in use first. `q` looks into login, name and e-mail address."""
    query = sa.select(K)
    if q:
        query = query.where(sa.or_(*(column.icontains(q, autoescape=True) for column in (K.c.login, K.c.name, K.c.email))))
    return page_of(query.order_by(K.c.active.desc(), K.c.name, K.c.id), page, _person)


def get_person(id: str) -> Person:
    """A Konto.

    Raises:
        Unknown: if there is none.
    """
    with db.reading() as tx:
        row = tx.one_or_none(sa.select(K).where(K.c.id == id))
    if row is None:
        raise Unknown("Dieses Konto gibt es nicht.")
    return _person(row)


def _person(row: Any) -> Person:
    roles, groups = tuple(json.loads(row.roles)), tuple(json.loads(row.groups))
    return Person(row.id, row.login, row.name, row.email, roles, groups, row.active, row.once, row.created_at)


def tokens_of(konto_id: str) -> tuple[Token, ...]:
    """The API tokens of a Konto, newest first."""
    t = konto.TOKENS
    with db.reading() as tx:
        rows = tx.all(sa.select(t).where(t.c.konto_id == konto_id).order_by(t.c.created_at.desc(), t.c.id.desc()))
    return tuple(Token(row.id, row.name, row.created_at, row.used_at) for row in rows)


def names_of_stellen() -> dict[str, str]:
    """What the Stellen are called, by their keys, in the order of the names; without counting what belongs to them."""
    with db.reading() as tx:
        rows = tx.all(sa.select(S.c.key, S.c.name).order_by(S.c.name, S.c.key))
    return {row.key: row.name for row in rows}


def list_stellen() -> tuple[Stelle, ...]:
    """All Stellen, by name. It counts open cases, of all there are: for pages of the Administration."""
    open_cases = sa.select(V.c.stelle, sa.func.count().label("number")).where(V.c.closed_at.is_(None)).group_by(V.c.stelle)
    with db.reading() as tx:
        rows = tx.all(sa.select(S).order_by(S.c.name, S.c.key))
        people = [json.loads(groups) for groups in tx.scalars(sa.select(K.c.groups).where(K.c.groups != "[]"))]
        cases = {row.stelle: row.number for row in tx.all(open_cases.where(V.c.stelle.is_not(None)))}
    return tuple(
        Stelle(row.id, row.key, row.name, row.nummer, sum(row.key in keys for keys in people), cases.get(row.key, 0))
        for row in rows
    )


def get_stelle(id: str) -> Stelle:
    """A Stelle.

    Raises:
        Unknown: if there is none.
    """
    found = next((one for one in list_stellen() if one.id == id), None)
    if found is None:
        raise Unknown("Diese Stelle gibt es nicht.")
    return found


def people_of(key: str) -> tuple[Person, ...]:
    """The Konten that belong to a Stelle, by name."""
    named = K.c.groups.contains(json.dumps(key, ensure_ascii=False), autoescape=True)
    with db.reading() as tx:
        rows = tx.all(sa.select(K).where(named).order_by(K.c.active.desc(), K.c.name, K.c.id))
    return tuple(_person(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Vertretung:
    """Who acts for whom, from a day to a day, and why. `covers` is konto, stelle or rolle; a Stelle or role has its `name`.

    `key` (of a Konto) and `substitute` are logins.
    """

    id: str
    covers: str
    key: str
    name: str
    substitute: str
    from_am: dt.date
    until_bis: dt.date
    reason: str
    made_by: str


def vertretungen_of(login: str) -> tuple[tuple[Vertretung, ...], tuple[Vertretung, ...]]:
    """Who acts for somebody, and for whom they act: what runs and what is to come."""
    with db.reading() as tx:
        found = vertretung.of(tx, who=login), vertretung.of(tx, substitute=login)
    covered, acts = (tuple(map(_vertretung, rows)) for rows in found)
    return covered, acts


def list_vertretungen() -> tuple[Vertretung, ...]:
    """Every Vertretung that runs or is to come, the next first."""
    with db.reading() as tx:
        return tuple(map(_vertretung, vertretung.of(tx)))


def _vertretung(row: Any) -> Vertretung:
    return Vertretung(
        row.id, row.covers, row.key, row.name, row.substitute, row.from_am, row.until_bis, row.reason, row.made_by
    )  # fmt: skip


def possible_substitutes(login: str) -> tuple[Konto, ...]:
    """Who could act for somebody: whoever may do tasks, by name."""
    with db.reading() as tx:
        return tuple(one for one in konto.active(tx) if one.login != login and one.may("aufgabe.bearbeiten"))
