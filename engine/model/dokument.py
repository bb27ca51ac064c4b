"""Dokument: a file of a Vorgang. The bytes lie under their hash (engine.base.files), written before the row that names them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.ports import File
from engine.model import search
from engine.model.waits import ID

DRAFT = "entwurf"
"""The kind of a document that shows a draft: it is never sent."""


class Dokument(Base):
    __tablename__ = "dokument"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(300))
    media_type: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[str] = mapped_column(sa.String(30))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    created_at: Mapped[dt.datetime]


T = Dokument.__table__


def rows(files: Iterable[File]) -> list[dict[str, Any]]:
    """Ids and descriptions for files whose bytes have been put away; to be added to a Vorgang."""
    return [
        {
            "id": new_id(), "name": file.name, "media_type": file.media_type, "kind": file.kind, "size": len(file.content),
            "sha256": file.sha256, "created_at": clock.now(),
        }
        for file in files
    ]  # fmt: skip


def add(tx: Tx, vorgang_id: str, described: Sequence[dict[str, Any]]) -> None:
    """Name documents in a Vorgang."""
    if described:
        tx.execute(sa.insert(T), [{"vorgang_id": vorgang_id, **row} for row in described])
        search.add(tx, vorgang_id, [row["name"] for row in described])


def reference(row: dict[str, Any]) -> dict[str, Any]:
    """How a document is named in process variables."""
    return {"dokument": row["id"], "name": row["name"], "media_type": row["media_type"], "art": row["kind"]}
