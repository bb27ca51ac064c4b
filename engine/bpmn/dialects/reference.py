"""The page docs/bpmn-dialects.md, written by translating its examples: `python -m engine.bpmn.dialects.reference > docs/…`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from engine.bpmn.dialects import translate
from engine.bpmn.dialects.idle import ATTRIBUTES, ELEMENTS, Idle
from engine.bpmn.dialects.juel import Place
from engine.bpmn.dialects.methods import METHODS, SPIN_VALUES, TIMES
from engine.bpmn.dialects.pieces import Untranslatable
from engine.bpmn.dialects.rewriting import B, Z
from engine.bpmn.dialects.texts import translated
from engine.bpmn.xml import BPMN, local

HEAD = """# Andere Schreibweisen: Camunda 7, Operaton, reines BPMN

*Diese Seite ist aus dem Quelltext erzeugt (`python -m engine.bpmn.dialects.reference`) und wird von einem Test
verglichen; jedes Beispiel wird dabei übersetzt.*

Amtsweg führt BPMN 2.0 mit den Erweiterungen von Zeebe aus, wie der Modeler sie für „Camunda 8“ speichert
([bundles.md](bundles.md)). Dateien für Camunda 7, Operaton oder Activiti und Dateien ganz ohne Erweiterungen werden beim
Hochladen übersetzt. Gespeichert wird die Datei, wie sie kam. Was kein Gegenstück hat, ist ein **Befund** an seiner Zeile:
ein Fehler, wo der Ablauf ohne es etwas anderes täte, eine Warnung, wo etwas fehlt, ein Hinweis, wo nichts zu tun ist.
Stillschweigend fällt nichts weg.

Text, der mit `=` beginnt, ist auch hier FEEL. So lässt sich in einer Datei für Camunda 7 sagen, was JUEL nicht kann.
"""
AFTER = """
## Was anders ist

* **Variablen.** Mit Ausgaben (`outputParameter`) verlässt nur das Genannte ein Element. Ein Konnektor bekommt nur seine
  Eingaben. Eine Aufruf-Aktivität gibt wie in Camunda 7 nur weiter, was `in` und `out` nennen.
* **null.** JUEL rechnet mit `null` als 0 und nimmt es als falsch; in FEEL bleibt es `null`. Ergibt eine Bedingung deshalb
  weder wahr noch falsch, entsteht eine Störung, die ein Mensch behebt. Zahlen und Texte sind nie gleich: `5 = "5"` ist `null`.
* **Texte.** Zahlen und Tage in einem Text (`Nr. ${n}`) stehen so da, wie FEEL sie schreibt: `5`, nicht `5.0`.
* **Nachrichten.** Camunda 7 sucht den Empfänger mit Werten, die nicht im Diagramm stehen. Hier gehört zur Nachricht ein
  Korrelationsschlüssel; fehlt er, sagt es ein Befund.
* **Entscheidungen.** Eine Tabelle mit einer Ausgabe ergibt den Wert, mit mehreren Ausgaben eine Zuordnung, mit mehreren
  Treffern eine Liste.
