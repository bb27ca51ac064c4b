"""Vorgang: a case. It has one process instance, whose snapshot it keeps; `stand` counts its steps (optimistic lock)."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Instant, Tx
from engine.base.errors import Unknown
from engine.base.prepared import Prepared

# The coarse status is derived from the instance and from who has touched the case (domain.md 1).
NEU, IN_BEARBEITUNG, ABGESCHLOSSEN = "NEU", "IN_BEARBEITUNG", "ABGESCHLOSSEN"
ACTIVE, COMPLETED, INCIDENT, TERMINATED = "active", "completed", "incident", "terminated"


class Vorgang(Base):
    __tablename__ = "vorgang"

    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    nummer: Mapped[str] = mapped_column(sa.String(60), unique=True)
    leistung: Mapped[str] = mapped_column(sa.String(100), index=True)
    name: Mapped[str] = mapped_column(sa.String(300))
    applicant: Mapped[str] = mapped_column(sa.String(300))
    stelle: Mapped[str | None] = mapped_column(sa.String(100), index=True)
    """The Stelle it was given to; None: whoever has the right sees it."""
    version_id: Mapped[str] = mapped_column(sa.ForeignKey("process_version.id"))
    process: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(20))
    status: Mapped[str] = mapped_column(sa.String(20), index=True)
    status_at: Mapped[dt.datetime]
    snapshot: Mapped[bytes] = mapped_column(sa.LargeBinary)
    stand: Mapped[int]
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]

    __table_args__ = (sa.Index("ix_vorgang_opened_at_id", "opened_at", "id"),)


class Zaehler(Base):
    """Numbers given so far, by series (Leistung and year)."""

    __tablename__ = "zaehler"

    series: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    last: Mapped[int]


T, SERIES = Vorgang.__table__, Zaehler.__table__

# Statements of the hot path are built once: building one costs more than running it.
_GET = sa.select(T).where(T.c.id == sa.bindparam("id"))
_new_status = sa.bindparam("new_status", type_=sa.String(20))
_MOVE = Prepared(
    sa.update(T)
    .where(T.c.id == sa.bindparam("b_id"), T.c.stand == sa.bindparam("b_stand"))
    .values(
        snapshot=sa.bindparam("snapshot"),
        stand=T.c.stand + 1,
        state=sa.bindparam("state"),
        status=sa.func.coalesce(_new_status, T.c.status),
        status_at=sa.case((sa.func.coalesce(_new_status, T.c.status) == T.c.status, T.c.status_at), else_=sa.bindparam("now")),
        closed_at=sa.func.coalesce(sa.bindparam("closed_at", type_=Instant()), T.c.closed_at),
    )
)


def next_nummer(tx: Tx, short: str) -> str:
    """The next Aktenzeichen of a series, such as BF-2026-00017; gapless within a year."""
    year = clock.local_day(clock.now()).year
    series = f"{short}-{year}"
    tx.insert_once(SERIES, {"series": series, "last": 0})
    number = tx.scalar(
        sa.update(SERIES).where(SERIES.c.series == series).values(last=SERIES.c.last + 1).returning(SERIES.c.last)
    )
    return f"{series}-{number:05d}"


def get(tx: Tx, id: str) -> sa.Row[tuple[object, ...]]:
    """A Vorgang's row.

    Raises:
        Unknown: if there is none.
    """
    row = tx.one_or_none(_GET, {"id": id})
    if row is None:
        raise Unknown("Diesen Vorgang gibt es nicht.")
    return row


def move(tx: Tx, id: str, stand: int, *, snapshot: bytes, state: str, touched: bool) -> bool:
    """Write the next snapshot of a Vorgang and lock it until the commit; False if it has moved since it was read."""
    now = clock.now()
    status = status_of(state, touched)
    values = {
        "b_id": id, "b_stand": stand, "snapshot": snapshot, "state": state, "now": now,
        "new_status": None if status == NEU else status, "closed_at": now if status == ABGESCHLOSSEN else None,
    }  # fmt: skip
    return tx.run(_MOVE, values).rowcount == 1


def status_of(state: str, touched: bool) -> str:
    """The coarse status: new until a person has acted, then in progress, closed with the instance."""
    if state in (COMPLETED, TERMINATED):
        return ABGESCHLOSSEN
    return IN_BEARBEITUNG if touched else NEU
