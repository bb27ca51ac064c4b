"""Konto: a person (or a machine) that works in this municipality, with roles and API tokens."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.errors import Conflict, Invalid, Unknown
from engine.base.rights import ROLES, Konto


class KontoRow(Base):
    __tablename__ = "konto"

    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    login: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(320))
    roles: Mapped[str] = mapped_column(sa.Text)
    groups: Mapped[str] = mapped_column(sa.Text, default="[]")
    password: Mapped[str | None] = mapped_column(sa.String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]


class TokenRow(Base):
    """An API token, kept as its hash only."""

    __tablename__ = "konto_token"

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    konto_id: Mapped[str] = mapped_column(sa.ForeignKey("konto.id"), index=True)
    created_at: Mapped[dt.datetime]


T, TOKENS = KontoRow.__table__, TokenRow.__table__


def add(
    tx: Tx, *, login: str, name: str, email: str, roles: frozenset[str], groups: frozenset[str], password: str | None
) -> str:
    """Add a Konto; `password` is an argon2 hash. Gives its id."""
    unknown = roles - ROLES.keys()
    if unknown:
        raise Invalid(f"Diese Rolle gibt es nicht: {', '.join(sorted(unknown))}. Es gibt {', '.join(sorted(ROLES))}.")
    id = new_id()
    values = {
        "id": id, "login": login, "name": name, "email": email, "roles": json.dumps(sorted(roles)),
        "groups": json.dumps(sorted(groups)), "password": password, "active": True, "created_at": clock.now(),
    }  # fmt: skip
    if not tx.insert_once(T, values):
        raise Conflict(f"Die Anmeldung „{login}“ ist schon vergeben.")
    return id


def _konto(row: sa.Row[tuple[object, ...]]) -> Konto:
    return Konto(row.id, row.login, row.name, frozenset(json.loads(row.roles)), frozenset(json.loads(row.groups)))


def by_login(tx: Tx, login: str) -> tuple[Konto, str | None]:
    """An active Konto and its password hash.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(sa.select(T).where(T.c.login == login, T.c.active))
    if row is None:
        raise Unknown(f"Es gibt keine Anmeldung „{login}“.")
    return _konto(row), row.password


def by_id(tx: Tx, id: str) -> Konto | None:
    row = tx.one_or_none(sa.select(T).where(T.c.id == id, T.c.active))
    return None if row is None else _konto(row)


def new_token(tx: Tx, konto_id: str) -> str:
    """Make an API token; it is shown once and kept as a hash."""
    token = "aw_" + secrets.token_urlsafe(32)
    tx.execute(sa.insert(TOKENS).values(hash=_hash(token), konto_id=konto_id, created_at=clock.now()))
    return token


def by_token(tx: Tx, token: str) -> Konto | None:
    row = tx.one_or_none(
        sa.select(T).join(TOKENS, TOKENS.c.konto_id == T.c.id).where(TOKENS.c.hash == _hash(token), T.c.active)
    )
    return None if row is None else _konto(row)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
