"""Start event: by what, besides an Antrag, a Vorgang begins: a message, a signal or a time.

The current version of each Leistung has its typed start events here, those of its own process; a new version replaces them.
What stays as it was (element, kind, name, text of the timer) keeps its row: an unchanged timer neither fires again nor counts
anew. What is changed begins anew with the deployment.

    date        once; one that is past when it is deployed does not fire
    duration    once, counted from the deployment
    cycle       R3/P1D, R/P1D: at every turn after the deployment, on the calendar; R3/2026-03-02T09:00:00+01:00/P1D: at the
                turns from that time on, of which those before the deployment are gone; 0 0 9 * * MON-FRI: as cron writes it.
                After downtime once for all turns missed

`due_at` is when a timer fires next, `left` how often it still does (None: for ever), `turn` the turn that `due_at` is.
A start event by which no Vorgang could be begun is left alone for longer and longer (`again_at`); the Administration sees it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.base import clock
from engine.base.db import Base, Tx, new_id
from engine.base.errors import Cause, Invalid
from engine.base.prepared import Prepared
from engine.bpmn import StartAt, cron
from engine.bpmn.timers import NotATime, after, cycle, due, duration, next_turn
from engine.bpmn.values import LONGEST_ID
from engine.model import restored
from engine.model.backoff import LONGEST_WAIT, backoff
from engine.model.bundle import Bundle
from engine.model.waits import ID

TELLS_AFTER = 3
"""So often it is tried before a person is told."""
MESSAGE, SIGNAL, TIMER = "message", "signal", "timer"
_OF_MESSAGES = sa.text("kind = 'message'")


class StartEvent(Base):
    __tablename__ = "start_event"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    leistung: Mapped[str] = mapped_column(sa.ForeignKey("leistung.key"), index=True)
    version_id: Mapped[str] = mapped_column(sa.ForeignKey("process_version.id"))
    element: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(LONGEST_ID))
    timer: Mapped[str] = mapped_column(sa.String(10))
    text: Mapped[str] = mapped_column(sa.Text)
    since: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    left: Mapped[int | None]
    turn: Mapped[int]
    failures: Mapped[int] = mapped_column(default=0)
    """How many times in a row no Vorgang could be begun."""
    again_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        sa.Index("ix_start_event_kind_name", "kind", "name"),
        sa.Index("uq_start_event_message", "name", unique=True, sqlite_where=_OF_MESSAGES, postgresql_where=_OF_MESSAGES),
    )


T = StartEvent.__table__
STARTS: Mapping[str, Any] = {"failures": 0, "again_at": None, "reason": None}


def subscribe(tx: Tx, leistung: str, version_id: str, starts: Iterable[StartAt]) -> None:
    """Let the start events of a version be those of its Leistung.

    Raises:
        Invalid: a message of that name begins another Leistung already.
    """
    wanted = {_same(start): start for start in starts}
    there = {row_key(row): row.id for row in tx.all(sa.select(T).where(T.c.leistung == leistung))}
    gone = [id for key, id in there.items() if key not in wanted]
    tx.execute(sa.delete(T).where(T.c.id.in_(gone)))
    tx.execute(sa.update(T).where(T.c.leistung == leistung).values(version_id=version_id, **STARTS))
    for key in wanted.keys() - there.keys():
        _add(tx, leistung, version_id, wanted[key])


Key = tuple[str, str, str, str, str]


def _same(start: StartAt) -> Key:
    """What makes a start event the same in two versions."""
    return start.element, start.kind, start.name, start.timer, start.text


def row_key(row: Any) -> Key:
    """The same of a row."""
    return row.element, row.kind, row.name, row.timer, row.text


def keys(starts: Iterable[StartAt]) -> set[Key]:
    """The same of a version's start events."""
    return {_same(start) for start in starts}


def _add(tx: Tx, leistung: str, version_id: str, start: StartAt) -> None:
    now, name = clock.now(), start.name
    due_at, left, turn = first_due(start, now) if start.kind == TIMER else (None, None, 0)
    values = {
        "id": new_id(), "leistung": leistung, "version_id": version_id, "element": start.element, "kind": start.kind,
        "name": name, "timer": start.timer, "text": start.text, "since": now, "due_at": due_at, "left": left, "turn": turn,
        **STARTS,
    }  # fmt: skip
    if not tx.insert_once(T, values):
        other = tx.scalar(sa.select(T.c.leistung).where(T.c.kind == MESSAGE, T.c.name == name))
        message = f"die Nachricht „{start.name}“ beginnt schon die Leistung „{other}“"
        hint = "der Nachricht einen anderen Namen geben: Jede beginnt nur einen Vorgang"
        raise Invalid("Das Paket kann so nicht eingesetzt werden.", [Cause(message, hint, element=start.element)])


def name_in(bundle: Bundle, element: str) -> str:
    """What a start event is called in the diagram."""
    return (bundle.spec.compiled[bundle.process].process.elements[element].name or element)[:200]


# --- timers --------------------------------------------------------------------------------------------------------


Turn = tuple[dt.datetime | None, int | None, int]
OVER: Turn = (None, 0, 0)


