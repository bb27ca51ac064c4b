"""Diagrams of Camunda 7, Operaton and plain BPMN run; what has no counterpart is a finding, and nothing is dropped silently."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from engine import bpmn
from engine.base.errors import Cause
from engine.bpmn.dialects import translate
from tests.bpmn.diagrams import (
    START,
    Fall,
    begin,
    boundary_error,
    end,
    end_error,
    error,
    flow,
    flows,
    node,
    process,
    script,
    start,
    sub,
    user,
    xor,
)  # fmt: skip

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
LINE = flows("start > x > end")


def file(*parts: str, head: str = "", namespace: str = CAMUNDA, id: str = "p") -> bytes:
    """A file of Camunda 7 with one process."""
    return process(*parts, head=head, id=id).replace(
        b"<bpmn:definitions ", f'<bpmn:definitions xmlns:camunda="{namespace}" '.encode(), 1
    )


def one(kind: str, extension: str = "", *inside: str, head: str = "", **attributes: str) -> bytes:
    """A process with one element `x`; attributes of the dialect are written camunda_name."""
    named = {name.replace("camunda_", "camunda:"): value for name, value in attributes.items()}
    return file(start(), node(kind, "x", extension, *inside, **named), end(), LINE, head=head)


def said(content: bytes) -> list[Cause]:
    return bpmn.inspect({"test.bpmn": content})[1]


def says(content: bytes, text: str, severity: str = "error") -> Cause:
    found = [cause for cause in said(content) if text in cause.message]
    assert [cause.severity for cause in found] == [severity], said(content)
    return found[0]


def quiet(content: bytes) -> bytes:
    """A file of which nothing worse than advice is said."""
    assert [cause for cause in said(content) if cause.severity != "advice"] == []
    return content


def io(*parameters: str) -> str:
    return f"<camunda:inputOutput>{''.join(parameters)}</camunda:inputOutput>"


def put(name: str, inside: str) -> str:
    return f'<camunda:inputParameter name="{name}">{inside}</camunda:inputParameter>'


def get(name: str, inside: str) -> str:
    return f'<camunda:outputParameter name="{name}">{inside}</camunda:outputParameter>'


# --- user tasks -----------------------------------------------------------------------------------------------------


def test_a_user_task_says_who_by_when_and_with_which_form() -> None:
    content = one(
        "userTask", camunda_assignee="${wer}", camunda_candidateGroups="amt, ${gruppe}", camunda_formRef="pruefung",
        camunda_formRefBinding="deployment", camunda_dueDate="${bis}",
    )  # fmt: skip
    fall = begin(quiet(content), wer="anna", gruppe=["post", "kasse"], bis="2026-04-01T12:00:00+02:00")
    task = fall.one(bpmn.UserTask, "x")
    assert (task.assignee, task.groups, task.form) == ("anna", ("amt", "post", "kasse"), "pruefung")
    assert task.due == dt.datetime(2026, 4, 1, 10, tzinfo=dt.UTC)
    assert fall.complete("x", ok=True).state == "completed"


@pytest.mark.parametrize(
    ("groups", "names"),
    [("amt", ("amt",)), ("amt,post", ("amt", "post")), ("${g}", ("g1", "g2")), ("amt,${g}", ("amt", "g1", "g2"))],
)
def test_groups_stand_there_or_are_calculated(groups: str, names: tuple[str, ...]) -> None:
    assert begin(one("userTask", camunda_candidateGroups=groups), g=["g1", "g2"]).one(bpmn.UserTask, "x").groups == names


def test_a_due_date_may_be_a_time_from_the_beginning_on() -> None:
    task = begin(quiet(one("userTask", camunda_dueDate="P3D"))).one(bpmn.UserTask, "x")
    assert task.due is not None
    says(one("userTask", camunda_dueDate="P1M2D"), "ist keine Dauer")


@pytest.mark.parametrize(
    ("key", "form", "severity"),
    [
        ("pruefung", "pruefung", None),
        ("camunda-forms:bundle:pruefung.form", "pruefung", "advice"),
        ("camunda-forms:app:forms/pruefung.form", "pruefung", "advice"),
        ("embedded:app:forms/pruefung.html", "pruefung", "warning"),
        ("embedded:deployment:pruefung.html", "pruefung", "warning"),
        ("app:pruefung.jsf", "pruefung", "warning"),
        ("${formular}", "f1", None),
    ],
)
def test_a_form_key_names_a_form_of_the_bundle(key: str, form: str, severity: str | None) -> None:
    content = one("userTask", camunda_formKey=key)
    assert begin(content, formular="f1").one(bpmn.UserTask, "x").form == form
    assert [cause.severity for cause in said(content)] == ([severity] if severity else [])


def test_a_form_made_of_fields_is_named_with_its_fields() -> None:
    fields = '<camunda:formData><camunda:formField id="a" type="string"/><camunda:formField id="b"/></camunda:formData>'
    assert "(„formData“: a, b)" in says(one("userTask", fields), "wird nicht erzeugt", "warning").message
    old = '<camunda:formProperty id="a"/><camunda:formProperty id="b"/>'
    assert "(„formProperty“: a, b)" in says(one("userTask", old), "wird nicht erzeugt", "warning").message


def test_operaton_and_activiti_are_read_alike() -> None:
    for namespace in ("http://operaton.org/schema/1.0/bpmn", "http://activiti.org/bpmn"):
        content = one("userTask", camunda_assignee="${wer}").replace(CAMUNDA.encode(), namespace.encode())
        assert begin(content, wer="anna").one(bpmn.UserTask, "x").assignee == "anna"


# --- work -----------------------------------------------------------------------------------------------------------


def test_an_external_task_is_a_job_of_its_topic() -> None:
    content = one(
        "serviceTask",
        io(put("text", "Hallo ${name}"), put("fest", "5"), put("leer", "")) + "<camunda:failedJobRetryTimeCycle>R5/PT10M"
        "</camunda:failedJobRetryTimeCycle>",
        camunda_type="external", camunda_topic="demo.druckt",
    )  # fmt: skip
    fall = begin(quiet(content), name="Erika")
    job = fall.one(bpmn.Job, "x")
    assert (job.type, job.inputs, job.retries) == ("demo.druckt", {"text": "Hallo Erika", "fest": "5", "leer": None}, 5)
    says(content, "5 Versuche", "advice")
    assert fall.finish("x", r=1).variables["r"] == 1


def test_a_topic_may_be_calculated_and_a_job_without_inputs_gets_nothing() -> None:
    content = one("serviceTask", camunda_type="external", camunda_topic="${thema}")
    assert begin(content, thema="demo.druckt").one(bpmn.Job, "x").type == "demo.druckt"
    says(content, "bekommt nur, was als Eingabe zugeordnet ist", "advice")


@pytest.mark.parametrize("kind", ["serviceTask", "businessRuleTask"])
@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"camunda_class": "de.husum.Pruefen"}, "„class“ (de.husum.Pruefen) ist Java"),
        ({"camunda_delegateExpression": "${pruefen}"}, "„delegateExpression“ (${pruefen}) ist Java"),
        ({"camunda_expression": "${pruefen.tu(execution)}"}, "„execution“ ist ein Java-Objekt"),
        ({"camunda_type": "mail"}, "„type“ mail wird nicht ausgeführt"),
    ],
)
def test_java_is_refused_once_and_with_a_way_to_mend_it(kind: str, attributes: dict[str, str], text: str) -> None:
    content = one(kind, **attributes)
    errors = [cause for cause in said(content) if cause.severity == "error"]
    assert says(content, text).hint
    assert len(errors) == (2 if kind == "businessRuleTask" and "camunda_expression" in attributes else 1)
    assert (errors[0].element, errors[0].line) == ("x", 5)


def test_a_connector_and_an_error_of_an_external_task_are_refused() -> None:
    connector = f"<camunda:connector>{io(put('url', 'x'))}<camunda:connectorId>http</camunda:connectorId></camunda:connector>"
    says(one("serviceTask", connector), "Konnektoren von Camunda 7")
    throws = '<camunda:errorEventDefinition id="e" errorRef="f" expression="${x}"/>'
    says(one("serviceTask", throws, camunda_type="external", camunda_topic="t"), "„errorEventDefinition“")


def test_an_expression_with_a_result_is_a_script() -> None:
    content = one("serviceTask", camunda_expression="${x + 1}", camunda_resultVariable="y", implementation="##WebService")
    fall = begin(quiet(content), x=1)
    assert (fall.state, fall.variables["y"]) == ("completed", Decimal(2))
    says(one("serviceTask", camunda_expression="${x + 1}"), "wird nicht aufgehoben", "warning")


@pytest.mark.parametrize(
    ("format", "text", "value"), [("juel", "${x * 2}", 6), ("feel", "x * 3", 9), ("JUEL", "Zahl ${x}", "Zahl 3")]
)
def test_a_script_in_juel_or_feel_runs(format: str, text: str, value: Any) -> None:
    content = one("scriptTask", "", f"<bpmn:script>{text}</bpmn:script>", scriptFormat=format, camunda_resultVariable="y")
    assert begin(quiet(content), x=3).variables["y"] == value


def test_other_scripts_are_refused() -> None:
    groovy = "<bpmn:script>x = 1</bpmn:script>"
    says(one("scriptTask", "", groovy, scriptFormat="groovy", camunda_resultVariable="y"), "Skripte in „groovy“")
    assert any("„resource“" in c.message for c in said(one("scriptTask", scriptFormat="groovy", camunda_resource="a.groovy")))


DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">
  <decision id="schutz" name="schutz"><variable name="schutz"/>
  <literalExpression id="l"><text>{}</text></literalExpression></decision>
</definitions>"""


