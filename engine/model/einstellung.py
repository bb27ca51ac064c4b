"""Einstellung: what a municipality sets for itself: letterhead, connectors, senders. Sealed with its own key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import db
from engine.base.db import Base, Tx
from engine.base.prepared import Prepared


class Einstellung(Base):
    __tablename__ = "einstellung"

    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text)


T = Einstellung.__table__
_READ = Prepared(sa.select(T.c.value).where(T.c.key == sa.bindparam("b_key")))


def read(tx: Tx, key: str, default: Any = None) -> Any:
    """A setting, or the default."""
    row = tx.run(_READ, {"b_key": key}).one_or_none()
    return opened(None if row is None else row.value, default)


def sealed(tx: Tx, *keys: str) -> Mapping[str, str]:
    """Several settings as they are kept, those that there are; for `opened`, outside the transaction."""
    values = {f"b_{number}": key for number, key in enumerate(keys)}
    return {row.key: row.value for row in tx.run(_several(len(keys)), values).rows}


@cache
def _several(count: int) -> Prepared:
    keys: list[Any] = [sa.bindparam(f"b_{number}") for number in range(count)]
    return Prepared(sa.select(T.c.key, T.c.value).where(T.c.key.in_(keys)))


def opened(text: str | None, default: Any = None) -> Any:
    """What `sealed` found, or the default."""
    return default if text is None else json.loads(db.unsealed(text))


def write(tx: Tx, key: str, value: Any) -> None:
    """Set a setting; it is sealed, for connectors have secrets in it."""
    sealed = db.sealed(json.dumps(value, ensure_ascii=False))
    if tx.execute(sa.update(T).where(T.c.key == key).values(value=sealed)).rowcount == 0:
        tx.execute(sa.insert(T).values(key=key, value=sealed))
