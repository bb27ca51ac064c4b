"""Comments of colleagues on a case: for the file, never for the applicant."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.model.waits import ID


class Comment(Base):
    __tablename__ = "comment"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    at: Mapped[dt.datetime]
    author: Mapped[str] = mapped_column(sa.String(100))
    text: Mapped[str] = mapped_column(sa.Text)


T = Comment.__table__


def add(tx: Tx, vorgang_id: str, text: str, author: str, id: str | None = None) -> bool:
    """Keep a comment; False if one with that id is there already."""
    values = {"id": id or new_id(), "vorgang_id": vorgang_id, "at": clock.now(), "author": author, "text": text}
    return tx.insert_once(T, values)
