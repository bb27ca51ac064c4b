"""Invitation: a one-time link with which somebody chooses the first, or another, password of a Konto.

The link holds a random token, the table only its hash. A Konto has one at most: making another, choosing a password in any way
and being locked end it. Good for 72 hours.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.rights import Konto
from engine.model import konto

LASTS = dt.timedelta(hours=72)


class Invitation(Base):
    __tablename__ = "invitation"

    konto_id: Mapped[str] = mapped_column(sa.ForeignKey("konto.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    ends_at: Mapped[dt.datetime]


T = Invitation.__table__


def make(tx: Tx, konto_id: str) -> tuple[str, dt.datetime]:
    """Make the link's token, in place of an earlier one; gives it and when it ends."""
    token, ends_at = secrets.token_urlsafe(32), clock.now() + LASTS
    end(tx, konto_id)
    tx.execute(sa.insert(T).values(konto_id=konto_id, hash=_hash(token), ends_at=ends_at))
    return token, ends_at


def end(tx: Tx, konto_id: str) -> None:
    """Let the link of a Konto be good for nothing."""
    tx.execute(sa.delete(T).where(T.c.konto_id == konto_id))


def invited(tx: Tx, token: str) -> Konto | None:
    """The active Konto whose link this is; None if it is none, was used or has ended."""
    query = sa.select(konto.T).join(T, T.c.konto_id == konto.T.c.id)
    row = tx.one_or_none(query.where(T.c.hash == _hash(token), T.c.ends_at > clock.now(), konto.T.c.active))
    return None if row is None else konto.value_of(row)


def take(tx: Tx, konto_id: str, token: str) -> bool:
    """Use up a link; False if it was used or has ended meanwhile."""
    used = sa.delete(T).where(T.c.konto_id == konto_id, T.c.hash == _hash(token), T.c.ends_at > clock.now())
    return tx.execute(used).rowcount == 1


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
