"""Expressions of Camunda 7 in plain BPMN: conditions, times, loops, names of signals and codes of errors."""

from __future__ import annotations

import re

from lxml import etree

from engine.bpmn.dialects.juel import Place
from engine.bpmn.dialects.rewriting import NOTHING, B, Rewriting, take
from engine.bpmn.dialects.texts import has_expression
from engine.bpmn.xml import local
from engine.feel.grammar.names import is_plain

NAMED = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}
OTHERS = (
    "condition", "loopCondition", "loopCardinality", "completionCondition", "timeDate", "timeDuration", "timeCycle",
)  # fmt: skip
"""Where expressions stand besides flows, of which the reader asks the language itself."""
KNOWN = re.compile(r"feel|u?el\b|juel", re.IGNORECASE)


def formal(r: Rewriting, node: etree._Element) -> None:
    """Whatever is an expression by BPMN's own schema."""
    kind = local(node)
    if kind in ("conditionExpression", *OTHERS):
        r.body(node, kind)
    if kind in OTHERS and node.get("language") and not KNOWN.search(node.get("language", "")):
        message = f"„{kind}“: Ausdrücke in „{node.get('language', '')[:60]}“ werden nicht ausgewertet"
        r.say(node, message, "als FEEL-Ausdruck schreiben")
    if take(node, "resource") is not None and kind != "scriptTask":
        r.say(node, "„resource“: ein Skript in einer eigenen Datei wird nicht ausgeführt", "als FEEL-Ausdruck schreiben")


def definition(r: Rewriting, node: etree._Element) -> None:
    """Messages, signals, errors and escalations: their names and codes may be expressions."""
    name = NAMED[local(node)]
    text = node.get(name)
    if r.camunda and text and has_expression(text):
        node.set(name, r.text(node, name, text, Place()))
    if take(node, "errorMessage") is not None:
        r.say(node, "„errorMessage“ hat keine Wirkung", "der Name des Ereignisses steht im Verlauf", "advice")


def multi_instance(r: Rewriting, node: etree._Element) -> None:
    activity = node.getparent()
    outside = r.place_of(None if activity is None else activity.getparent())
    collection, item = take(node, "collection"), take(node, "elementVariable")
    data = node.find(f"{B}loopDataInputRef")
    if collection is None and data is not None and has_expression(data.text):
        collection = (data.text or "").strip()
        node.remove(data)
    if collection is not None:
        feel = r.text(node, "collection", collection, outside)
        if not feel.startswith("="):
            feel = f"={feel.strip()}" if is_plain(feel.strip()) else _no_name(r, node, feel)
        r.zeebe(node, "loopCharacteristics", inputCollection=feel, inputElement=item)
    elif item is not None:
        r.say(node, "„elementVariable“ hat ohne Liste keine Wirkung", "„collection“ angeben", "warning")
    r.body(node.find(f"{B}loopCardinality"), "loopCardinality", outside)
    ending = Place(looped=True, completes=True, sequential=node.get("isSequential") == "true")
    r.body(node.find(f"{B}completionCondition"), "completionCondition", ending)


def _no_name(r: Rewriting, node: etree._Element, name: str) -> str:
    r.say(node, f"„collection“: „{name[:60]}“ ist in FEEL kein Name", "die Variable umbenennen")
    return NOTHING


def conditional(r: Rewriting, node: etree._Element) -> None:
    """A condition is looked at whenever a variable changes; which one and how makes no difference here."""
    variable, changes = take(node, "variableName"), take(node, "variableEvents")
    if variable is not None:
        message = f"„variableName“ {variable[:40]} schränkt nicht ein: die Bedingung wird bei jeder Änderung geprüft"
        r.say(node, message, "was sonst noch gelten muss, in die Bedingung schreiben", "warning")
    if changes is not None:
        message = f"„variableEvents“ {changes[:40]} schränkt nicht ein: die Bedingung wird bei jeder Änderung geprüft"
        r.say(node, message, "was sonst noch gelten muss, in die Bedingung schreiben", "warning")


def caught(r: Rewriting, node: etree._Element) -> None:
    """Variables in which Camunda 7 puts the code and the message of what was caught."""
    for name in ("errorCodeVariable", "errorMessageVariable", "escalationCodeVariable"):
        value = take(node, name)
        if value is not None:
            message = f"„{name}“ hat keine Wirkung: die Variable „{value[:40]}“ bleibt leer"
            r.say(node, message, "je Code ein eigenes Randereignis zeichnen", "warning")
