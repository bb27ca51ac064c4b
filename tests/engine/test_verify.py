"""`verify` sees what is broken: each invariant is broken by hand once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import db
from engine.base.db import Tx
from engine.model import antrag, aufgabe, dokument, protokoll, vorgang
from engine.verbs.operate import verify
from tests.engine.cases import Bell, Twin, Upload, push, vorgang_of, work_all


@pytest.fixture
def broken(amt: str, bell: Bell) -> Callable[[Callable[[Tx], object]], list[str]]:
    """Break something in a namespace with one waiting Vorgang; gives the invariants that no longer hold."""
    push(files=[Upload("a.txt", "text/plain", b"inhalt")])
    work_all(bell, Twin())
    assert verify() == []

    def breaking(act: Callable[[Tx], object]) -> list[str]:
        with db.transaction() as tx:
            act(tx)
        found = [item.invariant for item in verify()]
        with db.transaction() as tx:  # `amt` verifies at the end: leave an empty, sound namespace behind
            for table in reversed(db.Base.metadata.sorted_tables):
                tx.execute(sa.delete(table))
        return found

    return breaking


Break = Callable[[Callable[[Tx], object]], list[str]]


def test_a_lost_row_is_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.update(aufgabe.T).values(state="entfallen"))) == ["zeilen"]


def test_a_row_nothing_waits_for_is_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.update(aufgabe.T).values(token="99"))) == ["zeilen", "zeilen"]


def test_a_damaged_snapshot_is_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.update(vorgang.T).values(snapshot=b"x"))) == ["zustand"]


def test_a_closed_vorgang_that_waits_is_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.update(vorgang.T).values(state="completed"))) == ["wartegrund"]


def test_a_receipt_that_is_gone_is_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.delete(antrag.T))) == ["antrag-vorgang"]


def test_a_changed_protokoll_is_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.update(protokoll.T).where(protokoll.T.c.number == 2).values(konto="x"))) == [
        "protokoll"
    ]


def test_a_missing_line_of_protokoll_is_seen(broken: Break) -> None:
    found = broken(lambda tx: tx.execute(sa.delete(protokoll.T).where(protokoll.T.c.number == 2)))
    assert set(found) == {"protokoll"}


def test_a_shortened_protokoll_is_seen(broken: Break) -> None:
    last = sa.select(sa.func.max(protokoll.T.c.number)).scalar_subquery()
    assert broken(lambda tx: tx.execute(sa.delete(protokoll.T).where(protokoll.T.c.number == last))) == ["protokoll"]


def test_missing_bytes_of_a_document_are_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.update(dokument.T).values(sha256="0" * 64))) == ["dokument"]


def test_a_sound_namespace_has_nothing_broken(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())
    work_all(bell, Twin())
    assert verify() == []
    assert reads.get_vorgang(id).state == "active"
