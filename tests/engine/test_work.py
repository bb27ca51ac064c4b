"""The outbox: claimed once, retried with the same key, late results refused, people told when it fails."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from engine import bpmn, reads
from engine.base import clock, db
from engine.base.errors import Unavailable
from engine.base.ports import Answer, BpmnError, Call, File, Refused, Repeat, Unreachable
from engine.base.rights import SYSTEM
from engine.model import auftrag, breaker, vorgang
from engine.verbs import holding, offering
from engine.verbs import work as working
from engine.verbs.design import deploy_bundle
from engine.verbs.operate import retry_incident
from tests.bpmn.diagrams import end, flows, process, service, signal, start, throw
from tests.engine.cases import TYPES, Bell, Twin, bundle, push, rows, vorgang_of, work_all


def test_an_auftrag_is_done_and_its_result_moves_the_vorgang(amt: str, bell: Bell) -> None:
    id, twin = vorgang_of(push()), Twin()
    work_all(bell, twin)
    assert [row.state for row in rows(auftrag.T)] == ["erledigt"]
    assert twin.ledger == [f"{amt}-{id}-{rows(auftrag.T)[0].token}"]
    assert [task.element for task in reads.list_aufgaben(vorgang_id=id).items] == ["pruefen"]


def test_ringing_twice_does_it_once(amt: str, bell: Bell) -> None:
    push()
    twin, auftrag_id = Twin(), bell.rung[0]
    assert working.work(auftrag_id, twin, by=SYSTEM)
    assert not working.work(auftrag_id, twin, by=SYSTEM)
    assert len(twin.ledger) == 1


def test_an_unreachable_partner_is_tried_again_with_the_same_key_and_then_is_an_incident(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())

    def away(call: Call) -> Answer:
        raise Unreachable("niemand da")

    twin = Twin(away)
    auftrag_id = bell.rung[0]
    with clock.frozen(clock.now()):
        for _ in range(3):
            assert working.work(auftrag_id, twin, by=SYSTEM)
            assert not working.work(auftrag_id, twin, by=SYSTEM)
            clock.move(dt.timedelta(hours=1))
    assert len(set(twin.ledger)) == 1
    assert len(twin.ledger) == 3
    assert rows(auftrag.T)[0].state == "gescheitert"
    assert "niemand da (3 Versuche)" in reads.list_incidents(id).items[0].message


def test_a_refusal_is_an_incident_at_once_and_a_retry_uses_the_same_key(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())

    def refuse(call: Call) -> Answer:
        raise Refused("Postfach unbekannt")

    twin = Twin(refuse)
    work_all(bell, twin)
    incident = reads.list_incidents(id).items[0]
    assert (incident.element, incident.message) == ("bestaetigen", "Postfach unbekannt")
    assert reads.get_vorgang(id).state == "incident"
    twin.behave = lambda call: Answer({})
    retry_incident(incident.id, {}, by=SYSTEM)
    work_all(bell, twin)
    assert len(set(twin.ledger)) == 1
    assert reads.list_incidents(id).items == ()
    assert reads.get_vorgang(id).state == "active"


@pytest.mark.parametrize("error", [ValueError("kaputt"), BpmnError("X", "unbekannt")])
def test_a_connector_that_breaks_is_an_incident_and_no_crash(amt: str, bell: Bell, error: Exception) -> None:
    id = vorgang_of(push())

    def broken(call: Call) -> Answer:
        raise error

    work_all(bell, Twin(broken))
    assert len(reads.list_incidents(id).items) == 1


def test_a_silent_worker_is_replaced_and_its_late_result_refused(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())
    auftrag_id = bell.rung[0]

    def silent(call: Call) -> Answer:
        assert not working.work(auftrag_id, Twin(), by=SYSTEM)  # it is claimed
        clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))
        with db.reading() as tx:
            assert auftrag.takeable(tx, 10) == [auftrag_id]
        assert working.work(auftrag_id, Twin(), by=SYSTEM)
        return Answer({"zu": "spät"})

    with clock.frozen(clock.now()):
        assert working.work(auftrag_id, Twin(silent), by=SYSTEM)
    assert [task.element for task in reads.list_aufgaben(vorgang_id=id).items] == ["pruefen"]
    assert [row.fence for row in rows(auftrag.T)] == [2]


def test_documents_a_connector_makes_are_kept_with_the_vorgang(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())
    work_all(bell, Twin(lambda call: Answer({"seiten": 1}, (File("bescheid.pdf", "application/pdf", b"%PDF", "bescheid"),))))
    assert [document.name for document in reads.list_dokumente(id)] == ["bescheid.pdf"]


def test_the_reconciler_rings_for_what_was_forgotten(amt: str, bell: Bell) -> None:
    push()
    forgotten, bell.rung[:] = list(bell.rung), []
    assert offering.offer() == 1
    assert bell.rung == forgotten


def test_what_lies_in_dead_hands_is_rung_for_as_soon_as_its_lease_is_over_and_nothing_else_is(amt: str, bell: Bell) -> None:
    push(nr="1")
    push(nr="2")
    held, _ = list(bell.rung)
    bell.rung.clear()
    with clock.frozen(clock.now()):
        with db.transaction() as tx:
            auftrag.claim(tx, held)
        assert offering.offer_abandoned() == 0
        clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))
        assert offering.offer_abandoned() == 1
    assert bell.rung == [held]


def test_an_auftrag_that_does_not_exist_is_nothing_to_do(amt: str) -> None:
    assert not working.work("gibt-es-nicht", Twin(), by=SYSTEM)


def test_what_was_ordered_while_the_clock_was_ahead_is_done_when_it_is_right_again(amt: str, bell: Bell) -> None:
    with clock.frozen(clock.now() + dt.timedelta(days=40)):
        push()
        push()
        with db.transaction() as tx:
            assert auftrag.claim(tx, bell.rung[0]) is not None
    bell.rung.clear()
    assert offering.offer() == 2
    work_all(bell, Twin())
    assert [row.state for row in rows(auftrag.T)] == [auftrag.DONE] * 2


CHAIN = process(start(), service("eins"), service("zwei"), service("drei"), end(), flows("start > eins > zwei > drei > end"))


def chained(bell: Bell) -> str:
    """A Vorgang of three service tasks, and one that is older."""
    deploy_bundle(bundle(CHAIN, "kette", "KE"), TYPES, by=SYSTEM)
    push(nr="1")
    return vorgang_of(push("kette", nr="2"))


def test_the_next_is_claimed_with_the_end_of_the_one_before_its_own_first(amt: str, bell: Bell) -> None:
    id = chained(bell)
    first, mine = bell.rung
    bell.rung.clear()
    with db.statement_counter() as count:
        done = working.work(mine, Twin(), lambda: True, by=SYSTEM)
    by_id = {row.id: row for row in rows(auftrag.T)}
    assert [by_id[one].element for one in done] == ["eins", "zwei", "drei", "bestaetigen"]
    assert done[-1] == first
    assert count.commits == 1 + len(done)
    assert bell.rung == []
    assert {row.state for row in by_id.values()} == {auftrag.DONE}
    assert reads.get_vorgang(id).state == "completed"


def test_when_the_turn_is_over_the_next_is_rung_for_and_left(amt: str, bell: Bell) -> None:
    chained(bell)
    first, mine = bell.rung
    bell.rung.clear()
    assert working.work(mine, Twin(), iter([True, False]).__next__, by=SYSTEM) == [mine, *only(auftrag.DONE, but=mine)]
    assert bell.rung == only(auftrag.READY, but=first)


def only(state: str, but: str) -> list[str]:
    return [row.id for row in rows(auftrag.T) if row.state == state and row.id != but]


def test_what_was_claimed_with_a_result_that_was_not_kept_is_not_claimed(
    amt: str, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    chained(bell)
    mine = bell.rung[1]

    def full(name: str) -> None:
        if name == "step.before_commit":
            raise Unavailable("voll")

    monkeypatch.setattr("engine.step.point", full)
    assert working.work(mine, Twin(), lambda: True, by=SYSTEM) == [mine]
    assert [(row.state, row.fence) for row in rows(auftrag.T)] == [(auftrag.READY, 0), (auftrag.READY, 1)]
    assert [row.unsure for row in rows(auftrag.T) if row.id == mine] == [True]


def test_nothing_is_claimed_in_passing_of_a_connector_that_is_left_alone(amt: str, bell: Bell) -> None:
    chained(bell)
    with db.transaction() as tx:
        tx.execute(sa.update(auftrag.T).where(auftrag.T.c.id == bell.rung[0]).values(connector="weg"))
        values = {"failures": 3, "last": "x", "since": clock.now(), "reason": "", "rounds": 0}
        tx.execute(sa.insert(breaker.T).values(connector="weg", next_at=clock.now() - dt.timedelta(seconds=1), **values))
    done = working.work(bell.rung[1], Twin(), lambda: True, by=SYSTEM)
    assert len(done) == 3
    assert bell.rung[0] not in done


# --- what others do meanwhile, and the end of a process ------------------------------------------------------------


class Busy:
    """Others move the Vorgang while its next step is being calculated, so many times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self.times, advance = times, bpmn.advance

        def moved(spec: Any, snapshot: bytes, event: Any, now: dt.datetime) -> Any:
            if self.times:
                self.times -= 1
                with db.transaction() as tx:
                    tx.execute(sa.update(vorgang.T).values(stand=vorgang.T.c.stand + 1))
            return advance(spec, snapshot, event, now)

        monkeypatch.setattr("engine.step.bpmn.advance", moved)


