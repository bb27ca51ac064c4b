"""Session: somebody is signed in. The browser holds a random token, the table only its hash.

    begin   at the login, with a token that nobody has seen before
    turn    after 15 minutes of use and when the password was changed: a new token, the one before works for another minute
    end     by signing out, by 60 minutes without use, after 10 hours, or with the Konto

BSI IT-Grundschutz APP.3.1.A1 and OWASP ASVS 3.3 ask for both ends. `mark` stays when the token changes: forms of pages are
bound to it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock, db
from engine.base.db import Base, Tx, new_id
from engine.base.prepared import Prepared
from engine.model import einstellung, konto, vertretung

LASTS = dt.timedelta(hours=10)
TURNED_EVERY = dt.timedelta(minutes=15)
BEFORE_WORKS_FOR = dt.timedelta(minutes=1)
SEEN_EVERY = dt.timedelta(minutes=1)

IDLE = "sitzung.leerlauf_min"
IDLE_MIN, SHORTEST_IDLE_MIN, LONGEST_IDLE_MIN = 60, 5, 480

PASSWORD, OIDC = "passwort", "oidc"


class Session(Base):
    __tablename__ = "session"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """The hash of the token that the browser holds now."""
    before: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    """The hash of the token it held before."""
    mark: Mapped[str] = mapped_column(sa.String(26), unique=True)
    konto_id: Mapped[str] = mapped_column(sa.ForeignKey("konto.id"), index=True)
    via: Mapped[str] = mapped_column(sa.String(10))
    begun_at: Mapped[dt.datetime] = mapped_column(index=True)
    seen_at: Mapped[dt.datetime]
    turned_at: Mapped[dt.datetime]
    secret: Mapped[str | None] = mapped_column(sa.Text)
    """Sealed: something to be shown once on the next page, such as a password just made."""


T = Session.__table__


def begin(tx: Tx, konto_id: str, id: str, via: str) -> str:
    """Begin a session; those that are over for good are forgotten. Gives its mark."""
    now = clock.now()
    tx.execute(sa.delete(T).where(T.c.begun_at <= now - LASTS))
    mark = new_id()
    values = {"id": id, "mark": mark, "konto_id": konto_id, "via": via, "begun_at": now, "seen_at": now, "turned_at": now}
    tx.execute(sa.insert(T).values(**values))
    return mark


_just_replaced = sa.and_(T.c.before == sa.bindparam("b_id"), T.c.turned_at > sa.bindparam("b_replaced"))
_FIND = Prepared(
    sa.select(
        T,
        konto.T.c.login,
        konto.T.c.name,
        konto.T.c.roles,
        konto.T.c.groups,
        konto.T.c.once,
        vertretung.not_ended().label("may_stand_in"),
    )
    .join(konto.T, konto.T.c.id == T.c.konto_id)
    .where(
        sa.or_(T.c.id == sa.bindparam("b_id"), _just_replaced),
        T.c.begun_at > sa.bindparam("b_begun"),
        konto.T.c.active,
    )
)


def find(id: str) -> Any:
    """The session of a token and its Konto; None if there is none or one of its ends has come."""
    now = clock.now()
    row = db.look(_FIND, {"b_id": id, "b_replaced": now - BEFORE_WORKS_FOR, "b_begun": now - LASTS}).one_or_none()
    if row is None:
        return None
    unused = now - row.seen_at
    # The setting is looked up only where it can matter: not with every request.
    if unused >= dt.timedelta(minutes=SHORTEST_IDLE_MIN):
        with db.reading() as tx:
            if unused >= dt.timedelta(minutes=idle_min(tx)):
                return None
    return row


def idle_min(tx: Tx) -> int:
    """After how many minutes without use a session ends here."""
    value = einstellung.read(tx, IDLE, IDLE_MIN)
    good = isinstance(value, int) and SHORTEST_IDLE_MIN <= value <= LONGEST_IDLE_MIN
    return value if good else IDLE_MIN


def see(tx: Tx, mark: str) -> None:
    """Note that a session is being used."""
    tx.execute(sa.update(T).where(T.c.mark == mark).values(seen_at=clock.now()))


def turn(tx: Tx, mark: str, old: str, new: str) -> bool:
    """Replace the token of a session; False if another request was faster."""
    now = clock.now()
    turned = sa.update(T).where(T.c.mark == mark, T.c.id == old).values(id=new, before=old, turned_at=now, seen_at=now)
    return tx.execute(turned).rowcount == 1


def end(tx: Tx, mark: str) -> bool:
    """End a session; False if it was over."""
    return tx.execute(sa.delete(T).where(T.c.mark == mark)).rowcount == 1


def end_all(tx: Tx, konto_id: str, but: str | None = None) -> int:
    """End the sessions of a Konto, but for one; gives how many there were."""
    return tx.execute(sa.delete(T).where(T.c.konto_id == konto_id, T.c.mark != (but or ""))).rowcount
