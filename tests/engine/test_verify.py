"""`verify` sees what is broken: each invariant is broken by hand once."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import clock, db
from engine.base.db import Installation, Tx
from engine.base.rights import SYSTEM
from engine.model import (
    antrag,
    aufgabe,
    auftrag,
    deleted,
    dokument,
    erwartung,
    frist,
    history,
    leistung,
    protokoll,
    signal,
    start_event,
    vorgang,
)
from engine.verbs.desk import claim_aufgabe, complete_aufgabe
from engine.verbs.due import tick
from engine.verbs.operate import verify
from engine.verbs.post import correlate
from engine.verbs.work import work
from tests.engine.cases import ANNA, Bell, Twin, Upload, push, rows, vorgang_of, work_all
from tests.engine.events import BY_MESSAGE, BY_SIGNAL, HEARS, SENDS, THROWS, WAITS, begin, by_time, deploy

M, S, V = erwartung.MESSAGES, start_event.T, vorgang.T


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
    ended = sa.update(vorgang.T).values(state="completed", closed_at=clock.now())
    assert broken(lambda tx: tx.execute(ended)) == ["wartegrund", "ende"]


def test_an_open_vorgang_that_waits_for_nothing_is_seen(done: Break) -> None:
    reopened = sa.update(V).where(V.c.state == "completed").values(state="active", closed_at=None)
    assert set(done(lambda tx: tx.execute(reopened))) == {"wartegrund"}


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


def test_a_history_that_is_ahead_of_the_state_is_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.update(V).values(stand=0))) == ["verlauf"]


def test_an_open_case_with_an_instant_of_its_end_is_seen(broken: Break) -> None:
    assert broken(lambda tx: tx.execute(sa.update(V).values(closed_at=clock.now()))) == ["ende"]


def test_a_deleted_case_that_is_still_there_is_seen(broken: Break) -> None:
    def both(tx: Tx) -> None:
        deleted.remember(tx, str(tx.scalar(sa.select(V.c.id))), [], [])

    assert broken(both) == ["geloescht", "geloescht"], "it is there, and nothing says that it was deleted"


# --- completions and timers ----------------------------------------------------------------------------------------


@pytest.fixture
def done(amt: str, broken: Break) -> Break:
    """The same, with a case whose task was completed and one whose period ran out."""
    [task] = rows(aufgabe.T)
    claim_aufgabe(task.id, by=ANNA)
    complete_aufgabe(task.id, {"ok": True}, by=ANNA)
    push()
    work_all_rung()
    with clock.frozen(clock.now() + dt.timedelta(days=20)):
        assert tick()["timers"] == 1
    assert verify() == []
    return broken


def work_all_rung() -> None:
    for row in rows(auftrag.T, state="bereit"):
        work(row.id, Twin(), by=SYSTEM)


def test_a_completion_that_is_not_in_the_history_is_seen(done: Break) -> None:
    gone = sa.delete(history.T).where(history.T.c.kind == "completed", history.T.c.element == "pruefen")
    assert done(lambda tx: tx.execute(gone)) == ["erledigung"]


def test_a_completion_that_is_there_twice_is_seen(done: Break) -> None:
    def twice(tx: Tx) -> None:
        lines = sa.select(history.T).where(history.T.c.kind == "completed", history.T.c.element == "pruefen")
        [row] = tx.all(lines)
        tx.execute(sa.insert(history.T).values(**{**row._mapping, "line": 99}))

    assert done(twice) == ["erledigung"]


def test_a_completion_that_was_undone_is_seen(done: Break) -> None:
    undone = sa.update(aufgabe.T).where(aufgabe.T.c.state == "erledigt").values(state="entfallen")
    assert done(lambda tx: tx.execute(undone)) == ["einmal"]


def test_a_completed_case_that_reached_no_end_is_seen(done: Break) -> None:
    gone = sa.delete(history.T).where(history.T.c.element.in_(["ja", "nein", "zu_spaet"]))
    assert done(lambda tx: tx.execute(gone)) == ["ende", "ende"]


def test_a_timer_that_fired_twice_is_seen(done: Break) -> None:
    def twice(tx: Tx) -> None:
        [line] = tx.all(sa.select(protokoll.T).where(protokoll.T.c.tag == "frist:ausgeloest"))
        number = tx.scalar(sa.select(sa.func.max(protokoll.T.c.number))) + 1
        tx.execute(sa.insert(protokoll.T).values(**{**line._mapping, "number": number}))

    assert set(done(twice)) == {"protokoll", "einmal"}


def test_a_timer_that_fired_early_is_seen(done: Break) -> None:
    early = sa.update(frist.T).where(frist.T.c.state == "ausgeloest").values(due_at=clock.now() + dt.timedelta(days=99))
    assert done(lambda tx: tx.execute(early)) == ["frist"]


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_row_that_points_nowhere_is_seen(amt: str, installation: Installation) -> None:
    with sqlite3.connect(installation.folder(amt) / "kommune.sqlite", isolation_level=None) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO comment VALUES ('c', 'nirgends', '2026-01-01T00:00:00.000000Z', 'x', 'y')")
        assert [item.invariant for item in verify()] == ["datenbank"]
        raw.execute("DELETE FROM comment")


# --- messages, signals, starts -------------------------------------------------------------------------------------


@pytest.fixture
def events(amt: str, courier: None, broken: Break) -> Break:
    """The same, where messages and signals were thrown and delivered, and cases began by each kind of event."""
    for key, diagram in (("wirft", THROWS), ("hoert", HEARS), ("sendet", SENDS), ("wartet", WAITS)):
        deploy(diagram, key)
    for key, diagram in (("nachricht", BY_MESSAGE), ("signal", BY_SIGNAL), ("zeit", by_time("R/PT1H"))):
        deploy(diagram, key, forms=False)
    for key in ("hoert", "wartet", "sendet", "wirft"):
        begin(key)
    correlate("beginn", "k", "m-1", {}, None, by=SYSTEM)
    correlate("niemand", "k", "m-2", {}, None, by=SYSTEM)
    with clock.frozen(clock.now() + dt.timedelta(hours=1)):
        assert tick()["starts"] == 1
    assert verify() == []
    return broken


def test_a_case_without_application_that_nothing_has_begun_is_seen(events: Break) -> None:
    assert events(lambda tx: tx.execute(sa.update(V).where(V.c.leistung == "zeit").values(origin="signal"))) == ["beginn"]


def test_an_application_of_a_case_that_an_event_has_begun_is_seen(events: Break) -> None:
    assert "beginn" in events(lambda tx: tx.execute(sa.update(V).where(V.c.leistung == "probe").values(origin="zeit")))


def test_a_message_that_was_delivered_to_nobody_is_seen(events: Break) -> None:
    assert events(lambda tx: tx.execute(sa.update(M).where(M.c.id == "m-2").values(state="zugestellt"))) == ["nachricht"]


def test_a_message_that_waits_and_was_delivered_is_seen(events: Break) -> None:
    found = events(lambda tx: tx.execute(sa.update(M).where(M.c.name == "antwort").values(state="wartet")))
    assert found == ["nachricht"]


def test_what_is_held_without_anybody_knowing_is_seen(events: Break) -> None:
    assert events(lambda tx: tx.execute(sa.update(M).where(M.c.id == "m-2").values(state="angehalten"))) == ["angehalten"]


def test_a_signal_to_be_delivered_that_was_not_thrown_is_seen(events: Break) -> None:
    assert set(events(lambda tx: tx.execute(sa.update(signal.T).values(state="angehalten")))) == {"angehalten", "signal"}


def test_a_signal_delivered_to_who_did_not_wait_is_seen(events: Break) -> None:
    met = sa.update(erwartung.T).where(erwartung.T.c.signal).values(state="entfallen")
    assert events(lambda tx: tx.execute(met)) == ["signal"]


def test_a_signal_that_began_a_case_that_is_not_there_is_seen(events: Break) -> None:
    started = sa.update(signal.DELIVERIES).where(signal.DELIVERIES.c.starts).values(vorgang_id="x")
    assert set(events(lambda tx: tx.execute(started))) == {"beginn", "signal"}


@pytest.mark.parametrize("tag", ["signal:zugestellt", "nachricht:zugestellt"])
def test_what_was_delivered_twice_is_seen(events: Break, tag: str) -> None:
    def twice(tx: Tx) -> None:
        line = tx.all(sa.select(protokoll.T).where(protokoll.T.c.tag == tag))[0]
        number = tx.scalar(sa.select(sa.func.max(protokoll.T.c.number))) + 1
        tx.execute(sa.insert(protokoll.T).values(**{**line._mapping, "number": number}))

    assert set(events(twice)) == {"protokoll", "einmal"}


def test_a_lost_subscription_is_seen(events: Break) -> None:
    assert events(lambda tx: tx.execute(sa.delete(S).where(S.c.kind == "signal"))) == ["startereignis"]


def test_a_subscription_of_a_former_version_is_seen(events: Break) -> None:
    other = sa.select(leistung.T.c.version_id).where(leistung.T.c.key == "probe").scalar_subquery()
    assert events(lambda tx: tx.execute(sa.update(S).where(S.c.kind == "timer").values(version_id=other))) == ["startereignis"]


def test_a_time_that_began_two_cases_is_seen(events: Break) -> None:
    def twice(tx: Tx) -> None:
        [told] = tx.all(sa.select(V.c.origin_name, V.c.origin_key).where(V.c.leistung == "zeit"))
        same = {"origin": "zeit", "leistung": "zeit", "origin_name": told.origin_name, "origin_key": told.origin_key}
        tx.execute(sa.update(V).where(V.c.leistung == "signal").values(**same))

    assert events(twice) == ["zeitstart"]


def test_a_timer_that_is_over_and_still_due_is_seen(events: Break) -> None:
    assert events(lambda tx: tx.execute(sa.update(S).where(S.c.kind == "timer").values(left=0))) == ["zeitstart"]


def test_a_sound_namespace_has_nothing_broken(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())
    work_all(bell, Twin())
    assert verify() == []
    assert reads.get_vorgang(id).state == "active"
