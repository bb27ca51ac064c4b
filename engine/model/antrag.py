"""Antrag: the receipt of an application. The unique index on its transactionId decides what is a repetition."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import Base, Tx


class AntragRow(Base):
    __tablename__ = "antrag"

    transaction_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    answer: Mapped[bytes] = mapped_column(sa.LargeBinary)
    received_at: Mapped[dt.datetime]
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), unique=True)
    stelle: Mapped[str] = mapped_column(sa.String(100))
    form_id: Mapped[str] = mapped_column(sa.String(200))
    fields: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The application as read: labels, values, groups (engine.bpmn.codec)."""


T = AntragRow.__table__


def receipt(tx: Tx, transaction_id: str) -> tuple[str, bytes] | None:
    """The content hash and the stored first answer of an application that came before."""
    row = tx.one_or_none(sa.select(T.c.content_hash, T.c.answer).where(T.c.transaction_id == transaction_id))
    return None if row is None else (row.content_hash, row.answer)
