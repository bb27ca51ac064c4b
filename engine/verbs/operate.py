"""Operate: incidents, settings; and `verify`, which checks the invariants on the stored data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from engine import bpmn
from engine.base import clock, db
from engine.base import files as store
from engine.base.db import Tx
from engine.base.errors import Problem
from engine.base.rights import Konto, verb
from engine.model import (
    antrag,
    aufgabe,
    auftrag,
    bescheid,
    dokument,
    einstellung,
    erwartung,
    frist,
    incident,
    leistung,
    protokoll,
    searched,
    thrown,
    vorgang,
)
from engine.model.states import may_become
from engine.model.waits import DROPPED
from engine.step import ring, step
from engine.verbs.courier import carry
from engine.verbs.invariants import Broken, of_events


@verb(right="stoerung.beheben", tag="incident:wiederholt")
def retry_incident(incident_id: str, variables: Mapping[str, Any], *, by: Konto) -> bool:
    """Try an element again after what broke it was mended, with corrected variables if given; False if it is stuck again.

    Raises:
        Conflict: it is no longer open.
    """
    return try_again(incident_id, variables, by=by)


def try_again(incident_id: str, variables: Mapping[str, Any], *, by: Konto) -> bool:
    """What the verbs do that try an element again; the Protokoll names the variables that were corrected, not their values."""
    with db.reading() as tx:
        row: Any = incident.get(tx, incident_id)

    if auftrag.is_free(row.token):
        _send_again(row)
        return True
    detail: dict[str, Any] = {"incident": incident_id, **({"berichtigt": sorted(variables)} if variables else {})}
    outcome = step(
        row.vorgang_id,
        bpmn.Retry(row.token, variables),
        lambda tx, _: incident.mend(tx, row.id, by.login if variables else None),
        closes=incident.T,
        **detail,
    )
    return not outcome.incidents.opened


def _send_again(row: Any) -> None:
    """Order the same message again, with the same key, after what broke it was mended; or let go what was held."""
    with db.transaction() as tx:
        incident.mend(tx, row.id)
        if thrown.release(tx, row.vorgang_id, row.token):
            tx.after(carry)
        for id in auftrag.reopen(tx, row.vorgang_id, row.token):
            tx.after(partial(ring, id))
        protokoll.record(tx, row.vorgang_id, incident=row.id)


@verb(right="kommune.verwalten", tag="einstellung:geaendert")
def change_setting(key: str, value: Any, *, by: Konto) -> None:
    """Change a setting of the municipality: `briefkopf`, `antrag.absender`, or `konnektor.<name>`."""
    with db.transaction() as tx:
        einstellung.write(tx, key, value)
        protokoll.record(tx, None, einstellung=key)


# --- verify --------------------------------------------------------------------------------------------------------


def verify() -> list[Broken]:
    """Check the invariants on the stored data of the namespace we are in; changes nothing."""
    with db.reading() as tx:
        found = [*_receipts(tx), *_chain(tx), *_search(tx)]
        for row in tx.execute(sa.select(vorgang.T).order_by(vorgang.T.c.id)):
            found.extend(_case(tx, row))
        found.extend(_bescheide(tx))
        found.extend(of_events(tx))
        documents = tx.all(sa.select(dokument.T.c.id, dokument.T.c.sha256))
    found.extend(_documents(documents))
    return found


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


def _chain(tx: Tx) -> Iterator[Broken]:
    for message in protokoll.broken(tx):
        yield Broken("protokoll", "protokoll", message)


def _search(tx: Tx) -> Iterator[Broken]:
    """Every Vorgang can be found."""
    for id in searched.missing(tx):
        yield Broken("suche", id, "der Vorgang fehlt im Suchindex; „amtsweg kommune upgrade“ trägt ihn nach")


KINDS: dict[type, sa.Table] = {
    bpmn.UserTask: aufgabe.T,
    bpmn.Job: auftrag.T,
    bpmn.Timer: frist.T,
    bpmn.Expected: erwartung.T,
    bpmn.Incident: incident.T,
}


def _case(tx: Tx, row: Any) -> Iterator[Broken]:
    """Rows = waits of the snapshot; every open instance has a reason to wait; a completed one has none."""
    try:
        bundle = leistung.version(tx, row.version_id)
        waits = bpmn.waits(bundle.spec, row.snapshot, clock.now())
    except (Problem, bpmn.Damaged) as exc:
        yield Broken("zustand", row.id, f"der Zustand ist nicht lesbar: {exc}")
        return
    expected = {(KINDS[type(wait)].name, wait.token) for wait in waits}
    live: set[tuple[str, str]] = set()
    for table in KINDS.values():
        tokens = tx.scalars(sa.select(table.c.token).where(table.c.vorgang_id == row.id, may_become(table, DROPPED)))
        live.update((table.name, token) for token in tokens if not auftrag.is_free(token))
    for kind, token in sorted(expected - live):
        yield Broken("zeilen", row.id, f"in „{kind}“ fehlt die Zeile zu Marke {token}")
    for kind, token in sorted(live - expected):
        yield Broken("zeilen", row.id, f"in „{kind}“ steht eine Zeile zu Marke {token}, auf die nichts wartet")
    closed = row.state in (vorgang.COMPLETED, vorgang.TERMINATED)
    if not closed and not waits:
        yield Broken("wartegrund", row.id, "der Vorgang ist offen und wartet auf nichts")
    if closed and waits:
        yield Broken("wartegrund", row.id, "der Vorgang ist beendet und wartet noch")


def _bescheide(tx: Tx) -> Iterator[Broken]:
    """What was issued is what somebody else than its editors approved, and its PDF is the one that was frozen."""
    documents = {row.id: row.sha256 for row in tx.execute(sa.select(dokument.T.c.id, dokument.T.c.sha256))}
    for row in tx.execute(sa.select(bescheid.T).where(bescheid.T.c.state.in_([bescheid.APPROVED, bescheid.ISSUED]))):
        if bescheid.hash_of(row.content) != row.content_hash:
            yield Broken("bescheid", row.id, "der Inhalt ist nicht der, den seine Prüfsumme nennt")
        if row.approved_by is None or row.approved_hash != row.content_hash:
            yield Broken("bescheid", row.id, "freigegeben wurde nicht dieser Inhalt")
        if row.approved_by in json.loads(row.editors):
            yield Broken("bescheid", row.id, "freigegeben hat, wer den Entwurf geändert hat")
        if row.state == bescheid.ISSUED and documents.get(row.dokument_id) != row.sha256:
            yield Broken("bescheid", row.id, "das Dokument ist nicht der erlassene Bescheid")


def _documents(rows: Any) -> Iterator[Broken]:
    for row in rows:
        try:
            store.get(row.sha256)
        except Problem as problem:
            yield Broken("dokument", row.id, problem.sentence)
