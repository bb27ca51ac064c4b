"""Grant held: what a guest knows of a grant that another municipality has given it, and nothing of that one's persons.

Where it is, the sealed secret that opens it, its kind, who here may use it and to which day: enough to ask. Whether it holds
only the origin knows, who is asked each time.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock, db
from engine.base.db import Base, Tx
from engine.base.ports import Clerk
from engine.model.grant import USED_BY, is_for
from engine.model.waits import ID


class GrantHeld(Base):
    """`origin` is a slug. `secret` is sealed with the key of this municipality."""

    __tablename__ = "grant_held"

    origin: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    grant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    origin_name: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[str] = mapped_column(sa.String(20))
    users: Mapped[str] = mapped_column(sa.Text)
    secret: Mapped[str] = mapped_column(sa.Text)
    from_am: Mapped[dt.date]
    until_bis: Mapped[dt.date]
    received_at: Mapped[dt.datetime]
    signed_at: Mapped[dt.datetime | None]
    """When the Administration here has agreed to it; Amtshilfe needs none."""
    ended_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    """When we were told, or found out, that it has ended."""


class GrantHeard(Base):
    """A use that has its line in the Protokoll here: told twice, it is one line. `konto` is a login here, `tag` the act's.

    `use_id` is the origin's: its numbers come again when it comes out of an older backup.
    """

    __tablename__ = "grant_heard"

    origin: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    grant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    use_id: Mapped[str] = mapped_column(ID, primary_key=True)
    sequence: Mapped[int]
    konto: Mapped[str] = mapped_column(sa.String(100))
    tag: Mapped[str] = mapped_column(sa.String(100))
    at: Mapped[dt.datetime]


T, HEARD = GrantHeld.__table__, GrantHeard.__table__


def are_users(value: Any) -> bool:
    """Whether a value is what says who of a guest may use a grant: pairs of what somebody must be and its key."""
    return isinstance(value, list | tuple) and all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and pair[0] in USED_BY
        and isinstance(pair[1], str)
        and 1 <= len(pair[1]) <= 100
        for pair in value
    )


def add(tx: Tx, origin: str, origin_name: str, grant_id: str, told: Mapping[str, Any]) -> bool:
    """Keep a grant that was given to us; False if we have it."""
    values = {
        "origin": origin, "grant_id": grant_id, "origin_name": origin_name, "kind": told["kind"],
        "users": json.dumps(told["users"]), "secret": db.sealed(told["secret"]),
        "from_am": dt.date.fromisoformat(told["from_am"]), "until_bis": dt.date.fromisoformat(told["until_bis"]),
        "received_at": clock.now(),
    }  # fmt: skip
    return tx.insert_once(T, values)


def renew(tx: Tx, origin: str, grant_id: str, secret: str) -> bool:
    """Keep another secret of a grant, which its origin has given it; False if we have that one, or it has ended.

    What has ended stays so: an origin that comes out of an older backup tells of it again.
    """
    row = find(tx, origin, grant_id)
    if row is None or row.ended_at is not None or db.unsealed(row.secret) == secret:
        return False
    mine = sa.and_(T.c.origin == origin, T.c.grant_id == grant_id)
    return tx.execute(sa.update(T).where(mine).values(secret=db.sealed(secret))).rowcount == 1


def find(tx: Tx, origin: str, grant_id: str) -> Any:
    """A grant we hold; None if we hold none of that name."""
    return tx.one_or_none(sa.select(T).where(T.c.origin == origin, T.c.grant_id == grant_id))


def hear(tx: Tx, origin: str, grant_id: str, use_id: str, sequence: int, konto: str, tag: str, at: dt.datetime) -> bool:
    """Note that a use was told; False if it was before."""
    values = {"origin": origin, "grant_id": grant_id, "use_id": use_id, "sequence": sequence, "konto": konto, "tag": tag}
    return tx.insert_once(HEARD, {**values, "at": at})


def end(tx: Tx, origin: str, grant_id: str) -> bool:
    """Note that a grant has ended; False if that was known."""
    mine = sa.and_(T.c.origin == origin, T.c.grant_id == grant_id, T.c.ended_at.is_(None))
    return tx.execute(sa.update(T).where(mine).values(ended_at=clock.now())).rowcount == 1


def sign(tx: Tx, origin: str, grant_id: str, users: Sequence[tuple[str, str]]) -> bool:
    """Note that the Administration here has agreed, and who uses it; False if it had."""
    mine = sa.and_(T.c.origin == origin, T.c.grant_id == grant_id, T.c.signed_at.is_(None))
    return tx.execute(sa.update(T).where(mine).values(signed_at=clock.now(), users=json.dumps(users))).rowcount == 1


def usable(tx: Tx, clerk: Clerk, kinds: Sequence[str]) -> list[Any]:
    """The grants that somebody here may use today, as far as we know; the origin is asked about each."""
    today = clock.local_day(clock.now())
    now = sa.and_(T.c.ended_at.is_(None), T.c.from_am <= today, T.c.until_bis >= today)
    rows = tx.all(sa.select(T).where(now, T.c.kind.in_(kinds)).order_by(T.c.origin, T.c.grant_id))
    return [row for row in rows if is_for(row, clerk)]


def forget(tx: Tx, before: dt.datetime) -> int:
    """Forget the grants that ended before an instant, or whose last day was before it, with what was heard of their use."""
    over = sa.or_(T.c.ended_at < before, T.c.until_bis < clock.local_day(before))
    of_one = sa.exists().where(T.c.origin == HEARD.c.origin, T.c.grant_id == HEARD.c.grant_id, over)
    tx.execute(sa.delete(HEARD).where(of_one))
    return tx.execute(sa.delete(T).where(over)).rowcount
