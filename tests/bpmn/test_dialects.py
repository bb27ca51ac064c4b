"""Diagrams of Camunda 7 and Operaton run; what has no counterpart is a finding that says how to mend it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from engine import bpmn
from engine.base import clock
from tests.bpmn.diagrams import (
    begin,
    end,
    flows,
    script,
    start,
    user,
)  # fmt: skip
from tests.bpmn.dialects import CAMUNDA, file, one, quiet, said, says


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


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("P3D", "2026-03-31T12:30:00+02:00"),
        ("P1DT2H", "2026-03-29T14:30:00+02:00"),
        ("P1M2D", "2026-04-30T12:30:00+02:00"),
        ("PT1.5S", "2026-03-28T12:30:01.500000+01:00"),
        ("${dateTime().plusWeeks(1).toDate()}", "2026-04-04T12:30:00+02:00"),
    ],
)
def test_a_due_date_may_be_counted_from_the_beginning_of_the_task(text: str, due: str) -> None:
    with clock.frozen(dt.datetime(2026, 3, 28, 11, 30, tzinfo=dt.UTC)):
        task = begin(quiet(one("userTask", camunda_dueDate=text))).one(bpmn.UserTask, "x")
    assert task.due == dt.datetime.fromisoformat(due)


def test_a_due_date_that_is_no_duration_is_refused() -> None:
    says(one("userTask", camunda_dueDate="P3X"), "ist keine Dauer")


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


def test_an_event_that_sends_by_an_external_task_is_a_job() -> None:
    sends = '<bpmn:messageEventDefinition camunda:type="external" camunda:topic="demo.druckt"/>'
    cycle = "<camunda:failedJobRetryTimeCycle>R2/PT1M</camunda:failedJobRetryTimeCycle>"
    content = one("intermediateThrowEvent", cycle, sends)
    job = begin(quiet(content)).one(bpmn.Job, "x")
    assert (job.type, job.retries) == ("demo.druckt", 2)
    says(one("intermediateThrowEvent", "", '<bpmn:messageEventDefinition camunda:class="de.husum.Senden"/>'), "„class“")


def test_a_signal_carries_what_it_is_given_and_may_have_a_calculated_name() -> None:
    carries = '<camunda:in source="a" target="b"/>'
    inside = f"<bpmn:extensionElements>{carries}</bpmn:extensionElements>"
    throws = f'<bpmn:signalEventDefinition signalRef="s">{inside}</bpmn:signalEventDefinition>'
    content = one("intermediateThrowEvent", "", throws, head='<bpmn:signal id="s" name="alarm-${a}"/>')
    thrown = begin(quiet(content), a=1).thrown[0]
    assert (thrown.name, dict(thrown.variables)) == ("alarm-1", {"b": 1})
    says(content.replace(b'source="a" target="b"', b'variables="all"'), "variables=all")


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


def test_parameters_without_a_counterpart_are_refused_at_their_element_and_line() -> None:
    groovy = '<camunda:script scriptFormat="groovy">1</camunda:script>'
    key = '<camunda:map><camunda:entry key="${k}">1</camunda:entry></camunda:map>'
    deep = "<camunda:list>" * 25 + "</camunda:list>" * 25
    for inside, text in ((groovy, "Skript in „groovy“"), (key, "ist ein Ausdruck"), (deep, "ineinander"), ("${a.b()}", "„b“")):
        content = one("userTask", io("\n", put("p", inside)))
        found = says(content, text)
        assert (found.element, found.line) == ("x", 6)
    assert says(one("userTask", io(put("a.b", "1"))), "einen Punkt").element == "x"


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
        ('<camunda:in source="x" target="a"/><camunda:out variables="all"/>', {"x": 1, "b": 1, "c": 3}),
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
        ('<camunda:in source="x" target="a"/><camunda:out variables="all"/>', "nicht zurück", "warning"),
        ('<camunda:in source="a-b" target="a"/>', "kein Name", "error"),
        ("<camunda:in/>", "nennt keine Variable", "warning"),
    ):
        says(calling(extension)["a.bpmn"], text, severity)


def test_the_called_process_may_be_calculated() -> None:
    files = {"a.bpmn": one("callActivity", calledElement="${welcher}"), "b.bpmn": CALLED}
    assert begin(files, welcher="kind").waits_at("u")
