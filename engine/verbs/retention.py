"""Retention: how long ended cases are kept, what holds a deletion up, and the deletion itself.

A case is deleted in one transaction: every row that speaks of it goes, and a line of Protokoll without a name stays. The
bytes of its documents follow outside of it, where nothing else names them: killed in between, the next purge goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache

import sqlalchemy as sa

from engine.base import clock, db, files
from engine.base.db import Base, Tx, new_id
from engine.base.errors import Cause, Invalid, Unknown
from engine.base.faults import point
from engine.base.rights import Konto, verb
from engine.bpmn.codec import encode
from engine.feel import YearsMonths
from engine.feel.values.durations import parse_duration
from engine.model import (
    antrag,
    aufgabe,
    deleted,
    dokument,
    einstellung,
    erwartung,
    grant,
    leistung,
    nachricht,
    protokoll,
    restored,
    retention,
    signal,
    vorgang,
)
from engine.model.typed import Wrong, read, show
from engine.verbs import tidying
from engine.verbs.courier import safely

IN_A_ROUND = 25
"""So many at once: whoever deletes also fires timers."""
LONGEST_REASON, LONGEST_MONTHS, LONGEST_NOTICE, YEARS = 500, 100 * 12, 366, 30
FOR_EVER = "unbefristet"
V = vorgang.T


# --- how long ------------------------------------------------------------------------------------------------------


@verb(right="kommune.verwalten", tag="aufbewahrung:geaendert")
def change_retention(key: str, typed: Mapping[str, str], notice: str | None = None, *, by: Konto) -> None:
    """Say how long cases of a Leistung (or of any: "") are kept that ended so; it holds for those that have ended too.

    `typed` are durations as people write them, by ending. Empty is for ever or, for one Leistung, as for all. `notice` is for
    how many days a case is on the list before it is deleted.

    Raises:
        Unknown: there is no such Leistung.
        Invalid: a text is no duration of months; causes point at fields.
    """
    wanted, causes = dict[str, int | None](), list[Cause]()
    for status in retention.ENDINGS:
        try:
            wanted[status] = months_of(typed.get(status, ""))
        except Wrong as wrong:
            causes.append(Cause(str(wrong), "Zum Beispiel 10 Jahre oder 6 Monate.", f"/{status}"))
    days = _days(notice, causes)
    if causes:
        raise Invalid("Das wurde nicht gespeichert.", causes)
    with db.transaction() as tx:
        if key != retention.FOR_ALL and leistung.current(tx, key) is None:
            raise Unknown("Diese Leistung gibt es hier nicht.")
        before = {status: retention.periods(tx).months.get((key, status)) for status in retention.ENDINGS}
        for status, months in wanted.items():
            own = bool(typed.get(status, "").strip())
            retention.set_period(tx, key, status, own=own, months=months)
        if days is not None:
            einstellung.write(tx, retention.NOTICE, days)
        told = {status: [before[status], wanted[status]] for status in wanted if before[status] != wanted[status]}
        protokoll.record(tx, None, leistung=key, monate=told, vorlauf=days)


def months_of(text: str) -> int | None:
    """The months that a duration has; None for ever.

    Raises:
        Wrong: it is no duration of whole months.
    """
    text = text.strip()
    if text.casefold() in ("", FOR_EVER):
        return None
    value = parse_duration(read("dauer", text))
    months = value.total if isinstance(value, YearsMonths) else 0
    if not 1 <= months <= LONGEST_MONTHS:
        raise Wrong("Hier werden ganze Monate oder Jahre erwartet, höchstens 100 Jahre.")
    return months


def months_text(months: int | None) -> str:
    """Months as people write them."""
    return FOR_EVER if months is None else show("dauer", str(YearsMonths(months)))


def _days(typed: str | None, causes: list[Cause]) -> int | None:
    if typed is None:
        return None
    text = typed.strip()
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LONGEST_NOTICE:
        return int(text)
    causes.append(Cause("Hier wird eine Zahl von Tagen erwartet.", f"1 bis {LONGEST_NOTICE}.", "/vorlauf"))
    return None


# --- what holds it up ----------------------------------------------------------------------------------------------


@verb(right="aufbewahrung.sperren", tag="loeschsperre:gesetzt")
def hold_case(vorgang_id: str, reason: str, bis: dt.date | None, *, id: str | None = None, by: Konto) -> str:
    """Keep a case beyond its period, to a last day or until the hold is lifted; gives the id of the hold. Twice is once.

    Raises:
        Unknown: there is no such case.
        Invalid: it does not say why, or the day is not to come.
    """
    today, said, causes = clock.local_day(clock.now()), " ".join(reason.split()), []
    if not 1 <= len(said) <= LONGEST_REASON:
        causes.append(Cause("Bitte nennen Sie den Grund.", f"1 bis {LONGEST_REASON} Zeichen", "/grund"))
    if bis is not None and not today <= bis <= today + dt.timedelta(366 * YEARS):
        causes.append(Cause("Bitte einen Tag ab heute wählen.", f"höchstens {YEARS} Jahre voraus", "/bis"))
    if causes:
        raise Invalid("Die Löschsperre kann so nicht gesetzt werden.", causes)
    id = id or new_id()
    with db.transaction() as tx:
        if tx.scalar(sa.select(V.c.id).where(V.c.id == vorgang_id).with_for_update()) is None:
            raise Unknown("Diesen Vorgang gibt es nicht.")
        if retention.hold(tx, id, vorgang_id, said, bis, by.login):
            protokoll.record(tx, vorgang_id, sperre=id, bis=bis)
    return id


@verb(right="aufbewahrung.sperren", tag="loeschsperre:aufgehoben")
def lift_hold(hold_id: str, *, by: Konto) -> str:
    """Lift a hold; gives the id of its case. Twice is once.

    Raises:
        Unknown: there is no such hold.
    """
    with db.transaction() as tx:
        vorgang_id = tx.scalar(sa.select(retention.HOLDS.c.vorgang_id).where(retention.HOLDS.c.id == hold_id))
        if vorgang_id is None:
            raise Unknown("Diese Löschsperre gibt es nicht.")
        if retention.lift(tx, hold_id, by.login):
            protokoll.record(tx, vorgang_id, sperre=hold_id)
    return str(vorgang_id)


# --- deletion ------------------------------------------------------------------------------------------------------


def purge(limit: int = IN_A_ROUND) -> int:
    """Delete the cases whose time has come, and what is left of the documents of those that are gone; gives how many cases.

    Nothing is deleted while the outbox of a restored municipality is held: nobody has looked at it yet.
    """
    with db.reading() as tx:
        if restored.told(tx) is not None:
            return 0
        ids = tx.scalars(sa.select(V.c.id).where(retention.deletable(tx, _today())).order_by(V.c.closed_at).limit(limit))
    gone = sum(safely(delete_case, id, fails=_tried_next_time) for id in ids)
    remove_left_over(limit)
    return gone


def _tried_next_time(reason: str) -> None:
    """What could not be deleted is in the log, and stays on the list."""


@verb(right="system", tag="vorgang:geloescht")
def delete_case(vorgang_id: str, *, by: Konto) -> bool:
    """Delete a case with all that is known of it; False if it is gone, or to be kept after all."""
    with db.transaction() as tx:
        # First the lock, then the look: a hold that was set while this waited must be seen.
        tx.execute(sa.select(V.c.id).where(V.c.id == vorgang_id).with_for_update())
        if tx.scalar(sa.select(V.c.id).where(V.c.id == vorgang_id, retention.deletable(tx, _today()))) is None:
            return False
        if tx.dialect == "sqlite":
            tx.execute(sa.text("PRAGMA secure_delete = ON"))  # what is deleted is written over
        documents = tx.scalars(sa.select(dokument.T.c.sha256).where(dokument.T.c.vorgang_id == vorgang_id))
        deleted.remember(tx, vorgang_id, set(documents), _names(tx, vorgang_id))
        _forget_messages(tx, vorgang_id)
        for table in rows_of_cases():
            tx.execute(sa.delete(table).where(_mine(table, vorgang_id)))
        tx.execute(sa.delete(V).where(V.c.id == vorgang_id))
        protokoll.record(tx, vorgang_id, dokumente=len(documents))
        point("retention.before_commit")
    point("retention.after_commit")
    return True


def _today() -> dt.date:
    return clock.local_day(clock.now())


def _names(tx: Tx, vorgang_id: str) -> list[tuple[str, str]]:
    """The names by which somebody outside may ask for a case."""
    a, n = antrag.T, nachricht.T
    sent = tx.scalars(sa.select(a.c.transaction_id).where(a.c.vorgang_id == vorgang_id))
    told = tx.scalars(sa.select(n.c.external_id).where(n.c.vorgang_id == vorgang_id, n.c.external_id.is_not(None)))
    return [*((deleted.ANTRAG, id) for id in sent), *((deleted.NACHRICHT, id) for id in told)]


def _forget_messages(tx: Tx, vorgang_id: str) -> None:
    """Messages and signals that a case got or threw: what others still need stays, without what it said.

    A message that came from outside keeps its id, so that the same sent again changes nothing.
    """
    m, s, d, n = erwartung.MESSAGES, signal.T, signal.DELIVERIES, nachricht.T
    ours = sa.select(n.c.external_id).where(n.c.vorgang_id == vorgang_id, n.c.external_id.is_not(None))
    asked = [grant.message_id(id) for id in tx.scalars(sa.select(grant.T.c.id).where(grant.T.c.vorgang_id == vorgang_id))]
    undelivered = m.c.state != erwartung.DELIVERED
    mine = sa.or_(m.c.thrown_by == vorgang_id, m.c.key.in_(ours), m.c.id.in_(asked))
    tx.execute(sa.delete(m).where(undelivered, mine))
    nothing = {"variables": encode({})}
    tx.execute(sa.update(m).where(m.c.vorgang_id == vorgang_id).values(key="", **nothing))
    tx.execute(sa.delete(d).where(d.c.vorgang_id == vorgang_id))
    tx.execute(sa.update(s).where(s.c.thrown_by == vorgang_id).values(**nothing))


@cache
def rows_of_cases() -> tuple[sa.Table, ...]:
    """The tables whose rows belong to a case, in the order in which they can be emptied."""
    return tuple(table for table in reversed(Base.metadata.sorted_tables) if _references(table))


def _references(table: sa.Table) -> list[sa.ForeignKey]:
    return [key for key in table.foreign_keys if key.column.table in (V, aufgabe.T)]


def _mine(table: sa.Table, vorgang_id: str) -> sa.ColumnElement[bool]:
    """The condition on rows that they belong to a case: they name it, or one of its tasks."""
    tasks = sa.select(aufgabe.T.c.id).where(aufgabe.T.c.vorgang_id == vorgang_id)
    [key] = _references(table)
    return key.parent == vorgang_id if key.column.table is V else key.parent.in_(tasks)


# --- the bytes of documents ----------------------------------------------------------------------------------------


def remove_left_over(limit: int = IN_A_ROUND) -> int:
    """Remove the bytes of documents of cases that are gone, where nothing else names them; gives how many files went.

    Young ones stay for a day: somebody may have stored the same and not named it yet.
    """
    with db.reading() as tx:
        rows = deleted.left_over(tx, limit)
        wanted = {row.id: deleted.files_of(row) for row in rows}
        named = tidying.named(tx, set().union(*wanted.values()))
    removed = 0
    for vorgang_id, hashes in wanted.items():
        young = set()
        for sha256 in hashes - named:
            gone = files.remove(sha256)
            removed += gone is True
            if gone is None:
                young.add(sha256)
        point("retention.after_files")
        with db.transaction() as tx:
            deleted.still_left(tx, vorgang_id, young)
    return removed
