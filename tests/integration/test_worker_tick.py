"""The clock: every municipality in turn, one that fails not in the way of the others, several clocks at once."""

from __future__ import annotations

import datetime as dt
import os
import threading
import uuid
from pathlib import Path

import pytest

from engine import reads
from engine.base import clock, db, files
from engine.base.rights import SYSTEM
from engine.model import frist, parcel, verification, vorgang
from engine.step import use_doorbell
from engine.verbs.kommune import list_kommunen, lock_kommune, make_kommune
from engine.verbs.operator import make_operator, operator
from engine.verbs.retention import change_retention
from engine.verbs.tidying import tidy
from engine.verbs.verification import ask_verification, change_verification
from tests.bpmn.diagrams import end, flows, process, start, timer
from tests.engine.cases import Bell, bundle, push, rows
from tests.integration.town import environment, until
from web.settings import Settings
from web.tick import Clock, in_each, ready_kommunen
from web.verifying import Verifier

pytestmark = pytest.mark.integration
DUE = process(start(), timer("ruhe", "PT0S"), timer("wieder", "PT0S"), end(), flows("start > ruhe > wieder > end"))
sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


@pytest.fixture
def faellig(kommune: str) -> str:
    """A municipality with a Vorgang whose time has come."""
    from engine.verbs.design import deploy_bundle

    use_doorbell(Bell())
    for key, short in (("posteingang", "PE"), ("probe", "PR")):
        deploy_bundle(bundle(DUE, key, short), frozenset(), by=SYSTEM)
    push("probe", str(uuid.uuid4()))
    return kommune


def fired() -> list[str]:
    return sorted(row.element for row in rows(frist.T, state="ausgeloest"))


def test_what_is_due_happens_in_the_next_round(faellig):
    clock = Clock(reconcile_s=3600)
    for now in range(3):
        clock.round(float(now))
    assert fired() == ["ruhe", "wieder"]


@sqlite
def test_what_has_been_kept_long_enough_is_deleted_by_the_clock(faellig):
    for now in range(3):
        Clock(reconcile_s=3600).round(float(now))
    change_retention("", {"ABGESCHLOSSEN": "1 Monat"}, "1", by=SYSTEM)
    with clock.frozen(clock.now() + dt.timedelta(days=62)):
        Clock(reconcile_s=3600).round(0.0)
    assert rows(vorgang.T) == []


@sqlite
def test_the_central_post_room_forgets_by_the_clock_where_things_went(installation):
    make_operator()
    with operator(), db.transaction() as tx:
        values = {"id": "1", "transaction_id": "1", "content_hash": "1", "state": parcel.PASSED, "slug": "husum"}
        tx.execute(parcel.T.insert().values(**values, received_at=clock.now(), said="{}", parts="[]"))
    Clock(reconcile_s=3600).round(0.0)
    with operator():
        assert len(rows(parcel.T)) == 1
    with clock.frozen(clock.now() + 2 * parcel.KEPT):
        Clock(reconcile_s=3600).round(0.0)
    with operator():
        assert rows(parcel.T) == []


def test_several_clocks_fire_a_timer_once(faellig):
    clocks = [Clock(reconcile_s=0.1) for _ in range(4)]
    barrier = threading.Barrier(len(clocks))

    def tick(clock: Clock) -> None:
        barrier.wait()
        for now in range(3):
            clock.round(float(now))

    threads = [threading.Thread(target=tick, args=(clock,)) for clock in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fired() == ["ruhe", "wieder"]


@sqlite
def test_one_that_fails_does_not_hold_up_the_others(installation, caplog):
    for slug in ("aachen", "bonn", "celle"):
        make_kommune(slug, slug.title(), "Stadt", "NW")
    installation.folder("bonn").joinpath("kommune.sqlite").write_bytes(b"kaputt")
    done: list[str] = []

    def act() -> None:
        with db.reading() as tx:
            tx.scalars(frist.T.select())
        done.append(db.slug())

    in_each(["aachen", "bonn", "celle"], act)
    assert done == ["aachen", "celle"]
    assert any(getattr(record, "kommune", "") == "bonn" for record in caplog.records)


@sqlite
def test_only_municipalities_that_are_ready_are_looked_after(installation):
    for slug in ("aachen", "bonn"):
        make_kommune(slug, slug.title(), "Stadt", "NW")
    lock_kommune("bonn")
    assert ready_kommunen() == ["aachen"]
    assert len(list_kommunen()) == 2


@sqlite
def test_a_registry_that_is_away_stops_no_clock(installation, caplog):
    make_kommune("aachen", "Aachen", "Stadt", "NW")
    clock = Clock(reconcile_s=3600)
    clock.round(0.0)
    registry = Path(installation.home) / "zentrale.sqlite"
    registry.rename(registry.with_suffix(".weg"))
    db.close()
    db.configure(installation)
    registry.mkdir()
    try:
        for now in range(10, 15):
            clock.round(float(now))
    finally:
        registry.rmdir()
        registry.with_suffix(".weg").rename(registry)
    assert caplog.text.count("the registry is away") == 1, "told once"
    clock.round(20.0)


def test_a_clock_told_to_end_stops_between_two_municipalities():
    seen: list[str] = []
    in_each(["aachen", "bonn"], lambda: seen.append("x"), ended=lambda: True)
    assert seen == []


# --- verifying -----------------------------------------------------------------------------------------------------


def test_the_clock_has_it_verified_by_another_process_when_somebody_asks(installation, kommune, monkeypatch):
    settings = Settings(home=installation.home, database=installation.database, secret=installation.secret)
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    change_verification(verification.OFF, by=SYSTEM)
    tidy()  # should it be night
    verifier = Verifier()
    clock = Clock(reconcile_s=3600, beside=verifier)
    try:
        clock.round(0.0)
        assert verifier.pid is None, "nobody has asked"
        nobody = files.put(b"von einer Transaktion, die es nicht gab")
        os.utime(files.folder() / nobody[:2] / nobody[2:4] / nobody, (0, 0))
        ask_verification(by=SYSTEM)
        clock.round(1.0)
        assert verifier.pid is not None
        found = until(lambda: reads.verifications().last, "verified")
        assert found.broken == 0
        until(lambda: verifier.pid is None, "the process has ended")
        assert not files.exists(nobody), "it has tidied up, too"
    finally:
        verifier.end()
