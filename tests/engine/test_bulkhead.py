"""So many calls at once and no more, of one connector and of one municipality: what is slow leaves somebody for the others."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from threading import Barrier, Event, Lock, Thread

import pytest
import sqlalchemy as sa

from engine import step as heart
from engine.base import clock, db
from engine.base.db import Installation
from engine.base.ports import Answer, Call
from engine.base.rights import SYSTEM
from engine.bpmn import budget
from engine.model import auftrag, incident
from engine.step import let_others_go_on
from engine.verbs import offering
from engine.verbs import work as working
from engine.verbs.design import deploy_bundle
from tests.bpmn.diagrams import end, flow, flows, process, script, service, start, xor
from tests.engine.cases import TYPES, Bell, Twin, bundle, push, rows, work_all

OF_CONNECTOR, IN_ALL = 2, 3


@pytest.fixture
def bounded(amt: str, installation: Installation) -> str:
    """Two calls of a connector at once, three in all."""
    db.configure(replace(installation, calls_per_connector=OF_CONNECTOR, calls_per_kommune=IN_ALL))
    return amt


def pushed(bell: Bell, **of: int) -> dict[str, list[str]]:
    """So many Aufträge of each connector."""
    found = {}
    for connector, count in of.items():
        for _ in range(count):
            push()
        found[connector], bell.rung[:] = list(bell.rung), []
        with db.transaction() as tx:
            tx.execute(sa.update(auftrag.T).where(auftrag.T.c.id.in_(found[connector])).values(connector=connector))
    return found


def claimed(id: str) -> bool:
    with db.transaction() as tx:
        return auftrag.claim(tx, id) is not None


def takeable() -> set[str]:
    with db.reading() as tx:
        return set(auftrag.takeable(tx, 100))


def test_of_one_connector_so_many_run_at_once_and_the_others_go_on(bounded: str, bell: Bell) -> None:
    ids = pushed(bell, slow=4, quick=2)
    assert [claimed(id) for id in ids["slow"]] == [True, True, False, False]
    assert takeable() == set(ids["quick"])
    assert offering.waits_for_room()
    assert offering.is_left()
    assert claimed(ids["quick"][0])  # the third in all
    assert not claimed(ids["quick"][1])
    assert takeable() == set()


def test_the_longest_queue_of_one_connector_does_not_hide_another(bounded: str, bell: Bell) -> None:
    ids = pushed(bell, slow=8, quick=1)
    assert [claimed(id) for id in ids["slow"][:2]] == [True, True]
    twin = Twin()
    assert working.work_next(twin, by=SYSTEM)
    assert {row.id for row in rows(auftrag.T, state=auftrag.DONE)} == set(ids["quick"])


def test_when_one_ends_another_may_begin(bounded: str, bell: Bell) -> None:
    ids = pushed(bell, slow=3)["slow"]
    tried: list[bool] = []

    def meanwhile(call: Call) -> Answer:
        tried.append(claimed(ids[2]))
        return Answer({})

    assert claimed(ids[0])
    assert working.work(ids[1], Twin(meanwhile), by=SYSTEM)
    assert tried == [False]
    assert working.work(ids[2], Twin(), by=SYSTEM)


RECHNET = process(
    start(), service("fragen", inputs={"text": '="x"'}), xor("m"), script("s", "1", "n"), xor("g", default="g_end"), end(),
    flows("start > fragen > m > s > g > end"), flow("g", "m", "true"),
)  # fmt: skip


def test_when_a_call_has_ended_and_what_follows_is_costly_the_next_call_may_begin(
    bounded: str, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "_pauses", [let_others_go_on])
    monkeypatch.setattr(heart, "PAUSE_S", 0)
    deploy_bundle(bundle(RECHNET, "rechnet", "RE"), TYPES, by=SYSTEM)
    ids = pushed(bell, slow=2)["slow"]
    push("rechnet")
    [endless] = bell.rung
    with db.transaction() as tx:
        tx.execute(sa.update(auftrag.T).where(auftrag.T.c.id == endless).values(connector="slow"))
    assert claimed(ids[0])
    told: list[tuple[list[str], bool, bool]] = []

    def beside(done: list[str]) -> None:
        told.append((list(done), ids[1] in takeable(), ids[1] in bell.rung))
        assert claimed(ids[1])

    free: list[bool] = []

    def answer(call: Call) -> Answer:
        free.append(ids[1] in takeable())
        return Answer({})

    assert working.work(endless, Twin(answer), lambda: True, beside, by=SYSTEM) == [endless]
    assert told == [([endless], True, True)]
    [row] = rows(auftrag.T, id=endless)
    assert row.state == auftrag.DONE
    [stopped] = rows(incident.T)
    assert "Schritte ohne Warten" in stopped.message
    assert free == [False]  # while it was a call


def test_the_dead_hold_nobody_up_for_long(bounded: str, bell: Bell) -> None:
    ids = pushed(bell, slow=3)["slow"]
    with clock.frozen(clock.now()):
        assert [claimed(id) for id in ids] == [True, True, False]
        clock.move(dt.timedelta(seconds=auftrag.LEASE_S / 2 + 1))  # their leases run on
        assert claimed(ids[2])


def test_many_workers_at_once_are_never_more_than_may_be(bounded: str, bell: Bell) -> None:
    ids = pushed(bell, slow=12)["slow"]
    lock, together, never, running, most = Lock(), Barrier(6), Event(), [0], [0]

    def slow(call: Call) -> Answer:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        never.wait(0.05)
        with lock:
            running[0] -= 1
        return Answer({})

    def worker(mine: list[str]) -> None:
        with db.namespace(bounded):
            together.wait()
            for id in mine:
                working.work(id, Twin(slow), by=SYSTEM)

    workers = [Thread(target=worker, args=(ids[number::6],)) for number in range(6)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert 1 <= most[0] <= OF_CONNECTOR
    assert len(rows(auftrag.T, state=auftrag.DONE)) >= OF_CONNECTOR


def test_without_bounds_as_many_run_as_there_are_workers(amt: str, bell: Bell) -> None:
    ids = pushed(bell, slow=6)["slow"]
    assert all(claimed(id) for id in ids)
    assert not offering.waits_for_room()
    assert not offering.is_left()


def test_all_is_done_in_the_end(bounded: str, bell: Bell) -> None:
    pushed(bell, slow=4, quick=4)
    while offering.offer():
        work_all(bell, Twin())
    assert {row.state for row in rows(auftrag.T)} == {auftrag.DONE}


def test_a_worker_that_goes_on_does_so_with_the_connector_whose_call_has_ended(bounded: str, bell: Bell) -> None:
    ids = pushed(bell, slow=3, demo=2)
    assert [claimed(id) for id in ids["slow"]] == [True, True, False]
    done = working.work(ids["demo"][0], Twin(), lambda: True, by=SYSTEM)
    assert done == ids["demo"]  # what has waited longest would be one call too many
    assert takeable() == set()
