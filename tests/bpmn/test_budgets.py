"""Diagrams that would explode: each ends in an incident, or is refused, in bounded time, and can be mended or ended.

The ninth, messages that answer one another for ever, is in tests/engine/test_messages.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from engine import bpmn
from engine.bpmn import budget, limits
from tests.bpmn.diagrams import (
    START,
    begin,
    beside_timer,
    call,
    catching,
    decide,
    end,
    findings,
    flow,
    flows,
    loop,
    par,
    process,
    script,
    signal,
    start,
    sub,
    throw,
    user,
    xor,
)

WITHIN_S = 5.0


def ring_of(*steps: str, back: str) -> bytes:
    """Steps in a loop from which nothing leads out but a variable."""
    ids = [step.split('id="', 1)[1].split('"', 1)[0] for step in steps]
    chain = " > ".join(["start", "an", *ids, "g", "end"])
    return process(start(), user("an"), *steps, xor("g", default="g_end"), end(), flow("g", ids[0], back), flows(chain))


def splits() -> bytes:
    """Two ways out of everything, and both lead back."""
    return process(
        start(), user("an"), par("g"), xor("m"), end(), flows("start > an > m > g > m", "g > end"), flow("g", "m", id="z")
    )


def bomb() -> bytes:
    return process(
        start(), user("an"), par("g"), call("a", "q"), call("b", "q"), par("h"), end(),
        flows("start > an > g > a > h > end", "g > b > h"),
    ).replace(b"</bpmn:definitions>", inner(process(
        start("s"), par("g2"), call("a2", "q"), call("b2", "q"), par("h2"), end("e"),
        flows("s > g2 > a2 > h2 > e", "g2 > b2 > h2"), id="q",
    )))  # fmt: skip


def recursion() -> bytes:
    return process(start(), user("an"), call("a", "q"), end(), flows("start > an > a > end")).replace(
        b"</bpmn:definitions>", inner(process(start("s"), call("a2", "q"), end("e"), flows("s > a2 > e"), id="q"))
    )


def inner(content: bytes) -> bytes:
    """The process of a file, to be put into another."""
    return content[content.index(b"<bpmn:process") :]


def each(items: str, *, one_by_one: bool = False) -> bytes:
    return process(
        start(), user("an"), sub("jedes", start("s"), script("x", "1", "y"), end("e"), flows("s > x > e"),
        inside=loop(items, one_by_one=one_by_one)), end(), flows("start > an > jedes > end"),
    )  # fmt: skip


GROWING = {"t": "x" * 1000, "b": "y" * 900_000}
DIAGRAMS: dict[str, tuple[Callable[[], bytes], dict[str, Any], str]] = {
    "endless loop": (lambda: ring_of(script("s", "n + 1", "n"), back="n > 0"), {"n": 1}, "Schritte ohne Warten"),
    "endless loop of costly expressions": (
        lambda: ring_of(script("s", "count(for i in 1..9000 return i)", "n"), back="n != 7"), {"n": 1}, "Schritte ohne Warten",
    ),
    "exponential split": (splits, {}, "Marken zugleich"),
    "fork bomb by call": (bomb, {}, "Marken zugleich|ineinander"),
    "huge multi-instance": (lambda: each("for i in 1..6000 return i"), {}, "höchstens 5000"),
    "growing list": (
        lambda: ring_of(script("s", "append(liste, b)", "liste"), back="true"), {"liste": [], **GROWING}, "größer als",
    ),
    "deep recursion": (recursion, {}, "ineinander"),
    "huge text": (lambda: ring_of(script("s", "t + t", "t"), back="true"), GROWING, "Zeichen|Schritte|größer als"),
}  # fmt: skip


@pytest.mark.parametrize("name", DIAGRAMS)
def test_an_explosive_diagram_is_an_incident_in_time_and_can_be_ended(name: str) -> None:
    make, variables, message = DIAGRAMS[name]
    spec = bpmn.parse({"p.bpmn": make()})
    begun = bpmn.start(spec, "p", variables, START)
    [task] = begun.aufgaben.opened
    began = time.process_time()
    outcome = bpmn.advance(spec, begun.snapshot, bpmn.TaskCompleted(task.token, {}), START)
    assert time.process_time() - began < WITHIN_S
    assert outcome.state == "incident"
    assert any(re.search(message, incident.message) for incident in outcome.incidents.opened), outcome.incidents
    assert len(outcome.incidents.opened) <= limits.MAX_DEPTH
    assert len(outcome.snapshot) < 3 * limits.MAX_BYTES
    ended = bpmn.advance(spec, outcome.snapshot, bpmn.Terminate(), START)
    assert ended.state == "terminated"
    assert len(ended.incidents.closed) == len(outcome.incidents.opened)


def test_a_loop_that_was_stopped_goes_on_when_a_person_has_mended_its_variable() -> None:
    spec = bpmn.parse({"p.bpmn": ring_of(script("s", "n + 0", "n"), back="n > 0")})
    begun = bpmn.start(spec, "p", {"n": 1}, START)
    stuck = bpmn.advance(spec, begun.snapshot, bpmn.TaskCompleted(begun.aufgaben.opened[0].token, {}), START)
    [incident] = stuck.incidents.opened
    mended = bpmn.advance(spec, stuck.snapshot, bpmn.Retry(incident.token, {"n": 0}), START)
    assert mended.state == "completed"


def test_what_was_ready_when_there_were_too_many_tokens_goes_on_with_the_next_event(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = process(
        start(), user("an"), par("g"), script("a", "1", "a"), script("b", "2", "b"), par("h"), end(),
        flows("start > an > g > a > h > end", "g > b > h"),
    )  # fmt: skip
    spec = bpmn.parse({"p.bpmn": wide})
    begun = bpmn.start(spec, "p", {}, START)
    with monkeypatch.context() as patch:
        patch.setattr("engine.bpmn.machine.MAX_TOKENS", 2)
        stuck = bpmn.advance(spec, begun.snapshot, bpmn.TaskCompleted(begun.aufgaben.opened[0].token, {}), START)
    [incident] = stuck.incidents.opened
    done = bpmn.advance(spec, stuck.snapshot, bpmn.Retry(incident.token, {}), START)
    assert done.state == "completed"
    assert dict(done.variables) == {"a": 1, "b": 2}


@pytest.mark.parametrize("text", ["R/PT1S", "R3/PT59S", "* * * * * *", "0,30 0 9 * * *"])
def test_a_timer_more_often_than_every_minute_is_refused(text: str) -> None:
    found = findings(
        start(), user("a"), beside_timer("oft", "a", text, "timeCycle"), end(), end("e"), flows("start > a > end", "oft > e")
    )
    assert any("mindestens eine Minute" in finding for finding in found)


def test_a_timer_that_a_variable_makes_too_quick_is_an_incident() -> None:
    diagram = process(
        start(), user("an"), user("a"), beside_timer("oft", "a", "=takt", "timeCycle"), end(), end("e"),
        flows("start > an > a > end", "oft > e"),
    )  # fmt: skip
    spec = bpmn.parse({"p.bpmn": diagram})
    begun = bpmn.start(spec, "p", {"takt": "R/PT1S"}, START)
    outcome = bpmn.advance(spec, begun.snapshot, bpmn.TaskCompleted(begun.aufgaben.opened[0].token, {}), START)
    assert ["mindestens eine Minute" in incident.message for incident in outcome.incidents.opened] == [True]


def test_many_loops_without_end_are_one_incident() -> None:
    loops = [f"{id} > m{id} > {id}" for id in "abcd"]
    content = process(
        start(), user("an"), par("g"), *(xor(id) for id in "abcd"), *(script(f"m{id}", "n", "n") for id in "abcd"),
        *(end(f"e{id}") for id in "abcd"), *(flow(id, f"e{id}", "n < 0") for id in "abcd"), flows("start > an > g", *loops),
        *(flow("g", id) for id in "abcd"),
    )  # fmt: skip
    fall = begin(content, n=1)
    fall.complete("an")
    assert "Schritte ohne Warten" in fall.incident.message
    assert fall.send(bpmn.Terminate()).state == "terminated"


# --- everything that costs is counted ------------------------------------------------------------------------------


COSTLY = "count(for i in 1..9000 return i)"
TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">'
    '<decision id="tafel" name="tafel"><variable name="tafel"/><decisionTable hitPolicy="COLLECT"><input><inputExpression>'
    f"<text>{COSTLY} + n</text></inputExpression></input><output/>"
    + "<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>" * 20
    + "</decisionTable></decision></definitions>"
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step may do a little only."""
    monkeypatch.setattr("engine.bpmn.budget.MAX_STEPS", 2000)