def first_due(start: StartAt, now: dt.datetime) -> Turn:
    """When a timer that is deployed now fires first, how often it does, and which turn that is; what is past does not.

    Raises:
        NotATime: with a German sentence.
    """
    if start.timer != "cycle":
        instant = due(start.timer, start.text, now)
        return OVER if start.timer == "date" and instant < now else (instant, 1, 1)
    if cron.looks_like(start.text.strip()):
        return next_turn(start.text, now, None)[1], None, 1
    times, first, between = cycle(start.text)
    if first is None:
        return turn_of(now, between, 1), times, 1
    turn = 0 if first >= now else _turn_after(first, between, 0, now)
    left = None if times is None else times - turn
    return OVER if left is not None and left <= 0 else (turn_of(first, between, turn), left, turn)


def turn_of(since: dt.datetime, between: str, turn: int) -> dt.datetime:
    """When a turn of a cycle comes: counted from its beginning, so that no turn drifts (31 January, 28 February, 31 March)."""
    months, days, exact = duration(between)
    return after(since, months=months * turn, days=days * turn, exact=exact * turn)


def _next_turn(row: Any, now: dt.datetime) -> tuple[dt.datetime, int]:
    """The first turn that is still to come."""
    if cron.looks_like(row.text.strip()):
        return next_turn(row.text, now, row.due_at)[1], row.turn + 1
    _, first, between = cycle(row.text)
    since = first or row.since
    turn = _turn_after(since, between, row.turn, now)
    return turn_of(since, between, turn), turn


def _turn_after(since: dt.datetime, between: str, turn: int, now: dt.datetime) -> int:
    """The first turn after another that is still to come; found by halving, however long nobody looked."""
    low, high = turn, turn + 1
    while turn_of(since, between, high) <= now:
        low, high = high, high + 2 * (high - turn)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if turn_of(since, between, middle) <= now else (low, middle)
    return high


def due_now(tx: Tx, limit: int) -> Sequence[Any]:
    """Timers that are due, the longest waiting first."""
    return tx.run(_due_now(), {"b_most": limit, **instants()}).rows


@cache
def _due_now() -> Prepared:
    due = sa.and_(T.c.due_at <= sa.bindparam("b_now"), ~restored.held(), ~_waits(T))
    return Prepared(sa.select(T.c.id, T.c.due_at).where(due).order_by(T.c.due_at).limit(sa.bindparam("b_most")))


def next_due(tx: Tx) -> dt.datetime | None:
    """When the next timer is due, or something that was put off may be tried again; None if nothing waits for a time."""
    return tx.run(_next_due(), instants()).rows[0].at


@cache
def _next_due() -> Prepared:
    at = sa.func.min(sa.case((_waits(T), T.c.again_at), else_=T.c.due_at), type_=T.c.due_at.type)
    return Prepared(sa.select(at.label("at")).where(~restored.held()))


def fire(tx: Tx, row: Any) -> bool:
    """Mark the turn of a timer as fired, and say when the next is; False if another tick was first."""
    left = None if row.left is None else row.left - 1
    try:
        due_at, turn = (None, row.turn) if left == 0 else _next_turn(row, clock.now())
    except (NotATime, OverflowError, ValueError):  # beyond the year 9999
        due_at, left, turn = None, 0, row.turn
    mine = sa.and_(T.c.id == row.id, T.c.due_at == row.due_at)
    return tx.execute(sa.update(T).where(mine).values(due_at=due_at, left=left, turn=turn)).rowcount == 1


def held(tx: Tx, id: str) -> Any:
    """The row of a start event, held until the commit; None if a new version has replaced it."""
    return tx.one_or_none(sa.select(T).where(T.c.id == id).with_for_update())


# --- what cannot be begun ------------------------------------------------------------------------------------------


def put_off(tx: Tx, id: str, reason: str) -> None:
    """No Vorgang could be begun: not before a while, and longer each time."""
    failures = tx.scalar(sa.select(T.c.failures).where(T.c.id == id).with_for_update())
    if failures is not None:
        again_at = clock.now() + backoff(failures + 1)
        values = {"failures": failures + 1, "again_at": again_at, "reason": reason[:2000]}
        tx.execute(sa.update(T).where(T.c.id == id).values(**values))


def begun(tx: Tx, row: Any) -> None:
    """A Vorgang was begun; what was wrong is over."""
    if row.failures:
        tx.execute(sa.update(T).where(T.c.id == row.id).values(**STARTS))


def instants() -> dict[str, dt.datetime]:
    """What `is_put_off` compares with; what lies further ahead, a clock that was wrong has written."""
    now = clock.now()
    return {"b_now": now, "b_latest_again": now + LONGEST_WAIT}


def is_put_off(id: Any) -> sa.ColumnElement[bool]:
    """The condition that a start event is left alone for now."""
    other = T.alias("put_off")
    return sa.exists().where(other.c.id == id, _waits(other))


def _waits(table: Any) -> sa.ColumnElement[bool]:
    ahead = sa.and_(table.c.again_at > sa.bindparam("b_now"), table.c.again_at <= sa.bindparam("b_latest_again"))
    return sa.and_(table.c.again_at.is_not(None), ahead)


def failing(tx: Tx) -> Sequence[sa.Row[Any]]:
    """The start events by which no Vorgang could be begun, again and again."""
    return tx.all(sa.select(T).where(T.c.failures >= TELLS_AFTER).order_by(T.c.leistung, T.c.element))
