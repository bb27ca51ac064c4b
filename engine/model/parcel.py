"""Parcel: an application that came in by the central door, and where it went. Rows are in the operator's namespace only.

    passed      durchgereicht: somebody was competent; the bytes were never here. A repetition goes to the same municipality
    waiting     wartet: nobody is known to be competent; all its parts lie here, and it was answered
    assigned    zugewiesen: the operator has said whose it is; it is being delivered there
    delivered   zugestellt: it is a Vorgang there; its parts are gone from here, the answer is kept

What has gone on is forgotten after KEPT: senders repeat within days, and then the municipality itself knows what it has got.
The transactionId is the key of everything: here for the sender's repetitions, there for ours.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import Base, Tx
from engine.base.errors import Unknown
from engine.base.ports import File
from engine.model.states import Moves, move

PASSED, WAITING, ASSIGNED, DELIVERED = "durchgereicht", "wartet", "zugewiesen", "zugestellt"
# from → may become. Back from assigned: the municipality could not take it, and it is certain that it has not.
MOVES: Moves = {
    PASSED: frozenset[str](),
    WAITING: frozenset({ASSIGNED}),
    ASSIGNED: frozenset({DELIVERED, WAITING}),
    DELIVERED: frozenset[str](),
}
KEPT = dt.timedelta(days=90)
"""How long is remembered where an application went; a sender that repeats it later is answered by the municipality itself."""
SHORT = "ZP"
"""What numbers of the central post room begin with."""


class ParcelRow(Base):
    __tablename__ = "parcel"
    __table_args__ = (sa.Index("ix_parcel_state", "state", "received_at", "id"), {"info": {"moves": MOVES}})

    transaction_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(26), unique=True)
    """The id that its Vorgang has, or will have, if it had to wait here."""
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[str] = mapped_column(sa.String(20))
    received_at: Mapped[dt.datetime]
    slug: Mapped[str | None] = mapped_column(sa.String(40))
    unit: Mapped[str | None] = mapped_column(sa.String(100))
    nummer: Mapped[str | None] = mapped_column(sa.String(60))
    answer: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    said: Mapped[str] = mapped_column(sa.Text)
    """What it says of itself (Stelle, Leistungen, place, form), as JSON; no answer of an applicant."""
    parts: Mapped[str] = mapped_column(sa.Text)
    """Its parts as they came, as JSON: name, media type, hash and kind; empty when they are not here."""
    problem: Mapped[str | None] = mapped_column(sa.Text)
    """Why the municipality it was assigned to could not take it."""
    delivered_at: Mapped[dt.datetime | None]


T = ParcelRow.__table__
FORM_DATA = "formData"


def of(tx: Tx, transaction_id: str) -> Any:
    """The row of a transactionId; None if it never came."""
    return tx.one_or_none(sa.select(T).where(T.c.transaction_id == transaction_id))


def get(tx: Tx, id: str, *, locked: bool = False) -> Any:
    """A row that lies here or has lain here; `locked` holds it until the commit.

    Raises:
        Unknown: there is none.
    """
    query = sa.select(T).where(T.c.id == id, T.c.state != PASSED)
    row = tx.one_or_none(query.with_for_update() if locked else query)
    if row is None:
        raise Unknown("Diese Sendung gibt es hier nicht.")
    return row


def become(tx: Tx, id: str, new: str, **values: Any) -> bool:
    """Bring a row into another state; False if it may not become that, for somebody was faster."""
    return move(tx, T, T.c.id == id, new, **values) == 1


def forget(tx: Tx, now: dt.datetime, limit: int) -> int:
    """Forget what went on long ago, some of it; gives how many. What waits here or is being delivered stays."""
    before = now - KEPT
    gone = sa.or_(
        sa.and_(T.c.state == PASSED, T.c.received_at < before),
        sa.and_(T.c.state == DELIVERED, T.c.received_at < before, T.c.delivered_at < before),
    )
    ids = tx.scalars(sa.select(T.c.id).where(gone).order_by(T.c.received_at).limit(limit))
    if ids:
        tx.execute(sa.delete(T).where(T.c.id.in_(list(ids))))
    return len(ids)


def written(files: Sequence[File], hashes: Sequence[str]) -> str:
    """Parts as they are kept in a row."""
    parts = zip(files, hashes, strict=True)
    return json.dumps([[file.name, file.media_type, hash, file.kind] for file, hash in parts], ensure_ascii=False)


def hashes(tx: Tx) -> list[tuple[str, str]]:
    """The transactionIds of what lies here, each with the hash of one of its parts."""
    rows = tx.all(sa.select(T.c.transaction_id, T.c.parts).where(T.c.parts != "[]").order_by(T.c.transaction_id))
    return [(row.transaction_id, hash) for row in rows for _, _, hash, _ in json.loads(row.parts)]