@pytest.mark.parametrize(("repeat", "calls", "state"), [(Repeat.KEY, 2, auftrag.DONE), (Repeat.ONCE, 1, auftrag.FAILED)])
def test_an_answer_that_others_left_no_room_for_is_not_kept_and_said_so_at_once(
    amt: str, bell: Bell, monkeypatch: pytest.MonkeyPatch, repeat: Repeat, calls: int, state: str
) -> None:
    id, twin = vorgang_of(push()), Twin(repeats=repeat)
    Busy(monkeypatch, 3)
    with clock.frozen(clock.now()):
        assert working.work(bell.rung[0], twin, by=SYSTEM)
        [row] = rows(auftrag.T)
        assert (row.state, row.killed) == (auftrag.READY if repeat is Repeat.KEY else auftrag.FAILED, 0)
        clock.move(dt.timedelta(hours=1))
        working.work(bell.rung[0], twin, by=SYSTEM)
    assert (len(twin.ledger), len(set(twin.ledger)), rows(auftrag.T)[0].state) == (calls, 1, state)
    assert len(reads.list_incidents(id).items) == (repeat is Repeat.ONCE)


def test_nothing_is_claimed_in_passing_when_the_courier_has_something_to_bring(amt: str, bell: Bell) -> None:
    """What was claimed would wait for the courier without anybody who holds it, and be called by who has long become slow."""
    sends = process(
        start(), service("eins"), throw("sagen", "signal", "s"), service("zwei"), end(),
        flows("start > eins > sagen > zwei > end"), head=signal("s", "laut"),
    )  # fmt: skip
    deploy_bundle(bundle(sends, "sagt", "SA"), TYPES, by=SYSTEM)
    push("sagt")
    [mine] = bell.rung
    bell.rung.clear()
    assert working.work(mine, Twin(), lambda: True, by=SYSTEM) == [mine]
    [left] = rows(auftrag.T, element="zwei")
    assert (left.state, bell.rung) == (auftrag.READY, [left.id])


def test_who_ends_hands_back_what_it_holds_and_its_late_result_is_refused(amt: str, bell: Bell) -> None:
    push()
    [id] = bell.rung
    twin = Twin()

    def ends(call: Call) -> Answer:
        bell.rung.clear()
        assert holding.hand_back() == 1
        [row] = rows(auftrag.T)
        assert (row.state, row.attempt, row.killed, row.unsure) == (auftrag.READY, 0, 0, True)
        assert bell.rung == [id]
        assert working.work(id, twin, by=SYSTEM)
        return Answer({"zu": "spät"})

    assert working.work(id, Twin(ends), by=SYSTEM)
    [row] = rows(auftrag.T)
    assert (row.state, row.fence, len(twin.ledger)) == (auftrag.DONE, 2, 1)
    assert holding.hand_back() == 0
