"""Calculation: a day that was calculated in a Vorgang, with its steps and their paragraphs. Kept, never changed.

Each stands at the element whose expression named the function. The same one is kept once for a token: a retry asks again.
§ 31 VwVfG with §§ 187–193 BGB; § 39 (1) VwVfG (a decision states its reasons).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Day, Tx, new_id
from engine.bpmn import Calculated
from engine.bpmn.codec import encode
from engine.model.waits import ID


class Calculation(Base):
    __tablename__ = "calculation"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    vorgang_id: Mapped[str] = mapped_column(sa.ForeignKey("vorgang.id"))
    token: Mapped[str] = mapped_column(sa.String(20))
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Of function, arguments and result."""
    at: Mapped[dt.datetime]
    process: Mapped[str] = mapped_column(sa.String(200))
    element: Mapped[str] = mapped_column(sa.String(200))
    function: Mapped[str] = mapped_column(sa.String(40))
    arguments: Mapped[bytes] = mapped_column(sa.LargeBinary)
    result: Mapped[dt.date | None] = mapped_column(Day)
    steps: Mapped[bytes] = mapped_column(sa.LargeBinary)
    source: Mapped[str] = mapped_column(sa.Text)
    refusal: Mapped[str] = mapped_column(sa.Text)
    """Why the law gives no day; empty where it does."""

    __table_args__ = (sa.UniqueConstraint("vorgang_id", "token", "digest"),)


T = Calculation.__table__


def append(tx: Tx, vorgang_id: str, calculated: Sequence[Calculated]) -> None:
    """Keep how days were calculated."""
    for one in calculated:
        made = one.calculation
        arguments = encode(dict(made.arguments))
        digest = hashlib.sha256(b"\0".join((made.function.encode(), arguments, encode(made.result)))).hexdigest()
        steps = encode([{"text": step.text, "day": step.day} for step in made.steps])
        tx.insert_once(
            T,
            {
                "id": new_id(), "vorgang_id": vorgang_id, "token": one.token, "digest": digest, "at": clock.now(),
                "process": one.process, "element": one.element, "function": made.function, "arguments": arguments,
                "result": made.result, "steps": steps, "source": made.source, "refusal": made.refusal,
            },
        )  # fmt: skip
