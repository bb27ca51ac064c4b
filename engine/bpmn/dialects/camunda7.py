"""A file of Camunda 7, Operaton or Activiti, or of plain BPMN, as the reader knows it."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine.base.errors import Cause
from engine.bpmn.dialects import events, forms, idle, mappings, plain, work
from engine.bpmn.dialects.rewriting import B, C, Rewriting
from engine.bpmn.xml import local, namespace_of

KIN = ("http://camunda.org/schema/1.0/bpmn", "http://operaton.org/schema/1.0/bpmn", "http://activiti.org/bpmn")
PLATFORM = "{http://camunda.org/schema/modeler/1.0}executionPlatform"
PLATFORMS = ("Camunda Platform", "Operaton")

Handler = Callable[[Rewriting, etree._Element], None]


def _work(r: Rewriting, node: etree._Element) -> None:
    work.work(r, node, node)


def _sent(r: Rewriting, node: etree._Element) -> None:
    holder = node.getparent()
    work.work(r, node, node if holder is None else holder)


def _signal(r: Rewriting, node: etree._Element) -> None:
    holder = node.getparent()
    mappings.signal(r, node, node if holder is None else holder)


HANDLERS: dict[str, Handler] = {
    "userTask": forms.user_task,
    "startEvent": forms.start_event,
    "serviceTask": _work,
    "sendTask": _work,
    "businessRuleTask": _work,
    "messageEventDefinition": _sent,
    "scriptTask": work.script_task,
    "callActivity": mappings.call_activity,
    "signalEventDefinition": _signal,
    "multiInstanceLoopCharacteristics": events.multi_instance,
    "conditionalEventDefinition": events.conditional,
    "errorEventDefinition": events.caught,
    "escalationEventDefinition": events.caught,
    **dict.fromkeys(events.NAMED, events.definition),
}


def translate(file: str, root: etree._Element) -> list[Cause]:
    """Rewrite a parsed file in place; what has no counterpart, or is said too little of, comes back as findings."""
    r = Rewriting(file, root)
    _unite(r)
    loops = (one.getparent() for one in root.iter(f"{B}multiInstanceLoopCharacteristics"))
    r.looped = frozenset(one for one in loops if one is not None)
    operations = {one.get("id", ""): one.get("name", "") for one in root.iter(f"{B}operation")}
    resources = {one.get("id", ""): one.get("name", "") for one in root.findall(f"{B}resource")}
    for node in [one for one in root.iter(f"{B}*") if isinstance(one.tag, str)]:
        kind = local(node)
        output = mappings.parameters(r, node)
        handler = HANDLERS.get(kind)
        if handler is not None:
            handler(r, node)
        mappings.say_what_stays(r, node, output)
        idle.properties(r, node)
        events.formal(r, node)
        _plain(r, node, operations, resources)
    for node in root.iter(f"{B}*"):
        idle.retries(r, node)
    idle.sweep(r)
    return r.findings


def _plain(r: Rewriting, node: etree._Element, operations: dict[str, str], resources: dict[str, str]) -> None:
    kind = local(node)
    if kind in ("serviceTask", "sendTask", "businessRuleTask"):
        plain.task(r, node, operations)
    elif kind == "scriptTask":
        plain.script(r, node)
    elif kind == "userTask":
        plain.people(r, node, resources)
    if kind.endswith(("Task", "task", "Activity", "Process", "transaction", "Event")):
        plain.data(r, node)


def _unite(r: Rewriting) -> None:
    """Give the dialects, which differ only in the name of their namespace, the same one."""
    for node in [one for one in r.root.iter() if isinstance(one.tag, str)]:
        if namespace_of(node) in KIN:
            node.tag = f"{C}{local(node)}"
            r.camunda = True
        for name in [str(key) for key in node.attrib]:
            namespace, _, short = name.removeprefix("{").rpartition("}")
            if namespace in KIN:
                r.camunda = True
                value = node.attrib.pop(name)
                node.set(f"{C}{short}", value)
    declared = set(r.root.nsmap.values()) & set(KIN)
    r.camunda |= bool(declared) or r.root.get(PLATFORM) in PLATFORMS
