"""Protokoll: who did what, when. Each row carries the hash of the one before, so that a change or a gap shows.

Kept under § 22 LDSG SH / Art. 5 (2) DSGVO (accountability); ids and tags, no personal data of applicants.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.prepared import Prepared
from engine.base.rights import current_act, represented
from engine.model import grant
from engine.model.waits import ID

START = "0" * 64


class Protokoll(Base):
    __tablename__ = "protokoll"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    konto: Mapped[str] = mapped_column(sa.String(100))
    tag: Mapped[str] = mapped_column(sa.String(100))
    vorgang_id: Mapped[str | None] = mapped_column(ID, index=True)
    detail: Mapped[str] = mapped_column(sa.Text)
    hash: Mapped[str] = mapped_column(sa.String(64))


class ProtokollEnd(Base):
    """The end of the chain: one row, whose lock orders the writers."""

    __tablename__ = "protokoll_end"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))


T, END = Protokoll.__table__, ProtokollEnd.__table__

_NEXT = Prepared(sa.update(END).where(END.c.id == 1).values(number=END.c.number + 1).returning(END.c.number, END.c.hash))
_ADD = Prepared(sa.insert(T))
_CLOSE = Prepared(sa.update(END).where(END.c.id == 1).values(hash=sa.bindparam("new_hash")))


def record(tx: Tx, vorgang_id: str | None = None, **detail: Any) -> None:
    """Add the line of the verb that is running; `fuer` says for whom, where somebody stands in for somebody else.

    Where somebody of another municipality acts, `befugnis` says by which grant, and the use is noted with it.
    """
    tag, konto = current_act()
    if (login := represented()) is not None:
        detail["fuer"] = login
    if konto.granted is not None:
        detail["befugnis"] = konto.granted.id
        grant.use(tx, konto, tag, vorgang_id)
    end = tx.run(_NEXT, {}).one_or_none()
    if end is None:
        tx.insert_once(END, {"id": 1, "number": 0, "hash": START})
        end = tx.run(_NEXT, {}).one_or_none()
        assert end is not None  # it was just inserted, here or by another
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
    values = {
        "number": end.number,
        "at": clock.now(),
        "konto": konto.login,
        "tag": tag,
        "vorgang_id": vorgang_id,
        "detail": text,
    }
    hash = chained(end.hash, values)
    tx.run(_ADD, {**values, "hash": hash})
    tx.run(_CLOSE, {"new_hash": hash})


def take_turn(tx: Tx) -> None:
    """Wait until it is this transaction's turn to write, which no other verb has at the same time."""
    tx.execute(sa.select(END.c.id).where(END.c.id == 1).with_for_update())


def chained(before: str, row: Mapping[str, Any]) -> str:
    """The hash of a row, given that of the row before it."""
    at = row["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    parts = [before, str(row["number"]), at, row["konto"], row["tag"], row["vorgang_id"] or "", row["detail"]]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class Chain:
    """The chain, followed piece by piece from its beginning."""

    def __init__(self) -> None:
        self._before, self._number = START, 0
        self.ended = False

    def follow(self, tx: Tx, limit: int) -> Iterator[str]:
        """So many lines more: every place at which the chain is not whole."""
        rows = tx.all(sa.select(T).where(T.c.number > self._number).order_by(T.c.number).limit(limit))
        for row in rows:
            if row.number != self._number + 1:
                yield f"zwischen {self._number} und {row.number} fehlen Zeilen"
            if chained(self._before, dict(row._mapping)) != row.hash:
                yield f"Zeile {row.number} passt nicht zu ihrer Vorgängerin"
            self._before, self._number = row.hash, row.number
        if len(rows) < limit:
            self.ended = True
            end = tx.one_or_none(sa.select(END.c.number, END.c.hash))
            if end is not None and (end.number, end.hash) != (self._number, self._before):
                yield f"das Ende der Kette ({end.number}) passt nicht zur letzten Zeile ({self._number})"
