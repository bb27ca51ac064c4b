"""Vorgang: a case. It has one process instance, whose snapshot it keeps; `stand` counts its steps (optimistic lock)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Instant, Tx
from engine.base.errors import Unknown
from engine.base.prepared import Prepared

# The coarse status is derived from the instance and from who has touched the case (domain.md 1).
#   NEU nobody has touched it · ANGENOMMEN somebody has taken a task · IN_BEARBEITUNG a task was done · BESCHIEDEN a Bescheid
#   was issued · then as its end says: ABGESCHLOSSEN, VERWORFEN, WEITERGELEITET. ZU_LOESCHEN comes with retention periods.
NEU, ANGENOMMEN, IN_BEARBEITUNG, BESCHIEDEN = "NEU", "ANGENOMMEN", "IN_BEARBEITUNG", "BESCHIEDEN"
ABGESCHLOSSEN, VERWORFEN, WEITERGELEITET = "ABGESCHLOSSEN", "VERWORFEN", "WEITERGELEITET"
ACTIVE, COMPLETED, INCIDENT, TERMINATED = "active", "completed", "incident", "terminated"
ENDED = (COMPLETED, TERMINATED)
# What a case began with: an application, or an event without one.
ANTRAG, NACHRICHT, ZEIT, SIGNAL = "antrag", "nachricht", "zeit", "signal"
_OPEN_BY_KEY = sa.text(f"origin = '{NACHRICHT}' AND origin_key <> '' AND closed_at IS NULL")


class Vorgang(Base):
    __tablename__ = "vorgang"

    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    nummer: Mapped[str] = mapped_column(sa.String(60), unique=True)
    leistung: Mapped[str] = mapped_column(sa.String(100))
    name: Mapped[str] = mapped_column(sa.String(300))
    applicant: Mapped[str] = mapped_column(sa.String(300))
    stelle: Mapped[str | None] = mapped_column(sa.String(100))
    """The Stelle it was given to; None: whoever has the right sees it."""
    version_id: Mapped[str] = mapped_column(sa.ForeignKey("process_version.id"))
    process: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(20))
    status: Mapped[str] = mapped_column(sa.String(20))
    status_at: Mapped[dt.datetime]
    snapshot: Mapped[bytes] = mapped_column(sa.LargeBinary)
    stand: Mapped[int]
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    test_by: Mapped[str | None] = mapped_column(sa.String(100))
    """The login of the designer who tries a version with it; None: it came from outside."""
    origin: Mapped[str] = mapped_column(sa.String(10), default=ANTRAG)
    origin_name: Mapped[str] = mapped_column(sa.String(200), default="")
    """The name of the message or signal it began with; of a timer the start event's name in the diagram."""
    origin_key: Mapped[str] = mapped_column(sa.String(300), default="")
    """The key of the message; of a timer the instant that was due."""

    # A list shows the newest first, whatever it is filtered by: its first page costs the same with any number of cases.
    __table_args__ = (
        *(
            sa.Index(f"ix_vorgang_{'_'.join([*by, 'opened_at', 'id'])}", *by, "opened_at", "id")
            for by in ((), ("leistung",), ("status",), ("leistung", "status"), ("stelle",))
        ),
        sa.Index("ix_vorgang_version_id", "version_id", "closed_at", "test_by"),
        # Of the cases that messages of one name and key have begun, one at most is open.
        sa.Index(
            "uq_vorgang_begun_by_message",
            "origin_name",
            "origin_key",
            unique=True,
            sqlite_where=_OPEN_BY_KEY,
            postgresql_where=_OPEN_BY_KEY,
        ),
    )


class Zaehler(Base):
    """Numbers given so far, by series (Leistung and year)."""

    __tablename__ = "zaehler"

    series: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    last: Mapped[int]


T, SERIES = Vorgang.__table__, Zaehler.__table__

