"""Invite: one-time links, with which people choose a password of their own; nobody else ever knows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine.base import db
from engine.base.errors import Conflict, Invalid
from engine.base.rights import OWN, Konto, verb
from engine.model import invitation, konto, protokoll, session
from engine.model.password import wrong_with

GONE = "Dieser Link gilt nicht mehr."


@dataclass(frozen=True, slots=True)
class Link:
    """What a one-time link carries, shown once, and when it ends."""

    login: str
    token: str = field(repr=False)
    ends_at: dt.datetime


@verb(right="kommune.verwalten", tag="konto:einmallink")
def make_link(login: str, *, by: Konto) -> Link:
    """Make a one-time link for a Konto, good for 72 hours; an earlier one is good for nothing any more.

    The password so far stays until the link is used.

    Raises:
        Unknown: there is no such Konto, or it is locked.
    """
    with db.transaction() as tx:
        found, _ = konto.by_login(tx, login)
        konto.locked(tx, found.id)  # of two at once the later one counts
        token, ends_at = invitation.make(tx, found.id)
        protokoll.record(tx, None, konto=found.id)
    return Link(login, token, ends_at)


@verb(right=OWN, tag="konto:einmallink_benutzt")
def use_link(token: str, new: str, *, hashed: Callable[[str], str], by: Konto) -> None:
    """Choose a password with a one-time link; `by` is whose link it is. All sessions of the Konto end.

    Raises:
        Invalid: the password is too weak; causes point at /passwort_neu. The link stays good.
        Conflict: the link was used or has ended.
    """
    with db.reading() as tx:
        names = (by.login, by.name, str(tx.scalar(sa.select(konto.T.c.email).where(konto.T.c.id == by.id))))
    causes = wrong_with(new, names)
    if causes:
        raise Invalid("Das Passwort wurde nicht gesetzt.", causes)
    hash = hashed(new)  # slow on purpose, so not inside the transaction
    with db.transaction() as tx:
        row = konto.locked(tx, by.id)
        if not (row.active and invitation.take(tx, by.id, token)):
            raise Conflict(GONE)
        konto.set_password(tx, by.id, hash, once=False)
        protokoll.record(tx, None, konto=by.id, beendete_sitzungen=session.end_all(tx, by.id))
