"""How a diagram, a table and a finding are said on a page."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from flask_babel import gettext as _

from engine import reads
from engine.base.errors import Cause
from engine.verbs.revise import Located
from web.language import ROLE_NAMES


def wire(app: Flask) -> None:
    """Give the templates their words."""
    for word in (kind_of_node, name_of_node, kind_of_element, severity, policy, place_of_finding, field_label, group_name):
        app.add_template_filter(word)


def _kinds() -> Mapping[str, str]:
    return {
        "userTask": _("Benutzeraufgabe"),
        "serviceTask": _("Service-Aufgabe"),
        "scriptTask": _("Skript-Aufgabe"),
        "businessRuleTask": _("Geschäftsregel-Aufgabe"),
        "callActivity": _("Aufruf-Aktivität"),
        "subProcess": _("Teilprozess"),
        "eventSubProcess": _("Ereignis-Teilprozess"),
        "transaction": _("Transaktion"),
        "adHocSubProcess": _("Ad-hoc-Teilprozess"),
        "exclusiveGateway": _("Exklusives Gateway"),
        "parallelGateway": _("Paralleles Gateway"),
        "eventBasedGateway": _("Ereignisbasiertes Gateway"),
        "inclusiveGateway": _("Inklusives Gateway"),
        "complexGateway": _("Komplexes Gateway"),
        "startEvent": _("Startereignis"),
        "endEvent": _("Endereignis"),
        "intermediateCatchEvent": _("Zwischenereignis"),
        "intermediateThrowEvent": _("Auslösendes Zwischenereignis"),
        "boundaryEvent": _("Randereignis"),
        "sendTask": _("Sende-Aufgabe"),
        "receiveTask": _("Empfangs-Aufgabe"),
        "manualTask": _("Manuelle Aufgabe"),
        "task": _("Aufgabe ohne Art"),
        "sequenceFlow": _("Fluss"),
        "process": _("Prozess"),
        "participant": _("Beteiligter"),
        "lane": _("Bahn"),
        "message": _("Nachricht"),
        "signal": _("Signal"),
        "escalation": _("Eskalation"),
        "decision": _("Entscheidung"),
        "decisionTable": _("Entscheidungstabelle"),
        "rule": _("Regel"),
        "input": _("Eingabespalte"),
        "output": _("Ausgabespalte"),
        "inputEntry": _("Bedingung"),
        "outputEntry": _("Ergebnis"),
        "inputData": _("Eingabe"),
    }


def kind_of_element(kind: str) -> str:
    """What an element is, in German; what we have no word for is an element."""
    return _kinds().get(kind, _("Element"))


def kind_of_node(node: reads.FlowNode) -> str:
    """What a flow node is, with what an event waits for."""
    events = {
        "timer": _("Zeit"), "message": _("Nachricht"), "signal": _("Signal"), "error": _("Fehler"),
        "escalation": _("Eskalation"), "conditional": _("Bedingung"), "compensate": _("Kompensation"), "link": _("Link"),
        "cancel": _("Abbruch"), "terminate": _("Beendigung"),
    }  # fmt: skip
    kind = kind_of_element(node.kind)
    return f"{kind} ({events[node.event]})" if node.event in events else kind


def name_of_node(node: reads.FlowNode) -> str:
    """What a flow node is called; one without a name by what it is."""
    return node.name or _("%(kind)s ohne Namen", kind=kind_of_node(node))


def severity(cause: Cause) -> str:
    """How grave a finding is."""
    return {"error": _("Fehler"), "warning": _("Warnung"), "advice": _("Hinweis")}[cause.severity]


def place_of_finding(found: Located) -> str:
    """What a finding is about: the element as it is called, else the name the modeller gave it."""
    label = found.label
    if label is None:
        return ""
    kind = kind_of_element(label.kind)
    if label.kind == "rule":
        return _("Regel %(number)s in „%(within)s“", number=label.name, within=label.within)
    if label.name:
        return f"„{label.name}“ ({kind})"
    if label.within:
        return _("%(kind)s in „%(within)s“", kind=kind, within=label.within)
    return _("%(kind)s ohne Namen", kind=kind)


def policy(name: str) -> str:
    """What the hit policy of a table means."""
    return {
        "UNIQUE": _("Genau eine Regel trifft zu."),
        "FIRST": _("Die erste zutreffende Regel gilt."),
        "ANY": _("Mehrere Regeln dürfen zutreffen, wenn sie dasselbe ergeben."),
        "PRIORITY": _("Von mehreren zutreffenden Regeln gilt die mit dem wichtigsten Ergebnis."),
        "RULE ORDER": _("Alle zutreffenden Regeln gelten, in ihrer Reihenfolge."),
        "OUTPUT ORDER": _("Alle zutreffenden Regeln gelten, nach der Wichtigkeit ihres Ergebnisses."),
        "COLLECT": _("Die Ergebnisse aller zutreffenden Regeln werden gesammelt."),
        "COLLECT SUM": _("Die Ergebnisse aller zutreffenden Regeln werden zusammengezählt."),
        "COLLECT COUNT": _("Die zutreffenden Regeln werden gezählt."),
        "COLLECT MIN": _("Das kleinste Ergebnis der zutreffenden Regeln gilt."),
        "COLLECT MAX": _("Das größte Ergebnis der zutreffenden Regeln gilt."),
    }.get(name, name)


def field_label(path: str) -> str:
    """The name of a field of an application, as well as its path can be read: baeume[1].art → Baeume 1, art."""
    words = path.replace("[", " ").replace("]", "").replace("_", " ").replace(".", ", ")
    return words[:1].upper() + words[1:]


def group_name(group: str) -> str:
    """What a group of a task is called: the role, if it is one."""
    return str(ROLE_NAMES.get(group, group))
