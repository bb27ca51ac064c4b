"""Cooperation: which grants a municipality has given and who has used them; which it holds, and what somebody asks by one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.base import clock, db
from engine.base.db import Tx
from engine.base.errors import Cause as Reason
from engine.base.errors import Conflict, Invalid, Unavailable, Unknown
from engine.base.ports import Clerk, Reply, Request
from engine.base.rights import ASK_HELP, COOPERATE, RIGHTS, SYSTEM, Konto
from engine.model import address, grant, grant_held, konto, vertretung, vorgang
from engine.reads.kommune import kommune
from engine.reads.paging import Page, page_of
from engine.reads.sight import NOT_HERE

T, HELD, HEARD, USES, V = grant.T, grant_held.T, grant_held.HEARD, grant.USES, vorgang.T


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant that this municipality has given. `state` is angeboten, kuenftig, gilt, abgelaufen or beendet.

    `opens` is what (konto, rolle, stelle, leistung, vorgang) and its key; `uses` how often it was used.
    """

    id: str
    kind: str
    guest: str
    guest_name: str
    users: tuple[tuple[str, str], ...]
    opens: tuple[str, str]
    opens_name: str
    vorgang_id: str | None
    question: str
    documents: tuple[str, ...]
    fields: tuple[str, ...]
    rights: tuple[str, ...]
    purpose: str
    legal_form: str
    from_am: dt.date
    until_bis: dt.date
    state: str
    uses: int
    made_by: str
    made_at: dt.datetime
    signed_by: str | None
    signed_at: dt.datetime | None
    ended_by: str | None
    ended_at: dt.datetime | None
    ended_because: str | None


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody of the guest has done something: their name, the tag of the act, the case and its number."""

    sequence: int
    konto: str
    name: str
    tag: str
    vorgang_id: str
    nummer: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A grant that this municipality holds; whether it is valid only `origin` knows."""

    origin: str
    origin_name: str
    id: str
    kind: str
    users: tuple[tuple[str, str], ...]
    from_am: dt.date
    until_bis: dt.date
    signed: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class OwnUse:
    """Somebody of us has done something at an origin: their name, the tag of the act. In which case only the origin tells."""

    sequence: int
    konto: str
    name: str
    tag: str
    at: dt.datetime


def list_grants(*, kind: str | None = None, vorgang_id: str | None = None, page: int = 1) -> Page:
    """The grants that this municipality has given, those that run first, then the newest."""
    query = sa.select(T)
    if kind is not None:
        query = query.where(T.c.kind == kind)
    if vorgang_id is not None:
        query = query.where(T.c.vorgang_id == vorgang_id)
    return page_of(query.order_by(T.c.ended_at.is_not(None), T.c.made_at.desc(), T.c.id.desc()), page, _grant)


def get_grant(id: str) -> Grant:
    """A grant that this municipality has given.

    Raises:
        Unknown: if there is none.
    """
    with db.reading() as tx:
        return _grant(grant.get(tx, id))


def _grant(row: Any) -> Grant:
    users = tuple((what, key) for what, key in json.loads(row.users))
    return Grant(
        row.id, row.kind, row.guest, row.guest_name, users, (row.opens, row.opens_key), row.opens_name, row.vorgang_id,
        row.question, tuple(json.loads(row.documents)), tuple(json.loads(row.fields)), tuple(json.loads(row.rights)),
        row.purpose, row.legal_form, row.from_am, row.until_bis, grant.state_of(row), row.uses, row.made_by, row.made_at,
        row.signed_by, row.signed_at, row.ended_by, row.ended_at, row.ended_because,
    )  # fmt: skip


def may_end(given: Any, by: Konto) -> bool:
    """Whether somebody may end a grant (or its row): the Administration, who asked or who stands in for them.

    A request of the process may be taken back by whoever may ask.
    """
    if by.granted is not None:
        return False
    of_process = given.kind == grant.AMTSHILFE and given.made_by == SYSTEM.login
    return by.may(COOPERATE) or given.made_by in by.logins or (of_process and by.may(ASK_HELP))


