"""Einstellung: what a municipality sets for itself: letterhead, connectors, senders. Secrets among it are sealed."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import Base, Tx, current_installation
from engine.base.prepared import Prepared
from engine.base.seal import seal, unseal


class Einstellung(Base):
    __tablename__ = "einstellung"

    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text)


T = Einstellung.__table__
_READ = Prepared(sa.select(T.c.value).where(T.c.key == sa.bindparam("b_key")))


def read(tx: Tx, key: str, default: Any = None) -> Any:
    """A setting, or the default."""
    row = tx.run(_READ, {"b_key": key}).one_or_none()
    return default if row is None else json.loads(unseal(row.value, current_installation().secret))


def write(tx: Tx, key: str, value: Any) -> None:
    """Set a setting; it is sealed, for connectors have secrets in it."""
    sealed = seal(json.dumps(value, ensure_ascii=False), current_installation().secret)
    if tx.execute(sa.update(T).where(T.c.key == key).values(value=sealed)).rowcount == 0:
        tx.execute(sa.insert(T).values(key=key, value=sealed))
