"""docs/bpmn-coverage.md, written from the conformance suite: `python -m tests.bpmn.coverage > docs/bpmn-coverage.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.bpmn.conformance import suite
from tests.bpmn.conformance.behaviour import Behaviour

FOLDER = "tests/bpmn/conformance"
ABOUT = {
    "Benutzeraufgabe": "Aufgaben",
    "Teilprozess": "Teilprozesse und Aufrufe",
    "Mehrfachausführung": "Mehrfach",
    "Exklusives Gateway": "Gateways und Flüsse",
    "Ereignis-Teilprozess": "Ereignisse in und an Aktivitäten",
    "Zeitereignis": "Zeit",
    "Startereignis": "Beginn, Nachrichten, Signale",
    "Fehler": "Fehler und Eskalationen",
    "Bedingungsereignis": "Bedingung, Link, Ende",
    "Kompensation": "Rückgängig machen",
    "Variablen": "Daten",
    "Störung": "Störungen und langes Leben",
}
"""The headings, by the element with which they begin."""


HEAD = """# BPMN: was läuft, und wodurch es geprüft ist

*Diese Seite ist aus den Prüfungen erzeugt (`python -m tests.bpmn.coverage`) und wird von einem Test verglichen.*

{} Sätze sagen, was jedes Element von BPMN in Amtsweg tut. Zu jedem gehören ein kleines Diagramm und wenigstens ein Szenario,
das den Satz prüft: gespielt wie mit `amtsweg scenario`, und noch einmal Schritt für Schritt. Nach jedem Schritt wird der
Vorgang gespeichert und mit neu gelesenem Diagramm wieder geladen; worauf er wartet, muss dann dasselbe sein. Wo BPMN 2.0.2
und Camunda 8 verschieden gelesen werden können, sagt der Satz, wem Amtsweg folgt.

Alle auf einmal: `python -m pytest tests/bpmn/test_conformance.py`. Was die Elemente tun, steht kürzer in
[bundles.md](bundles.md#welche-elemente-laufen), was aus anderen Modellierern übersetzt wird, in
[bpmn-dialects.md](bpmn-dialects.md).
"""


def page() -> str:
    """The page as Markdown."""
    return "\n".join([*_head(), *_behaviours(), *_refusals()]) + "\n"


def _head() -> Iterator[str]:
    yield HEAD.format(len(suite.BEHAVIOURS))
    yield "| Element | Sätze |"
    yield "|---|---|"
    for element in dict.fromkeys(one.element for one in suite.BEHAVIOURS):
        number = sum(one.element == element for one in suite.BEHAVIOURS)
        yield f"| [{element}](#{_anchor(element)}) | {number} |"
    yield ""


def _anchor(heading: str) -> str:
    kept = "".join(sign for sign in heading.lower() if sign.isalnum() or sign in " -")
    return kept.replace(" ", "-")


def _behaviours() -> Iterator[str]:
    places = {one.id: module.__name__.rpartition(".")[2] for module in suite.MODULES for one in module.b.found}
    element = ""
    for one in suite.BEHAVIOURS:
        if one.element != element:
            yield from [""] if element else []
            element = one.element
            yield from [f"## {ABOUT[element]}", ""] if element in ABOUT else []
            yield from [f"### {element}", "", "| Verhalten | Prüfung |", "|---|---|"]
        yield f"| {_cell(one.sentence)} | {_test(one, places[one.id])} |"
    yield ""


def _test(one: Behaviour, module: str) -> str:
    if one.elsewhere:
        path, _, name = one.elsewhere.partition("::")
        return f"[{path.rpartition('/')[2]}](../{path}): `{name}`"
    plays = len(one.plays)
    return f"[{module}.py](../{FOLDER}/{module}.py)" + (f", {plays} Szenarien" if plays > 1 else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")


def _refusals() -> Iterator[str]:
    yield "## Was beim Hochladen abgelehnt wird"
    yield ""
    yield "Jeder Befund nennt Datei, Zeile, Element, was nicht geht und wie es zu beheben ist; alle Befunde kommen in einer"
    there = f"[refusals.py](../{FOLDER}/refusals.py) und [test_findings.py](../tests/bpmn/test_findings.py)"
    yield f"Antwort. Geprüft in {there}: dort"
    yield "auch, was kein lesbares XML oder kein BPMN ist."
    yield ""
    yield from (f"* {_cell(one.what)}" for one in suite.REFUSALS if one.severity == "error")
    yield ""
    yield "## Wovor beim Hochladen gewarnt wird"
    yield ""
    yield "Das Diagramm läuft; der Befund sagt, was daran wahrscheinlich nicht so gemeint ist."
    yield ""
    yield from (f"* {_cell(one.what)}" for one in suite.REFUSALS if one.severity == "warning")


if __name__ == "__main__":
    sys.stdout.write(page())