@pytest.mark.parametrize(
    ("how", "decides", "value"),
    [
        ("singleEntry", "1 + 1", 2),
        ("singleResult", "{a: 1, b: 2}", {"a": 1, "b": 2}),
        ("collectEntries", "[1, 2]", [1, 2]),
        ("collectEntries", "1", [1]),
        ("collectEntries", "null", []),
    ],
)
def test_a_decision_gives_its_result_in_the_shape_that_is_asked_for(how: str, decides: str, value: Any) -> None:
    content = one(
        "businessRuleTask", camunda_decisionRef="schutz", camunda_mapDecisionResult=how, camunda_resultVariable="y",
        camunda_decisionRefBinding="deployment",
    )  # fmt: skip
    assert begin({"a.bpmn": content, "a.dmn": DMN.format(decides).encode()}).variables["y"] == value


def test_a_list_of_contexts_as_the_result_of_a_decision_is_refused() -> None:
    says(one("businessRuleTask", camunda_decisionRef="s", camunda_resultVariable="y"), "resultList")
    says(one("businessRuleTask", camunda_decisionRef="s"), "wird nicht aufgehoben", "warning")
    fixed = {"camunda_decisionRefVersion": "3", "camunda_mapDecisionResult": "singleEntry", "camunda_resultVariable": "y"}
    says(one("businessRuleTask", camunda_decisionRef="s", **fixed), "„decisionRefVersion“", "warning")


