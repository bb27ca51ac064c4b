"""Zeebe's extension elements: what Camunda 8's modeller writes beside BPMN."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine.bpmn.diagram import Mapping
from engine.bpmn.reading import B, Reading, Z
from engine.bpmn.xml import ZEEBE, line_of, local, namespace_of

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
    "publishMessage": lambda r, n: {},
    "adHoc": lambda r, n: {},
    "properties": _properties,
}


# What a designer would rely on and nothing here does: work at the edge of an element is refused, the rest is said.
LISTENERS = frozenset({"executionListeners", "taskListeners"})
IDLE = {"assignmentDefinition": "candidateUsers", "taskSchedule": "followUpDate"}


def read_extension(reading: Reading, node: etree._Element, kind: str) -> dict[str, object]:
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
