"""History: what happened in an instance, append-only. A Vorgang's timeline and live diagram are read from it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx
from engine.base.prepared import Prepared
from engine.base.rights import represented
from engine.bpmn import Happened


class History(Base):
    __tablename__ = "history"

    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), primary_key=True)
    stand: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
    kind: Mapped[str] = mapped_column(sa.String(12))
    element: Mapped[str] = mapped_column(sa.String(200))
    token: Mapped[str] = mapped_column(sa.String(20))
    flows: Mapped[str] = mapped_column(sa.Text)
    detail: Mapped[str] = mapped_column(sa.Text)
    konto: Mapped[str] = mapped_column(sa.String(100))
    process: Mapped[str] = mapped_column(sa.String(200))
    """The process the element stands in: the Vorgang's own, or one that it calls."""
    acted_for: Mapped[str | None] = mapped_column(sa.String(100))
    """For whom the Konto acted, where it stood in for somebody else."""


T = History.__table__
_ADD = Prepared(sa.insert(T))


def append(tx: Tx, vorgang_id: str, stand: int, lines: Sequence[Happened], konto: str) -> None:
    """Write down what a step did."""
    now, acted_for = clock.now(), represented()
    rows = [
        {
            "vorgang_id": vorgang_id, "stand": stand, "line": number, "at": now, "kind": line.kind, "element": line.element,
            "token": line.token, "flows": json.dumps(line.flows), "detail": line.detail, "konto": konto,
            "process": line.process, "acted_for": acted_for,
        }
        for number, line in enumerate(lines)
    ]  # fmt: skip
    if rows:
        tx.run(_ADD, rows)


def note(tx: Tx, vorgang_id: str, stand: int, kind: str, name: str, detail: str, konto: str) -> None:
    """Write down something that people did beside the diagram. The Vorgang's row is held by the caller."""
    last = tx.scalar(sa.select(sa.func.max(T.c.line)).where(T.c.vorgang_id == vorgang_id, T.c.stand == stand))
    values = {
        "vorgang_id": vorgang_id, "stand": stand, "line": 0 if last is None else last + 1, "at": clock.now(), "kind": kind,
        "element": name, "token": "", "flows": "[]", "detail": detail, "konto": konto, "process": "",
    }  # fmt: skip
    tx.run(_ADD, values)
