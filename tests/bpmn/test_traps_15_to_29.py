"""SpiffWorkflow's traps 15 to 29, and that none of the 29 is missing."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from engine import bpmn, feel
from engine.base.errors import Invalid
from tests.bpmn.conformance.behaviour import line
from tests.bpmn.diagrams import (
    START,
    again,
    begin,
    boundary_timer,
    catch,
    end,
    event_gateway,
    flow,
    flows,
    loop,
    message,
    node,
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


MESSAGE = message("m", "antwort", "nr")


def test_trap_15_a_message_reaches_only_what_waits_for_its_name_and_key() -> None:
    """Messages that come early are rows of the namespace: tests/engine and the suite's behaviours of messages."""
    keyed = begin(line(catch("c", "m"), head=MESSAGE), nr="1")
    for key in ("", "2"):
        with pytest.raises(bpmn.Misdirected):
            keyed.receive("antwort", key)
    assert keyed.receive("antwort", "1").state == "completed"
    several = message("m", "antwort", 'nr + "/" + jahr')
    both = begin(line(catch("c", "m"), head=several), nr="1", jahr="2026")
    for key in ("1", "2026", "1/2025"):
        with pytest.raises(bpmn.Misdirected):
            both.receive("antwort", key)
    assert both.receive("antwort", "1/2026").state == "completed"
    free = begin(line(catch("c", "m"), head='<bpmn:message id="m" name="antwort"/>'))
    with pytest.raises(bpmn.Misdirected):
        free.receive("antwort", "1")


def test_trap_16_what_waits_after_an_event_gateway_says_until_when() -> None:
    content = process(
        start(), event_gateway("g"), catch("c", "m"), timer("t", "P14D"), flows("start > g > c", "g > t"), head=MESSAGE
    )
    due = begin(content, nr="1").one(bpmn.Timer, "t").due
    assert due == START + dt.timedelta(days=14)


def table(policy: str, *rules: tuple[str, str], more: str = "") -> bytes:
    """A table with one input `x` and one output, and what else stands in the model."""
    rows = "".join(
        f"<rule id='r{number}'><inputEntry id='i{number}'><text>{escape(wanted)}</text></inputEntry>"
        f"<outputEntry id='o{number}'><text>{result}</text></outputEntry></rule>"
        for number, (wanted, result) in enumerate(rules)
    )
    return (
        "<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' id='d' name='d' namespace='urn:d'>"
        f"<decision id='t' name='t'><decisionTable id='dt' hitPolicy='{policy}' {more}>"
        "<input id='c'><inputExpression id='e'><text>x</text></inputExpression></input><output id='o' name='r'/>"
        f"{rows}</decisionTable></decision>"
        "<decision id='satz' name='satz'><informationRequirement id='q'><requiredDecision href='#t'/></informationRequirement>"
        "<literalExpression id='l'><text>t * 10</text></literalExpression></decision></definitions>"
    ).encode()


def test_trap_17_decision_tables_keep_to_their_hit_policy_and_cells_are_unary_tests() -> None:
    two = (("> 1", "1"), ("> 2", "2"))
    assert feel.decide(table("UNIQUE", *two), "t", {"x": Decimal(3)}) is None
    assert feel.decide(table("UNIQUE", *two), "t", {"x": Decimal(2)}) == 1
    assert feel.decide(table("COLLECT", *two, more="aggregation='SUM'"), "t", {"x": Decimal(3)}) == 3
    assert feel.decide(table("RULE ORDER", *two), "t", {"x": Decimal(3)}) == [1, 2]
    words = table("FIRST", ('"a","b"', "1"), ('not("c")', "2"))
    assert [feel.decide(words, "t", {"x": word}) for word in "abcd"] == [1, 1, None, 2]
    assert feel.decide(words, "satz", {"x": "a"}) == 10


def test_trap_18_the_outside_is_asked_as_often_as_the_diagram_says() -> None:
    retried = node("serviceTask", "s", '<zeebe:taskDefinition type="demo.druckt" retries="5"/>')
    assert begin(line(retried)).one(bpmn.Job, "s").retries == 5


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


def test_trap_20_a_case_is_never_moved_to_another_diagram_in_silence() -> None:
    fall = begin(line(user("u"), boundary_timer("r", "u", "P14D")))
    other = bpmn.parse({"x.bpmn": line(user("v"))})
    with pytest.raises(bpmn.Damaged):
        bpmn.advance(other, fall.outcome.snapshot, bpmn.TaskCompleted(fall.one(bpmn.UserTask, "u").token), START)
    spec = bpmn.parse({"x.bpmn": line(user("u"), boundary_timer("r", "u", "P14D"))})
    much_later = START + dt.timedelta(days=9)
    waits = bpmn.waits(spec, fall.outcome.snapshot, much_later)
    assert {wait.token: wait for wait in waits} == fall.waits


def test_trap_21_a_retry_keeps_the_corrected_values() -> None:
    fall = begin(line(script("z", "x + 1", "y"), service("s", inputs={"ein": "=y"}, outputs={"z": "=ein"})), x=1)
    fall.fail("s").retry("s", y=10)
    assert fall.one(bpmn.Job, "s").inputs == {"ein": Decimal(10)}
    assert fall.finish("s").variables == {"x": Decimal(1), "y": Decimal(10), "z": Decimal(10)}


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


@pytest.mark.parametrize(
    "activity",
    [
        user("u", again("nochmal")),
        user("u", loop("[1, 2]", "x", one_by_one=True)),
        node("adHocSubProcess", "ah", "", user("u"), user("v")),
    ],
)
def test_trap_26_loops_and_ad_hoc_go_on_after_a_reload_too(activity: str) -> None:
    fall = begin(line(activity))
    while fall.state == "active":
        fall.spec = bpmn.parse({"test.bpmn": line(activity)})
        fall.complete(next(iter(fall.waits.values())).element, nochmal=len(fall.passed) < 4)
    assert fall.ends == ["end"]


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


def test_trap_29_what_is_left_is_forgotten_with_all_it_contained() -> None:
    inner = sub("sp", start("s2"), user("u"), end("e2"), flows("s2 > u > e2"), inputs={"gross": '="x" + lang'})
    content = process(
        start(), xor("m"), inner, xor("g", default="g_m"), end(), flow("g", "end", "fertig"), flows("start > m > sp > g > m")
    )
    fall = begin(content, lang="y" * 5000)
    first = len(fall.outcome.snapshot)
    for _ in range(50):
        fall.complete("u", fertig=False)
    assert len(fall.outcome.snapshot) <= first + 50


def test_none_of_the_29_traps_is_missing() -> None:
    named = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_traps*.py"))
    names = re.findall(r"^def test_trap_(\d\d(?:_and_\d\d)?)", named, re.MULTILINE)
    assert {int(number) for name in names for number in name.split("_and_")} == set(range(1, 30))