"""
WORDS = {"error": "Fehler", "warning": "Warnung", "advice": "Hinweis"}


class Example(NamedTuple):
    """An element with what is written at it. Attributes and extension elements of Camunda 7 have no prefix here."""

    kind: str
    attributes: str = ""
    extension: str = ""
    inside: str = ""


TASKS = (
    Example("userTask", 'assignee="${wer}" candidateGroups="amt, ${gruppe}"'),
    Example("userTask", 'candidateUsers="anna, bert"'),
    Example("userTask", 'dueDate="${bis}" followUpDate="P3D"'),
    Example("userTask", 'formRef="pruefung" formRefBinding="latest"'),
    Example("userTask", 'formKey="camunda-forms:bundle:pruefung.form"'),
    Example("userTask", 'formKey="embedded:app:forms/pruefung.html"'),
    Example("userTask", "", '<formData><formField id="ok" type="boolean"/></formData>'),
    Example("startEvent", 'formKey="antrag"'),
    Example("serviceTask", 'type="external" topic="demo.druckt"'),
    Example("serviceTask", 'type="external" topic="t"', "<failedJobRetryTimeCycle>R5/PT10M</failedJobRetryTimeCycle>"),
    Example("serviceTask", 'type="external" topic="t"', '<errorEventDefinition errorRef="f" expression="${x}"/>'),
    Example("serviceTask", 'expression="${a + 1}" resultVariable="b"'),
    Example("serviceTask", 'class="de.beispiel.Pruefen"', '<field name="art" stringValue="x"/>'),
    Example("serviceTask", 'delegateExpression="${pruefen}"'),
    Example("serviceTask", "", "<connector><connectorId>http-connector</connectorId></connector>"),
    Example("scriptTask", 'resultVariable="b"', "", "<script>${a * 2}</script>"),
    Example("businessRuleTask", 'decisionRef="gebuehr" mapDecisionResult="singleEntry" resultVariable="g"'),
    Example("businessRuleTask", 'decisionRef="gebuehr" mapDecisionResult="singleResult" resultVariable="g"'),
    Example("businessRuleTask", 'decisionRef="gebuehr" mapDecisionResult="collectEntries" resultVariable="g"'),
    Example("businessRuleTask", 'decisionRef="gebuehr" mapDecisionResult="resultList" resultVariable="g"'),
    Example("userTask", "", '<inputOutput><inputParameter name="a">Nr. ${nr}</inputParameter></inputOutput>'),
    Example("userTask", "", '<inputOutput><outputParameter name="b">${a.b}</outputParameter></inputOutput>'),
    Example("userTask", "", '<properties><property name="vier_augen" value="pruefen"/></properties>'),
    Example("userTask", "", '<executionListener event="start" class="de.beispiel.Los"/>'),
)
CALLS = (
    Example("callActivity", "", '<in source="a" target="b"/><out sourceExpression="${c + 1}" target="d"/>'),
    Example("callActivity", "", '<in variables="all"/><out variables="all"/>'),
    Example("callActivity", "", '<in businessKey="#{execution.processBusinessKey}"/>'),
    Example("callActivity", 'calledElementBinding="version" calledElementVersion="2"'),
    Example("callActivity", 'variableMappingClass="de.beispiel.Zuordnen"'),
)
PLAIN = (
    Example("serviceTask"),
    Example("businessRuleTask"),
    Example("userTask", inside="<potentialOwner><resourceAssignmentExpression><formalExpression>group(amt), post"
            "</formalExpression></resourceAssignmentExpression></potentialOwner>"),
    Example("userTask", inside="<humanPerformer><resourceAssignmentExpression><formalExpression>anna"
            "</formalExpression></resourceAssignmentExpression></humanPerformer>"),
    Example("userTask", inside="<ioSpecification><inputSet/><outputSet/></ioSpecification>"),
)  # fmt: skip
JUEL = (
    "${umfang >= 80 && art == 'Eiche'}", "${!vollstaendig or empty anlagen}", "${betrag > 0 ? 'ja' : 'nein'}",
    "${baeume[0].art}", "${antrag['ein Wort']}", "Hallo ${name}!", "${n mod 2 == 0}",
    "${liste.contains('x') and liste.size() > 1}", "${execution.getVariable('x')}", "${json.prop('a').stringValue()}",
    "${nrOfCompletedInstances/nrOfInstances >= 0.6}", "${loopCounter}", "${bean.rechnen(x)}", "${a + ' Euro'}",
    "${dateTime().plusDays(3).toDate()}", "${execution.processInstanceId}", "${liste[i]}",
)  # fmt: skip
ELSEWHERE = {
    "collection": "wird `inputCollection`: die Liste einer Mehrfachausführung",
    "elementVariable": "wird `inputElement`: wie ein Eintrag dieser Liste heißt",
    "variableName": "schränkt eine Bedingung nicht ein: sie wird bei jeder Änderung geprüft (Warnung)",
    "variableEvents": "variableName",
    "errorCodeVariable": "bleibt leer (Warnung)",
    "errorMessageVariable": "errorCodeVariable",
    "escalationCodeVariable": "errorCodeVariable",
    "errorMessage": "hat keine Wirkung (Hinweis)",
    "resource": "ein Skript in einer eigenen Datei wird nicht ausgeführt (Fehler)",
    "formHandlerClass": "ist Java und wird nicht ausgeführt (Fehler)",
    "formProperty": "formData",
    "variableMappingDelegateExpression": "variableMappingClass",
    "caseRef": "Fälle nach CMMN werden nicht ausgeführt (Fehler)",
    "calledElementVersionTag": "calledElementVersion",
    "decisionRefBinding": "calledElementBinding",
    "decisionRefVersion": "calledElementVersion",
    "formRefVersion": "calledElementVersion",
}
"""What is dealt with and stands in no example: what becomes of it, or the name of the one like it."""


def translation(example: Example) -> tuple[str, list[str]]:
    """What an example becomes (nothing, if its file is refused), and what is said of it."""
    kind = example.kind
    given = "".join(f" c:{part}" for part in example.attributes.replace('" ', '"\n').split("\n") if part)
    given += {"callActivity": ' calledElement="kind"', "scriptTask": ' scriptFormat="juel"'}.get(kind, "")
    inside = example.extension.replace("<", "<c:").replace("<c:/", "</c:")
    inside = f"<extensionElements>{inside}</extensionElements>" if inside else ""
    camunda = ' xmlns:c="http://camunda.org/schema/1.0/bpmn"' if "c:" in given + inside else ""
    text = f'<definitions xmlns="{BPMN}"{camunda}><{kind} id="x"{given}>{inside}{example.inside}</{kind}></definitions>'
    root = etree.fromstring(text)
    causes = translate("", root)
    made = [_shown(one) for one in root[0].iterfind(f"{B}extensionElements/{Z}*")]
    if local(root[0]) != kind:
        made.insert(0, local(root[0]))
    if any(one.severity == "error" for one in causes):
        made = []
    return "<br>".join(f"`{one}`" for one in made), [f"{WORDS[one.severity]}: {one.message}" for one in causes]


def _shown(node: etree._Element) -> str:
    inside = "; ".join(_shown(child) for child in node)
    given = " ".join(f'{key}="{node.get(key)}"' for key in map(str, node.attrib))
    return f"{local(node)} {given}{': ' * bool(inside and not given)}{inside}".replace(" : ", ": ").strip()


def _examples(examples: tuple[Example, ...]) -> Iterator[str]:
    yield "| Element | geschrieben | wird | Befund |"
    yield "|---|---|---|---|"
    for example in examples:
        made, said = translation(example)
        written = " ".join(part for part in example[1:] if part)
        shown = f"`{_cell(written)}`" if written else "nichts"
        yield f"| `{example.kind}` | {shown} | {_cell(made)} | {_cell('<br>'.join(said))} |"


def _juel() -> Iterator[str]:
    yield "| JUEL | FEEL |"
    yield "|---|---|"
    for text in JUEL:
        try:
            made = f"`{_cell(translated(text, Place(looped=True, completes=True), []))}`"
        except Untranslatable as no:
            made = f"abgelehnt: {no.sentence} (Spalte {no.column})"
        yield f"| `{_cell(text)}` | {made} |"
    yield ""
    methods = ", ".join(f"`{name}`" for name in (*METHODS, *SPIN_VALUES, *TIMES, "toDate"))
    yield f"Methoden, die übersetzt werden: {methods} und `execution.getVariable`. Alle anderen werden abgelehnt."


def _idle() -> Iterator[str]:
    yield "| Name | warum ohne Wirkung | Befund |"
    yield "|---|---|---|"
    groups: dict[Idle, list[str]] = {}
    for name, idle in {**ATTRIBUTES, **ELEMENTS}.items():
        groups.setdefault(idle, []).append(name)
    for idle, names in groups.items():
        why = "; ".join(part for part in (idle.why, idle.hint) if part)
        yield f"| {', '.join(f'`{name}`' for name in names)} | {why} | {WORDS[idle.severity]} |"


def _elsewhere() -> Iterator[str]:
    yield ""
    yield "| Außerdem | |"
    yield "|---|---|"
    for name, why in ELSEWHERE.items():
        yield f"| `{name}` | {f'wie `{why}`' if why.isidentifier() else why} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page() -> str:
    """The whole page."""
    parts = [
        HEAD, "\n## Aufgaben\n", *_examples(TASKS), "\n## Aufgerufene Prozesse\n", *_examples(CALLS),
        "\n## Ausdrücke\n", *_juel(), "\n## Ohne Wirkung\n", *_idle(), *_elsewhere(),
        "\n## Reines BPMN\n", *_examples(PLAIN), AFTER,
    ]  # fmt: skip
    return "\n".join(part.removesuffix("\n") if part in (HEAD, AFTER) else part for part in parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
