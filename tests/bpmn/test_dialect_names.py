"""Whatever the schema of Camunda 7 knows is translated or named: nothing is dropped silently."""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import bpmn
from engine.bpmn.dialects import reference
from tests.bpmn.diagrams import begin, end, flows, node, start
from tests.bpmn.dialects import LINE, file, one, rewritten, says

ASYNC = "async asyncBefore asyncAfter exclusive jobPriority modelerTemplate modelerTemplateVersion modelerTemplateIcon"
WORK = f"{ASYNC} type topic class delegateExpression expression resultVariable taskPriority"
FORM = "formHandlerClass formKey formRef formRefBinding formRefVersion"
ATTRIBUTES = {
    "process": "jobPriority taskPriority candidateStarterGroups candidateStarterUsers versionTag historyTimeToLive "
    "isStartableInTasklist modelerTemplate",
    "userTask": f"{ASYNC} {FORM} assignee candidateUsers candidateGroups dueDate followUpDate priority",
    "startEvent": f"{ASYNC} {FORM} initiator",
    "serviceTask": WORK,
    "sendTask": WORK,
    "businessRuleTask": f"{WORK} decisionRef decisionRefBinding decisionRefVersion decisionRefTenantId mapDecisionResult",
    "scriptTask": f"{ASYNC} resultVariable resource",
    "callActivity": f"{ASYNC} calledElementBinding calledElementVersion calledElementVersionTag calledElementTenantId caseRef "
    "caseBinding caseVersion caseTenantId variableMappingClass variableMappingDelegateExpression",
    "exclusiveGateway": ASYNC,
    "endEvent": ASYNC,
    "multiInstanceLoopCharacteristics": "asyncBefore asyncAfter exclusive collection elementVariable",
    "messageEventDefinition": "type topic class delegateExpression expression resultVariable taskPriority",
    "signalEventDefinition": "async",
    "errorEventDefinition": "errorCodeVariable errorMessageVariable",
    "escalationEventDefinition": "escalationCodeVariable",
    "conditionalEventDefinition": "variableName variableEvents",
    "conditionExpression": "resource",
    "error": "errorMessage",
    "definitions": "diagramRelationId",
}
"""Every attribute of the schema of Camunda 7, by the elements at which it may stand."""
ELEMENTS = (
    "inputOutput connector errorEventDefinition properties property failedJobRetryTimeCycle executionListener taskListener "
    "formData formField formProperty field in out potentialStarter validation constraint script list map value entry"
).split()
"""Every extension element of it that may stand by itself or, misplaced, anywhere."""
TOGETHER = {
    "topic": {"type": "external"}, "type": {"topic": "t"}, "formRefBinding": {"formRef": "f"},
    "elementVariable": {"collection": "liste"},
    "decisionRefBinding": {"decisionRef": "d"}, "mapDecisionResult": {"decisionRef": "d", "resultVariable": "r"},
}  # fmt: skip
VALUES = {"calledElementBinding": "latest", "decisionRefBinding": "latest", "formRefBinding": "latest", "type": "external"}


def holding(kind: str, given: dict[str, str]) -> bytes:
    """A file with these attributes of Camunda 7 at an element of that kind."""
    plain = file(start(), node("task", "y"), end(), flows("start > y > end"))
    written = "".join(f' camunda:{name}="{value}"' for name, value in given.items())
    if kind in ("process", "definitions", "startEvent", "endEvent"):
        return plain.replace(f"<bpmn:{kind} ".encode(), f"<bpmn:{kind}{written} ".encode(), 1)
    if kind == "conditionExpression":
        way = f"<bpmn:conditionExpression{written}>=x</bpmn:conditionExpression></bpmn:sequenceFlow>"
        return plain.replace(b'targetRef="y"></bpmn:sequenceFlow>', f'targetRef="y">{way}'.encode(), 1)
    if kind == "error":
        return file(start(), end(), flows("start > end"), head=f'<bpmn:error id="f" errorCode="1"{written}/>')
    if kind.endswith("EventDefinition"):
        inside = "<bpmn:condition>=x</bpmn:condition>" if kind.startswith("conditional") else ""
        part = node("intermediateThrowEvent", "x", "", f"<bpmn:{kind}{written}>{inside}</bpmn:{kind}>")
    elif kind == "multiInstanceLoopCharacteristics":
        part = node("userTask", "x", "", f"<bpmn:{kind}{written}/>")
    else:
        part = f'<bpmn:{kind} id="x"{written}/>'
    return file(start(), part, end(), LINE)


