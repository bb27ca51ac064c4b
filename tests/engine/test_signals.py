"""A signal reaches everybody who waits when it is thrown, each once; nobody else."""

from __future__ import annotations

import contextvars
import threading

import pytest

from engine import bpmn
from engine.base import db
from engine.base.db import Tx
from engine.base.errors import Forbidden
from engine.base.rights import SYSTEM, Konto
from engine.model import erwartung, protokoll, signal
from engine.step import look
from engine.verbs.courier import deliver_signals, deliver_thrown
from engine.verbs.due import tick
from engine.verbs.operate import verify
from engine.verbs.post import throw_signal
from engine.verbs.vorgang import withdraw
from tests.bpmn.diagrams import at, catching, end, flows, par, process, start, throw, user
from tests.engine.cases import ANNA, rows
from tests.engine.events import HEAD, HEARS, THROWS, WAITS, begin, deploy, do, of, states, tasks

D = signal.DELIVERIES


@pytest.fixture
def two(amt: str) -> str:
    """Two Leistungen: `hoert` waits for the signal that `wirft` throws."""
    deploy(THROWS, "wirft")
    deploy(HEARS, "hoert")
    deploy(WAITS, "wartet")
    return amt


def delivered() -> int:
    """How often the Protokoll says that a signal was delivered."""
    return len([row for row in rows(protokoll.T) if row.tag == "signal:zugestellt"])


def test_a_signal_reaches_every_case_that_waits_for_it_and_no_other(two: str, courier: None) -> None:
    hearing, other = [begin("hoert") for _ in range(3)], begin("wartet")
    begin("wirft")
    assert [tasks(case) for case in hearing] == [["aufstehen"]] * 3
    assert tasks(other) == []
    case = look(hearing[0])
    assert bpmn.variables(case.bundle.spec, case.snapshot)["stunde"] == 7
    assert (states(D), delivered()) == (["zugestellt"] * 3, 3)
    assert states(erwartung.T, signal=True) == ["erfuellt"] * 3


def test_who_comes_to_wait_after_the_throw_is_not_meant(two: str, courier: None) -> None:
    begin("wirft")
    late = begin("hoert")
    tick()
    assert (tasks(late), rows(D)) == ([], [])
    begin("wirft")
    assert tasks(late) == ["aufstehen"]


def test_a_signal_that_nobody_waits_for_is_gone_and_no_error(two: str, courier: None) -> None:
    case = begin("wirft")
    assert look(case).state == "completed"
    assert (len(rows(signal.T)), rows(D)) == (1, [])


def test_a_case_that_throws_and_waits_itself_gets_its_own_signal(amt: str, courier: None) -> None:
    both = process(
        start(), par("teilen"), catching("hoeren", "signal", "s"), user("warten"), throw("werfen", "signal", "s"),
        user("geweckt"), end("e1"), end("e2"),
        flows("start > teilen > hoeren > geweckt > e1", "teilen > warten > werfen > e2"), head=HEAD,
    )  # fmt: skip
    deploy(both, "beides")
    case = begin("beides")
    do(case)
    assert tasks(case) == ["geweckt"]


def test_a_case_that_comes_to_wait_after_its_own_throw_does_not_get_it(amt: str, courier: None) -> None:
    then = process(
        start(), throw("werfen", "signal", "s"), catching("hoeren", "signal", "s"), end(),
        flows("start > werfen > hoeren > end"), head=HEAD,
    )  # fmt: skip
    deploy(then, "danach")
    first = begin("danach")
    assert (look(first).state, rows(D)) == ("active", [])
    second = begin("danach")
    assert [look(case).state for case in (first, second)] == ["completed", "active"]


def test_all_that_waits_in_one_case_moves_in_one_step(amt: str, courier: None) -> None:
    twice = process(
        start(), par("teilen"), catching("h1", "signal", "s"), catching("h2", "signal", "s"), user("ta"), user("tb"),
        end("e1"), end("e2"), flows("start > teilen > h1 > ta > e1", "teilen > h2 > tb > e2"), head=HEAD,
    )  # fmt: skip
    deploy(twice, "zweimal")
    case = begin("zweimal")
    throw_signal("wecker", "s-1", {}, by=SYSTEM)
    assert (sorted(tasks(case)), delivered(), states(D)) == (["ta", "tb"], 1, ["zugestellt"] * 2)


def test_of_a_case_only_what_waited_at_the_throw_moves(amt: str, courier: None) -> None:
    """One token waits before the throw, one comes to wait after it, one has moved on before its turn."""
    three = process(
        start(), par("teilen"), catching("vorher", "signal", "s"), user("da"), user("pause"), throw("werfen", "signal", "s"),
        catching("nachher", "signal", "s"), end("e1"), end("e2"),
        flows("start > teilen > vorher > da > e1", "teilen > pause > werfen > nachher > e2"), head=HEAD,
    )  # fmt: skip
    deploy(three, "drei")
    case = begin("drei")
    do(case)
    assert tasks(case) == ["da"]
    assert {row.element: row.state for row in rows(erwartung.T)} == {"vorher": "erfuellt", "nachher": "offen"}
    throw_signal("wecker", "s-1", {}, by=SYSTEM)
    assert states(erwartung.T) == ["erfuellt"] * 2


