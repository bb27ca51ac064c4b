"""SpiffWorkflow's traps 1 to 14: each works here, or is refused at upload with a sentence. Numbers are those of our list.

The others stand in test_traps_15_to_29.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest

from engine import bpmn
from engine.feel import FeelSyntaxError, compile_expression
from tests.bpmn.conformance.behaviour import line, listener
from tests.bpmn.diagrams import (
    at,
    begin,
    begins,
    catching,
    end,
    ending,
    error,
    findings,
    flow,
    flows,
    loop,
    par,
    process,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    undone_by,
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


def test_trap_06_an_error_is_caught_by_nothing_beside_it() -> None:
    def scope(id: str, *last: str) -> str:
        return sub(id, start(f"s{id}"), user(f"u{id}"), *last)

    content = process(
        start(), par("gg"), scope("A", ending("eA", "error", "err"), flows("sA > uA > eA")), scope("B", flows("sB > uB")),
        at("B", "rB", "error", "err"), end("falsch"), listener("es", begins("b", "error", "err"), user("gefangen")),
        flows("start > gg > A", "gg > B", "rB > falsch"), head=error("err", "F"),
    )  # fmt: skip
    fall = begin(content).complete("uA")
    assert (fall.waits_at("gefangen"), fall.ends) == (True, [])


def test_trap_07_an_uncaught_error_is_an_incident_and_no_success() -> None:
    fall = begin(process(start(), service("s"), end(), flows("start > s > end")))
    assert fall.send(bpmn.ErrorThrown(fall.one(bpmn.Job, "s").token, "E")).state == "incident"


def test_trap_08_links_compensation_and_signal_ends_do_what_they_are_for() -> None:
    content = process(
        start(), script("a", "1", "a"), undone_by("a", "ab"), script("ab", "2", "a", isForCompensation="true"),
        throw("zurueck", "compensate"), throw("hin", "link", "L"), catching("her", "link", "L"), ending("e", "signal", "sig"),
        flows("start > a > zurueck > hin", "her > e"), head=signal("sig", "alarm"),
    )  # fmt: skip
    fall = begin(content)
    assert (fall.state, fall.variables, [one.name for one in fall.thrown]) == ("completed", {"a": Decimal(2)}, ["alarm"])


@pytest.mark.parametrize("beside", [True, False])
def test_trap_09_an_event_sub_process_interrupts_or_not_and_holds_nothing_up(beside: bool) -> None:
    content = line(user("u"), listener("es", begins("b", "timer", "P1D", beside), user("v")))
    assert begin(content).complete("u").state == "completed"
    fall = begin(content).fire("b")
    assert fall.waits_at("u", "v") if beside else fall.waits_at("v")


def test_trap_10_a_condition_is_looked_at_again_when_a_variable_changes() -> None:
    content = line(user("u", loop("[1, 2, 3]", "i")), at("u", "r", "conditional", "x > 5"))
    fall = begin(content, x=0).complete("u", x=1)
    assert fall.complete("u", x=6).ends == ["nach_r"]


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


@pytest.mark.parametrize("many", ["inputCollection", "loopCardinality"])
def test_trap_12_one_by_one_with_null_and_with_an_output_that_is_already_there(many: str) -> None:
    items = loop("liste", "x", "aus", "x", one_by_one=True)
    if many == "loopCardinality":
        items = items.replace(' inputCollection="=liste"', "").replace(
            "</bpmn:multi", "<bpmn:loopCardinality>=3</bpmn:loopCardinality></bpmn:multi"
        )
    fall = begin(line(user("u", items)), liste=[None, 1, None], aus=["alt"])
    for _ in range(3):
        fall.complete("u")
    assert (fall.state, len(fall.variables["aus"])) == ("completed", 3)


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
