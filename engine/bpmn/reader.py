"""BPMN XML → Process values, with a finding for everything that is not understood. Nothing is dropped silently."""

from __future__ import annotations

from lxml import etree

from engine.base.errors import Cause
from engine.bpmn.definitions import read_adhoc, read_event, read_loop, read_message
from engine.bpmn.diagram import Element, EventDefinition, Flow, Process
from engine.bpmn.dialects import translate
from engine.bpmn.extensions import read_extension
from engine.bpmn.reading import CONTAINERS, EVENTS, RUNNABLE, B, Reading
from engine.bpmn.schemas import bpmn_findings
from engine.bpmn.xml import BPMN, line_of, local, namespace_of, read_xml

# Drawn or said, but without an effect on execution.
SILENT = frozenset(
    {
        "documentation", "extensionElements", "incoming", "outgoing", "laneSet", "textAnnotation", "association", "group",
        "dataObject", "dataObjectReference", "ioSpecification", "dataInputAssociation", "dataOutputAssociation", "property",
        "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "script", "category", "completionCondition",
        "dataInput", "dataOutput", "inputSet", "outputSet", "eventDefinitionRef", "auditing", "monitoring",
        "supportedInterfaceRef", "correlationSubscription", "resourceRole", "performer", "humanPerformer", "potentialOwner",
    }
)  # fmt: skip
CONVERSATIONS = frozenset({"conversation", "subConversation", "callConversation"})


def read_file(name: str, content: bytes) -> tuple[list[Process], list[Cause]]:
    """Read one BPMN file.

    Raises:
        Invalid: if it is not XML at all.
    """
    reading = Reading(name, read_xml(name, content))
    if reading.root.tag != f"{B}definitions":
        reading.finding(reading.root, "Die Datei ist kein BPMN-Diagramm", "BPMN 2.0 aus dem Modellierungswerkzeug exportieren")
        return [], reading.findings
    reading.findings.extend(translate(name, reading.root))
    reading.findings.extend(bpmn_findings(name, reading.root))
    reading.read_definitions()
    _refuse_others(reading)
    processes = [_read_process(reading, node) for node in reading.root.findall(f"{B}process")]
    return processes, reading.findings


def _refuse_others(reading: Reading) -> None:
    """Choreographies and conversations are drawn beside processes, and nothing runs them."""
    for node in reading.root:
        if namespace_of(node) != BPMN:
            continue
        if "horeography" in local(node):
            reading.finding(node, "Choreografien werden nicht ausgeführt", "als Kollaboration mit einem Prozess modellieren")
        for child in node if local(node) == "collaboration" else ():
            if namespace_of(child) == BPMN and local(child) in CONVERSATIONS:
                reading.refuse(child, local(child))


def _read_process(reading: Reading, node: etree._Element) -> Process:
    process = Process(node.get("id", ""), node.get("name", ""), reading.file, line_of(node), node.get("isExecutable") == "true")
    read_extension(reading, node, "process")
    lanes = {
        (ref.text or "").strip(): lane.get("name", "") or lane.get("id", "")
        for lane in node.iter(f"{B}lane")
        for ref in lane.findall(f"{B}flowNodeRef")
    }
    handlers = {one.get("sourceRef", ""): one.get("targetRef", "") for one in node.iter(f"{B}association")}
    stack: list[tuple[etree._Element, str | None]] = [(node, None)]
    while stack:
        container, parent = stack.pop()
        for child in container:
            if namespace_of(child) != BPMN:
                continue
            kind = local(child)
            if kind == "sequenceFlow":
                _read_flow(reading, process, child)
            elif kind in RUNNABLE:
                _add(reading, process, _read_element(reading, child, kind, parent, lanes, handlers))
                if kind in CONTAINERS:
                    stack.append((child, child.get("id")))
            elif not _is_silent(kind):
                reading.refuse(child, kind)
    return process


def _is_silent(kind: str) -> bool:
    return kind in SILENT or kind.endswith("EventDefinition")


def _add(reading: Reading, process: Process, element: Element) -> None:
    if element.id in process.elements:
        reading.findings.append(
            Cause(
                f"die Id „{element.id}“ kommt zweimal vor",
                "eine der beiden ändern",
                file=element.file,
                line=element.line,
                element=element.id,
            )
        )
        return
    process.elements[element.id] = element


def _read_flow(reading: Reading, process: Process, node: etree._Element) -> None:
    condition = node.find(f"{B}conditionExpression")
    text = None
    if condition is not None:
        text = (condition.text or "").strip().removeprefix("=").strip() or None
        language = condition.get("language", "")
        if language and "feel" not in language.lower():
            reading.finding(condition, f"Bedingungen in „{language}“ werden nicht ausgewertet", "als FEEL-Ausdruck schreiben")
    name = (node.get("name") or "").strip()
    process.flows[node.get("id", "")] = Flow(
        node.get("id", ""), node.get("sourceRef", ""), node.get("targetRef", ""), text, line_of(node), name
    )


def _read_element(
    reading: Reading, node: etree._Element, kind: str, parent: str | None, lanes: dict[str, str], handlers: dict[str, str]
) -> Element:
    for child in node:
        name = local(child)
        if namespace_of(child) == BPMN and kind not in CONTAINERS and not _is_silent(name):
            reading.refuse(child, name)
    above = node.getparent()
    triggers = kind == "startEvent" and above is not None and above.get("triggeredByEvent") == "true"
    fields = {**read_extension(reading, node, kind), **_read_own(reading, node, kind)}
    interrupting = node.get("isInterrupting" if kind == "startEvent" else "cancelActivity", "true") != "false"
    event = EventDefinition()
    if kind in EVENTS:
        event = read_event(reading, node, kind, triggers=triggers, interrupting=interrupting)
    elif kind == "receiveTask" or (kind == "sendTask" and not fields.get("job_type")):
        event = read_message(reading, node, kind)
    if event.kind == "compensate" and kind == "boundaryEvent":
        event = EventDefinition("compensate", handler=handlers.get(node.get("id", ""), ""))
    return Element(
        id=node.get("id", ""),
        kind=kind,
        name=(node.get("name") or "").strip(),
        file=reading.file,
        line=line_of(node),
        parent=parent,
        attached_to=node.get("attachedToRef"),
        interrupting=interrupting,
        default=node.get("default"),
        event=event,
        loop=read_loop(reading, node),
        lane=lanes.get(node.get("id", "")),
        triggered=node.get("triggeredByEvent") == "true",
        undoes=node.get("isForCompensation") == "true",
        adhoc=read_adhoc(node) if kind == "adHocSubProcess" else None,
        **fields,  # type: ignore[arg-type]  # names and types are those of Element's optional fields
    )


def _read_own(reading: Reading, node: etree._Element, kind: str) -> dict[str, object]:
    """A script in plain BPMN (`<script>`), in FEEL only."""
    script = node.find(f"{B}script")
    if kind != "scriptTask" or script is None:
        return {}
    language = node.get("scriptFormat", "")
    if "feel" not in language.lower():
        reading.finding(
            node, f"Skripte in „{language or 'unbekannter Sprache'}“ werden nicht ausgeführt", "als FEEL-Ausdruck schreiben"
        )
        return {}
    return {"script": (script.text or "").strip().removeprefix("=")}
