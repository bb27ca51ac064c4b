"""Faults that random processes have shown, each as the smallest diagram that shows it."""

from __future__ import annotations

from typing import Any

import pytest

from engine import bpmn
from engine.bpmn import budget
from tests.bpmn.diagrams import (
    START,
    at,
    begins,
    call,
    end,
    event_gateway,
    event_sub,
    flow,
    flows,
    incl,
    loop,
    par,
    process,
    script,
    start,
    sub,
    timer,
    user,
    xor,
)
from tests.bpmn.drive import Reloaded


def said_of(content: bytes) -> list[str]:
    """The errors found, each with its place."""
    _, causes = bpmn.inspect({"p.bpmn": content})
    assert all(cause.file and cause.line and cause.hint for cause in causes)
    return [f"{cause.line} {cause.message}" for cause in causes if cause.severity == "error"]


def begin(content: Any, **variables: Any) -> Reloaded:
    return Reloaded(content, variables, START)


def test_what_is_interrupted_leaves_no_arrivals_at_its_joins() -> None:
    content = process(
        start(), par("auf"), user("a"), user("b"), par("zu"), end(),
        event_sub("es", begins("s", "timer", "P1D"), user("c"), end("e"), flows("s > c > e")),
        flows("start > auf > a > zu > end", "auf > b > zu"),
    )  # fmt: skip
    fall = begin(content)
    fall.complete("a")
    assert fall.fire("s").waits_at("c")


def test_the_items_and_inputs_of_a_call_stay_its_own() -> None:
    files = {
        "p.bpmn": process(
            start(), call("c", "q", loop("[1, 2]", "x"), inputs={"y": "=x + 1"}), end(), flows("start > c > end")
        ),
        "q.bpmn": process(start(), user("u"), end(), flows("start > u > end"), id="q").replace(b' isExecutable="true"', b""),
    }  # fmt: skip
    fall = begin(files)
    fall.complete("u")
    assert fall.complete("u", z=1).variables == {"z": 1}


def test_inclusive_joins_that_wait_for_each_other_are_an_incident() -> None:
    content = process(
        start(), par("auf"), incl("i"), incl("k"), end(), end("e"),
        flows("start > auf > i > k > e", "auf > k > i", "i > end"),
    )  # fmt: skip
    fall = begin(content)
    assert fall.incident.element == "i"
    assert "nichts mehr kommen kann" in fall.retry("i").incident.message


def test_of_several_that_wait_in_vain_the_first_is_the_incident_however_they_are_loaded() -> None:
    """`send` plays each step twice: with all tokens there, and with each fetched when it is looked at."""
    content = process(
        start(), par("auf"), user("a"), user("b"), xor("g", default="g_nie"), incl("eins"), par("zwei"), end("nie"),
        end(), flow("g", "zwei", "x = 1"), flows("start > auf > a > eins > end", "auf > b > zwei > eins", "auf > g > nie"),
    )  # fmt: skip
    fall = begin(content, x=0).complete("a")
    assert fall.complete("b").incident.element == "eins"


def test_a_token_with_an_incident_at_a_join_may_be_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_STEPS", 3)
    content = process(start(), par("auf"), incl("zu"), end(), flows("start > auf > zu > end"), flow("auf", "zu", id="noch"))
    fall = begin(content)
    assert fall.waits_at("zu"), "one incident for the step; the other token goes on with the next event"
    while fall.state != "completed":
        fall.retry("zu")
    assert fall.ends == ["end"]


def test_an_inclusive_join_looks_at_an_event_gateway_and_not_at_each_of_its_events() -> None:
    """The gateway's token can come by the flow by which one has come already (BPMN 2.0.2, 13.4.3)."""
    content = process(
        start(), par("auf"), user("a"), event_gateway("g"), timer("t1", "PT1H"), timer("t2", "PT2H"), incl("zu"),
        user("danach"), end(), flows("start > auf > a > zu > danach > end", "auf > g > t1 > zu", "g > t2 > a"),
    )  # fmt: skip
    assert begin(content).complete("a").waits_at("danach", "t1", "t2")


def test_an_inclusive_join_waits_for_an_incident_at_the_edge_of_what_is_gone() -> None:
    content = process(
        start(), par("auf"), user("a"), user("b"), at("b", "spaet", "timer", "P1D"), incl("zu"), end(),
        flow("spaet", "zu", "x"), flows("start > auf > a > zu > end", "auf > b > end"),
    )  # fmt: skip
    fall = begin(content, x=False).fire("spaet").complete("a")
    assert fall.waits_at("spaet")
    assert fall.retry("spaet", x=True).ends == ["end"]


def test_an_inclusive_join_waits_for_an_event_that_has_happened_beside_what_goes_on() -> None:
    content = process(
        start(), par("auf"), user("a"), user("b"), at("b", "spaet", "timer", "P1D", True), incl("zu"), user("danach"), end(),
        flow("spaet", "zu", "x"), flows("start > auf > a > b > zu > danach > end", "auf > b"),
    )  # fmt: skip
    fall = begin(content, x=False).fire("spaet").complete("a")
    fall.send(bpmn.TaskCompleted(max(wait.token for wait in fall.waits.values() if wait.element == "b")))
    assert fall.waits_at("b", "spaet")
    assert fall.retry("spaet", x=True).waits_at("b", "danach")


def test_a_flow_out_of_a_sub_process_into_the_one_around_it_is_found() -> None:
    inner = sub("sp2", start("s2"), script("a", "1", "x"), flows("s2 > a"))
    outer = sub("sp1", start("s1"), inner, end("e1"), flows("s1 > sp2 > e1"))
    content = process(start(), outer, end(), flows("start > sp1 > end", "a > sp1"))
    assert any("überschreitet die Grenze eines Teilprozesses" in line for line in said_of(content))


def test_flows_elements_and_processes_without_an_id_are_refused() -> None:
    """Flows without one were taken for one and the same, and all but the last were lost."""
    content = process(start(), user("u"), end(), flow("start", "u", id="f"), flow("u", "end", id="f"))
    assert said_of(content.replace(b' id="f"', b"")) == ["7 „Fluss“ hat keine Id", "8 „Fluss“ hat keine Id"]
    assert said_of(content.replace(b'process id="p"', b"process"))[0] == "3 der Prozess hat keine Id"
    assert said_of(content.replace(b'userTask id="u"', b"userTask"))[0] == "5 „Benutzeraufgabe“ hat keine Id"


def test_every_finding_says_where_and_how_to_mend_it() -> None:
    assert said_of(b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:x"/>') == [
        "1 Es ist kein Prozess enthalten"
    ]
    assert said_of(b"<x>" + b" " * 8_000_000) == ["1 mehr als 8 MB"]
    assert said_of(process(start(), user("u", extension='<zeebe:neu a="1"/>'), end(), flows("start > u > end"))) == []


def test_no_flow_leads_into_a_start_or_an_event_at_the_edge_or_out_of_an_end() -> None:
    """A token at an event at the edge of nothing waited for ever; a flow out of an end was never taken."""
    parts = start(), user("a"), user("b"), at("a", "spaet", "timer", "P1D"), end(), flows("start > a > end", "spaet > b")
    said = [line.partition(" ")[2] for line in said_of(process(*parts, flows("b > spaet", "b > start", "end > a")))]
    assert said == [
        "in ein Startereignis führt ein Fluss",
        "in ein Randereignis führt ein Fluss",
        "aus einem Endereignis führt ein Fluss",
    ]
