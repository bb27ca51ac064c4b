"""Plain BPMN runs: what it leaves open gets a sensible meaning, and a finding says which."""

from __future__ import annotations

import pytest
from lxml import etree

from engine import bpmn
from tests.bpmn.diagrams import Fall, begin, end, flow, flows, node, process, start, user, xor
from tests.bpmn.dialects import LINE, quiet, rewritten, says


def plain(kind: str, *inside: str, head: str = "", **attributes: str) -> bytes:
    return process(start(), node(kind, "x", "", *inside, **attributes), end(), LINE, head=head)


@pytest.mark.parametrize(
    ("attributes", "type"),
    [
        ({}, "x"),
        ({"operationRef": "op"}, "melden"),
        ({"operationRef": "zeebe:op2"}, "op2"),
        ({"implementation": "demo.druckt"}, "demo.druckt"),
        ({"implementation": "##WebService"}, "x"),
    ],
)
def test_a_plain_service_task_rests_as_a_job(attributes: dict[str, str], type: str) -> None:
    head = (
        '<bpmn:message id="m"/><bpmn:interface id="i" name="i"><bpmn:operation id="op" name="melden">'
        "<bpmn:inMessageRef>m</bpmn:inMessageRef></bpmn:operation></bpmn:interface>"
    )
    content = plain("serviceTask", head=head, **attributes)
    assert begin(content).one(bpmn.Job, "x").type == type
    says(content, f"Auftrag der Art „{type}“", "warning")


def test_a_plain_send_task_sends_its_message_or_rests_as_a_job() -> None:
    content = plain("sendTask", operationRef="x")
    assert begin(content).finish("x").state == "completed"
    says(content, "Auftrag der Art „x“", "warning")
    content = plain("sendTask", head='<bpmn:message id="m" name="n"/>', messageRef="m")
    assert [thrown.name for thrown in begin(quiet(content)).thrown] == ["n"]


def test_a_plain_business_rule_task_rests_as_a_job() -> None:
    content = plain("businessRuleTask")
    assert begin(content).finish("x").state == "completed"
    says(content, "nennt keine Entscheidung", "warning")


def owner(text: str, kind: str = "potentialOwner") -> str:
    return (
        f"<bpmn:{kind}><bpmn:resourceAssignmentExpression><bpmn:formalExpression>{text}</bpmn:formalExpression>"
        f"</bpmn:resourceAssignmentExpression></bpmn:{kind}>"
    )


def test_a_plain_user_task_names_groups_and_a_person() -> None:
    content = plain("userTask", owner("group(amt), post"), owner("anna", "humanPerformer"))
    task = begin(quiet(content)).one(bpmn.UserTask, "x")
    assert (task.groups, task.assignee) == (("amt", "post"), "anna")
    resource = "<bpmn:potentialOwner><bpmn:resourceRef>r</bpmn:resourceRef></bpmn:potentialOwner>"
    content = plain("userTask", resource, head='<bpmn:resource id="r" name="Bauamt"/>')
    assert begin(quiet(content)).one(bpmn.UserTask, "x").groups == ("Bauamt",)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (owner("user(anna)"), "einzelne Personen (anna)"),
        (owner("", "potentialOwner"), "nennt niemanden"),
        (owner("a, b", "humanPerformer"), "„humanPerformer“"),
        (owner("a", "performer"), "„performer“"),
    ],
)
def test_people_who_cannot_be_asked_are_named(part: str, text: str) -> None:
    says(plain("userTask", part), text, "warning")


def test_a_plain_call_activity_hands_down_and_up() -> None:
    child = process(start(), user("u"), end(), flows("start > u > end"), id="kind").replace(b'"true"', b'"false"')
    fall = begin({"a.bpmn": plain("callActivity", calledElement="kind"), "b.bpmn": child}, x=1)
    assert fall.complete("u", y=2).variables == {"x": 1, "y": 2}


def test_the_prefix_of_a_called_element_says_only_where_it_is() -> None:
    child = process(start(), user("u"), end(), flows("start > u > end"), id="kind").replace(b'"true"', b'"false"')
    content = plain("callActivity", calledElement="zeebe:kind")
    assert begin({"a.bpmn": content, "b.bpmn": child}).waits_at("u")


def test_a_plain_script_in_feel_runs_and_its_result_is_said_to_be_lost() -> None:
    content = plain("scriptTask", "<bpmn:script>1 + 1</bpmn:script>", scriptFormat="feel")
    assert begin(content).state == "completed"
    says(content, "wird nicht aufgehoben", "warning")


def test_data_of_plain_bpmn_has_no_effect_and_that_is_said() -> None:
    spec = "<bpmn:ioSpecification><bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"
    says(plain("userTask", spec), "„ioSpecification“", "advice")


def test_instructions_to_other_programs_are_passed_over() -> None:
    content = process(start(), "<?werkzeug x?>", user("u", "<?werkzeug y?>"), end(), flows("start > u > end"))
    assert begin(quiet(content)).waits_at("u")


def test_juel_in_a_file_without_extensions_is_translated() -> None:
    condition = "<bpmn:conditionExpression>${x &gt; 5}</bpmn:conditionExpression>"
    ways = f'<bpmn:sequenceFlow id="g_a" sourceRef="g" targetRef="a">{condition}</bpmn:sequenceFlow>'
    content = process(start(), xor("g", default="g_b"), end("a"), end("b"), ways, flows("start > g > b"))
    assert begin(content, x=6).ends == ["a"]


def test_our_own_dialect_is_left_as_it_is() -> None:
    content = process(
        start(), xor("g", default="g_b"), end("a"), end("b"), flow("g", "a", 'x = "${y}"'), flows("start > g > b")
    )
    after, causes = rewritten(content)
    assert (after, causes) == (etree.tostring(etree.fromstring(content), encoding="unicode"), [])
    assert isinstance(begin(content, x="${y}"), Fall)