# --- mappings -------------------------------------------------------------------------------------------------------


def test_lists_maps_and_scripts_are_parameters() -> None:
    listed = "<camunda:list><camunda:value>a</camunda:value><camunda:value>${x}</camunda:value><camunda:list/></camunda:list>"
    mapped = (
        '<camunda:map><camunda:entry key="ein Wort">b</camunda:entry><camunda:entry key="k">'
        f'{listed}</camunda:entry><camunda:entry key="leer"/></camunda:map>'
    )
    scripted = '<camunda:script scriptFormat="feel">x + 1</camunda:script>'
    content = one(
        "serviceTask", io(put("l", listed), put("m", mapped), put("s", scripted), put("t", "${s}")),
        camunda_type="external", camunda_topic="t",
    )  # fmt: skip
    inputs = begin(quiet(content), x=1).one(bpmn.Job, "x").inputs
    values = ["a", 1, []]
    assert inputs == {"l": values, "m": {"ein Wort": "b", "k": values, "leer": None}, "s": 2, "t": 2}


def test_parameters_without_a_counterpart_are_refused_at_their_line() -> None:
    groovy = '<camunda:script scriptFormat="groovy">1</camunda:script>'
    key = '<camunda:map><camunda:entry key="${k}">1</camunda:entry></camunda:map>'
    deep = "<camunda:list>" * 25 + "</camunda:list>" * 25
    for inside, text in ((groovy, "Skript in „groovy“"), (key, "ist ein Ausdruck"), (deep, "ineinander"), ("${a.b()}", "„b“")):
        content = one("userTask", io("\n", put("p", inside)))
        assert says(content, text).line == 6
    says(one("userTask", io(put("a.b", "1"))), "einen Punkt")


