"""Decision: what a decision model was asked and answered in a Vorgang, and which rules fired. Kept, never changed.

The version is the Vorgang's: its files hold the model as it was. § 39 VwVfG (a decision states its reasons), § 35a VwVfG.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.bpmn import Decided
from engine.bpmn.codec import encode
from engine.model.waits import ID


class Decision(Base):
    __tablename__ = "decision"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"), index=True)
    at: Mapped[dt.datetime]
    element: Mapped[str] = mapped_column(sa.String(200))
    token: Mapped[str] = mapped_column(sa.String(20))
    decision: Mapped[str] = mapped_column(sa.String(200))
    inputs: Mapped[bytes] = mapped_column(sa.LargeBinary)
    rules: Mapped[bytes] = mapped_column(sa.LargeBinary)
    value: Mapped[bytes] = mapped_column(sa.LargeBinary)
    warnings: Mapped[bytes] = mapped_column(sa.LargeBinary)


T = Decision.__table__


def append(tx: Tx, vorgang_id: str, decided: Sequence[Decided]) -> None:
    """Keep the reasons of decisions."""
    rows = [
        {
            "id": new_id(), "vorgang_id": vorgang_id, "at": clock.now(), "element": one.element, "token": one.token,
            "decision": one.decision, "inputs": encode(dict(one.inputs)), "rules": encode([dict(rule) for rule in one.rules]),
            "value": encode(one.value), "warnings": encode(list(one.warnings)),
        }
        for one in decided
    ]  # fmt: skip
    if rows:
        tx.execute(sa.insert(T), rows)
