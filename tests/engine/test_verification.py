"""Verifying by night: once a night, again after a kill, while people work; what it finds is kept, and told once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import clock, db
from engine.base.db import open_tx
from engine.base.errors import Forbidden, Invalid
from engine.base.rights import ADMINISTRATION, SYSTEM, Konto
from engine.model import incident, protokoll, verification, vorgang
from engine.model.verification import OFF, T
from engine.verbs import stored
from engine.verbs.operate import verify
from engine.verbs.tidying import tidy
from engine.verbs.verification import ask_verification, change_verification, look_for_work, run_verification
from tests.engine.cases import ANNA, Bell, Twin, push, rows, vorgang_of, work_all

CHEF = Konto("9", "chef", "Chefin", frozenset({ADMINISTRATION}))
NIGHT = dt.datetime(2026, 3, 3, 1, 30, tzinfo=dt.UTC)
"""Half past two in Germany."""
V = vorgang.T


@pytest.fixture(autouse=True)
def by_day() -> Iterator[None]:
    """It is noon, at whatever time the tests are run."""
    with clock.frozen(NIGHT + dt.timedelta(hours=10)):
        yield


def damage(id: str, snapshot: bytes = b"x") -> None:
    with db.transaction() as tx:
        tx.execute(sa.update(V).where(V.c.id == id).values(snapshot=snapshot))


def run() -> bool:
    return run_verification(by=SYSTEM)


def states() -> list[Any]:
    return [row.state for row in sorted(rows(T), key=lambda row: row.id)]


@pytest.mark.parametrize(
    ("at", "hour", "night"),
    [
        ("2026-03-03T00:59:59", 2, None),
        ("2026-03-03T01:00:00", 2, "2026-03-03"),
        ("2026-03-03T04:59:59", 2, "2026-03-03"),
        ("2026-03-03T05:00:00", 2, None),
        ("2026-07-03T00:00:00", 2, "2026-07-03"),  # summer time
        ("2026-03-29T01:00:00", 2, "2026-03-29"),  # two o'clock does not exist: it is three at once
        ("2026-10-25T00:30:00", 2, "2026-10-25"),  # half past two, for the first time
        ("2026-10-25T01:30:00", 2, "2026-10-25"),  # and for the second
        ("2026-03-03T21:30:00", 23, None),
        ("2026-03-03T23:30:00", 23, "2026-03-03"),  # half past midnight belongs to the evening before
        ("2026-03-02T23:30:00", 0, "2026-03-03"),
    ],
)
def test_a_night_is_the_day_on_which_its_hour_came_and_lasts_four_hours(at: str, hour: int, night: str | None) -> None:
    found = verification.night_of(dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC), hour)
    assert (found and found.isoformat()) == night


def test_several_clocks_make_one_run_a_night(amt: str) -> None:
    barrier = threading.Barrier(4)

    def clock_of_another_process() -> None:
        barrier.wait()
        with db.namespace(amt):
            look_for_work()
            run()

    with clock.frozen(NIGHT):
        threads = [threading.Thread(target=clock_of_another_process) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not look_for_work()
    assert states() == ["fertig"]
    with clock.frozen(NIGHT + dt.timedelta(days=1)):
        assert look_for_work()
    assert states() == ["fertig", "wartet"]


def test_it_can_be_switched_off_and_asked_for(amt: str) -> None:
    change_verification(OFF, by=CHEF)
    with clock.frozen(NIGHT):
        tidy()  # that is done by night all the same
        assert not look_for_work()
        for _ in range(2):  # a double click
            ask_verification(by=CHEF)
        assert look_for_work()
        assert run()
        assert not run()
    known = reads.verifications()
    assert (known.hour, known.current, len(known.ended)) == (OFF, None, 1)
    assert known.last is not None
    assert (known.last.asked_by, known.last.broken, known.findings) == ("chef", 0, ())
    assert [row.tag for row in rows(protokoll.T) if row.tag.startswith("pruefung")] == [
        "pruefung:verlangt",
        "pruefung:gelaufen",
    ]


@pytest.mark.parametrize("hour", [24, -2, 99])
def test_only_an_hour_is_an_hour(amt: str, hour: int) -> None:
    with pytest.raises(Invalid):
        change_verification(hour, by=CHEF)
    change_verification(23, by=CHEF)
    assert reads.verifications().hour == 23


def test_only_the_administration_asks_for_it(amt: str) -> None:
    with pytest.raises(Forbidden):
        ask_verification(by=ANNA)
    with pytest.raises(Forbidden):
        change_verification(3, by=ANNA)


def test_a_state_that_cannot_be_read_is_found_and_becomes_one_incident(amt: str, bell: Bell) -> None:
    hurt, sound, ended = (vorgang_of(push()) for _ in range(3))
    work_all(bell, Twin())
    whole = {row.id: row.snapshot for row in rows(V)}
    with db.transaction() as tx:
        tx.execute(sa.update(V).where(V.c.id == ended).values(state="terminated"))
    damage(hurt)
    damage(ended)
    for _ in range(2):
        ask_verification(by=CHEF)
        assert run()
    assert [(row.vorgang_id, row.token, row.state) for row in rows(incident.T)] == [(hurt, incident.UNREADABLE, "offen")]
    found = {(one.invariant, one.subject): one for one in reads.verifications().findings}
    assert found["zustand", hurt].nummer == next(row.nummer for row in rows(V, id=hurt))
    assert ("zustand", sound) not in found
    assert ("zustand", ended) in found
    assert "Muster" not in rows(T)[-1].findings
    for id, snapshot in whole.items():
        damage(id, snapshot)
    with db.transaction() as tx:
        tx.execute(sa.update(V).where(V.c.id == ended).values(state="active"))


def test_a_run_that_was_killed_is_run_again_and_its_late_result_refused(amt: str) -> None:
    ask_verification(by=CHEF)
    with db.transaction() as tx:
        id = verification.takeable(tx)
        assert id is not None
        assert verification.claim(tx, id) == 1
    assert not look_for_work()
    assert not run()
    with clock.frozen(clock.now() + dt.timedelta(minutes=2)):
        assert look_for_work()
        assert run()
    with db.transaction() as tx:
        assert not verification.end(tx, id, 1, 0, 7, [])
        assert not verification.prolong(tx, id, 1, 0, 0)
    assert [(row.state, row.broken) for row in rows(T)] == [("fertig", 0)]


def test_what_was_killed_three_times_has_failed_and_holds_nothing_up(amt: str) -> None:
    ask_verification(by=CHEF)
    later = clock.now()
    for _ in range(3):
        later += dt.timedelta(minutes=2)
        with clock.frozen(later), db.transaction() as tx:
            id = verification.takeable(tx)
            assert id is not None
            assert verification.claim(tx, id)
    with clock.frozen(later + dt.timedelta(minutes=2)):
        assert not run()
        assert not look_for_work()
    assert states() == ["gescheitert"]
    ask_verification(by=CHEF)
    assert run()
    assert states() == ["gescheitert", "fertig"]


def test_a_run_that_is_to_end_is_handed_back_and_does_not_count(amt: str) -> None:
    push()
    ask_verification(by=CHEF)
    for _ in range(4):
        assert not run_verification(lambda: True, by=SYSTEM)
        assert states() == ["wartet"]
    assert run()
    assert states() == ["fertig"]


def test_work_goes_on_while_it_is_verified_and_is_not_taken_for_broken(
    amt: str, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "AT_ONCE", 1)
    for _ in range(3):
        push()
    looks: list[int] = []

    def seen(what: str, done: int, total: int) -> None:
        assert open_tx.get() is None, "no look lasts from one piece to the next"
        looks.append(done)
        if len(looks) < 4:
            push()
            work_all(bell, Twin())

    assert list(stored.findings(seen)) == []
    assert len(looks) >= 6
    assert verify() == []


def test_only_the_last_runs_are_kept(amt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "KEPT", 3)
    for _ in range(5):
        ask_verification(by=CHEF)
        assert run()
    assert len(states()) == 3


def test_of_many_findings_the_first_are_kept_and_all_are_counted(amt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.verbs.verification.MOST_FINDINGS", 2)
    for _ in range(4):
        push()
    before = {row.id: row.stand for row in rows(V)}
    with db.transaction() as tx:
        tx.execute(sa.update(V).values(stand=0))
    ask_verification(by=CHEF)
    assert run()
    known = reads.verifications()
    assert known.last is not None
    assert (known.last.broken, len(known.findings)) == (4, 2)
    assert reads.last_verification() == (known.last.ended_at, 4)
    with db.transaction() as tx:
        for id, stand in before.items():
            tx.execute(sa.update(V).where(V.c.id == id).values(stand=stand))