CASES = [(kind, name) for kind, names in ATTRIBUTES.items() for name in names.split()]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_every_attribute_of_camunda_7_is_translated_or_named(kind: str, name: str) -> None:
    around = TOGETHER.get(name, {})
    with_it, causes = rewritten(holding(kind, {**around, name: VALUES.get(name, "wert")}))
    without, others = rewritten(holding(kind, around))
    assert f"camunda:{name}=" not in with_it
    named = any(f"„{name}“" in cause.message for cause in causes if cause not in others)
    assert named or "".join(with_it.split()) != "".join(without.split()), causes
    assert all(cause.line and cause.file for cause in causes)


@pytest.mark.parametrize("place", ["userTask", "serviceTask", "callActivity", "startEvent", "exclusiveGateway", "process"])
@pytest.mark.parametrize("name", ELEMENTS)
def test_every_extension_element_of_camunda_7_is_translated_or_named(place: str, name: str) -> None:
    inside = "<bpmn:extensionElements>{}</bpmn:extensionElements>".format(
        f'<camunda:{name} name="n" id="i">R3/PT1M</camunda:{name}>'
    )
    part = f'<bpmn:{place} id="x">{inside}</bpmn:{place}>' if place != "process" else ""
    content = file(inside if place == "process" else "", start(), part, end(), flows("start > end"))
    with_it, causes = rewritten(content)
    assert "<camunda:" not in with_it
    assert name in ("inputOutput", "properties") or causes, "nothing in it, so nothing to say"


NAMES = sorted({*ELEMENTS, *(name for names in ATTRIBUTES.values() for name in names.split()), "neu"})
TEXTS = st.sampled_from(["", "x", "${x}", "${x.y() }", "#{a && b}", "${", "true", "all", "external", "R3/PT1M", "=1", "a,${b}"])
KINDS = sorted({*ATTRIBUTES, "script", "condition", "completionCondition", "loopCardinality", "potentialOwner", "task"})


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    """Elements of BPMN and of Camunda 7 in any order, one in another, with any attributes."""
    prefix = draw(st.sampled_from(["bpmn", "camunda"]))
    name = draw(st.sampled_from(KINDS if prefix == "bpmn" else ELEMENTS))
    given = draw(st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=4))
    own = draw(st.dictionaries(st.sampled_from(["id", "name", "calledElement", "language", "scriptFormat"]), TEXTS, max_size=2))
    written = "".join(f" camunda:{key}={quoteattr(value)}" for key, value in given.items())
    written += "".join(f" {key}={quoteattr(value)}" for key, value in own.items())
    inside = draw(st.lists(trees(depth + 1), max_size=3)) if depth < 3 else []
    if inside and prefix == "bpmn" and draw(st.booleans()):
        inside = ["<bpmn:extensionElements>", *inside, "</bpmn:extensionElements>"]
    return f"<{prefix}:{name}{written}>{escape(draw(TEXTS))}{''.join(inside)}</{prefix}:{name}>"


@given(st.lists(trees(), max_size=3))
def test_whatever_a_file_holds_nothing_of_the_dialect_is_left_unsaid(parts: list[str]) -> None:
    content = file(start(), "<?werkzeug x?>", *parts, end(), flows("start > end"))
    after, causes = rewritten(content)
    assert "camunda:" not in after.replace("xmlns:camunda", "")
    assert all(cause.file and cause.line and cause.message for cause in causes)
    bpmn.inspect({"test.bpmn": content})


def test_what_is_not_known_of_the_dialect_is_named_as_well() -> None:
    says(one("userTask", '<camunda:neu id="n"/>'), "„neu“ wird nicht verstanden", "warning")
    says(one("userTask", camunda_neu="1"), "„neu“ wird nicht verstanden", "warning")


def test_the_page_is_up_to_date_and_names_every_attribute() -> None:
    path = Path(__file__).resolve().parents[2] / "docs/bpmn-dialects.md"
    text = path.read_text(encoding="utf-8")
    assert text == reference.page(), "python -m engine.bpmn.dialects.reference > docs/bpmn-dialects.md"
    words = set(re.findall(r"\w+", text))
    assert {name for names in ATTRIBUTES.values() for name in names.split()} <= words


def test_what_is_written_in_both_ways_is_named() -> None:
    content = one("userTask", '<zeebe:assignmentDefinition assignee="bert"/>', camunda_assignee="anna")
    says(content, "steht schon", "warning")
    assert begin(content).one(bpmn.UserTask, "x").assignee == "bert"
