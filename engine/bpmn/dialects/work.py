"""Service, send, business rule and script tasks of Camunda 7: who does the work, a connector, a decision or FEEL."""

from __future__ import annotations

from lxml import etree

from engine.bpmn.dialects.pieces import quoted
from engine.bpmn.dialects.rewriting import NOTHING, B, C, Rewriting, Z, children, drop, take
from engine.bpmn.xml import local

AS_JOB = "als externe Aufgabe schreiben (type external, topic): der topic ist die Art eines Konnektors (docs/bundles.md)"
AS_FEEL = "als FEEL-Ausdruck schreiben (scriptFormat feel) oder als externe Aufgabe"
RESULTS = frozenset({"singleEntry", "singleResult", "collectEntries"})


def work(r: Rewriting, node: etree._Element, holder: etree._Element) -> None:
    """What does the work of a task, or of an event that sends; `holder` is the task or event."""
    kind, topic = take(node, "type"), r.taken(node, "topic")
    if kind == "external":
        r.zeebe(holder, "taskDefinition", type=topic or holder.get("id", "x"))
        _external(r, node, holder, topic)
    elif kind is not None:
        _refused(r, node, holder, f"„type“ {kind[:40]} wird nicht ausgeführt")
    elif topic is not None:
        r.say(node, "„topic“ hat ohne „type“ external keine Wirkung", AS_JOB, "warning")
    for name in ("class", "delegateExpression"):
        value = take(node, name)
        if value is not None:
            _refused(r, node, holder, f"„{name}“ ({value[:80]}) ist Java und wird nicht ausgeführt")
    for connector in children(node, "connector"):
        _refused(r, connector, holder, "Konnektoren von Camunda 7 („connector“) gibt es hier nicht")
    for one in children(node, "field"):
        message = f"„field“ {one.get('name', '')[:40]} gehört zu einer Java-Klasse und hat keine Wirkung"
        r.say(holder, message, "den Wert als Eingabe (inputParameter) schreiben", "warning")
    if local(node) == "businessRuleTask" and f"{C}decisionRef" in node.attrib:
        _decision(r, node)
    if f"{C}expression" in node.attrib:
        _expression(r, node, holder)


def _refused(r: Rewriting, node: etree._Element, holder: etree._Element, message: str) -> None:
    """Say that nothing does the work, once: the task gets a type, so that nobody asks for one as well."""
    r.say(node, message, AS_JOB)
    if holder.find(f"{B}extensionElements/{Z}taskDefinition") is None:
        r.zeebe(holder, "taskDefinition", type=holder.get("id", "x"))


def _external(r: Rewriting, node: etree._Element, holder: etree._Element, topic: str | None) -> None:
    if not topic:
        r.say(node, "die externe Aufgabe nennt keinen „topic“", "die Art des Konnektors angeben")
    if holder.find(f"{B}extensionElements/{Z}ioMapping/{Z}input") is None:
        message = "der Konnektor bekommt nur, was als Eingabe zugeordnet ist, und nicht alle Variablen"
        r.say(node, message, "inputOutput mit inputParameter ergänzen", "advice")
    for one in children(holder, "errorEventDefinition"):
        message = "„errorEventDefinition“ an der externen Aufgabe wird nicht ausgewertet"
        r.say(one, message, "der Konnektor meldet den Fehler mit seinem Code, oder ein Gateway dahinter fragt danach")


def _expression(r: Rewriting, node: etree._Element, holder: etree._Element) -> None:
    """`expression="${a + 1}"` with a result is a script; what is only called for its effect is Java."""
    feel, result = r.taken(node, "expression"), take(node, "resultVariable")
    if node is not holder or local(node) == "businessRuleTask":
        _refused(r, node, holder, "„expression“ wird hier nicht ausgeführt")
    elif feel is None or feel == NOTHING:
        r.zeebe(node, "taskDefinition", type=node.get("id", "x"))
    else:
        if not result:
            r.say(node, "das Ergebnis von „expression“ wird nicht aufgehoben", "resultVariable angeben", "warning")
        node.tag = f"{B}scriptTask"
        drop(node, "implementation", "operationRef", "messageRef")
        _script(r, node, feel, result)


def _script(r: Rewriting, node: etree._Element, text: str, result: str | None) -> None:
    r.zeebe(node, "script", expression=text if text.startswith("=") else f"={quoted(text)}", resultVariable=result)


def _decision(r: Rewriting, node: etree._Element) -> None:
    result, how = take(node, "resultVariable"), take(node, "mapDecisionResult") or "resultList"
    binding, version = take(node, "decisionRefBinding"), take(node, "decisionRefVersion")
    r.zeebe(node, "calledDecision", decisionId=r.taken(node, "decisionRef"), resultVariable=result)
    if binding in ("version", "versionTag") or version is not None:
        message = "„decisionRefVersion“ hat keine Wirkung: es gilt die Entscheidung im Paket"
        r.say(node, message, "die gemeinte Fassung beilegen", "warning")
    elif binding == "latest":
        r.say(node, "„decisionRefBinding“ hat keine Wirkung: es gilt die Entscheidung im Paket", severity="advice")
    if result is None:
        r.say(node, "das Ergebnis der Entscheidung wird nicht aufgehoben", "resultVariable angeben", "warning")
    elif how == "collectEntries":
        made = f"=if {result} instance of list<Any> then {result} else if {result} = null then [] else [{result}]"
        r.mapping(node, "output", made, result, node)
    elif how == "singleResult":
        message = "„mapDecisionResult“ singleResult: hat die Tabelle nur eine Ausgabe, ist das Ergebnis hier deren Wert selbst"
        r.say(node, message, "Ausdrücke dahinter prüfen", "warning")
    elif how not in RESULTS:
        message = f"„mapDecisionResult“ {how[:40]}: eine Liste von Zuordnungen gibt es hier nicht"
        r.say(node, message, "singleEntry (ein Wert), singleResult (mehrere Ausgaben) oder collectEntries (Liste) wählen")


def script_task(r: Rewriting, node: etree._Element) -> None:
    """`<script>` in JUEL or FEEL; the reader refuses other languages."""
    script, named = node.find(f"{B}script"), f"{C}resultVariable" in node.attrib
    if take(node, "resource") is not None:
        r.say(node, "„resource“: ein Skript in einer eigenen Datei wird nicht ausgeführt", AS_FEEL)
    language = node.get("scriptFormat", "").lower()
    if script is None or not ("juel" in language or ("feel" in language and named)):
        return
    text = (script.text or "").strip()
    feel = r.text(node, "script", text) if "juel" in language else f"={text.removeprefix('=')}"
    node.remove(script)
    drop(node, "scriptFormat")
    _script(r, node, feel, take(node, "resultVariable"))
