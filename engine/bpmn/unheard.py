"""What a diagram says and nothing here does: refused where it would change the way, a warning where it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.base.errors import Cause
from engine.bpmn.diagram import Process
from engine.bpmn.reading import ACTIVITIES, GATEWAYS, GERMAN, Reading
from engine.bpmn.structure import cause
from engine.bpmn.xml import local

# Attributes that would change how an element runs, and the value that changes nothing.
FIXED: Mapping[str, str] = {
    "startQuantity": "1", "completionQuantity": "1", "instantiate": "false", "parallelMultiple": "false",
    "eventGatewayType": "Exclusive", "behavior": "All", "method": "##Compensate",
}  # fmt: skip
JOBS = frozenset({"serviceTask", "scriptTask", "businessRuleTask", "sendTask", "intermediateThrowEvent", "endEvent"})
PEOPLE = frozenset({"userTask"})
# Where an extension has an effect.
HEARD: Mapping[str, frozenset[str]] = {
    "taskDefinition": JOBS, "formDefinition": PEOPLE, "assignmentDefinition": PEOPLE, "taskSchedule": PEOPLE,
    "script": frozenset({"scriptTask"}), "calledDecision": frozenset({"businessRuleTask"}),
    "calledElement": frozenset({"callActivity"}), "adHoc": frozenset({"adHocSubProcess"}),
}  # fmt: skip
WITH_INPUTS = ACTIVITIES | {"intermediateThrowEvent", "endEvent"}


def unheard_attributes(reading: Reading, node: etree._Element) -> None:
    """Attributes of an element and of its loop that would make it run in another way."""
    for one in (node, *(child for child in node if local(child) == "multiInstanceLoopCharacteristics")):
        for name, value in FIXED.items():
            if one.get(name, value) != value:
                reading.finding(one, f"„{name}“ = „{one.get(name)}“ wird nicht ausgeführt", "die Angabe löschen")


def unheard_extension(reading: Reading, node: etree._Element, kind: str) -> None:
    """An extension at an element that does nothing with it."""
    name = local(node)
    if kind in GERMAN and kind not in HEARD.get(name, (kind,)):
        reading.finding(node, f"„{name}“ hat hier keine Wirkung ({GERMAN[kind]})", "die Angabe löschen", "warning")


def unheard(process: Process) -> Iterator[Cause]:
    """Mappings at elements that map nothing, conditions that nobody asks, events that come second."""
    for element in process.elements.values():
        if element.inputs and element.kind not in WITH_INPUTS:
            yield cause(element, "Eingaben haben hier keine Wirkung", "an eine Aktivität schreiben", "warning")
        if element.outputs and element.kind in GATEWAYS:
            yield cause(element, "Ausgaben haben hier keine Wirkung", "an eine Aktivität schreiben", "warning")
        if element.kind == "eventBasedGateway" and any(flow.condition for flow in process.outgoing(element.id)):
            message = "Bedingungen an Flüssen eines ereignisbasierten Gateways haben keine Wirkung"
            yield cause(element, message, "Bedingungen löschen", "warning")
    yield from _second(process)


def _second(process: Process) -> Iterator[Cause]:
    """Of two events that would catch the same error or escalation in one place, only the first does."""
    seen: set[tuple[str, str, str]] = set()
    for element in process.elements.values():
        if element.event.kind not in ("error", "escalation") or element.kind not in ("boundaryEvent", "startEvent"):
            continue
        above = process.elements.get(element.parent or "")
        place = element.attached_to or f"in {above.parent if above else ''}"
        caught = place, element.event.kind, element.event.name
        if caught in seen:
            yield cause(element, "dasselbe fängt hier schon ein anderes Ereignis", "eines von beiden löschen", "warning")
        seen.add(caught)
