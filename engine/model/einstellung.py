"""Einstellung: what a municipality sets for itself: letterhead, connectors, senders. Sealed with its own key."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import db
from engine.base.db import Base, Tx


class Einstellung(Base):
    __tablename__ = "einstellung"

    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text)


T = Einstellung.__table__


def read(tx: Tx, key: str, default: Any = None) -> Any:
    """A setting, or the default."""
    sealed = tx.scalar(sa.select(T.c.value).where(T.c.key == key))
    return default if sealed is None else json.loads(db.unsealed(sealed))


def write(tx: Tx, key: str, value: Any) -> None:
    """Set a setting; it is sealed, for connectors have secrets in it."""
    sealed = db.sealed(json.dumps(value, ensure_ascii=False))
    if tx.execute(sa.update(T).where(T.c.key == key).values(value=sealed)).rowcount == 0:
        tx.execute(sa.insert(T).values(key=key, value=sealed))