def test_outputs_leave_an_element_and_others_stay_inside() -> None:
    content = one("userTask", io(get("name", "${antwort.name}")))
    says(content, "nur was als Ausgabe", "warning")
    assert begin(content).complete("x", antwort={"name": "Erika"}, geheim=1).variables == {"name": "Erika"}


def test_a_result_leaves_its_element_beside_the_outputs() -> None:
    content = one("serviceTask", io(get("z", "${y + 1}")), camunda_expression="${x}", camunda_resultVariable="y")
    assert begin(quiet(content), x=1).variables == {"x": 1, "y": 1, "z": 2}


# --- called processes -----------------------------------------------------------------------------------------------

CALLED = file(start(), user("u"), script("s", "a", "b"), end(), flows("start > u > s > end"), id="kind").replace(
    b'isExecutable="true"', b'isExecutable="false"'
)


def calling(extension: str, **attributes: str) -> dict[str, bytes]:
    return {"a.bpmn": one("callActivity", extension, calledElement="kind", **attributes), "b.bpmn": CALLED}


@pytest.mark.parametrize(
    ("extension", "kept"),
    [
        ('<camunda:in source="x" target="a"/>', {"x": 1}),
        ('<camunda:in sourceExpression="${x + 1}" target="a"/><camunda:out source="b" target="y"/>', {"x": 1, "y": 2}),
        ('<camunda:in source="x" target="a"/><camunda:out sourceExpression="${b * 5}" target="y"/>', {"x": 1, "y": 5}),
        ('<camunda:in source="x" target="a"/><camunda:out variables="all"/>', {"x": 1, "a": 1, "b": 1, "c": 3}),
        ('<camunda:in variables="all"/><camunda:out source="c" target="y"/>', {"x": 1, "y": 3}),
        ("", {"x": 1}),
    ],
)
def test_a_called_process_gets_and_gives_what_is_said_and_nothing_else(extension: str, kept: dict[str, int]) -> None:
    fall = begin(calling(extension), x=1).complete("u", c=3)
    assert (fall.state, fall.variables) == ("completed", kept)


def test_what_a_call_says_beyond_that_is_named() -> None:
    key = '<camunda:in businessKey="#{execution.processBusinessKey}"/>'
    assert [c.severity for c in said(calling(key)["a.bpmn"]) if "businessKey" in c.message] == ["advice"]
    for extension, text, severity in (
        ('<camunda:in businessKey="${x}"/>', "„businessKey“", "warning"),
        ('<camunda:in variables="all" local="true"/>', "local=true", "error"),
        ('<camunda:in source="x" target="a" local="true"/>', "„local“", "warning"),
        ('<camunda:out variables="all"/><camunda:out source="x" target="a"/>', "zugleich", "error"),
        ('<camunda:in source="a-b" target="a"/>', "kein Name", "error"),
        ("<camunda:in/>", "nennt keine Variable", "warning"),
    ):
        says(calling(extension)["a.bpmn"], text, severity)


def test_the_called_process_may_be_calculated() -> None:
    files = {"a.bpmn": one("callActivity", calledElement="${welcher}"), "b.bpmn": CALLED}
    assert begin(files, welcher="kind").waits_at("u")


# --- events, flows, loops -------------------------------------------------------------------------------------------


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


def test_the_code_of_an_error_is_named_where_it_is_kept() -> None:
    caught = boundary_error("b", "s", "f").replace(
        "<bpmn:errorEventDefinition",
        '<bpmn:errorEventDefinition camunda:errorCodeVariable="c" camunda:errorMessageVariable="m"',
    )
    inner = sub("s", start("i"), end_error("e", "f"), flows("i > e"))
    content = file(start(), inner, caught, user("u"), end(), flows("start > s > end", "b > u"), head=error("f", "${code}"))
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


# --- nothing is dropped silently --------------------------------------------------------------------------------------

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


def rewritten(content: bytes) -> tuple[str, list[Cause]]:
    """The file as the reader sees it, and what is said of it on the way."""
    root = etree.fromstring(content)
    causes = translate("test.bpmn", root)
    return etree.tostring(root, encoding="unicode"), causes


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


def test_what_is_written_in_both_ways_is_named() -> None:
    content = one("userTask", '<zeebe:assignmentDefinition assignee="bert"/>', camunda_assignee="anna")
    says(content, "steht schon", "warning")
    assert begin(content).one(bpmn.UserTask, "x").assignee == "bert"


# --- plain BPMN -------------------------------------------------------------------------------------------------------


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
