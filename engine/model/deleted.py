"""Deleted: what is remembered of cases that are gone, so that the rest of their bytes follow and nobody gets a wrong answer.

It names nobody: the id that stands in the Protokoll, and the hashes of the names by which somebody outside may ask for the
case: the transactionId of its application, the ids of its messages in the Servicekonto.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.model.waits import ID

ANTRAG, NACHRICHT = "antrag", "nachricht"


class DeletedCase(Base):
    """A case that is gone. `files` are the documents whose bytes may still be there."""

    __tablename__ = "deleted_case"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    deleted_at: Mapped[dt.datetime]
    files: Mapped[str] = mapped_column(sa.Text)


class DeletedName(Base):
    """A name, as its hash, by which somebody outside may ask for a case that is gone."""

    __tablename__ = "deleted_name"

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("deleted_case.id"))


T, NAMES = DeletedCase.__table__, DeletedName.__table__


def remember(tx: Tx, vorgang_id: str, files: Collection[str], names: Iterable[tuple[str, str]]) -> None:
    """Write down that a case is gone, which bytes are to follow, and by which names it may be asked for."""
    tx.execute(sa.insert(T).values(id=vorgang_id, deleted_at=clock.now(), files=json.dumps(sorted(files))))
    for kind, name in names:
        tx.insert_once(NAMES, {"hash": _hash(kind, name), "vorgang_id": vorgang_id})


def is_gone(tx: Tx, kind: str, name: str) -> bool:
    """Whether a name is that of a case that was deleted."""
    return tx.scalar(sa.select(NAMES.c.hash).where(NAMES.c.hash == _hash(kind, name))) is not None


def left_over(tx: Tx, limit: int) -> Sequence[Any]:
    """Cases that are gone and whose documents may still be there."""
    return tx.all(sa.select(T).where(T.c.files != "[]").order_by(T.c.id).limit(limit))


def files_of(row: Any) -> set[str]:
    """The documents of a case that is gone which may still be there."""
    return set(json.loads(row.files))


def still_left(tx: Tx, vorgang_id: str, files: Collection[str]) -> None:
    """Write down which documents of a case that is gone are still to follow."""
    tx.execute(sa.update(T).where(T.c.id == vorgang_id).values(files=json.dumps(sorted(files))))


def _hash(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}\n{name}".encode()).hexdigest()
