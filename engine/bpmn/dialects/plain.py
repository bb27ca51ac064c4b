"""Plain BPMN, which says less than an engine must know: who does the work, who may act, where data goes."""

from __future__ import annotations

import re

from lxml import etree

from engine.bpmn.dialects.forms import group_names
from engine.bpmn.dialects.rewriting import B, Rewriting, Z
from engine.bpmn.xml import local

DATA = ("ioSpecification", "dataInputAssociation", "dataOutputAssociation", "property")
PEOPLE = ("potentialOwner", "humanPerformer", "performer", "resourceRole")
NAMED = re.compile(r"(?P<kind>user|group)\s*\(\s*(?P<name>[^()]*?)\s*\)")


def task(r: Rewriting, node: etree._Element, operations: dict[str, str]) -> None:
    """A task of which nothing says what does the work: a job named by its operation, implementation or id."""
    made = {local(one) for one in node.iterfind(f"{B}extensionElements/{Z}*")}
    if {"taskDefinition", "calledDecision", "script"} & made or (local(node) == "sendTask" and node.get("messageRef")):
        return
    operation, implementation = node.get("operationRef", ""), node.get("implementation", "")
    type = operations.get(operation) or operation.rpartition(":")[2]
    if not type and not implementation.startswith("##"):
        type = implementation
    type = type or node.get("id", "")
    if not type:
        return
    r.zeebe(node, "taskDefinition", type=f'="{type}"' if type.startswith("=") else type)
    message = f"nichts sagt, wer die Arbeit tut; es entsteht ein Auftrag der Art „{type[:80]}“"
    hint = "Art des Konnektors angeben (taskDefinition type)"
    if local(node) == "businessRuleTask":
        message = f"die Geschäftsregel-Aufgabe nennt keine Entscheidung; es entsteht ein Auftrag der Art „{type[:80]}“"
        hint = "Entscheidung angeben (calledDecision)"
    r.say(node, message, hint, "warning")


def script(r: Rewriting, node: etree._Element) -> None:
    """A script in FEEL; the reader refuses other languages."""
    known = node.find(f"{B}extensionElements/{Z}script") is not None
    if not known and node.find(f"{B}script") is not None and "feel" in node.get("scriptFormat", "").lower():
        message = "das Ergebnis des Skripts wird nicht aufgehoben: reines BPMN nennt keine Variable dafür"
        r.say(node, message, "resultVariable angeben", "warning")


def data(r: Rewriting, node: etree._Element) -> None:
    """Inputs and outputs of plain BPMN name no expressions that could be evaluated."""
    found = [one for one in node if isinstance(one.tag, str) and one.tag in {f"{B}{name}" for name in DATA}]
    if found:
        message = f"„{local(found[0])}“ hat keine Wirkung: Variablen gelten im ganzen Vorgang"
        r.say(found[0], message, "Eingaben und Ausgaben als Zuordnung (ioMapping) schreiben", "advice")


def people(r: Rewriting, node: etree._Element, resources: dict[str, str]) -> None:
    """`potentialOwner` names groups, `humanPerformer` one person; both may stand there as a resource."""
    groups: list[str] = []
    for role in [one for name in PEOPLE for one in node.findall(f"{B}{name}")]:
        kind, text = local(role), _who(role, resources)
        node.remove(role)
        users = [found["name"] for found in NAMED.finditer(text) if found["kind"] == "user"]
        others = [found["name"] for found in NAMED.finditer(text) if found["kind"] == "group"]
        others += [one.strip() for one in NAMED.sub("", text).split(",") if one.strip()]
        if kind == "humanPerformer" and len(users + others) == 1:
            r.zeebe(node, "assignmentDefinition", assignee=r.text(node, "humanPerformer", (users + others)[0]))
        elif kind == "potentialOwner" and others:
            groups += others
        elif kind != "potentialOwner":
            r.say(role, f"„{kind}“ hat keine Wirkung", "potentialOwner nennt Gruppen, humanPerformer eine Person", "warning")
        if kind == "potentialOwner" and (users or not others):
            message = f"„potentialOwner“: einzelne Personen ({', '.join(users)[:80]}) haben keine Wirkung"
            r.say(role, message if users else "„potentialOwner“ nennt niemanden", "Gruppen nennen", "warning")
    if groups:
        r.zeebe(node, "assignmentDefinition", candidateGroups=group_names(r, node, ", ".join(groups)))


def _who(role: etree._Element, resources: dict[str, str]) -> str:
    written = role.find(f"{B}resourceAssignmentExpression/*")
    if written is not None and (written.text or "").strip():
        return (written.text or "").strip()
    ref = role.find(f"{B}resourceRef")
    name = "" if ref is None else (ref.text or "").strip()
    return resources.get(name) or resources.get(name.rpartition(":")[2]) or str(role.get("name", ""))