def completed(files: dict[str, bytes], variables: dict[str, Any]) -> bpmn.Outcome:
    """The outcome of completing the first task."""
    spec = bpmn.parse(files)
    begun = bpmn.start(spec, "p", variables, START)
    return bpmn.advance(spec, begun.snapshot, bpmn.TaskCompleted(begun.aufgaben.opened[0].token, {}), START)


def test_decisions_in_a_loop_are_counted_with_what_they_cost_and_always_come_as_far(small: None) -> None:
    files = {"p.bpmn": ring_of(decide("s", "tafel", "x"), back="n > 0"), "d.dmn": TABLE.encode()}
    outcome, again = completed(files, {"n": 1}), completed(files, {"n": 1})
    [incident] = outcome.incidents.opened
    assert "Schritte ohne Warten" in incident.message
    assert 1 <= len(outcome.decisions) < 20
    assert outcome.snapshot == again.snapshot


def test_many_costly_expressions_in_one_element_are_one_incident_there(small: None) -> None:
    many = {f"x{number}": f"={COSTLY} + {number}" for number in range(300)}
    diagram = process(
        start(), user("an"), sub("viel", start("s"), end("e"), flows("s > e"), inputs=many), end(),
        flows("start > an > viel > end"),
    )  # fmt: skip
    outcome = completed({"p.bpmn": diagram}, {})
    assert [(one.element, "Schritte ohne Warten" in one.message) for one in outcome.incidents.opened] == [("viel", True)]


