"""Stellen: the organisational units of the municipality, and to which of them a case belongs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Cause, Conflict, Invalid
from engine.base.rights import Konto, verb
from engine.model import aufgabe, history, konto, protokoll, stelle, vorgang
from engine.reads.sight import require_sight

T, V = stelle.T, vorgang.T
LONGEST_REASON = 2000


@verb(right="kommune.verwalten", tag="stelle:angelegt")
def add_stelle(name: str, *, nummer: str = "", key: str = "", id: str | None = None, by: Konto) -> str:
    """Add a Stelle; gives its id. Without a key diagrams name it as people do. With an `id` made beforehand, twice is once.

    Raises:
        Invalid: with a cause for every field that is wrong or taken.
    """
    name, number, key = stelle.checked(name, nummer, key)
    id = id or db.new_id()
    with db.transaction() as tx:
        if tx.scalar(sa.select(T.c.key).where(T.c.id == id)) == key:
            return id
        if tx.scalar(sa.select(T.c.key).where(T.c.key == key)) is not None:
            raise _taken(
                Cause(f"Eine Stelle „{key}“ gibt es schon.", "Wählen Sie einen anderen Namen in Prozessen.", "/kennung")
            )
        with _number_is_free(tx, id, number):
            tx.execute(sa.insert(T).values(id=id, key=key, name=name, nummer=number))
        protokoll.record(tx, None, stelle=key, nummer=number)
    return id


@verb(right="kommune.verwalten", tag="stelle:geaendert")
def change_stelle(stelle_id: str, *, name: str, nummer: str, by: Konto) -> None:
    """Rename a Stelle, or give it another number.

    Raises:
        Unknown: there is no such Stelle.
        Invalid: with a cause for every field that is wrong or taken.
    """
    with db.transaction() as tx:
        row: Any = stelle.locked(tx, stelle_id)
        name, number, _ = stelle.checked(name, nummer, row.key)
        if (row.name, row.nummer) == (name, number):
            return
        with _number_is_free(tx, stelle_id, number):
            tx.execute(sa.update(T).where(T.c.id == stelle_id).values(name=name, nummer=number))
        protokoll.record(tx, None, stelle=row.key, nummer=number)


@contextmanager
def _number_is_free(tx: Tx, id: str, nummer: str | None) -> Iterator[None]:
    """Write a Stelle only if no other has its number, also when two are written at the same time."""
    sentence = f"Die Nummer „{nummer}“ hat schon eine andere Stelle."
    if nummer is not None and tx.scalar(sa.select(T.c.id).where(T.c.nummer == nummer, T.c.id != id)) is not None:
        raise _taken(Cause(sentence, "Jede Nummer gehört zu genau einer Stelle.", "/nummer"))
    try:
        with tx.savepoint():
            yield
    except sa.exc.IntegrityError as cause:
        raise _taken(Cause("Name in Prozessen oder Nummer sind gerade vergeben worden.", pointer="/nummer")) from cause


def _taken(cause: Cause) -> Invalid:
    return Invalid("Bitte prüfen Sie die Angaben zur Stelle.", [cause])


@verb(right="kommune.verwalten", tag="stelle:entfernt")
def remove_stelle(stelle_id: str, *, by: Konto) -> None:
    """Remove a Stelle to which nobody and no open case belongs.

    Raises:
        Unknown: there is no such Stelle.
        Conflict: somebody or something still belongs to it.
    """
    with db.transaction() as tx:
        row: Any = stelle.locked(tx, stelle_id)
        people = sum(row.key in json.loads(groups) for groups in tx.scalars(sa.select(konto.T.c.groups)))
        open_cases = sa.select(sa.func.count()).where(V.c.stelle == row.key, V.c.closed_at.is_(None))
        cases = int(tx.scalar(open_cases))
        if people or cases:
            raise Conflict(
                f"Zur Stelle „{row.name}“ gehören noch Konten ({people}) oder offene Vorgänge ({cases}). "
                "Bitte geben Sie diese erst an eine andere Stelle."
            )
        tx.execute(sa.delete(T).where(T.c.id == stelle_id))
        protokoll.record(tx, None, stelle=row.key)


@verb(right="vorgang.bearbeiten", tag="vorgang:stelle")
def give_to_stelle(vorgang_id: str, key: str, reason: str, *, by: Konto) -> None:
    """Give a case to another Stelle; the reason stands in its timeline. What one had taken of it becomes free.

    Giving it to the Stelle that has it changes nothing.

    Raises:
        Unknown: there is no such case, or it is not one's own to see.
        Conflict: it is closed.
        Invalid: there is no such Stelle, or no reason; causes point at /stelle and /grund.
    """
    reason = reason.strip()
    with db.transaction() as tx:
        require_sight(by, "vorgang_id", vorgang_id)
        row: Any = tx.one_or_none(sa.select(V.c.stand, V.c.stelle, V.c.closed_at).where(V.c.id == vorgang_id).with_for_update())
        if row is None:
            vorgang.get(tx, vorgang_id)  # says that there is none
        target: Any = tx.one_or_none(sa.select(T.c.name).where(T.c.key == key))
        causes = [] if target is not None else [Cause("Bitte wählen Sie eine Stelle.", pointer="/stelle")]
        if not 1 <= len(reason) <= LONGEST_REASON:
            hint = f"1 bis {LONGEST_REASON} Zeichen; die andere Stelle liest ihn im Verlauf."
            causes.append(Cause("Bitte nennen Sie den Grund.", hint, "/grund"))
        if causes:
            raise Invalid("Der Vorgang wurde nicht weitergegeben.", causes)
        if row.closed_at is not None:
            raise Conflict("Der Vorgang ist abgeschlossen und wird nicht mehr weitergegeben.")
        if row.stelle == key:
            return
        tx.execute(sa.update(V).where(V.c.id == vorgang_id).values(stelle=key))
        a = aufgabe.T
        own = sa.and_(a.c.vorgang_id == vorgang_id, a.c.holder == by.login, a.c.state == aufgabe.OPEN)
        tx.execute(sa.update(a).where(own).values(holder=None, held_for=None))
        history.note(tx, vorgang_id, row.stand, "given", target.name, reason, by.login)
        protokoll.record(tx, vorgang_id, von=row.stelle, an=key)
