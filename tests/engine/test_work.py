"""The outbox: claimed once, retried with the same key, late results refused, people told when it fails."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import reads
from engine.base import clock, db
from engine.base.ports import Answer, BpmnError, Call, File, Refused, Unreachable
from engine.base.rights import SYSTEM
from engine.model import auftrag
from engine.verbs import work as working
from engine.verbs.operate import retry_incident
from tests.engine.cases import Bell, Twin, push, rows, vorgang_of, work_all


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
    assert working.offer() == 1
    assert bell.rung == forgotten


def test_what_lies_in_dead_hands_is_rung_for_as_soon_as_its_lease_is_over_and_nothing_else_is(amt: str, bell: Bell) -> None:
    push(nr="1")
    push(nr="2")
    held, _ = list(bell.rung)
    bell.rung.clear()
    with clock.frozen(clock.now()):
        with db.transaction() as tx:
            auftrag.claim(tx, held)
        assert working.offer_abandoned() == 0
        clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))
        assert working.offer_abandoned() == 1
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
    assert working.offer() == 2
    work_all(bell, Twin())
    assert [row.state for row in rows(auftrag.T)] == [auftrag.DONE] * 2
