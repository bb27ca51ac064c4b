"""What follows when nobody knows what came of a call: by class of the operation; and workers that die of an Auftrag."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import clock, db
from engine.base.errors import Unavailable
from engine.base.ports import Answer, BpmnError, Call, Refused, Repeat, Unreachable, Unsure
from engine.base.rights import SYSTEM
from engine.model import auftrag, incident, vorgang
from engine.verbs import holding
from engine.verbs import work as working
from engine.verbs.operate import retry_incident, verify
from tests.engine.cases import Bell, Twin, push, rows, vorgang_of, work_all

LATER = dt.timedelta(hours=1)


class Partner:
    """Another side that does the work, keeps a ledger of what it did, and loses its first answer."""

    def __init__(self, loses: Exception) -> None:
        self.loses: list[Exception] = [loses]
        self.did: list[str] = []

    def call(self, call: Call) -> Answer:
        self.did.append(call.key)
        if self.loses:
            raise self.loses.pop()
        return Answer({"gedruckt": True})

    def asked(self, call: Call) -> Answer | None:
        return Answer({"gedruckt": True}) if call.key in self.did else None


def dies(call: Call) -> Answer:
    """What a kill -9 in the middle of a call looks like to the database: nothing more is written."""
    raise KeyboardInterrupt


def killed_once(id: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        working.work(id, Twin(dies), by=SYSTEM)
    clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))


def incidents(vorgang_id: str) -> list[str]:
    return [incident.message for incident in reads.list_incidents(vorgang_id).items]


def test_an_unknown_outcome_is_repeated_where_the_key_makes_that_harmless(amt: str, bell: Bell) -> None:
    push()
    partner = Partner(Unsure("keine Antwort"))
    twin = Twin(partner.call)
    work_all(bell, twin)
    clock.move(LATER)
    assert working.work(rows(auftrag.T)[0].id, twin, by=SYSTEM)
    assert len(partner.did) == 2
    assert len(set(partner.did)) == 1
    assert rows(auftrag.T)[0].state == "erledigt"


def test_who_can_be_asked_is_asked_before_a_repeat_and_does_it_once(amt: str, bell: Bell) -> None:
    push()
    partner = Partner(Unsure("keine Antwort"))
    twin = Twin(partner.call, Repeat.ASK, partner.asked)
    work_all(bell, twin)
    clock.move(LATER)
    assert working.work(rows(auftrag.T)[0].id, twin, by=SYSTEM)
    assert len(partner.did) == 1
    assert rows(auftrag.T)[0].state == "erledigt"


def test_who_can_be_asked_and_did_nothing_is_called_again(amt: str, bell: Bell) -> None:
    push()
    twin = Twin(repeats=Repeat.ASK)
    with clock.frozen(clock.now()):
        killed_once(bell.rung[0])
        assert working.work(bell.rung[0], twin, by=SYSTEM)
    assert len(twin.ledger) == 1


@pytest.mark.parametrize("repeat", [Repeat.ASK, Repeat.ONCE])
def test_who_was_stopped_before_it_sent_sends_nothing_when_another_has_taken_over(amt: str, bell: Bell, repeat: Repeat) -> None:
    id, [auftrag_id] = vorgang_of(push()), bell.rung

    class Stopped(Twin):
        """Stands still for longer than the lease, between claim and call."""

        def repeat(self, type: str) -> Repeat:
            if not other.asked:
                clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))
                assert working.work(auftrag_id, other, by=SYSTEM)
            return repeat

    class Other(Twin):
        asked = False

        def repeat(self, type: str) -> Repeat:
            self.asked = True
            return Repeat.ASK

    other, stopped = Other(), Stopped()
    with clock.frozen(clock.now()):
        assert working.work(auftrag_id, stopped, by=SYSTEM)
    assert (len(other.ledger), stopped.ledger) == (1, [])
    assert incidents(id) == []


def test_a_person_s_retry_asks_too_where_one_can_ask(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())
    partner = Partner(Unsure("keine Antwort"))
    twin = Twin(partner.call, Repeat.ASK, lambda call: None)
    partner.loses *= 3
    with clock.frozen(clock.now()):
        for _ in range(3):
            working.work(bell.rung[0], twin, by=SYSTEM)
            clock.move(LATER)
        twin.done = partner.asked
        retry_incident(reads.list_incidents(id).items[0].id, {}, by=SYSTEM)
        work_all(bell, twin)
    assert len(partner.did) == 3
    assert incidents(id) == []


def test_once_only_is_never_repeated_blindly_and_the_incident_says_what_to_do(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())
    partner = Partner(Unsure("Das Amt hat nicht geantwortet."))
    work_all(bell, Twin(partner.call, Repeat.ONCE))
    assert len(partner.did) == 1
    [message] = incidents(id)
    assert "ist nicht bekannt (Das Amt hat nicht geantwortet)" in message
    assert "bei der Gegenseite nachsehen" in message


def test_once_only_is_not_repeated_after_a_worker_died_of_it(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())
    twin = Twin(repeats=Repeat.ONCE)
    with clock.frozen(clock.now()):
        killed_once(bell.rung[0])
        assert working.work(bell.rung[0], twin, by=SYSTEM)
    assert twin.ledger == []
    assert "Der Arbeitsprozess ist dabei ausgefallen" in incidents(id)[0]


def test_once_only_is_tried_again_when_nothing_was_sent(amt: str, bell: Bell) -> None:
    push()
    partner = Partner(Unreachable("niemand da"))
    twin = Twin(partner.call, Repeat.ONCE)
    work_all(bell, twin)
    clock.move(LATER)
    assert working.work(rows(auftrag.T)[0].id, twin, by=SYSTEM)
    assert rows(auftrag.T)[0].state == "erledigt"


def test_what_was_done_and_could_not_be_kept_is_unknown_too(amt: str, bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    id = vorgang_of(push())

    def away(*_: object) -> None:
        raise Unavailable("Die Datenbank ist nicht erreichbar.")

    twin = Twin(repeats=Repeat.ONCE)
    monkeypatch.setattr(working, "_finish", away)
    work_all(bell, twin)
    assert len(twin.ledger) == 1
    assert "Die Datenbank ist nicht erreichbar" in incidents(id)[0]


@pytest.mark.parametrize("odd", ["a\x00b", "a\ud800b", "ä" * 5000], ids=["nul", "half of a pair", "long"])
@pytest.mark.parametrize("error", [Refused, Unreachable, Unsure, lambda odd: BpmnError(odd, odd)])
def test_whatever_the_other_side_says_can_be_told(amt: str, bell: Bell, error: Callable[[str], Exception], odd: str) -> None:
    id = vorgang_of(push())

    def says(call: Call) -> Answer:
        raise error(odd)

    with clock.frozen(clock.now()):
        for _ in range(3):
            working.work(bell.rung[0], Twin(says), by=SYSTEM)
            clock.move(LATER)
    [message] = incidents(id)
    assert odd.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")[:1900] in message
    assert rows(auftrag.T)[0].killed == 0


def test_what_has_ended_three_workers_is_given_to_no_fourth(amt: str, bell: Bell) -> None:
    id = vorgang_of(push())
    twin = Twin()
    with clock.frozen(clock.now()):
        for _ in range(3):
            killed_once(bell.rung[0])
        assert working.work(bell.rung[0], twin, by=SYSTEM)
        assert not working.work(bell.rung[0], twin, by=SYSTEM)
    assert twin.ledger == []
    assert "hat den Arbeitsprozess dreimal beendet" in incidents(id)[0]
    retry_incident(reads.list_incidents(id).items[0].id, {}, by=SYSTEM)
    work_all(bell, twin)
    assert incidents(id) == []


def test_a_word_of_a_worker_starts_the_count_anew(amt: str, bell: Bell) -> None:
    push()

    def away(call: Call) -> Answer:
        raise Unreachable("niemand da")

    with clock.frozen(clock.now()):
        killed_once(bell.rung[0])
        killed_once(bell.rung[0])
        with db.transaction() as tx:
            tx.execute(sa.update(auftrag.T).values(attempts=9))
        assert working.work(bell.rung[0], Twin(away), by=SYSTEM)
    assert (rows(auftrag.T)[0].killed, rows(auftrag.T)[0].unsure) == (0, True)


def test_a_lease_is_prolonged_while_a_call_lives_and_no_longer(amt: str, bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    push()
    auftrag_id = bell.rung[0]
    leases: list[dt.datetime] = []
    with db.transaction() as tx:
        claim = auftrag.claim(tx, auftrag_id)
    assert claim is not None
    with holding.held(claim, 0.05):
        for _ in range(2):
            clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))
            limit = time.monotonic() + 60
            while rows(auftrag.T)[0].lease_until < clock.now() and time.monotonic() < limit:
                time.sleep(0.02)
            leases.append(rows(auftrag.T)[0].lease_until)
            assert not working.work(auftrag_id, Twin(), by=SYSTEM)
    assert leases == sorted(set(leases))
    clock.move(dt.timedelta(seconds=auftrag.LEASE_S + 1))
    assert working.work(auftrag_id, Twin(), by=SYSTEM)
    with db.transaction() as tx:
        assert not auftrag.prolong(tx, auftrag_id, claim.fence)  # the fence guards the lease too


def test_a_damaged_snapshot_is_an_incident_of_that_vorgang_and_no_crash_loop(amt: str, bell: Bell) -> None:
    id, other = vorgang_of(push()), vorgang_of(push())
    with db.transaction() as tx:
        [whole] = tx.scalars(sa.select(vorgang.T.c.snapshot).where(vorgang.T.c.id == id))
        tx.execute(sa.update(vorgang.T).where(vorgang.T.c.id == id).values(snapshot=whole[:20]))
    work_all(bell, Twin())
    assert ["beschädigt" in message for message in incidents(id)] == [True]
    assert [task.element for task in reads.list_aufgaben(vorgang_id=other).items] == ["pruefen"]
    assert verify() != []
    with db.transaction() as tx:  # as the operator restores it from a backup; the fixture verifies what is there then
        tx.execute(sa.update(vorgang.T).where(vorgang.T.c.id == id).values(snapshot=whole))
        tx.execute(sa.update(auftrag.T).where(auftrag.T.c.vorgang_id == id).values(state=auftrag.READY, closed_at=None))
        tx.execute(sa.update(incident.T).values(state=incident.MENDED))
