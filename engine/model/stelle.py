"""Stelle: an organisational unit of the municipality. Konten belong to Stellen, tasks and cases are given to them.

A diagram names a Stelle by its key, as candidate group or as the name of a lane; form systems by its number.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import Base, Tx


class Stelle(Base):
    __tablename__ = "stelle"

    key: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    nummer: Mapped[str | None] = mapped_column(sa.String(100), unique=True)
    """What form systems call it: `zustaendigeStelle` of an application."""


T = Stelle.__table__


def key_of(tx: Tx, nummer: str) -> str | None:
    """The key of the Stelle with that number; None if no Stelle here has it."""
    key: str | None = tx.scalar(sa.select(T.c.key).where(T.c.nummer == nummer))
    return key