# Statements of the hot path are built once: building one costs more than running it.
_GET = Prepared(sa.select(T).where(T.c.id == sa.bindparam("b_id")))
_new_status = sa.bindparam("new_status", type_=sa.String(20))
# What is decided stays so, whatever is done afterwards, until the case ends.
_decided = sa.and_(T.c.status == BESCHIEDEN, _new_status == IN_BEARBEITUNG)
_next_status = sa.case((_decided, T.c.status), else_=sa.func.coalesce(_new_status, T.c.status))
_MOVE = Prepared(
    sa.update(T)
    .where(T.c.id == sa.bindparam("b_id"), T.c.stand == sa.bindparam("b_stand"))
    .values(
        snapshot=sa.bindparam("snapshot"),
        stand=T.c.stand + 1,
        state=sa.bindparam("state"),
        status=_next_status,
        status_at=sa.case((_next_status == T.c.status, T.c.status_at), else_=sa.bindparam("now")),
        closed_at=sa.func.coalesce(sa.bindparam("closed_at", type_=Instant()), T.c.closed_at),
    )
)


def likely_nummer(tx: Tx, short: str) -> str:
    """What the next Aktenzeichen of a series will be, unless others are faster."""
    series = _series(short)
    last = tx.scalar(sa.select(SERIES.c.last).where(SERIES.c.series == series))
    return f"{series}-{(last or 0) + 1:05d}"


def _series(short: str) -> str:
    return f"{short}-{clock.local_day(clock.now()).year}"


def next_nummer(tx: Tx, short: str) -> str:
    """The next Aktenzeichen of a series, such as BF-2026-00017; gapless within a year."""
    series = _series(short)
    tx.insert_once(SERIES, {"series": series, "last": 0})
    number = tx.scalar(
        sa.update(SERIES).where(SERIES.c.series == series).values(last=SERIES.c.last + 1).returning(SERIES.c.last)
    )
    return f"{series}-{number:05d}"


def get(tx: Tx, id: str) -> Any:
    """A Vorgang's row.

    Raises:
        Unknown: if there is none.
    """
    row = tx.run(_GET, {"b_id": id}).one_or_none()
    if row is None:
        raise Unknown("Diesen Vorgang gibt es nicht.")
    return row


def move(tx: Tx, id: str, stand: int, *, snapshot: bytes, state: str, touched: bool, called: str | None = None) -> bool:
    """Write the next snapshot of a Vorgang and lock it until the commit; False if it has moved since it was read.

    `called` is what it is called if it has ended.
    """
    now = clock.now()
    status = status_of(state, touched, called)
    values = {
        "b_id": id, "b_stand": stand, "snapshot": snapshot, "state": state, "now": now,
        "new_status": None if status == NEU else status, "closed_at": now if state in ENDED else None,
    }  # fmt: skip
    return tx.run(_MOVE, values).rowcount == 1


def status_of(state: str, touched: bool, called: str | None = None) -> str:
    """The coarse status: new until a person has acted, then in progress, closed (or as its end calls it) with the instance."""
    if state in ENDED:
        return called or ABGESCHLOSSEN
    return IN_BEARBEITUNG if touched else NEU


def belong(tx: Tx, id: str, leistung: str, version_id: str, process: str) -> None:
    """Let a Vorgang belong to a Leistung; its step counts twice, for the end of the old process and the start of the new."""
    changed = {"leistung": leistung, "version_id": version_id, "process": process, "stand": T.c.stand + 1}
    tx.execute(sa.update(T).where(T.c.id == id).values(**changed))


def become(tx: Tx, id: str, status: str, *before: str) -> None:
    """Call a Vorgang something else, if it is called one of these."""
    changed = {"status": status, "status_at": clock.now()}
    tx.execute(sa.update(T).where(T.c.id == id, T.c.status.in_(before)).values(**changed))


def begun_by(name: sa.ColumnElement[str] | str, key: sa.ColumnElement[str] | str) -> sa.ColumnElement[bool]:
    """The condition on cases that they are open and began with a message of that name and key (there is at most one)."""
    by_message = sa.and_(T.c.origin == _written(NACHRICHT), T.c.origin_key != _written(""), T.c.closed_at.is_(None))
    return sa.and_(by_message, T.c.origin_name == name, T.c.origin_key == key)


def _written(text: str) -> sa.ColumnElement[str]:
    """A text as it stands in the index: a partial index is not used for what comes as a parameter."""
    return sa.literal_column(f"'{text}'", sa.String())