def test_what_has_moved_on_does_not_keep_the_rest_of_its_case_from_the_signal(amt: str) -> None:
    both = process(
        start(), par("teilen"), user("zuhoeren"), at("zuhoeren", "ruf", "signal", "s"), catching("hoeren", "signal", "s"),
        user("da"), end("e1"), end("e2"), end("e3"),
        flows("start > teilen > zuhoeren > e1", "ruf > e2", "teilen > hoeren > da > e3"), head=HEAD,
    )  # fmt: skip
    deploy(both, "beide")
    case = begin("beide")
    with db.transaction() as tx:
        signal.throw(tx, "s-1", "wecker", {})
    do(case)
    deliver_thrown()
    assert (tasks(case), sorted(states(D))) == (["da"], ["verpasst", "zugestellt"])


def test_an_event_beside_an_activity_hears_every_signal(amt: str, courier: None) -> None:
    beside = process(
        start(), user("arbeiten"), at("arbeiten", "ruf", "signal", "s", beside=True), user("horchen"), end("e1"), end("e2"),
        flows("start > arbeiten > e1", "ruf > horchen > e2"), head=HEAD,
    )  # fmt: skip
    deploy(beside, "neben")
    case = begin("neben")
    for number in range(2):
        throw_signal("wecker", f"s-{number}", {}, by=SYSTEM)
    assert sorted(tasks(case)) == ["arbeiten", "horchen", "horchen"]


def test_a_signal_from_outside_is_thrown_once_for_its_id(two: str) -> None:
    first = begin("hoert")
    assert throw_signal("wecker", "s-1", {"stunde": 6}, by=SYSTEM)
    second = begin("hoert")
    assert not throw_signal("wecker", "s-1", {"stunde": 6}, by=SYSTEM)
    assert (tasks(first), tasks(second)) == (["aufstehen"], [])


def test_the_outside_needs_a_right_to_throw(two: str) -> None:
    with pytest.raises(Forbidden):
        throw_signal("wecker", "s-1", {}, by=Konto("9", "x", "X"))
    assert rows(signal.T) == []


def test_a_receiver_that_has_moved_on_before_its_turn_has_missed_the_signal(two: str) -> None:
    gone, there = begin("hoert"), begin("hoert")
    begin("wirft")
    withdraw(gone, "zurückgenommen", by=ANNA)
    tick()
    assert (tasks(there), sorted(states(D)), delivered()) == (["aufstehen"], ["verpasst", "zugestellt"], 1)


def test_a_receiver_that_waits_anew_has_missed_what_was_thrown_for_its_former_wait(amt: str) -> None:
    """It left by another way and came back before the signal was its turn: that signal was for the wait that is over."""
    again = process(
        start(), user("zuhoeren"), at("zuhoeren", "ruf", "signal", "s"), user("geweckt"), end(),
        flows("start > zuhoeren > zuhoeren", "ruf > geweckt > end"), head=HEAD,
    )  # fmt: skip
    deploy(again, "wieder")
    case = begin("wieder")
    with db.transaction() as tx:
        signal.throw(tx, "s-1", "wecker", {})
    do(case)
    deliver_thrown()
    assert (tasks(case), states(D)) == (["zuhoeren"], ["verpasst"])
    throw_signal("wecker", "s-2", {}, by=SYSTEM)
    assert tasks(case) == ["geweckt"]


def test_between_two_receivers_a_courier_may_stop_and_another_goes_on(two: str) -> None:
    hearing = [begin("hoert") for _ in range(4)]
    begin("wirft")
    assert deliver_signals(1) == 1
    assert sorted(states(D)) == ["offen"] * 3 + ["zugestellt"]
    assert verify() == []
    deliver_thrown()
    assert ([tasks(case) for case in hearing], delivered()) == ([["aufstehen"]] * 4, 4)


def test_many_couriers_at_once_deliver_each_signal_once(two: str) -> None:
    hearing = [begin("hoert") for _ in range(6)]
    throwing = [begin("wirft") for _ in range(2)]
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(deliver_thrown,)) for _ in range(4)
    ]  # each in the namespace of the test
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver_thrown()
    assert [tasks(case) for case in hearing] == [["aufstehen"]] * 6
    assert delivered() == 6
    assert len(throwing) * 6 == len(rows(D))
    assert sorted(states(D)) == ["verpasst"] * 6 + ["zugestellt"] * 6


def test_a_signal_is_undone_with_the_step_that_throws_it(two: str) -> None:
    begin("hoert")

    def throwing() -> None:
        with db.transaction() as tx:
            signal.throw(tx, "s-1", "wecker", {})
            raise LookupError

    with pytest.raises(LookupError):
        throwing()
    assert rows(signal.T) == rows(D) == []


def test_a_signal_that_throws_itself_for_ever_is_stopped(amt: str, courier: None) -> None:
    echo = process(
        start(), user("lauschen"), at("lauschen", "ruf", "signal", "s", beside=True), throw("echo", "signal", "s"),
        end("e1"), end("e2"), flows("start > lauschen > e1", "ruf > echo > e2"), head=HEAD,
    )  # fmt: skip
    deploy(echo, "echo")
    case = begin("echo")
    throw_signal("wecker", "s-0", {}, by=SYSTEM)
    while tick()["messages"]:
        pass
    assert max(row.depth for row in rows(signal.T)) == 101
    assert states(signal.T, state="angehalten") == ["angehalten"]
    assert tasks(case) == ["lauschen"]
    assert len(of("echo")) == 1


def test_a_throw_sees_who_waits_in_the_same_transaction_only_once(two: str) -> None:
    begin("hoert")

    def both(tx: Tx) -> None:
        assert signal.throw(tx, "s-1", "wecker", {})
        assert not signal.throw(tx, "s-1", "wecker", {})

    with db.transaction() as tx:
        both(tx)
    assert len(rows(D)) == 1
    deliver_thrown()
