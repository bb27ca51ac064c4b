"""Konten: who works here, with which roles and in which Stellen; their passwords and API tokens.

A Konto is never removed, for the history names it. The last Administration stays one, or nobody could let anybody in again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Cause, Conflict, Invalid, Unknown
from engine.base.rights import ADMINISTRATION, OWN, SYSTEM, Konto, verb
from engine.model import aufgabe, invitation, konto, protokoll, session, stelle
from engine.model.password import wrong_with


@verb(right="kommune.verwalten", tag="konto:angelegt")
def add_konto(
    login: str,
    name: str,
    email: str,
    roles: frozenset[str],
    groups: frozenset[str] = frozenset(),
    password: str | None = None,
    *,
    once: bool = False,
    id: str | None = None,
    by: Konto,
) -> str:
    """Add a Konto; `password` is an argon2 hash, with `once` good for one login only. Gives its id.

    With an `id` made beforehand the same again changes nothing. The platform itself may name Stellen that only diagrams know.

    Raises:
        Conflict: the login is taken.
        Invalid: with a cause for every field that is wrong.
    """
    with db.transaction() as tx:
        if id is not None and tx.scalar(sa.select(konto.T.c.login).where(konto.T.c.id == id)) == login:
            return id
        if by != SYSTEM:
            _require_stellen(tx, groups)
        id = konto.add(tx, login=login, name=name, email=email, roles=roles, groups=groups, password=password, once=once, id=id)
        protokoll.record(tx, None, konto=id, rollen=sorted(roles), stellen=sorted(groups))
    return id


@verb(right="kommune.verwalten", tag="konto:geaendert")
def change_konto(konto_id: str, *, name: str, email: str, roles: frozenset[str], groups: frozenset[str], by: Konto) -> None:
    """Change name, e-mail address, roles and Stellen of a Konto; what changes holds from its next request on.

    Raises:
        Unknown: there is no such Konto.
        Invalid: with a cause for every field that is wrong, or it is the last Administration.
    """
    with db.transaction() as tx:
        last = not konto.other_administration(tx, konto_id)
        row = konto.locked(tx, konto_id)
        before, had = frozenset(json.loads(row.groups)), frozenset(json.loads(row.roles))
        name, email = konto.checked(name, email, roles)
        if row.active and ADMINISTRATION in had - roles and last:
            raise Invalid(LAST, [Cause(LAST, "Geben Sie die Rolle erst jemand anderem.", "/rollen")])
        _require_stellen(tx, groups - before)
        if (row.name, row.email, had, before) == (name, email, roles, groups):
            return
        konto.change(tx, konto_id, name=name, email=email, roles=roles, groups=groups)
        protokoll.record(tx, None, konto=konto_id, rollen=sorted(roles), stellen=sorted(groups))


LAST = "Das ist die letzte Administration. Ohne sie könnte niemand mehr Konten verwalten."


def _require_stellen(tx: Tx, keys: frozenset[str]) -> None:
    """Go on only if there are Stellen of all these keys."""
    missing = stelle.unknown_of(tx, keys)
    if missing:
        named = ", ".join(missing)[:200]
        cause = Cause(f"Diese Stelle gibt es nicht: {named}.", "Vielleicht wurde sie gerade entfernt.", "/stellen")
        raise Invalid("Bitte prüfen Sie die Angaben zum Konto.", [cause])


@verb(right="kommune.verwalten", tag="konto:gesperrt")
def deactivate_konto(konto_id: str, *, by: Konto) -> None:
    """Let a Konto in no more: its sessions end at once, its tasks become free. Twice is once.

    Raises:
        Unknown: there is no such Konto.
        Invalid: it is one's own, or the last Administration.
    """
    if konto_id == by.id:
        raise Invalid("Das eigene Konto lässt sich nicht sperren. Das kann eine andere Administration tun.")
    with db.transaction() as tx:
        last = not konto.other_administration(tx, konto_id)
        row = konto.locked(tx, konto_id)
        if not row.active:
            return
        if last and ADMINISTRATION in json.loads(row.roles):
            raise Invalid(LAST)
        tx.execute(sa.update(konto.T).where(konto.T.c.id == konto_id).values(active=False))
        session.end_all(tx, konto_id)
        invitation.end(tx, konto_id)
        a = aufgabe.T
        theirs = sa.or_(a.c.holder == row.login, a.c.held_for == row.login)
        freed = sa.update(a).where(theirs, a.c.state == aufgabe.OPEN).values(holder=None, held_for=None)
        protokoll.record(tx, None, konto=konto_id, freie_aufgaben=tx.execute(freed).rowcount)


@verb(right="kommune.verwalten", tag="konto:entsperrt")
def activate_konto(konto_id: str, *, by: Konto) -> None:
    """Let a Konto in again, with the password it had.

    Raises:
        Unknown: there is no such Konto.
    """
    with db.transaction() as tx:
        if not konto.locked(tx, konto_id).active:
            tx.execute(sa.update(konto.T).where(konto.T.c.id == konto_id).values(active=True))
            protokoll.record(tx, None, konto=konto_id)


# --- passwords -------------------------------------------------------------------------------------------------------


@verb(right="kommune.verwalten", tag="konto:passwort_zurueckgesetzt")
def reset_password(konto_id: str, password: str, *, by: Konto) -> None:
    """Give a Konto a password for one login; `password` is its argon2 hash. Its sessions end at once.

    Raises:
        Unknown: there is no such Konto.
        Invalid: it is one's own: that is changed, not reset.
    """
    if konto_id == by.id:
        raise Invalid("Das eigene Passwort wird nicht zurückgesetzt, sondern unter „Mein Konto“ geändert.")
    with db.transaction() as tx:
        konto.locked(tx, konto_id)
        konto.set_password(tx, konto_id, password, once=True)
        invitation.end(tx, konto_id)
        session.end_all(tx, konto_id)
        protokoll.record(tx, None, konto=konto_id)


@verb(right=OWN, tag="konto:passwort_geaendert")
def change_password(
    new: str,
    *,
    is_right: Callable[[str | None, str], bool],
    hashed: Callable[[str], str],
    old: str | None,
    mark: str,
    by: Konto,
) -> None:
    """Change one's own password. All other sessions of the Konto end at once; `mark` is the one that stays.

    `is_right` and `hashed` check and make a hash. `old` is the password so far; None only where the login itself has just
    proved it, because it was good for one login.

    Raises:
        Invalid: the password so far is wrong, or the new one is too weak; causes point at /passwort_alt and /passwort_neu.
        Conflict: it was changed meanwhile.
    """
    with db.reading() as tx:
        row: Any = tx.one_or_none(sa.select(konto.T).where(konto.T.c.id == by.id))
    if row is None:
        raise Unknown("Dieses Konto gibt es nicht.")
    causes = wrong_with(new, (row.login, row.name, row.email))
    if not causes and is_right(row.password, new):
        causes = [Cause("Das ist das Passwort, das Sie schon haben.", "Wählen Sie ein anderes.", "/passwort_neu")]
    if not (row.once if old is None else is_right(row.password, old)):
        causes.insert(0, Cause("Das bisherige Passwort stimmt nicht.", pointer="/passwort_alt"))
    if causes:
        raise Invalid("Das Passwort wurde nicht geändert.", causes)
    hash = hashed(new)  # slow on purpose, so not inside the transaction
    with db.transaction() as tx:
        if konto.locked(tx, by.id).password != row.password:
            raise Conflict("Das Passwort wurde gerade an anderer Stelle geändert. Bitte melden Sie sich neu an.")
        konto.set_password(tx, by.id, hash, once=False)
        invitation.end(tx, by.id)
        protokoll.record(tx, None, konto=by.id, beendete_sitzungen=session.end_all(tx, by.id, but=mark))


# --- API tokens ------------------------------------------------------------------------------------------------------


@verb(right="kommune.verwalten", tag="konto:token")
def new_token(login: str, name: str = "", *, id: str | None = None, by: Konto) -> str | None:
    """Make an API token of a Konto; it is shown once. None: the token of that `id` has been made before.

    Raises:
        Unknown: there is no such Konto, or it is deactivated.
        Invalid: what it is for is too long.
    """
    name = " ".join(name.split())
    if len(name) > 100 or not (name or "-").isprintable():
        cause = Cause("Der Zweck ist zu lang oder nicht lesbar.", "Höchstens 100 Zeichen.", "/zweck")
        raise Invalid("Der Schlüssel wurde nicht erzeugt.", [cause])
    with db.transaction() as tx:
        found, _ = konto.by_login(tx, login)
        if id is not None and tx.scalar(sa.select(konto.TOKENS.c.id).where(konto.TOKENS.c.id == id)) is not None:
            return None
        token = konto.new_token(tx, found.id, name, id)
        protokoll.record(tx, None, konto=found.id)
    return token


@verb(right="kommune.verwalten", tag="konto:token_zurueckgezogen")
def withdraw_token(konto_id: str, token_id: str, *, by: Konto) -> None:
    """Withdraw an API token of a Konto: it counts for nothing from now on. Twice is once."""
    tokens = konto.TOKENS
    with db.transaction() as tx:
        gone = tx.execute(sa.delete(tokens).where(tokens.c.id == token_id, tokens.c.konto_id == konto_id))
        if gone.rowcount:
            protokoll.record(tx, None, konto=konto_id, token=token_id)
