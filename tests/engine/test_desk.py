"""Tasks of people: claimed by one, completed once, checked against the form."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine import reads
from engine.base import clock, db
from engine.base.errors import Conflict, Forbidden, Invalid, Unknown
from engine.base.rights import SACHBEARBEITUNG, SYSTEM, Konto
from engine.model import frist, protokoll
from engine.verbs.courier import fire_timer
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import claim_aufgabe, complete_aufgabe, hand_over, release_aufgabe
from engine.verbs.due import tick
from engine.verbs.konten import add_konto
from engine.verbs.post import correlate
from tests.bpmn.diagrams import end, flows, process, start, user
from tests.engine.cases import ANNA, BERTA, TYPES, Bell, Twin, bundle, push, rows, vorgang_of, work_all


@pytest.fixture
def task(amt: str, bell: Bell) -> str:
    """The id of an open task `pruefen`."""
    id = vorgang_of(push())
    work_all(bell, Twin())
    return str(reads.list_aufgaben(vorgang_id=id).items[0].id)


def test_a_task_is_claimed_by_one(task: str) -> None:
    assert claim_aufgabe(task, by=ANNA).holder == "anna"
    assert claim_aufgabe(task, by=ANNA).holder == "anna"
    with pytest.raises(Conflict, match="Anna") as refusal:
        claim_aufgabe(task, by=BERTA)
    assert refusal.value.fresh.holder == "anna"
    assert release_aufgabe(task, by=ANNA).holder is None
    assert claim_aufgabe(task, by=BERTA).holder == "berta"


def test_a_task_is_handed_to_a_colleague_who_then_holds_it(task: str) -> None:
    claim_aufgabe(task, by=ANNA)
    assert hand_over(task, "berta", by=ANNA).holder == "berta"
    before = len(rows(protokoll.T))
    assert hand_over(task, "berta", by=ANNA).holder == "berta"
    assert [(row.tag, row.konto, row.detail) for row in rows(protokoll.T)][before - 1 :] == [
        ("aufgabe:weitergegeben", "anna", f'{{"an": "berta", "aufgabe": "{task}"}}')
    ]
    assert [found.id for found in reads.list_aufgaben(by=BERTA, scope=reads.MINE).items] == [task]
    assert reads.list_aufgaben(by=ANNA, scope=reads.MINE).items == ()
    with pytest.raises(Conflict, match="Berta") as refusal:
        hand_over(task, "anna", by=ANNA)
    assert refusal.value.fresh.holder == "berta"


def test_a_free_task_is_handed_over_at_once_and_a_closed_one_never(task: str) -> None:
    assert hand_over(task, "anna", by=BERTA).holder == "anna"
    complete_aufgabe(task, {"ok": True}, by=ANNA)
    with pytest.raises(Conflict, match="schon erledigt"):
        hand_over(task, "berta", by=ANNA)


def test_a_task_is_handed_only_to_whom_it_is_for(amt: str) -> None:
    only = user("pruefen", extension='<zeebe:assignmentDefinition candidateGroups="bauamt"/>')
    deploy_bundle(bundle(process(start(), only, end(), flows("start > pruefen > end")), "bauen", "BA"), TYPES, by=SYSTEM)
    clerk, post = frozenset({SACHBEARBEITUNG}), frozenset({"prozessdesign"})
    for login, roles, group in (("paul", clerk, "bauamt"), ("olaf", clerk, "ordnungsamt"), ("dora", post, "bauamt")):
        add_konto(login, login.title(), f"{login}@example.org", roles, frozenset({group}), by=SYSTEM)
    [open_task] = reads.list_aufgaben(vorgang_id=vorgang_of(push("bauen"))).items
    assert [one.login for one in reads.possible_holders(open_task)] == ["anna", "berta", "paul"]
    for login, reason in (("olaf", "gehört nicht"), ("dora", "darf keine"), ("niemand", "wählen"), ("x" * 10_000, "wählen")):
        with pytest.raises(Invalid) as refusal:
            hand_over(open_task.id, login, by=ANNA)
        [cause] = refusal.value.causes
        assert reason in cause.message
        assert cause.pointer == "/an"
    olaf, _ = reads.konto_by_login("olaf")
    with pytest.raises(Forbidden, match="für bauamt"):
        hand_over(open_task.id, "paul", by=olaf)
    assert hand_over(open_task.id, "paul", by=ANNA).holder == "paul"


def test_completing_moves_the_vorgang_on(task: str) -> None:
    claim_aufgabe(task, by=ANNA)
    done = complete_aufgabe(task, {"ok": True}, by=ANNA)
    assert (done.state, done.closed_by) == ("erledigt", "anna")
    case = reads.get_vorgang(done.vorgang_id)
    assert (case.state, case.status) == ("completed", "ABGESCHLOSSEN")
    assert [e.element for e in reads.verlauf(case.id) if e.kind == "completed"] == [
        "start",
        "bestaetigen",
        "pruefen",
        "g",
        "ja",
    ]


def test_completing_twice_with_the_same_answers_changes_nothing_and_with_others_is_a_conflict(task: str) -> None:
    complete_aufgabe(task, {"ok": True}, by=ANNA)
    before = len(rows(protokoll.T))
    assert complete_aufgabe(task, {"ok": True}, by=ANNA).state == "erledigt"
    assert len(rows(protokoll.T)) == before
    with pytest.raises(Conflict, match="schon erledigt"):
        complete_aufgabe(task, {"ok": False}, by=ANNA)
    with pytest.raises(Conflict, match="von Anna"):
        complete_aufgabe(task, {"ok": True}, by=BERTA)


def test_the_same_completion_many_times_at_once_happens_once(amt: str, task: str) -> None:
    before = len(rows(protokoll.T))

    def complete(_: int) -> str:
        with db.namespace(amt):
            return complete_aufgabe(task, {"ok": True}, by=ANNA).state

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(complete, range(6))) == ["erledigt"] * 6
    assert len(rows(protokoll.T)) == before + 1


def test_who_does_not_hold_it_cannot_complete_it(task: str) -> None:
    claim_aufgabe(task, by=ANNA)
    with pytest.raises(Conflict, match="Anna"):
        complete_aufgabe(task, {"ok": True}, by=BERTA)


def test_answers_that_do_not_fit_the_form_are_refused_with_the_field(task: str) -> None:
    with pytest.raises(Invalid) as refusal:
        complete_aufgabe(task, {"ok": "vielleicht", "fremd": 1}, by=ANNA)
    assert {cause.pointer for cause in refusal.value.causes} == {"/ok", "/fremd"}
    assert reads.get_aufgabe(task).state == "offen"


def test_without_the_right_nothing_happens(task: str) -> None:
    with pytest.raises(Forbidden):
        complete_aufgabe(task, {"ok": True}, by=Konto("3", "carl", "Carl"))
    with pytest.raises(Unknown):
        claim_aufgabe("gibt-es-nicht", by=ANNA)


def test_a_completion_costs_at_most_twelve_statements_and_one_commit(task: str) -> None:
    with db.statement_counter() as count:
        complete_aufgabe(task, {"ok": True}, by=ANNA)
    assert count.commits == 1
    assert count.statements <= 12


def test_a_timer_that_was_found_due_does_not_fire_when_the_clock_has_gone_back_since(task: str) -> None:
    [row] = rows(frist.T)
    with clock.frozen(row.due_at - dt.timedelta(seconds=1)):
        assert not fire_timer(row.id, row.vorgang_id, row.token, by=SYSTEM)
        assert [one.state for one in rows(frist.T)] == ["offen"]
        assert reads.get_aufgabe(task).state == "offen"
        clock.move(dt.timedelta(seconds=1))
        assert fire_timer(row.id, row.vorgang_id, row.token, by=SYSTEM)


def test_a_timer_fires_once_and_takes_the_task_away(task: str) -> None:
    with clock.frozen(clock.now()):
        assert tick()["timers"] == 0
        clock.move(dt.timedelta(days=14, seconds=1))
        row = rows(frist.T)[0]
        assert tick()["timers"] == 1
        assert not fire_timer(row.id, row.vorgang_id, row.token, by=SYSTEM)
    assert reads.get_aufgabe(task).state == "entfallen"
    with pytest.raises(Conflict, match="nicht mehr offen"):
        complete_aufgabe(task, {"ok": True}, by=ANNA)


def test_a_message_reaches_who_waits_or_waits_itself_and_counts_once(amt: str) -> None:
    machine = Konto("9", "system", "System", frozenset({"administration"}))
    assert correlate("antwort", "früh", "m-1", {"text": "hallo"}, None, by=machine)
    early = vorgang_of(push("wartet", nr="früh"))
    late = vorgang_of(push("wartet", nr="spät"))
    tick()
    assert [reads.get_vorgang(id).state for id in (early, late)] == ["completed", "active"]
    assert not correlate("antwort", "früh", "m-1", {}, None, by=machine)
    assert correlate("antwort", "spät", "m-2", {}, None, by=machine)
    assert reads.get_vorgang(late).state == "completed"


def test_a_message_whose_time_to_live_is_over_reaches_nobody(amt: str) -> None:
    machine = Konto("9", "system", "System", frozenset({"administration"}))
    with clock.frozen(clock.now()):
        correlate("antwort", "x", "m-1", {}, dt.timedelta(days=7), by=machine)
        clock.move(dt.timedelta(days=8))
        id = vorgang_of(push("wartet", nr="x"))
        tick()
    assert reads.get_vorgang(id).state == "active"


def test_every_act_leaves_one_line_of_protokoll(task: str) -> None:
    claim_aufgabe(task, by=ANNA)
    complete_aufgabe(task, {"ok": True}, by=ANNA)
    lines = [(row.tag, row.konto) for row in rows(protokoll.T)]
    assert lines[-2:] == [("aufgabe:uebernommen", "anna"), ("aufgabe:abgeschlossen", "anna")]
    assert lines.count(("antrag:eingang", "system")) == 1
