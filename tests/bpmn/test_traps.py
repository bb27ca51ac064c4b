"""SpiffWorkflow's traps, by number: each works here, or is refused at upload with a sentence.

What is refused now and will run later (events, call activities, decision tables, other loops) is tested in test_findings as
refused. Numbers are those of the list the house keeps.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest

from engine import bpmn
from engine.base.errors import Invalid
from engine.feel import FeelSyntaxError, compile_expression
from tests.bpmn.diagrams import (
    START,
    begin,
    boundary_timer,
    end,
    findings,
    flow,
    flows,
    loop,
    par,
    process,
    script,
    service,
    start,
    sub,
    timer,
    user,
    xor,
)

PARALLEL_LOOP = process(
    start(), xor("m"), par("auf"), user("a"), user("b"), user("c"), par("zu"), script("zaehlen", "n + 1", "n"),
    xor("g", default="g_m"), end(),
    flow("g", "end", "n >= grenze"), flows("start > m > auf > a > zu > zaehlen > g > m", "auf > b > zu", "auf > c > zu"),
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "().__class__", "[].append(1)", "eval('1')", "exec('x')", "open('/etc/passwd')", "globals()",
        "x.__init__",
        "{}.__class__.__mro__", "lambda x: x", "print(1)", "(1).real", "\"a\".format(1)", "getattr(x, \"y\")", "breakpoint()",
    ],
)  # fmt: skip
def test_trap_01_no_expression_is_ever_python(text: str) -> None:
    try:
        assert compile_expression(text).evaluate({"x": {"y": 1}}) is None
    except FeelSyntaxError:
        return


@pytest.mark.parametrize("name", ["typename", "__builtins__", "len", "@n", "self", "v"])
def test_trap_02_no_name_of_a_variable_breaks_saving(name: str) -> None:
    data = {name: "1"}
    fall = begin(process(start(), user("u"), end(), flows("start > u > end")), daten=data, **{name: {name: data}})
    fall.complete("u", mehr=[data])
    assert fall.variables["daten"] == data
    assert fall.variables[name] == {name: data}
    assert fall.variables["mehr"] == [data]


def test_trap_03_a_loop_of_three_nodes_turns_as_often_as_it_must() -> None:
    content = process(
        start(),
        xor("m"),
        script("s", "n + 1", "n"),
        xor("g", default="g_m"),
        end(),
        flow("g", "end", "n >= 5000"),
        flows("start > m > s > g > m"),
    )
    fall = begin(content, n=0)
    assert (fall.state, fall.variables["n"]) == ("completed", Decimal(5000))


def test_trap_04_a_chain_of_a_thousand_tasks_is_read_and_run() -> None:
    names = [f"t{number}" for number in range(1000)]
    content = process(
        start(), *(script(name, "n + 1", "n") for name in names), end(), flows(" > ".join(["start", *names, "end"]))
    )
    assert begin(content, n=0).variables["n"] == Decimal(1000)


@pytest.mark.parametrize("seed", range(10))
def test_trap_05_and_25_a_split_and_join_in_a_loop_works_in_any_order(seed: int) -> None:
    order = random.Random(seed)
    fall = begin(PARALLEL_LOOP, n=0, grenze=5)
    while fall.state == "active":
        task = order.choice(list(fall.waits.values()))
        fall.complete(task.element)
    assert (fall.state, fall.variables["n"], fall.passed.count("zu")) == ("completed", Decimal(5), 5)


def test_trap_07_an_uncaught_error_is_an_incident_and_no_success() -> None:
    fall = begin(process(start(), service("s"), end(), flows("start > s > end")))
    assert fall.send(bpmn.ErrorThrown(fall.one(bpmn.Job, "s").token, "E")).state == "incident"


def test_trap_11_parallel_branches_lose_none_of_each_others_writes() -> None:
    content = process(
        start(), par("auf"), user("a", outputs={"liste": "=append(liste, x)"}),
        user("b", outputs={"liste": "=append(liste, x)"}),
        par("zu"), end(),
        flows("start > auf > a > zu > end", "auf > b > zu"),
    )  # fmt: skip
    fall = begin(content, liste=[])
    fall.complete("b", x="b").complete("a", x="a")
    assert fall.variables["liste"] == ["b", "a"]


def test_trap_12_a_null_item_hangs_nothing() -> None:
    fall = begin(
        process(start(), user("u", loop("liste", "x", "aus", "x")), end(), flows("start > u > end")),
        liste=[None, 1, None],
        aus=["alt"],
    )
    for _ in range(3):
        fall.complete("u")
    assert (fall.state, fall.variables["aus"]) == ("completed", [None, Decimal(1), None])


def test_trap_13_an_implicit_split_runs() -> None:
    fall = begin(process(start(), par("g"), end("a"), end("b"), flows("start > g > a", "start > b")))
    assert sorted(fall.ends) == ["a", "b"]


@pytest.mark.parametrize(
    ("now", "text", "due"),
    [
        ("2026-01-31T12:00:00+01:00", "P1M", "2026-02-28T12:00:00+01:00"),
        ("2028-01-31T12:00:00+01:00", "P1M", "2028-02-29T12:00:00+01:00"),
        ("2026-03-28T12:00:00+01:00", "P1D", "2026-03-29T12:00:00+02:00"),
        ("2026-03-28T12:00:00+01:00", "PT24H", "2026-03-29T13:00:00+02:00"),
        ("2026-10-24T12:00:00+02:00", "P1D", "2026-10-25T12:00:00+01:00"),
        ("2026-02-28T12:00:00+01:00", "P1Y", "2027-02-28T12:00:00+01:00"),
        ("2026-03-02T08:00:00+01:00", "P1Y2M3DT4H5M6S", "2027-05-05T12:05:06+02:00"),
        ("2026-03-02T08:00:00+01:00", "P2W", "2026-03-16T08:00:00+01:00"),
    ],
)
def test_trap_14_months_and_days_are_counted_on_the_calendar_and_hours_exactly(now: str, text: str, due: str) -> None:
    spec = bpmn.parse({"x.bpmn": process(start(), timer("t", text), end(), flows("start > t > end"))})
    outcome = bpmn.start(spec, "p", {}, dt.datetime.fromisoformat(now))
    assert outcome.timers.opened[0].due == dt.datetime.fromisoformat(due)


def test_trap_14_an_empty_duration_is_refused() -> None:
    assert any("keine Dauer" in finding for finding in findings(start(), timer("t", "P"), end(), flows("start > t > end")))


def test_trap_14_the_clock_is_the_one_that_is_passed_in() -> None:
    spec = bpmn.parse({"x.bpmn": process(start(), timer("t", "PT1H"), end(), flows("start > t > end"))})
    long_ago = dt.datetime(1999, 12, 31, 23, tzinfo=dt.UTC)
    assert bpmn.start(spec, "p", {}, long_ago).timers.opened[0].due == dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def test_trap_18_a_failing_element_leaves_nothing_half_written() -> None:
    content = process(
        start(),
        service("s", outputs={"a": "=1", "b": "=x"}),
        xor("g"),
        end(),
        flow("g", "end", "b > 1"),
        flows("start > s > g"),
    )
    fall = begin(content)
    fall.finish("s", x=0)
    assert fall.incident.element == "g"
    assert fall.variables == {"a": Decimal(1), "b": Decimal(0)}


def test_trap_19_no_true_condition_is_an_incident_not_an_exception() -> None:
    fall = begin(process(start(), xor("g"), end("a"), flow("g", "a", "false"), flows("start > g")))
    assert (fall.state, fall.incident.element) == ("incident", "g")


def test_trap_22_start_and_end_are_ids_like_any_other() -> None:
    fall = begin(process(start("Start"), user("Root"), end("End"), flows("Start > Root > End")))
    assert fall.complete("Root").ends == ["End"]


def test_trap_22_two_files_with_one_process_id_are_refused() -> None:
    content = process(start(), end(), flows("start > end"))
    with pytest.raises(Invalid, match="nicht ausgeführt") as refusal:
        bpmn.parse({"a.bpmn": content, "b.bpmn": content})
    assert "steht auch in a.bpmn" in refusal.value.causes[0].message


def test_trap_23_instances_of_one_spec_do_not_touch_each_other() -> None:
    spec = bpmn.parse({"x.bpmn": PARALLEL_LOOP})

    def run(order: list[str]) -> Any:
        outcome = bpmn.start(spec, "p", {"n": 0, "grenze": 1}, START)
        tasks = {task.element: task.token for task in outcome.aufgaben.opened}
        for element in order:
            yield
            outcome = bpmn.advance(spec, outcome.snapshot, bpmn.TaskCompleted(tasks[element]), START)
        assert outcome.state == "completed"

    runs = [run(["a", "b", "c"]), run(["c", "a", "b"]), run(["b", "c", "a"])]
    for _ in range(3):
        for one in runs:
            next(one)
    for one in runs:
        assert list(one) == []


def test_trap_24_and_29_the_state_does_not_grow_with_history_and_holds_no_diagram() -> None:
    content = process(
        start(), xor("m"), user("u"), xor("g", default="g_m"), end(), flow("g", "end", "fertig"), flows("start > m > u > g > m")
    )
    fall = begin(content)
    sizes = []
    for _ in range(300):
        fall.complete("u", fertig=False)
        sizes.append(len(fall.outcome.snapshot))
    assert sizes[-1] <= sizes[10] * 1.1
    assert b"sequenceFlow" not in fall.outcome.snapshot


def test_trap_26_multi_instances_go_on_after_a_reload_without_the_spec_in_the_state() -> None:
    inner = sub("sp", start("s2"), user("u"), end("e2"), flows("s2 > u > e2"), inside=loop("liste", "x", "aus", "x"))
    content = process(start(), inner, end(), flows("start > sp > end"))
    fall = begin(content, liste=["a", "b"])
    fall.spec = bpmn.parse({"test.bpmn": content})
    fall.complete("u")
    fall.spec = bpmn.parse({"test.bpmn": content})
    assert fall.complete("u").variables["aus"] == ["a", "b"]


def test_trap_27_an_interrupted_multi_instance_leaves_no_scopes() -> None:
    content = process(
        start(),
        user("u", loop("liste", "x")),
        boundary_timer("f", "u", "P1D"),
        user("danach"),
        flows("start > u", "f > danach"),
    )
    fall = begin(content, liste=["lang" * 1000] * 20)
    before = len(fall.outcome.snapshot)
    fall.fire("f")
    assert len(fall.outcome.snapshot) < before / 2
    assert fall.waits_at("danach")


def test_trap_28_only_ids_of_the_diagram_leave_the_engine() -> None:
    inner = sub(
        "sp",
        start("s2"),
        user("u", loop("[1, 2]", "x")),
        boundary_timer("f", "u", "P1D"),
        end("e2"),
        flows("s2 > u > e2", "f > e2"),
    )
    fall = begin(process(start(), inner, end(), flows("start > sp > end")))
    fall.complete("u").complete("u")
    assert {line.element for line in fall.history} <= {"start", "sp", "s2", "u", "f", "e2", "end"}