def test_costly_conditions_are_one_incident_and_all_of_them_go_on_when_it_is_mended(small: None) -> None:
    ids = [f"w{number}" for number in range(20)]
    waits = [catching(id, "conditional", "los and count(for i in 1..n return i) > 0") for id in ids]
    content = process(
        start(), par("g"), *waits, par("h"), user("an"), end(), end("e"), flows("start > g > an > end", "h > e"),
        *(flow("g", id) + flow(id, "h") for id in ids),
    )  # fmt: skip
    fall = begin(content, los=False, n=9000)
    fall.complete("an", los=True)
    assert "Schritte ohne Warten" in fall.incident.message
    fall.retry(fall.incident.element, n=1)
    assert fall.state == "completed"


def test_values_that_are_written_are_counted_by_their_size(small: None) -> None:
    outcome = completed({"p.bpmn": ring_of(script("s", "b", "u"), back="true")}, {"b": "y" * 900_000})
    [incident] = outcome.incidents.opened
    assert "Schritte ohne Warten" in incident.message
    assert len([line for line in outcome.history if line.element == "s"]) < 50


def test_the_items_of_a_list_are_together_no_larger_than_all_variables_may_be() -> None:
    each_one = process(
        start(), user("an"), sub("jedes", start("s"), end("e"), flows("s > e"), inside=loop("for i in 1..100 return t", "x")),
        end(), flows("start > an > jedes > end"),
    )  # fmt: skip
    outcome = completed({"p.bpmn": each_one}, {"t": "x" * 200_000})
    assert [(one.element, "größer als" in one.message) for one in outcome.incidents.opened] == [("jedes", True)]


def test_of_a_step_that_was_stopped_the_beginning_and_the_end_are_told() -> None:
    outcome = completed({"p.bpmn": ring_of(script("s", "n + 0", "n"), back="n > 0")}, {"n": 1})
    assert len(outcome.history) == 2 * limits.MOST_LINES
    assert outcome.history[0].element == "an"
    assert outcome.history[-1].kind == "incident"


def test_what_is_thrown_again_and_again_is_counted(small: None) -> None:
    content = process(
        start(), user("an"), xor("m"), throw("t", "signal", "sig"), xor("g", default="g_end"), end(),
        flows("start > an > m > t > g > end"), flow("g", "m", "true"), head=signal("sig", "sturm"),
    )  # fmt: skip
    outcome = completed({"p.bpmn": content}, {})
    assert "Schritte ohne Warten" in outcome.incidents.opened[0].message
    assert len(outcome.thrown) < 50


def test_a_costly_step_lets_others_go_on_again_and_again_and_a_normal_one_never(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[int] = []
    monkeypatch.setattr(budget, "_pauses", [paused.append])
    without = completed({"p.bpmn": ring_of(script("s", "n + 1", "n"), back="n < 50")}, {"n": 1})
    assert (without.state, paused) == ("completed", [])
    assert completed({"p.bpmn": ring_of(script("s", "n + 0", "n"), back="n > 0")}, {"n": 1}).state == "incident"
    assert len(paused) > 50
