"""BPMN XML → Process values, with a finding for everything that is not understood. Nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from engine.base.errors import Cause
from engine.bpmn.diagram import Element, EventDefinition, Flow, Mapping, MultiInstance, Process
from engine.bpmn.dialects import translate
from engine.bpmn.schemas import bpmn_findings, owner
from engine.bpmn.xml import BPMN, ZEEBE, line_of, local, namespace_of, read_xml

B, Z = f"{{{BPMN}}}", f"{{{ZEEBE}}}"

ACTIVITIES = frozenset({"userTask", "serviceTask", "scriptTask", "businessRuleTask", "subProcess", "callActivity"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "eventBasedGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent"})
RUNNABLE = ACTIVITIES | GATEWAYS | EVENTS

# Which event definitions run at which event; everything else is refused.
EVENT_KINDS = {
    "startEvent": frozenset({"none"}),
    "endEvent": frozenset({"none", "error"}),
    "intermediateCatchEvent": frozenset({"timer", "message"}),
    "boundaryEvent": frozenset({"timer", "message", "error"}),
}

# Drawn, but without an effect on execution.
SILENT = frozenset(
    {
        "documentation", "extensionElements", "incoming", "outgoing", "laneSet", "textAnnotation", "association", "group",
        "dataObject", "dataObjectReference", "ioSpecification", "dataInputAssociation", "dataOutputAssociation", "property",
        "multiInstanceLoopCharacteristics", "timerEventDefinition", "messageEventDefinition",
        "errorEventDefinition", "script", "category",
    }
)  # fmt: skip

GERMAN = {
    "userTask": "Benutzeraufgabe", "serviceTask": "Service-Aufgabe", "scriptTask": "Skript-Aufgabe",
    "subProcess": "Teilprozess", "exclusiveGateway": "exklusives Gateway", "parallelGateway": "paralleles Gateway",
    "startEvent": "Startereignis", "endEvent": "Endereignis", "intermediateCatchEvent": "Zwischenereignis",
    "boundaryEvent": "Randereignis", "inclusiveGateway": "inklusives Gateway", "complexGateway": "komplexes Gateway",
    "eventBasedGateway": "ereignisbasiertes Gateway", "intermediateThrowEvent": "auslösendes Zwischenereignis",
    "callActivity": "Aufruf-Aktivität", "businessRuleTask": "Geschäftsregel-Aufgabe", "sendTask": "Sende-Aufgabe",
    "receiveTask": "Empfangs-Aufgabe", "manualTask": "manuelle Aufgabe", "task": "unbestimmte Aufgabe",
    "transaction": "Transaktion", "adHocSubProcess": "Ad-hoc-Teilprozess", "choreographyTask": "Choreografie",
    "standardLoopCharacteristics": "Standardschleife", "dataStoreReference": "Datenspeicher",
}  # fmt: skip


@dataclass(slots=True)
class Reading:
    """A file while it is being read."""

    file: str
    root: etree._Element
    findings: list[Cause] = field(default_factory=list)
    messages: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def finding(
        self, node: etree._Element, message: str, hint: str = "", severity: str = "error", element: str | None = None
    ) -> None:
        self.findings.append(
            Cause(message, hint, file=self.file, line=line_of(node), element=element or owner(node), severity=severity)  # type: ignore[arg-type]  # a Literal, spelled out at each call
        )


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
    _read_messages(reading)
    for node in reading.root:
        if namespace_of(node) == BPMN and "horeography" in local(node):
            reading.finding(node, "Choreografien werden nicht ausgeführt", "als Kollaboration mit einem Prozess modellieren")
    processes = [_read_process(reading, node) for node in reading.root.findall(f"{B}process")]
    return processes, reading.findings


def _read_messages(reading: Reading) -> None:
    for node in reading.root.findall(f"{B}message"):
        subscription = node.find(f"{B}extensionElements/{Z}subscription")
        key = None if subscription is None else subscription.get("correlationKey")
        reading.messages[node.get("id", "")] = (node.get("name", ""), key)
    for node in reading.root.findall(f"{B}error"):
        reading.errors[node.get("id", "")] = node.get("errorCode", "")


def _read_process(reading: Reading, node: etree._Element) -> Process:
    process = Process(node.get("id", ""), node.get("name", ""), reading.file, line_of(node), node.get("isExecutable") == "true")
    _read_extension(reading, node, "process")
    lanes = {
        (ref.text or "").strip(): lane.get("name", "") or lane.get("id", "")
        for lane in node.iter(f"{B}lane")
        for ref in lane.findall(f"{B}flowNodeRef")
    }
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
                _add(reading, process, _read_element(reading, child, kind, parent, lanes))
                if kind == "subProcess":
                    stack.append((child, child.get("id")))
            elif kind not in SILENT:
                _refuse(reading, child, kind)
    return process


def _refuse(reading: Reading, node: etree._Element, kind: str) -> None:
    word = GERMAN.get(kind, kind)
    reading.finding(node, f"„{word}“ wird nicht ausgeführt", "durch ein unterstütztes Element ersetzen (docs/bundles.md)")


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


def _read_element(reading: Reading, node: etree._Element, kind: str, parent: str | None, lanes: dict[str, str]) -> Element:
    for child in node:
        name = local(child)
        if namespace_of(child) == BPMN and kind != "subProcess" and name not in SILENT and not name.endswith("EventDefinition"):
            _refuse(reading, child, name)
    if node.get("triggeredByEvent") == "true":
        reading.finding(node, "Ereignis-Teilprozesse werden nicht ausgeführt", "durch ein Randereignis ersetzen")
    if node.get("isForCompensation") == "true":
        reading.finding(node, "Kompensation wird nicht ausgeführt", "Rückabwicklung als eigenen Pfad modellieren")
    fields = {**_read_extension(reading, node, kind), **_read_own(reading, node, kind)}
    return Element(
        id=node.get("id", ""),
        kind=kind,
        name=(node.get("name") or "").strip(),
        file=reading.file,
        line=line_of(node),
        parent=parent,
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") != "false",
        default=node.get("default"),
        event=_read_event(reading, node, kind) if kind in EVENTS else EventDefinition(),
        loop=_read_loop(reading, node),
        lane=lanes.get(node.get("id", "")),
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


def _read_event(reading: Reading, node: etree._Element, kind: str) -> EventDefinition:
    definitions = [child for child in node if namespace_of(child) == BPMN and local(child).endswith("EventDefinition")]
    if len(definitions) > 1:
        reading.finding(
            node, "mehrere Ereignisdefinitionen an einem Ereignis werden nicht ausgeführt", "in mehrere Ereignisse teilen"
        )
        return EventDefinition()
    event = _definition(reading, definitions[0]) if definitions else EventDefinition()
    if event.kind not in EVENT_KINDS[kind]:
        word = GERMAN[kind] + (f" mit {event.kind}" if event.kind != "none" else " ohne Ereignisdefinition")
        reading.finding(node, f"„{word}“ wird nicht ausgeführt", "durch ein unterstütztes Ereignis ersetzen (docs/bundles.md)")
    repeats = kind == "boundaryEvent" and node.get("cancelActivity") == "false"
    if event.timer == "cycle" and not repeats:
        reading.finding(
            node,
            "wiederkehrende Zeitereignisse laufen nur als nicht unterbrechende Randereignisse",
            "Zeitpunkt oder Dauer angeben",
        )
    if event.kind == "error" and repeats:
        reading.finding(node, "ein Fehler unterbricht die Aktivität immer", "als unterbrechend modellieren")
    if event.kind == "error" and kind == "endEvent" and not event.name:
        reading.finding(node, "das Fehler-Endereignis nennt keinen Fehlercode", "Fehler mit Code anlegen und zuordnen")
    return event


def _definition(reading: Reading, node: etree._Element) -> EventDefinition:
    kind = local(node).removesuffix("EventDefinition")
    if kind == "timer":
        for name, timer in (("timeDate", "date"), ("timeDuration", "duration"), ("timeCycle", "cycle")):
            found = node.find(f"{B}{name}")
            if found is not None and (found.text or "").strip():
                return EventDefinition("timer", timer, (found.text or "").strip())
        reading.finding(node, "das Zeitereignis nennt keine Zeit", "Zeitpunkt oder Dauer angeben")
        return EventDefinition("timer", "duration", "PT0S")
    if kind == "message":
        name, key = reading.messages.get(node.get("messageRef", ""), ("", None))
        if not name:
            reading.finding(node, "das Nachrichtenereignis nennt keine Nachricht", "Nachricht mit Namen anlegen und zuordnen")
        elif key is None:
            reading.finding(
                node, f"die Nachricht „{name}“ hat keinen Korrelationsschlüssel", "Korrelationsschlüssel als FEEL angeben"
            )
        return EventDefinition("message", name=name, key=key)
    if kind == "error":
        return EventDefinition("error", name=reading.errors.get(node.get("errorRef", ""), ""))
    return EventDefinition(kind)


def _read_loop(reading: Reading, node: etree._Element) -> MultiInstance | None:
    loop = node.find(f"{B}multiInstanceLoopCharacteristics")
    if loop is None:
        return None
    if loop.get("isSequential") == "true":
        reading.finding(node, "sequenzielle Mehrfachausführung wird nicht ausgeführt", "parallele Mehrfachausführung verwenden")
    zeebe = loop.find(f"{B}extensionElements/{Z}loopCharacteristics")
    collection = "" if zeebe is None else zeebe.get("inputCollection", "")
    if zeebe is None or not collection:
        reading.finding(node, "die Mehrfachausführung nennt keine Liste", "Eingabeliste (inputCollection) als FEEL angeben")
        return None
    completion = loop.find(f"{B}completionCondition")
    return MultiInstance(
        collection.removeprefix("="),
        zeebe.get("inputElement"),
        zeebe.get("outputCollection"),
        (zeebe.get("outputElement") or "").removeprefix("=") or None,
        None if completion is None else (completion.text or "").strip().removeprefix("=") or None,
    )


# --- Zeebe's extension elements ------------------------------------------------------------------------------------

Reader = Callable[[Reading, etree._Element], dict[str, object]]


def _io(reading: Reading, node: etree._Element) -> dict[str, object]:
    found: dict[str, list[Mapping]] = {"input": [], "output": []}
    for child in node:
        if local(child) in found:
            found[local(child)].append(Mapping(child.get("source", ""), child.get("target", ""), line_of(child)))
    return {"inputs": tuple(found["input"]), "outputs": tuple(found["output"])}


def _headers(reading: Reading, node: etree._Element) -> dict[str, object]:
    return {"headers": tuple((h.get("key", ""), h.get("value", "")) for h in node.findall(f"{Z}header"))}


def _form(reading: Reading, node: etree._Element) -> dict[str, object]:
    form = node.get("formId") or node.get("externalReference") or node.get("formKey")
    return {"form": form}


def _properties(reading: Reading, node: etree._Element) -> dict[str, object]:
    """`vier_augen`: whose editors may not do this; `gibt_frei`: what it approves; `status`: what a case that ends is called."""
    found: dict[str, object] = {}
    for child in node.findall(f"{Z}property"):
        name, value = child.get("name"), child.get("value", "")
        if name == "vier_augen":
            found["four_eyes"] = tuple(id.strip() for id in value.split(",") if id.strip())
        elif name == "gibt_frei":
            found["approves"] = value
        elif name == "status":
            found["status"] = value
    return found


READERS: dict[str, Reader] = {
    "ioMapping": _io,
    "taskHeaders": _headers,
    "formDefinition": _form,
    "taskDefinition": lambda r, n: {"job_type": n.get("type"), "retries": n.get("retries")},
    "assignmentDefinition": lambda r, n: {"assignee": n.get("assignee"), "groups": n.get("candidateGroups")},
    "taskSchedule": lambda r, n: {"due": n.get("dueDate")},
    "script": lambda r, n: {"script": n.get("expression", "").removeprefix("="), "result": n.get("resultVariable")},
    "calledDecision": lambda r, n: {"decision": n.get("decisionId"), "result": n.get("resultVariable")},
    "calledElement": lambda r, n: {
        "called": n.get("processId"),
        "hand_down": n.get("propagateAllParentVariables", "true") != "false",
        "hand_up": n.get("propagateAllChildVariables", "true") != "false",
    },
    "userTask": lambda r, n: {},
    "subscription": lambda r, n: {},
    "properties": _properties,
}


# What a designer would rely on and nothing here does: work at the edge of an element is refused, the rest is said.
LISTENERS = frozenset({"executionListeners", "taskListeners"})
IDLE = {"assignmentDefinition": "candidateUsers", "taskSchedule": "followUpDate"}


def _read_extension(reading: Reading, node: etree._Element, kind: str) -> dict[str, object]:
    fields: dict[str, object] = {}
    extension = node.find(f"{B}extensionElements")
    for child in () if extension is None else extension:
        name = local(child)
        reader = READERS.get(name) if namespace_of(child) == ZEEBE else None
        idle = IDLE.get(name)
        if idle is not None and child.get(idle):
            reading.finding(child, f"„{idle}“ hat keine Wirkung", "candidateGroups und dueDate wirken", "warning")
        if name in LISTENERS:
            reading.finding(child, f"„{name}“ werden nicht ausgeführt", "als eigene Service-Aufgabe zeichnen")
        elif reader is not None:
            fields.update(reader(reading, child))
        elif kind != "process":
            reading.finding(child, f"die Erweiterung „{name}“ wird nicht verstanden und hat keine Wirkung", severity="warning")
    return fields
