"""Events at the edge and between, errors, calls, decisions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from engine import bpmn
from tests.bpmn.diagrams import (
    DMN,
    START,
    begin,
    begins,
    beside_timer,
    boundary_error,
    boundary_message,
    boundary_timer,
    call,
    catch,
    decide,
    end,
    end_error,
    error,
    event_gateway,
    findings,
    flow,
    flows,
    loop,
    message,
    node,
    process,
    script,
    service,
    signal,
    start,
    sub,
    timer,
    user,
    xor,
)

MESSAGE = message("m", "antwort", "nr")
LINE = flows("start > u > fertig", "rand > anders")


def edge(boundary: str, head: str = MESSAGE) -> bytes:
    return process(start(), user("u"), boundary, user("fertig"), user("anders"), LINE, head=head)


# --- beside an activity --------------------------------------------------------------------------------------------


def test_a_message_at_the_edge_ends_the_task() -> None:
    fall = begin(edge(boundary_message("rand", "u", "m")), nr="1")
    assert fall.receive("antwort", "1", text="da").waits_at("anders")
    assert fall.variables["text"] == "da"


def test_a_message_beside_the_task_lets_it_go_on_and_may_come_again() -> None:
    fall = begin(edge(boundary_message("rand", "u", "m", interrupting=False)), nr="1")
    fall.receive("antwort", "1").receive("antwort", "1")
    assert fall.waits_at("u", "rand", "anders", "anders")
    assert fall.complete("u").waits_at("fertig", "anders", "anders")


def test_a_timer_beside_the_task_reminds_once() -> None:
    fall = begin(edge(beside_timer("rand", "u", "P7D")))
    assert fall.fire("rand").waits_at("u", "anders")
    assert fall.complete("u").complete("anders").complete("fertig").state == "completed"


def test_a_repeating_timer_reminds_as_often_as_it_says() -> None:
    fall = begin(edge(beside_timer("rand", "u", "R2/P7D", "timeCycle")))
    first = fall.one(bpmn.Timer, "rand").due
    fall.fire("rand")
    assert fall.one(bpmn.Timer, "rand").due - first == dt.timedelta(days=7)
    assert fall.fire("rand").waits_at("u", "anders", "anders")


def test_a_repeating_timer_catches_up_once_after_downtime() -> None:
    fall = begin(edge(beside_timer("rand", "u", "R/P1D", "timeCycle")))
    fall.now = START + dt.timedelta(days=10, hours=1)
    fall.fire("rand")
    assert fall.one(bpmn.Timer, "rand").due > fall.now
    assert fall.waits_at("u", "rand", "anders")


def test_an_event_at_the_edge_of_a_sub_process_that_is_over_is_off() -> None:
    inner = sub("sp", start("s2"), user("u"), end("e2"), flows("s2 > u > e2"))
    content = process(
        start(), inner, beside_timer("rand", "sp", "P1D"), user("anders"), end(), flows("start > sp > end", "rand > anders")
    )
    fall = begin(content)
    assert fall.complete("u").state == "completed"


# --- errors --------------------------------------------------------------------------------------------------------


def test_an_error_goes_to_the_boundary_event_with_its_code() -> None:
    content = process(
        start(), service("s"), boundary_error("a", "s", "ea"), boundary_error("b", "s", "eb"),
        end("ea_ende"), end("eb_ende"), end(),
        flows("start > s > end", "a > ea_ende", "b > eb_ende"), head=error("ea", "A") + error("eb", "B"),
    )  # fmt: skip
    fall = begin(content).throw("s", "B", grund="x")
    assert (fall.state, fall.ends, fall.variables) == ("completed", ["eb_ende"], {"grund": "x"})


def test_an_error_with_another_code_goes_to_the_one_that_catches_all_else_is_an_incident() -> None:
    parts = (start(), service("s"), boundary_error("a", "s", "ea"), end("x"), end(), flows("start > s > end", "a > x"))
    fall = begin(process(*parts, head=error("ea", "A"))).throw("s", "Z")
    assert (fall.state, fall.incident.element) == ("incident", "s")
    everything = begin(process(*parts, boundary_error("alle", "s"), end("y"), flow("alle", "y"), head=error("ea", "A")))
    assert everything.throw("s", "Z").ends == ["y"]


def test_an_error_end_ends_its_sub_process_and_is_caught_there() -> None:
    inner = sub("sp", start("s2"), user("u"), user("v"), end_error("weg", "e"), flows("s2 > u > weg", "s2 > v"))
    content = process(
        start(),
        inner,
        boundary_error("rand", "sp", "e"),
        end("gefangen"),
        end(),
        flows("start > sp > end", "rand > gefangen"),
        head=error("e", "E"),
    )
    fall = begin(content).complete("u")
    assert (fall.state, fall.ends) == ("completed", ["gefangen"])


def test_trap_06_an_error_is_not_caught_by_a_sibling() -> None:
    first = sub("a", start("s2"), user("u"), end_error("weg", "e"), flows("s2 > u > weg"))
    second = sub("b", start("s3"), user("v"), end("e3"), flows("s3 > v > e3"))
    content = process(
        start(), first, second, boundary_error("ra", "a", "e"), boundary_error("rb", "b", "e"), end("a_ende"), end("b_ende"),
        flows("start > a", "start > b", "ra > a_ende", "rb > b_ende"), head=error("e", "E"),
    )  # fmt: skip
    fall = begin(content).complete("u")
    assert fall.waits_at("v")
    assert fall.ends == ["a_ende"]


def test_an_uncaught_error_end_is_an_incident_and_not_success() -> None:
    fall = begin(process(start(), end_error("weg", "e"), flows("start > weg"), head=error("e", "E")))
    assert (fall.state, fall.ends, fall.incident.element) == ("incident", [], "weg")


def test_an_error_of_one_item_ends_the_multi_instance() -> None:
    content = process(
        start(),
        service("s", loop("[1, 2, 3]", "x")),
        boundary_error("rand", "s"),
        end("gefangen"),
        flows("start > s", "rand > gefangen"),
    )
    assert begin(content).throw("s", "X").ends == ["gefangen"]


# --- event gateway -------------------------------------------------------------------------------------------------


def test_the_first_event_after_a_gateway_decides() -> None:
    content = process(
        start(), event_gateway("g"), catch("antwort", "m"), timer("stille", "P14D"), end("da"), end("nichts"),
        flows("start > g > antwort > da", "g > stille > nichts"), head=MESSAGE,
    )  # fmt: skip
    fall = begin(content, nr="1")
    assert fall.waits_at("antwort", "stille")
    assert fall.receive("antwort", "1").ends == ["da"]
    assert [line.flows for line in fall.history if line.element == "g"] == [("g_antwort",)]
    assert begin(content, nr="1").fire("stille").ends == ["nichts"]


def test_trap_16_a_timer_after_an_event_gateway_has_a_due_date() -> None:
    content = process(
        start(), event_gateway("g"), catch("a", "m"), timer("t", "P14D"), flows("start > g > a", "g > t"), head=MESSAGE
    )
    assert begin(content, nr="1").one(bpmn.Timer, "t").due == START + dt.timedelta(days=14)


def test_an_event_gateway_inside_an_interrupted_sub_process_is_gone() -> None:
    inner = sub("sp", start("s2"), event_gateway("g"), catch("a", "m"), timer("t", "P14D"), flows("s2 > g > a", "g > t"))
    content = process(
        start(), inner, boundary_timer("rand", "sp", "P1D"), end("weg"), flows("start > sp", "rand > weg"), head=MESSAGE
    )
    fall = begin(content, nr="1").fire("rand")
    assert (fall.state, fall.waits) == ("completed", {})


# --- calls ---------------------------------------------------------------------------------------------------------


def called(*parts: str, id: str = "kind") -> bytes:
    return process(*parts, id=id)


def caller(activity: str, *more: str) -> bytes:
    return process(start(), activity, *more, end(), flows("start > ruf > end"))


def test_a_called_process_runs_inside_and_hands_its_variables_up() -> None:
    child = called(start(), user("frage"), script("x", "basis + 1", "ergebnis"), end(), flows("start > frage > x > end"))
    fall = begin({"p.bpmn": caller(call("ruf", "kind")), "k.bpmn": child}, basis=1)
    assert fall.waits_at("frage")
    fall.complete("frage", antwort="ja")
    assert (fall.state, fall.ends) == ("completed", ["end"])
    assert fall.variables == {"basis": Decimal(1), "antwort": "ja", "ergebnis": Decimal(2)}


def test_a_call_may_hand_down_and_up_only_what_is_mapped() -> None:
    child = called(start(), script("x", "[hinein, basis]", "ergebnis"), end(), flows("start > x > end"))
    ruf = call("ruf", "kind", down=False, up=False, inputs={"hinein": "=7"}, outputs={"heraus": "=ergebnis"})
    assert begin({"p.bpmn": caller(ruf), "k.bpmn": child}, basis=1).variables == {
        "basis": Decimal(1),
        "heraus": [Decimal(7), None],
    }


def test_an_error_in_a_called_process_is_caught_where_it_was_called() -> None:
    child = process(start(), end_error("weg", "e"), flows("start > weg"), id="kind", head=error("e", "E"))
    outer = process(
        start(), call("ruf", "kind"), boundary_error("rand", "ruf", "e"), end("gefangen"), end(),
        flows("start > ruf > end", "rand > gefangen"), head=error("e", "E"),
    )  # fmt: skip
    assert begin({"p.bpmn": outer, "k.bpmn": child}).ends == ["gefangen"]


def test_a_call_for_every_item_and_ids_that_are_the_same_in_both_files() -> None:
    child = called(start(), user("start2"), end(), flows("start > start2 > end"))
    ruf = call("ruf", "kind", loop("liste", "x", "aus", "antwort"), up=True)
    fall = begin({"p.bpmn": caller(ruf), "k.bpmn": child}, liste=["a", "b"])
    fall.complete("start2", antwort="1").complete("start2", antwort="2")
    assert (fall.state, fall.variables["aus"]) == ("completed", ["1", "2"])


def test_a_process_that_calls_itself_for_ever_is_an_incident() -> None:
    fall = begin({"p.bpmn": caller(call("ruf", "p"))})
    assert "ineinander" in fall.incident.message


def test_calls_and_sub_processes_thirty_deep_run() -> None:
    inner = user("u")
    for depth in range(30):
        inner = sub(f"sp{depth}", start(f"s{depth}"), inner, flow(f"s{depth}", "u" if depth == 0 else f"sp{depth - 1}"))
    fall = begin(process(start(), inner, end(), flows("start > sp29 > end")))
    assert fall.complete("u").state == "completed"


def test_an_unknown_process_is_an_incident() -> None:
    assert "gibt es im Paket nicht" in begin(caller(call("ruf", "fehlt"))).incident.message


# --- decisions -----------------------------------------------------------------------------------------------------


def test_a_decision_is_made_and_its_reasons_are_kept() -> None:
    files = {"p.bpmn": process(start(), decide("d", "schutz", "geschuetzt"), end(), flows("start > d > end")), "s.dmn": DMN}
    fall = begin(files, umfang=95)
    assert fall.variables["geschuetzt"] is True
    decided = fall.outcome.decisions[0]
    assert (decided.element, decided.decision, decided.value) == ("d", "schutz", True)
    assert [rule["rule"] for rule in decided.rules] == ["dick"]
    assert decided.inputs == {"umfang": Decimal(95)}


def test_an_unknown_decision_is_an_incident() -> None:
    assert (
        "gibtesnicht"
        in begin(process(start(), decide("d", "gibtesnicht", "x"), end(), flows("start > d > end"))).incident.message
    )


def test_a_decision_for_every_item() -> None:
    task = node(
        "businessRuleTask",
        "d",
        '<zeebe:calledDecision decisionId="schutz" resultVariable="g"/>',
        loop("liste", "umfang", "aus", "g"),
    )
    fall = begin({"p.bpmn": process(start(), task, end(), flows("start > d > end")), "s.dmn": DMN}, liste=[70, 90])
    assert fall.variables["aus"] == [False, True]


def test_a_business_rule_may_be_left_to_the_outside() -> None:
    task = node("businessRuleTask", "d", '<zeebe:taskDefinition type="fremd"/>')
    fall = begin(process(start(), task, end(), flows("start > d > end")))
    assert fall.one(bpmn.Job, "d").type == "fremd"


@pytest.mark.parametrize("target", [user("x"), xor("x"), end("x")])
def test_only_events_follow_an_event_gateway(target: str) -> None:
    found = findings(start(), event_gateway("g"), target, timer("t", "P1D"), flows("start > g > x", "g > t"))
    assert any("das kein Ereignis ist" in finding for finding in found)


def test_the_events_by_which_a_process_begins_are_named() -> None:
    head = message("m", "=&quot;an&quot; + &quot;trag&quot;", "nr") + signal("sig", "alarm")
    content = process(
        start(), begins("n", "message", "m"), begins("s", "signal", "sig"), begins("t", "timer", "P1D"), end(),
        flows("start > end", "n > end", "s > end", "t > end"), head=head,
    )  # fmt: skip
    assert bpmn.parse({"x.bpmn": content}).starts("p") == (
        bpmn.StartAt("p", "n", "message", "antrag"),
        bpmn.StartAt("p", "s", "signal", "alarm"),
        bpmn.StartAt("p", "t", "timer", "", "duration", "P1D"),
    )
