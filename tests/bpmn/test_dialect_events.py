"""Conditions, times, loops and events of Camunda 7, and what stands at the edge of elements."""

from __future__ import annotations

import datetime as dt

import pytest

from engine import bpmn
from tests.bpmn.diagrams import START, begin, boundary_error, end, end_error, error, flows, start, sub, user, xor
from tests.bpmn.dialects import file, one, quiet, said, says


def test_conditions_at_flows_are_translated() -> None:
    condition = "<bpmn:conditionExpression>${umfang &gt;= 80 &amp;&amp; art == 'Eiche'}</bpmn:conditionExpression>"
    ways = f'<bpmn:sequenceFlow id="g_a" sourceRef="g" targetRef="a">{condition}</bpmn:sequenceFlow>'
    content = file(start(), xor("g", default="g_b"), end("a"), end("b"), ways, flows("start > g > b"))
    assert begin(quiet(content), umfang=80, art="Eiche").ends == ["a"]
    assert begin(content, umfang=79, art="Eiche").ends == ["b"]


def test_a_condition_that_cannot_be_translated_names_flow_line_and_column() -> None:
    condition = '\n<bpmn:conditionExpression id="c">${umfang > bean.grenze()}</bpmn:conditionExpression>'
    ways = f'<bpmn:sequenceFlow id="g_a" sourceRef="g" targetRef="a">{condition}</bpmn:sequenceFlow>'
    content = file(start(), xor("g", default="g_b"), end("a"), end("b"), ways, flows("start > g > b"))
    cause = says(content, "„grenze“")
    assert (cause.element, cause.line, "(Spalte 17)" in cause.message) == ("g_a", 9, True)


def test_times_are_translated() -> None:
    timed = "<bpmn:timerEventDefinition><bpmn:timeDuration>${frist}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    fall = begin(quiet(one("intermediateCatchEvent", "", timed)), frist="P1D")
    assert fall.one(bpmn.Timer, "x").due == START + dt.timedelta(days=1)
    mixed = timed.replace("${frist}", "PT${stunden}H")
    assert begin(one("intermediateCatchEvent", "", mixed), stunden=2).one(bpmn.Timer, "x").due == START + dt.timedelta(hours=2)


def test_a_multi_instance_counts_from_zero_and_ends_by_its_condition() -> None:
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics camunda:collection="leute" camunda:elementVariable="wer">'
        "<bpmn:completionCondition>${nrOfCompletedInstances/nrOfInstances &gt;= 0.6}</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    content = one("userTask", "", loop, camunda_assignee="${wer}-${loopCounter}-${leute[loopCounter]}")
    fall = begin(quiet(content), leute=["a", "b", "c"])
    assert sorted(wait.assignee for wait in fall.waits.values()) == ["a-0-a", "b-1-b", "c-2-c"]
    assert fall.complete("x", item=1).state == "active"
    assert fall.complete("x", item=3).state == "completed"


@pytest.mark.parametrize("collection", ["${antrag.leute}", "#{antrag.leute}"])
def test_a_collection_may_be_calculated(collection: str) -> None:
    loop = f'<bpmn:multiInstanceLoopCharacteristics camunda:collection="{collection}"/>'
    assert begin(quiet(one("userTask", "", loop)), antrag={"leute": [1, 2]}).waits_at("x", "x")
    standard = f"<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>"
    content = one("userTask", "", f"{standard}</bpmn:multiInstanceLoopCharacteristics>")
    assert begin(quiet(content), antrag={"leute": [1, 2]}).waits_at("x", "x")


def test_so_many_times_one_after_another() -> None:
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopCardinality>${n}</bpmn:loopCardinality>'
        "<bpmn:completionCondition>${nrOfCompletedInstances == 2 and nrOfActiveInstances == 1}</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    fall = begin(quiet(one("userTask", "", loop)), n=3)
    assert fall.complete("x").waits_at("x")
    assert fall.complete("x").state == "completed"


def test_a_condition_that_is_waited_for_is_translated() -> None:
    waits = (
        "<bpmn:conditionalEventDefinition{}><bpmn:condition>${{n &gt; 5}}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )
    content = one("intermediateCatchEvent", "", waits.format(""))
    assert begin(quiet(content), n=5).waits_at("x")
    assert begin(content, n=6).state == "completed"
    says(one("intermediateCatchEvent", "", waits.format(' camunda:variableName="n"')), "„variableName“ n", "warning")


def test_the_code_of_an_error_is_named_where_it_is_kept() -> None:
    caught = boundary_error("b", "s", "f").replace(
        "<bpmn:errorEventDefinition",
        '<bpmn:errorEventDefinition camunda:errorCodeVariable="c" camunda:errorMessageVariable="m"',
    )
    inner = sub("s", start("i"), end_error("e", "f"), flows("i > e"))
    content = file(start(), inner, caught, user("u"), end(), flows("start > s > end", "b > u"), head=error("f", "1"))
    says(content, "„errorCodeVariable“", "warning")
    says(content, "„errorMessageVariable“", "warning")
    assert [cause for cause in said(content) if cause.severity == "error"] == []


def test_a_language_nobody_knows_is_refused_wherever_it_is_written() -> None:
    timed = '<bpmn:timerEventDefinition><bpmn:timeDuration language="groovy">x</bpmn:timeDuration></bpmn:timerEventDefinition>'
    assert any("„groovy“" in cause.message for cause in said(one("intermediateCatchEvent", "", timed)))


def test_listeners_are_refused_wherever_they_stand() -> None:
    listener = '<camunda:executionListener event="start" class="a.B"/>'
    ways = (
        '<bpmn:sequenceFlow id="start_x" sourceRef="start" targetRef="x"><bpmn:extensionElements>'
        f"{listener}</bpmn:extensionElements></bpmn:sequenceFlow>"
    )
    content = file(start(), user("x", extension='<camunda:taskListener event="create"/>'), end(), ways, flows("x > end"))
    assert says(content, "„executionListener“").element == "start_x"
    assert says(content, "„taskListener“").element == "x"


def test_properties_are_kept_and_only_ours_have_an_effect() -> None:
    known = '<camunda:properties><camunda:property name="vier_augen" value="u"/></camunda:properties>'
    content = file(start(), user("u"), user("x", extension=known), end(), flows("start > u > x > end"))
    assert begin(quiet(content)).complete("u").one(bpmn.UserTask, "x").four_eyes == ("u",)
    says(content.replace(b"vier_augen", b"farbe"), "„farbe“", "advice")
