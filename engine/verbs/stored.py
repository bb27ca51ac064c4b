"""Invariants of what is stored: the database itself, receipts, Protokoll, cases, Bescheide and documents. Part of `verify`."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db
from engine.base import files as store
from engine.base.db import Tx
from engine.base.errors import Problem
from engine.model import (
    antrag,
    aufgabe,
    auftrag,
    bescheid,
    dokument,
    erwartung,
    frist,
    history,
    incident,
    leistung,
    parcel,
    protokoll,
    searched,
    vorgang,
)
from engine.model.states import may_become
from engine.model.waits import DROPPED
from engine.verbs.backup import Seen, unseen
from engine.verbs.invariants import STATE, Broken, of_events

AT_ONCE, LETTERS_AT_ONCE, LINES_AT_ONCE = 200, 50, 1000
KINDS: dict[type, sa.Table] = {
    bpmn.UserTask: aufgabe.T,
    bpmn.Job: auftrag.T,
    bpmn.Timer: frist.T,
    bpmn.Expected: erwartung.T,
    bpmn.Incident: incident.T,
}
A, F, H, P, V = aufgabe.T, frist.T, history.T, protokoll.T, vorgang.T


def findings(seen: Seen = unseen) -> Iterator[Broken]:
    """Everything that is broken, one finding after the other.

    Each piece is a look of its own: rows are compared with what they were at the same moment, but none of these moments lasts,
    so that a database that is being worked in need not keep its past for hours. Memory does not grow with the data.
    """
    for check in (of_database, _receipts, _searched, _once, *of_events):
        with db.reading() as tx:
            found = list(check(tx))
        yield from found
    yield from _protokoll()
    with db.reading() as tx:
        total = sum(int(tx.scalar(sa.select(sa.func.count()).select_from(table))) for table in (V, dokument.T))
    done = 0
    for batch in chain(_cases(), _bescheide(), _documents(), _post()):
        done += batch.looked_at
        seen("Vorgänge und Dokumente", min(done, total), total)
        yield from batch.found


@dataclass(frozen=True, slots=True)
class Batch:
    """Some that were looked at together: how many, and what of them is broken."""

    looked_at: int
    found: list[Broken]


def of_database(tx: Tx) -> Iterator[Broken]:
    """What the database says of itself."""
    if tx.dialect == "sqlite":
        for line in tx.scalars(sa.text("PRAGMA integrity_check(20)")):
            if line != "ok":
                yield Broken("datenbank", "kommune.sqlite", str(line))
        for table, _, parent, _ in list(map(tuple, tx.all(sa.text("PRAGMA foreign_key_check"))))[:20]:
            yield Broken("datenbank", table, f"eine Zeile verweist auf etwas in „{parent}“, das es nicht gibt")
        return
    for name in tx.scalars(sa.text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")):
        yield Broken("datenbank", str(name), "ein Index ist unbrauchbar; REINDEX baut ihn neu")
    failures = sa.text("SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
    if tx.scalar(failures):
        yield Broken("datenbank", "postgresql", "der Datenbankserver hat beschädigte Seiten gefunden")
    unchecked = sa.text("SELECT conrelid::regclass::text || '.' || conname FROM pg_constraint WHERE NOT convalidated")
    for name in tx.scalars(unchecked):
        yield Broken("datenbank", str(name), "eine Bedingung wurde nie auf alle Zeilen angewandt")


def _receipts(tx: Tx) -> Iterator[Broken]:
    """Receipts ↔ Vorgänge that began with an Antrag, one to one."""
    a, v = antrag.T, vorgang.T
    for id in tx.scalars(sa.select(a.c.transaction_id).join(v, v.c.id == a.c.vorgang_id, isouter=True).where(v.c.id.is_(None))):
        yield Broken("antrag-vorgang", id, "zu einem beantworteten Antrag fehlt der Vorgang")
    for id in tx.scalars(
        sa.select(v.c.id)
        .join(a, v.c.id == a.c.vorgang_id, isouter=True)
        .where(v.c.origin == vorgang.ANTRAG, a.c.transaction_id.is_(None))
    ):
        yield Broken("antrag-vorgang", id, "zu einem Vorgang fehlt der Antrag")


def _searched(tx: Tx) -> Iterator[Broken]:
    """Every case can be found."""
    for id in searched.missing(tx):
        yield Broken("suche", id, "der Vorgang fehlt im Suchindex; „amtsweg kommune upgrade“ trägt ihn nach")


def _protokoll() -> Iterator[Broken]:
    """The chain of the Protokoll is whole."""
    lines = protokoll.Chain()
    while not lines.ended:
        with db.reading() as tx:
            found = [Broken("protokoll", "protokoll", message) for message in lines.follow(tx, LINES_AT_ONCE)]
        yield from found


# --- cases ---------------------------------------------------------------------------------------------------------


def _cases() -> Iterator[Batch]:
    """All cases, some at a time."""
    columns = (V.c.id, V.c.version_id, V.c.snapshot, V.c.state, V.c.stand, V.c.closed_at)
    ends: dict[str, frozenset[str]] = {}
    last = ""
    while True:
        with db.reading() as tx:
            rows = tx.all(sa.select(*columns).where(V.c.id > last).order_by(V.c.id).limit(AT_ONCE))
            found = list(_of_cases(tx, rows, ends)) if rows else []
        if not rows:
            return
        last = rows[-1].id
        yield Batch(len(rows), found)


def _of_cases(tx: Tx, batch: Sequence[Any], ends: dict[str, frozenset[str]]) -> Iterator[Broken]:
    """What is true of each case by itself; `ends` keeps the ends of the versions met so far."""
    ids = [row.id for row in batch]
    live: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for table in KINDS.values():
        here = sa.and_(table.c.vorgang_id.in_(ids), may_become(table, DROPPED))
        for mark in tx.all(sa.select(table.c.vorgang_id, table.c.token).where(here)):
            if not auftrag.is_free(mark.token):
                live[mark.vorgang_id].add((table.name, mark.token))
    told = sa.select(H.c.vorgang_id, sa.func.max(H.c.stand)).where(H.c.vorgang_id.in_(ids)).group_by(H.c.vorgang_id)
    last = dict(map(tuple, tx.all(told)))
    finished = [row.id for row in batch if row.state == vorgang.COMPLETED]
    ended: defaultdict[str, set[str]] = defaultdict(set)
    done = sa.select(H.c.vorgang_id, H.c.element).where(H.c.vorgang_id.in_(finished), H.c.kind == "completed")
    for line in tx.all(done):
        ended[line.vorgang_id].add(line.element)
    for row in batch:
        yield from _case(tx, row, live[row.id])
        if last.get(row.id, 0) > row.stand:
            yield Broken("verlauf", row.id, "der Verlauf ist weiter als der Zustand")
        if row.state == vorgang.COMPLETED and not ended[row.id] & _ends(tx, row.version_id, ends):
            yield Broken("ende", row.id, "der Vorgang ist abgeschlossen, hat aber kein Ende erreicht")
    yield from _told_once(tx, ids, "aufgabe:abgeschlossen", A, aufgabe.DONE, "aufgabe")
    yield from _told_once(tx, ids, "frist:ausgeloest", F, frist.FIRED, "frist")


def _case(tx: Tx, row: Any, live: set[tuple[str, str]]) -> Iterator[Broken]:
    """Rows = waits of the snapshot; every open instance has a reason to wait; a closed one has none."""
    try:
        bundle = leistung.version(tx, row.version_id)
        waits = bpmn.waits(bundle.spec, row.snapshot, clock.now())
    except Problem as problem:
        yield Broken(STATE, row.id, f"der Zustand ist nicht lesbar: {problem.sentence}")
        return
    expected = {(KINDS[type(wait)].name, wait.token) for wait in waits}
    for kind, token in sorted(expected - live):
        yield Broken("zeilen", row.id, f"in „{kind}“ fehlt die Zeile zu Marke {token}")
    for kind, token in sorted(live - expected):
        yield Broken("zeilen", row.id, f"in „{kind}“ steht eine Zeile zu Marke {token}, auf die nichts wartet")
    closed = row.state in vorgang.ENDED
    if not closed and not waits:
        yield Broken("wartegrund", row.id, "der Vorgang ist offen und wartet auf nichts")
    if closed and waits:
        yield Broken("wartegrund", row.id, "der Vorgang ist beendet und wartet noch")
    if closed != (row.closed_at is not None):
        yield Broken("ende", row.id, "der Vorgang ist beendet ohne Zeitpunkt, oder offen mit einem")


def _ends(tx: Tx, version_id: str, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """The end events of a version, and what leads nowhere, for BPMN lets a process end there too."""
    if version_id not in known:
        try:
            known[version_id] = leistung.version(tx, version_id).spec.ends()
        except Problem:
            known[version_id] = frozenset()
    return known[version_id]


# --- once ----------------------------------------------------------------------------------------------------------


def _once(tx: Tx) -> Iterator[Broken]:
    """What a person completed stands in the history once, and no timer fired too early."""
    line = sa.and_(
        H.c.vorgang_id == A.c.vorgang_id, H.c.token == A.c.token, H.c.element == A.c.element, H.c.kind == "completed"
    )
    lines = sa.select(sa.func.count()).select_from(H).where(line).correlate(A).scalar_subquery()
    # What broke after the answers were taken is told by an incident, and completed only when that is mended.
    stuck = sa.exists().where(incident.T.c.vorgang_id == A.c.vorgang_id, incident.T.c.token == A.c.token)
    wrong = sa.or_(lines > 1, sa.and_(lines == 0, ~stuck))
    for id in tx.scalars(sa.select(A.c.id).where(A.c.state == aufgabe.DONE, wrong).order_by(A.c.id)):
        yield Broken("erledigung", id, "die erledigte Aufgabe steht nicht genau einmal im Verlauf")
    for id in tx.scalars(sa.select(F.c.id).where(F.c.state == frist.FIRED, F.c.fired_at < F.c.due_at).order_by(F.c.id)):
        yield Broken("frist", id, "die Frist ist zu früh abgelaufen")


def _told_once(tx: Tx, ids: Sequence[str], tag: str, table: sa.Table, state: str, key: str) -> Iterator[Broken]:
    """The rows of some cases in a state, and the lines of Protokoll about them, are the same, one to one."""
    lines = tx.scalars(sa.select(P.c.detail).where(P.c.tag == tag, P.c.vorgang_id.in_(ids)))
    told = Counter(str(json.loads(detail).get(key)) for detail in lines)
    done = set(tx.scalars(sa.select(table.c.id).where(table.c.state == state, table.c.vorgang_id.in_(ids))))
    for id in sorted(id for id, count in told.items() if count > 1):
        yield Broken("einmal", id, f"„{tag}“ steht mehr als einmal im Protokoll")
    for id in sorted(told.keys() - done):
        yield Broken("einmal", id, f"„{tag}“ steht im Protokoll, aber es ist nicht so")
    for id in sorted(done - told.keys()):
        yield Broken("einmal", id, f"„{tag}“ fehlt im Protokoll")


# --- letters and documents -----------------------------------------------------------------------------------------


def _bescheide() -> Iterator[Batch]:
    """What was issued is what somebody else than its editors approved, and its PDF is the one that was frozen."""
    b, d = bescheid.T, dokument.T
    query = sa.select(b, d.c.sha256.label("stored")).outerjoin(d, d.c.id == b.c.dokument_id)
    query = query.where(b.c.state.in_([bescheid.APPROVED, bescheid.ISSUED])).order_by(b.c.id).limit(LETTERS_AT_ONCE)
    last = ""
    while True:
        with db.reading() as tx:
            rows = tx.all(query.where(b.c.id > last))
        if not rows:
            return
        last = rows[-1].id
        yield Batch(0, [broken for row in rows for broken in _of_bescheid(row)])


def _of_bescheid(row: Any) -> Iterator[Broken]:
    if bescheid.hash_of(row.content) != row.content_hash:
        yield Broken("bescheid", row.id, "der Inhalt ist nicht der, den seine Prüfsumme nennt")
    if row.approved_by is None or row.approved_hash != row.content_hash:
        yield Broken("bescheid", row.id, "freigegeben wurde nicht dieser Inhalt")
    if row.approved_by in json.loads(row.editors):
        yield Broken("bescheid", row.id, "freigegeben hat, wer den Entwurf geändert hat")
    if row.state == bescheid.ISSUED and (row.stored is None or row.stored != row.sha256):
        yield Broken("bescheid", row.id, "das Dokument ist nicht der erlassene Bescheid")


def _documents() -> Iterator[Batch]:
    """The bytes of every document are there, and are what they were; files are read outside of any transaction."""
    last = ""
    while True:
        with store.none_removed():
            with db.reading() as tx:
                d = dokument.T
                batch = tx.all(sa.select(d.c.id, d.c.sha256).where(d.c.id > last).order_by(d.c.id).limit(AT_ONCE))
            if not batch:
                return
            for row in batch:
                yield Batch(1, list(_of_document(row.id, row.sha256)))
        last = batch[-1].id


def _post() -> Iterator[Batch]:
    """What waits in the central post room is there with all its parts; elsewhere nothing waits."""
    with db.reading() as tx:
        lies_here = parcel.hashes(tx)
    for id, sha256 in lies_here:
        yield Batch(1, list(_of_document(id, sha256)))


def _of_document(id: str, sha256: str) -> Iterator[Broken]:
    try:
        for _ in store.parts(sha256):
            pass  # never all of a large file at once
    except FileNotFoundError:
        yield Broken("dokument", id, "Dieses Dokument gibt es hier nicht.")
    except OSError as error:
        yield Broken("dokument", id, f"Das Dokument konnte nicht gelesen werden: {error.strerror}.")
    except Problem as problem:
        yield Broken("dokument", id, problem.sentence)
