"""What is refused or warned of before a diagram runs: all findings at once, each with element, line and how to mend it."""

from __future__ import annotations

import pytest

from engine import bpmn
from engine.base.errors import Invalid
from tests.bpmn.diagrams import (
    HEAD,
    boundary_timer,
    catch,
    end,
    findings,
    flow,
    flows,
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

LINE = flows("start > u > end")


def says(found: list[str], text: str) -> bool:
    return any(text in finding for finding in found)


def test_a_sound_diagram_has_no_findings() -> None:
    assert findings(start(), user("u"), end(), LINE) == []


@pytest.mark.parametrize(
    ("element", "word"), [("complexGateway", "komplexes Gateway"), ("dataStoreReference", "Datenspeicher")]
)
def test_an_element_that_does_not_run_is_refused_by_name(element: str, word: str) -> None:
    found = findings(start(), user("u"), node(element, "fremd"), end(), LINE)
    assert says(found, f"!fremd: „{word}“ wird nicht ausgeführt")


def test_choreographies_and_conversations_are_refused() -> None:
    others = '<bpmn:collaboration id="k"><bpmn:conversation id="gespraech"/></bpmn:collaboration><bpmn:choreography id="c"/>'
    found = findings(start(), user("u"), end(), LINE, head=others)
    assert says(found, "!gespraech: „Konversation“ wird nicht ausgeführt")
    assert says(found, "!c: Choreografien werden nicht ausgeführt")


@pytest.mark.parametrize(
    ("kind", "definition"),
    [
        ("startEvent", "conditional"), ("startEvent", "error"), ("startEvent", "escalation"), ("startEvent", "compensate"),
        ("intermediateCatchEvent", "error"), ("intermediateCatchEvent", "cancel"), ("intermediateThrowEvent", "error"),
        ("intermediateThrowEvent", "terminate"), ("endEvent", "conditional"), ("endEvent", "link"), ("boundaryEvent", "link"),
    ],
)  # fmt: skip
def test_an_event_where_bpmn_has_none_is_refused(kind: str, definition: str) -> None:
    inside = "<bpmn:condition/>" if definition == "conditional" else ""
    more = {"attachedToRef": "u"} if kind == "boundaryEvent" else {}
    event = node(kind, "e", "", f"<bpmn:{definition}EventDefinition>{inside}</bpmn:{definition}EventDefinition>", **more)
    assert any(found.startswith("!e:") for found in findings(start(), user("u"), event, end(), LINE))


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (node("subProcess", "x", "", start("s2")) + node("subProcess", "y", "", start("x"), triggeredByEvent="true"),
         "Startereignis eines Ereignis-Teilprozesses"),
        (node("boundaryEvent", "x", "", "<bpmn:compensateEventDefinition/>", attachedToRef="u"), "mit keiner Komp"),
        (node("boundaryEvent", "x", "", "<bpmn:cancelEventDefinition/>", attachedToRef="u"), "hängt an keiner Transaktion"),
        (node("endEvent", "x", "", "<bpmn:cancelEventDefinition/>"), "steht in keiner Transaktion"),
        (node("intermediateThrowEvent", "x", "", '<bpmn:linkEventDefinition name="l"/>'), "kein Ziel"),
        (node("endEvent", "x", "", "<bpmn:signalEventDefinition/>"), "nennt keinen Namen"),
        (node("endEvent", "x", "", "<bpmn:escalationEventDefinition/>"), "nennt keinen Code"),
        (node("endEvent", "x", "", '<bpmn:compensateEventDefinition activityRef="nix"/>'), "gibt es nicht"),
        (node("adHocSubProcess", "a", "", end("x")), "weder Start- noch Endereignisse"),
        (user("x", "<bpmn:standardLoopCharacteristics/>"), "endet nie"),
        (user("x", "<bpmn:multiInstanceLoopCharacteristics/>"), "nennt keine Liste"),
        (node("callActivity", "x"), "nennt keinen Prozess"),
        (node("eventBasedGateway", "x"), "zwei Ereignisse"),
        (node("endEvent", "x", "", "<bpmn:errorEventDefinition/>"), "nennt keinen Fehlercode"),
        (
            node("boundaryEvent", "x", "", "<bpmn:errorEventDefinition/>", attachedToRef="u", cancelActivity="false"),
            "unterbricht die Aktivität immer",
        ),
        (timer("x", "R0/PT1H", "timeCycle"), "geschieht nie"),
        (node("serviceTask", "x", "<zeebe:taskDefinition/>"), "nennt keine Art"),
        (node("sendTask", "x", "<zeebe:taskDefinition/>"), "weder eine Nachricht noch eine Art"),
        (node("businessRuleTask", "x", "<zeebe:calledDecision/>"), "nennt keine Entscheidung"),
        (timer("x", "P"), "keine Dauer"),
        (timer("x", "morgen", "timeDate"), "kein Zeitpunkt"),
        (node("scriptTask", "x"), "keinen FEEL-Ausdruck"),
        (script("x", "1 +", "y"), "script:"),
        (catch("x", "m"), "nennt keine Nachricht"),
        (boundary_timer("x", "gibt_es_nicht", "PT1H"), "hängt an keiner Aktivität"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_with_a_sentence(part: str, text: str) -> None:
    found = findings(start(), user("u"), part, end(), LINE)
    assert says(found, text)
    assert says(found, "!x:")


def test_what_a_designer_would_rely_on_in_vain_is_said() -> None:
    listeners = '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="x"/></zeebe:executionListeners>'
    assert says(findings(start(), user("u", extension=listeners), end(), flows("start > u > end")), "!u: „executionListeners“")
    extension = f"<bpmn:extensionElements>{listeners}</bpmn:extensionElements>"
    assert says(findings(extension, start(), user("u"), end(), flows("start > u > end")), "!p: „executionListeners“")
    people = '<zeebe:assignmentDefinition candidateUsers="a"/><zeebe:taskSchedule followUpDate="2026-01-01T00:00:00Z"/>'
    found = findings(start(), user("u", extension=people), end(), flows("start > u > end"))
    assert found == ["u: „candidateUsers“ hat keine Wirkung", "u: „followUpDate“ hat keine Wirkung"]


def test_python_in_a_diagram_is_refused() -> None:
    plain = node("scriptTask", "x", "", "<bpmn:script>import os; os.system('x')</bpmn:script>", scriptFormat="python")
    assert says(findings(start(), plain, end(), flows("start > x > end")), "werden nicht ausgeführt")
    for text in ("__import__('os').system('x')", "[c for c in ().__class__.__bases__]", "lambda: 1"):
        found = findings(start(), script("x", text, "y"), end(), flows("start > x > end"))
        assert says(found, "!x: script:"), text


def test_the_column_of_a_syntax_error_is_named() -> None:
    found = findings(start(), xor("g", default="g_b"), end("a"), end("b"), flow("g", "a", "x > (5"), flows("start > g > b"))
    assert says(found, "Spalte")


def test_dangling_flows_and_double_ids_are_named() -> None:
    found = findings(start(), user("u"), user("u"), end(), LINE, flow("u", "nirgends"))
    assert says(found, "kommt zweimal vor") or says(found, "BPMN-2.0-Schema")
    assert says(found, "„nirgends“")


def test_a_flow_may_not_cross_the_border_of_a_sub_process() -> None:
    found = findings(
        start(), sub("sp", start("s2"), user("in"), flows("s2 > in")), end(), flows("start > sp > end"), flow("in", "end")
    )
    assert says(found, "überschreitet die Grenze")


def test_a_process_has_exactly_one_start() -> None:
    assert says(findings(user("u"), end(), flows("u > end")), "hat kein Startereignis")
    assert says(findings(start(), start("s2"), end(), flows("start > end", "s2 > end")), "mehrere Startereignisse")


def test_missing_default_unreachable_nodes_and_loops_are_warnings() -> None:
    found = findings(start(), xor("g"), user("u"), user("insel"), flow("g", "u", "x"), flows("start > g"))
    assert says(found, "g: exklusives Gateway ohne Standardfluss")
    assert says(found, "insel: wird von keinem Startereignis aus erreicht")
    assert not any(finding.startswith("!") for finding in found)


def test_a_quick_loop_is_a_warning_and_one_without_a_way_out_an_error() -> None:
    leaves = findings(
        start(), xor("g", default="g_s"), script("s", "1", "x"), end(), flow("g", "end", "x > 1"), flows("start > g > s > g")
    )
    assert says(leaves, "eine Schleife, in der nichts wartet")
    assert not any(finding.startswith("!") for finding in leaves)
    assert says(findings(start(), xor("g"), script("s", "1", "x"), flows("start > g > s > g")), "endet nie")


def test_a_loop_with_a_user_task_is_fine() -> None:
    assert (
        findings(start(), user("u"), xor("g", default="g_u"), end(), flow("g", "end", "fertig"), flows("start > u > g > u"))
        == []
    )


def test_a_loop_through_a_sub_process_is_fine_if_it_waits_on_every_way() -> None:
    def looping(*inside: str) -> list[str]:
        again = flow("g", "s", "nochmal")
        return findings(
            start(), sub("s", start("i"), *inside), xor("g", default="g_end"), end(), again, flows("start > s > g > end")
        )

    assert looping(user("u"), end("e"), flows("i > u > e")) == []
    assert says(looping(script("x", "1", "x"), end("e"), flows("i > x > e")), "eine Schleife, in der nichts wartet")
    either = (xor("w", default="w_e"), user("u"), end("e"), end("e2"), flow("w", "u", "lang"), flows("i > w > e", "u > e2"))
    assert says(looping(*either), "eine Schleife, in der nichts wartet")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"<?xml version='1.0'?><a><b></a>", "nicht wohlgeformt"),
        (b"kein XML", "nicht wohlgeformt"),
        (b"", "nicht wohlgeformt"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "DOCTYPE"),
        (b"<?xml version='1.0'?><html/>", "kein BPMN-Diagramm"),
        (HEAD.encode() + b"<bpmn:process id='p'><bpmn:quatsch/></bpmn:process></bpmn:definitions>", "BPMN-2.0-Schema"),
    ],
)
def test_what_is_no_diagram_is_refused_with_file_and_line(content: bytes, text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        bpmn.parse({"x.bpmn": content})
    cause = refusal.value.causes[0]
    assert text in " ".join(c.message for c in refusal.value.causes)
    assert (cause.file, cause.line is not None) == ("x.bpmn", True)


def test_findings_of_all_files_come_in_one_answer() -> None:
    good = process(start(), user("u"), end(), LINE)
    with pytest.raises(Invalid) as refusal:
        bpmn.parse({"a.bpmn": b"<kaputt", "b.bpmn": good, "c.bpmn": good})
    files = {cause.file for cause in refusal.value.causes}
    assert {"a.bpmn", "c.bpmn"} <= files


def test_an_unknown_extension_is_named_and_not_dropped_silently() -> None:
    found = findings(start(), user("u", extension="<zeebe:quatsch/>"), end(), LINE)
    assert found == ["u: die Erweiterung „quatsch“ wird nicht verstanden und hat keine Wirkung"]


def test_a_message_needs_a_correlation_key() -> None:
    head = '<bpmn:message id="m" name="n"/>'
    assert says(findings(start(), catch("c", "m"), end(), flows("start > c > end"), head=head), "keinen Korrelationsschlüssel")
    assert findings(start(), catch("c", "m"), end(), flows("start > c > end"), head=message("m", "n", "nr")) == []


def test_conditions_at_a_parallel_gateway_are_warned_of() -> None:
    found = findings(start(), par("g"), end("a"), end("b"), flow("g", "a", "x"), flows("start > g > b"))
    assert says(found, "haben keine Wirkung")


def test_a_service_task_that_names_its_inputs_wrongly_is_refused() -> None:
    assert says(
        findings(start(), service("s", inputs={"a b": "=1"}), end(), flows("start > s > end")), "kein Name einer Variablen"
    )


def test_very_many_findings_are_cut_and_counted() -> None:
    found = findings(start(), *(user("gleich") for _ in range(700)), end(), flows("start > gleich > end"))
    assert len(found) == 501
    assert "weitere Befunde" in found[-1]