def list_uses(grant_id: str, page: int = 1) -> Page:
    """Who has used a grant, the latest first."""
    with db.reading() as tx:
        names = grant.names(tx)
        query = sa.select(USES, V.c.nummer).join(V, V.c.id == USES.c.vorgang_id)
        query = query.where(USES.c.grant_id == grant_id).order_by(USES.c.sequence.desc())
        return page_of(query, page, lambda row: _use(row, names))


def _use(row: Any, names: Mapping[str, str]) -> Use:
    return Use(row.sequence, row.konto, names.get(row.konto, row.konto), row.tag, row.vorgang_id, row.nummer, row.at)


def users_of_grants(ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Who has used each of these grants, by name, whoever did last first."""
    with db.reading() as tx:
        found = _who_used(tx, (USES.c.grant_id,), USES.c.grant_id.in_(ids), grant.names(tx))
    return {id: who for (id,), who in found.items()}


def _who_used(
    tx: Tx, of: Sequence[sa.Column[Any]], where: sa.ColumnElement[bool], names: Mapping[str, str]
) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """The names of those who have used grants, by what tells these apart (`of`); whoever did last first."""
    uses = of[0].table.c
    last = sa.select(uses.konto, *of).where(where).group_by(uses.konto, *of).order_by(sa.func.max(uses.at).desc(), uses.konto)
    found = dict[tuple[str, ...], list[str]]()
    for row in tx.all(last):
        found.setdefault(tuple(row)[1:], []).append(names.get(row.konto, row.konto))
    return {which: tuple(who) for which, who in found.items()}


# --- as a guest ------------------------------------------------------------------------------------------------------


def clerk_of(by: Konto) -> Clerk:
    """Somebody as they are at this moment, to be named to another municipality: only who works here can be.

    Raises:
        Unknown: they do not work here (any more), or are here by a grant themselves.
    """
    with db.reading() as tx:
        clerk = _at_home(tx, by)
        return dataclasses.replace(clerk, had=address.of(tx, clerk.login))


def _at_home(tx: Tx, by: Konto) -> Clerk:
    """Somebody as they are here at this moment; the addresses they have had are not looked up."""
    k = konto.T
    query = sa.select(k, vertretung.not_ended().label("may_stand_in")).where(k.c.id == by.id, k.c.active)
    row = tx.one_or_none(query) if by.granted is None else None
    if row is None:
        raise Unknown(NOT_HERE)
    covered = vertretung.persons(tx, vertretung.stood_in_for(tx, row.login)) if row.may_stand_in else ()
    roles, groups = json.loads(row.roles), json.loads(row.groups)
    rights = {right for role in roles for right in RIGHTS.get(role, ())}
    covers = tuple(one.konto.id for one in covered)
    return Clerk(row.id, row.login, row.name, row.email, tuple(roles), tuple(groups), tuple(sorted(rights)), covers)


def held_by(by: Konto, kinds: Sequence[str] = grant.KINDS) -> tuple[Held, ...]:
    """The grants that somebody here may use today, as far as this municipality knows."""
    with db.reading() as tx:
        return tuple(_held(row) for row in grant_held.usable(tx, _at_home(tx, by), kinds))


def colleagues_by(held: Held, by: Konto) -> tuple[Konto, ...]:
    """Who else here may work on tasks by a grant that this municipality holds, by name."""
    with db.reading() as tx:
        people = konto.active(tx)
    return tuple(
        one
        for one in people
        if one.id != by.id and one.may("aufgabe.bearbeiten") and grant.names_one(held.users, one.id, one.roles, one.groups)
    )


def list_held(page: int = 1, *, kinds: Sequence[str] = grant.KINDS) -> Page:
    """All grants that this municipality holds or held, those that run first."""
    query = (
        sa.select(HELD)
        .where(HELD.c.kind.in_(kinds))
        .order_by(HELD.c.ended_at.is_not(None), HELD.c.received_at.desc(), HELD.c.grant_id.desc())
    )
    return page_of(query, page, _held)


def agreements_unsigned() -> int:
    """How many agreements that others have offered wait for our signature."""
    waits = sa.and_(HELD.c.kind != grant.AMTSHILFE, HELD.c.signed_at.is_(None), HELD.c.ended_at.is_(None))
    today = clock.local_day(clock.now())
    with db.reading() as tx:
        return int(tx.scalar(sa.select(sa.func.count()).where(waits, HELD.c.until_bis >= today)))


def neighbours_gone() -> frozenset[str]:
    """The municipalities that have left, though we have given them grants that run, or hold some of theirs."""
    running = sa.union(
        sa.select(T.c.guest).where(T.c.ended_at.is_(None)), sa.select(HELD.c.origin).where(HELD.c.ended_at.is_(None))
    )
    with db.reading() as tx:
        slugs = tx.scalars(running)
    return frozenset(filter(is_gone, slugs))


def is_gone(slug: str) -> bool:
    """Whether there is no municipality of that name (any more)."""
    try:
        kommune(slug)
    except Unknown:
        return True
    return False


def covered_elsewhere(login: str) -> tuple[Grant, ...]:
    """The grants that run or are to come by which another municipality covers a Konto."""
    mine = sa.and_(T.c.kind == grant.VERTRETUNG, T.c.opens == grant.KONTO, T.c.opens_key == login, T.c.ended_at.is_(None))
    with db.reading() as tx:
        rows = [_grant(row) for row in tx.all(sa.select(T).where(mine).order_by(T.c.from_am, T.c.id))]
    return tuple(one for one in rows if one.state in (grant.VALID, grant.NOT_YET))


def get_held(origin: str, grant_id: str) -> Held:
    """A grant that this municipality holds or held.

    Raises:
        Unknown: if there is none.
    """
    with db.reading() as tx:
        row = grant_held.find(tx, origin, grant_id)
    if row is None:
        raise Unknown(NOT_HERE)
    return _held(row)


def list_own_uses(origin: str, grant_id: str, page: int = 1) -> Page:
    """Who of us has used a grant that we hold, as the origin has told us, the latest first."""
    with db.reading() as tx:
        names = _our_names(tx)
        query = sa.select(HEARD).where(HEARD.c.origin == origin, HEARD.c.grant_id == grant_id)
        return page_of(query.order_by(HEARD.c.at.desc(), HEARD.c.sequence.desc()), page, lambda row: _own_use(row, names))


def own_users(held: Sequence[Held]) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Who of us has used each of these grants that we hold, by origin and id; whoever did last first."""
    of = HEARD.c.origin, HEARD.c.grant_id
    with db.reading() as tx:
        return _who_used(tx, of, sa.tuple_(*of).in_([(one.origin, one.id) for one in held]), _our_names(tx))


def _our_names(tx: Tx) -> Mapping[str, str]:
    k = konto.T
    return {row.login: row.name for row in tx.all(sa.select(k.c.login, k.c.name))}


def _own_use(row: Any, names: Mapping[str, str]) -> OwnUse:
    return OwnUse(row.sequence, row.konto, names.get(row.konto, row.konto), row.tag, row.at)


def _held(row: Any) -> Held:
    users = tuple((what, key) for what, key in json.loads(row.users))
    return Held(
        row.origin, row.origin_name, row.grant_id, row.kind, users, row.from_am, row.until_bis, row.signed_at is not None,
        row.ended_at is not None,
    )  # fmt: skip


def request_of(by: Konto, name: str, origin: str, grant_id: str, operation: str, arguments: Mapping[str, Any]) -> Request:
    """What somebody here asks of an origin by a grant; `name` is what this municipality is called.

    If it holds none of that name, or has been told that it has ended, it sends no secret: the origin refuses, and its Protokoll
    tells of the attempt. So an end holds although the origin came out of a backup from before it.

    Raises:
        Unknown: they do not work here.
    """
    clerk = clerk_of(by)
    with db.reading() as tx:
        row = grant_held.find(tx, origin, grant_id)
        secret = "" if row is None or row.ended_at is not None else db.unsealed(row.secret)
    return Request(db.slug(), name, grant_id, secret, clerk, operation, arguments)


def content_of(reply: Reply) -> Mapping[str, Any]:
    """What an origin has answered.

    Raises:
        Unknown, Conflict, Invalid, Unavailable: it has refused, or is away.
    """
    if reply.kind == "ok":
        return reply.content
    causes = [Reason(**cause) for cause in reply.causes]
    problem = {"conflict": Conflict, "invalid": Invalid, "away": Unavailable}.get(reply.kind, Unknown)
    raise problem(reply.sentence, causes)
