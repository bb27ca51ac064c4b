"""What of Camunda 7 has no counterpart, and what is said of it. What is left in the end is named: nothing is lost."""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from engine.base.errors import Severity
from engine.bpmn.dialects.rewriting import B, C, Rewriting, Z, children, placed
from engine.bpmn.xml import local


class Idle(NamedTuple):
    """Why something has no effect, how to mend it, and how bad that is."""

    why: str
    hint: str
    severity: Severity


STEPS = Idle("wann gespeichert und fortgesetzt wird, regelt Amtsweg selbst", "", "advice")
ORDER = Idle("in welcher Reihenfolge Aufträge laufen, sagt nicht das Diagramm", "", "advice")
STARTERS = Idle("wer beginnen darf, sagt nicht das Diagramm", "", "advice")
TENANT = Idle("jede Kommune hat ihre eigenen Pakete", "", "advice")
TEMPLATE = Idle("die Vorlage hilft nur beim Zeichnen", "", "advice")
NO_CASE = Idle("Fälle nach CMMN werden nicht ausgeführt", "als Prozess modellieren", "error")
LISTENER = Idle("es wird nicht ausgeführt", "als eigene Aufgabe zeichnen (Service-Aufgabe oder Skript)", "error")

ATTRIBUTES = {
    "async": STEPS, "asyncBefore": STEPS, "asyncAfter": STEPS, "exclusive": STEPS,
    "jobPriority": ORDER, "taskPriority": ORDER,
    "priority": Idle("Aufgaben haben keine Rangfolge", "dueDate angeben", "warning"),
    "historyTimeToLive": Idle("wie lange Vorgänge aufgehoben werden, sagt nicht das Diagramm", "", "advice"),
    "versionTag": Idle("eine Fassung ist nach ihrem Inhalt benannt", "", "advice"),
    "isStartableInTasklist": STARTERS, "candidateStarterGroups": STARTERS, "candidateStarterUsers": STARTERS,
    "initiator": Idle(
        "die Variable bleibt leer: ein Vorgang beginnt mit einem Antrag", "den Namen aus antragsteller nehmen", "warning"
    ),
    "modelerTemplate": TEMPLATE, "modelerTemplateVersion": TEMPLATE, "modelerTemplateIcon": TEMPLATE,
    "diagramRelationId": Idle("es verweist auf einen Ablageort", "", "advice"),
    "calledElementTenantId": TENANT, "decisionRefTenantId": TENANT,
    "caseBinding": NO_CASE, "caseVersion": NO_CASE, "caseTenantId": NO_CASE,
    "resultVariable": Idle("hier entsteht kein Ergebnis, das so heißen könnte", "als Ausgabe zuordnen", "warning"),
    "mapDecisionResult": Idle("hier wird keine Entscheidung aus einer Tabelle getroffen", "decisionRef angeben", "warning"),
}  # fmt: skip
ELEMENTS = {
    "executionListener": LISTENER, "taskListener": LISTENER,
    "potentialStarter": STARTERS,
}  # fmt: skip
KNOWN_PROPERTIES = frozenset({"vier_augen", "gibt_frei", "status"})
UNKNOWN = "die Erweiterung „{}“ wird nicht verstanden und hat keine Wirkung"


def retries(r: Rewriting, node: etree._Element) -> None:
    """R3/PT10M: three attempts; when they are made is not for the diagram to say."""
    for one in children(node, "failedJobRetryTimeCycle"):
        text = (one.text or "").strip()
        count = text[1:].partition("/")[0] if text.startswith("R") else ""
        job = node.find(f"{B}extensionElements/{Z}taskDefinition")
        if job is not None and count.isascii() and count.isdigit() and len(count) < 4:
            r.zeebe(node, "taskDefinition", retries=count)
            message = f"„failedJobRetryTimeCycle“ {text[:40]}: {count} Versuche; den Abstand wählt Amtsweg"
            r.say(one, message, severity="advice")
        elif job is not None:
            message = f"„failedJobRetryTimeCycle“ {text[:40]} wird nicht übersetzt: es bleibt bei drei Versuchen"
            r.say(one, message, "etwa R3/PT10M schreiben", "warning")
        else:
            r.say(one, "„failedJobRetryTimeCycle“ hat keine Wirkung: hier läuft kein Auftrag", severity="advice")


def properties(r: Rewriting, node: etree._Element) -> None:
    for holder in children(node, "properties"):
        for one in holder.findall(f"{C}property"):
            name = one.get("name", "")
            placed(etree.SubElement(r.zeebe(node, "properties"), f"{Z}property", name=name, value=one.get("value", "")), one)
            if name not in KNOWN_PROPERTIES:
                r.say(one, f"die Eigenschaft „{name[:40]}“ hat keine Wirkung", severity="advice")


def sweep(r: Rewriting) -> None:
    """Name what is still there of the dialect, and take it out."""
    for node in [one for one in r.root.iter() if isinstance(one.tag, str)]:
        if str(node.tag).startswith(C):
            parent = node.getparent()
            if parent is not None and not str(parent.tag).startswith(C):
                _say(r, node, local(node), ELEMENTS.get(local(node)))
                parent.remove(node)
            continue
        for name in [str(key) for key in node.attrib if str(key).startswith(C)]:
            short = name.removeprefix(C)
            del node.attrib[name]
            _say(r, node, short, ATTRIBUTES.get(short))


def _say(r: Rewriting, node: etree._Element, name: str, idle: Idle | None) -> None:
    if idle is None:
        r.say(node, UNKNOWN.format(name), severity="warning")
    else:
        r.say(node, f"„{name}“ hat hier keine Wirkung: {idle.why}", idle.hint, idle.severity)
