"""Konto: a person (or a machine) that works in this municipality, with roles, Stellen and API tokens."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.errors import Cause, Conflict, Invalid, Unknown
from engine.base.rights import ADMINISTRATION, ROLES, Konto
from engine.model import address

LOGIN = re.compile(r"[a-z0-9äöüß][a-z0-9äöüß._@+-]{0,99}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
USED_EVERY = dt.timedelta(hours=1)
"""How exactly it is known when a token was last used: not every call is worth a write."""


class KontoRow(Base):
    __tablename__ = "konto"

    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    login: Mapped[str] = mapped_column(sa.String(100), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(320))
    roles: Mapped[str] = mapped_column(sa.Text)
    groups: Mapped[str] = mapped_column(sa.Text, default="[]")
    password: Mapped[str | None] = mapped_column(sa.String(200))
    once: Mapped[bool] = mapped_column(default=False)
    """The password was made by somebody else and is good for one login: then it must be changed."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]


class TokenRow(Base):
    """An API token, kept as its hash only."""

    __tablename__ = "konto_token"

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(26), unique=True)
    konto_id: Mapped[str] = mapped_column(sa.ForeignKey("konto.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


T, TOKENS = KontoRow.__table__, TokenRow.__table__


def checked(
    name: str, email: str, roles: Iterable[str], login: str | None = None, known: Collection[str] = ROLES
) -> tuple[str, str]:
    """Name and e-mail address in normal form; the roles must be among those known.

    Raises:
        Invalid: with a cause for every field that is wrong.
    """
    causes = []
    name, email = " ".join(name.split()), email.strip()
    if not 1 <= len(name) <= 200 or not name.isprintable():
        causes.append(Cause("Der Name fehlt, ist zu lang oder nicht lesbar.", "1 bis 200 Zeichen.", "/name"))
    if login is not None and LOGIN.fullmatch(login) is None:
        hint = "Kleine Buchstaben, Ziffern und . _ - @ +, am Anfang ein Buchstabe oder eine Ziffer, höchstens 100 Zeichen."
        causes.append(Cause("Dieser Anmeldename geht nicht.", hint, "/login"))
    if EMAIL.fullmatch(email) is None or not email.isprintable():
        causes.append(Cause("Das ist keine E-Mail-Adresse.", "Zum Beispiel vorname.nachname@husum.example", "/email"))
    unknown = sorted(set(roles) - set(known))
    if unknown:
        there = ", ".join(sorted(known))
        causes.append(Cause(f"Diese Rolle gibt es nicht: {', '.join(unknown)[:100]}.", f"Es gibt {there}.", "/rollen"))
    if causes:
        raise Invalid("Bitte prüfen Sie die Angaben zum Konto.", causes)
    return name, email


def add(
    tx: Tx,
    *,
    login: str,
    name: str,
    email: str,
    roles: frozenset[str],
    groups: frozenset[str],
    password: str | None,
    once: bool = False,
    id: str | None = None,
    known: Collection[str] = ROLES,
) -> str:
    """Add a Konto; `password` is an argon2 hash, `known` the roles there are. Gives its id."""
    name, email = checked(name, email, roles, login, known)
    id = id or new_id()
    values = {
        "id": id, "login": login, "name": name, "email": email, "roles": json.dumps(sorted(roles)),
        "groups": _listed(groups), "password": password, "once": once, "active": True, "created_at": clock.now(),
    }  # fmt: skip
    if not tx.insert_once(T, values):
        sentence = f"Die Anmeldung „{login}“ ist schon vergeben."
        raise Conflict(sentence, [Cause(sentence, "Wählen Sie einen anderen Anmeldenamen.", "/login")])
    return id


def change(tx: Tx, id: str, *, name: str, email: str, roles: frozenset[str], groups: frozenset[str]) -> None:
    """Change what a Konto is called and what it may do; the address that it had stays known for four eyes."""
    had = tx.one_or_none(sa.select(T.c.login, T.c.email).where(T.c.id == id))
    if had is not None and address.plain(had.email) != address.plain(email):
        address.keep(tx, had.login, had.email)
    values = {"name": name, "email": email, "roles": json.dumps(sorted(roles)), "groups": _listed(groups)}
    tx.execute(sa.update(T).where(T.c.id == id).values(**values))


def set_password(tx: Tx, id: str, password: str, *, once: bool) -> None:
    """Set the argon2 hash of a Konto's password."""
    tx.execute(sa.update(T).where(T.c.id == id).values(password=password, once=once))


def locked(tx: Tx, id: str) -> Any:
    """A Konto's row, active or not, held until the commit.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(sa.select(T).where(T.c.id == id).with_for_update())
    if row is None:
        raise Unknown("Dieses Konto gibt es nicht.")
    return row


def other_administration(tx: Tx, id: str) -> bool:
    """Whether somebody else has the role Administration; those who have it are held until the commit."""
    named = T.c.roles.contains(json.dumps(ADMINISTRATION), autoescape=True)
    ids = tx.scalars(sa.select(T.c.id).where(T.c.active, named).order_by(T.c.id).with_for_update())
    return any(other != id for other in ids)


def _listed(groups: Iterable[str]) -> str:
    return json.dumps(sorted(groups), ensure_ascii=False)


def value_of(row: Any, id: str | None = None) -> Konto:
    """A row as the value that acts."""
    return Konto(id or row.id, row.login, row.name, frozenset(json.loads(row.roles)), frozenset(json.loads(row.groups)))


def by_login(tx: Tx, login: str) -> tuple[Konto, str | None]:
    """An active Konto and its password hash.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(sa.select(T).where(T.c.login == login, T.c.active))
    if row is None:
        raise Unknown(f"Es gibt keine Anmeldung „{login}“.")
    return value_of(row), row.password


def active(tx: Tx) -> list[Konto]:
    """Everybody who can sign in, by name."""
    return [value_of(row) for row in tx.all(sa.select(T).where(T.c.active).order_by(T.c.name, T.c.login))]


# --- API tokens ------------------------------------------------------------------------------------------------------


def new_token(tx: Tx, konto_id: str, name: str = "", id: str | None = None) -> str:
    """Make an API token; it is shown once and kept as a hash."""
    token = "aw_" + secrets.token_urlsafe(32)
    values = {"hash": _hash(token), "id": id or new_id(), "konto_id": konto_id, "name": name, "created_at": clock.now()}
    tx.execute(sa.insert(TOKENS).values(**values))
    return token


def by_token(tx: Tx, token: str) -> tuple[Konto, bool] | None:
    """The active Konto of a token, and whether it is time to note that it was used."""
    query = sa.select(T, TOKENS.c.used_at).join(TOKENS, TOKENS.c.konto_id == T.c.id)
    row = tx.one_or_none(query.where(TOKENS.c.hash == _hash(token), T.c.active))
    if row is None:
        return None
    return value_of(row), row.used_at is None or clock.now() - row.used_at >= USED_EVERY


def use_token(tx: Tx, token: str) -> None:
    """Note that a token was used."""
    tx.execute(sa.update(TOKENS).where(TOKENS.c.hash == _hash(token)).values(used_at=clock.now()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
