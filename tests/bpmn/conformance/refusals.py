"""What is refused at upload, or warned of: by element, with the sentence that says so."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import Refusal, line, listener
from tests.bpmn.diagrams import (
    again,
    at,
    begins,
    beside_timer,
    boundary_timer,
    catch,
    catching,
    end,
    ending,
    error,
    escalation,
    event,
    event_gateway,
    flow,
    flows,
    loop,
    message,
    node,
    par,
    process,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    undone_by,
    user,
    xor,
)

T = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
OTHERS = '<bpmn:collaboration id="k"><bpmn:conversation id="g"/></bpmn:collaboration>'
EMPTY = "<bpmn:conditionalEventDefinition><bpmn:condition/></bpmn:conditionalEventDefinition>"
ONE = (
    '<bpmn:multiInstanceLoopCharacteristics behavior="One"><bpmn:loopCardinality>2</bpmn:loopCardinality>'
    "</bpmn:multiInstanceLoopCharacteristics>"
)
QUIRK = "<bpmn:extensionElements><zeebe:quatsch/></bpmn:extensionElements>"
found: list[Refusal] = []


def no(what: str, says: str, content: bytes, severity: str = "error") -> None:
    found.append(Refusal(what, says, content, severity))


def but(what: str, says: str, content: bytes) -> None:
    no(what, says, content, "warning")


def around(part: str, head: str = "") -> bytes:
    """A sound process, and beside it a part that is not."""
    return process(start(), user("u"), end(), part, flows("start > u > end"), head=head)


# what is no part of it
no("komplexes Gateway", "„komplexes Gateway“ wird nicht ausgeführt", around(node("complexGateway", "x")))
no("Datenspeicher", "„Datenspeicher“ wird nicht ausgeführt", around(node("dataStoreReference", "x")))
no("Konversation", "„Konversation“ wird nicht ausgeführt", line(user("u"), head=OTHERS))
no("Choreografie", "Choreografien werden nicht ausgeführt", line(user("u"), head='<bpmn:choreography id="c"/>'))
no(
    "mehrere Ereignisdefinitionen an einem Ereignis",
    "mehrere Ereignisdefinitionen",
    around(node("intermediateCatchEvent", "x", "", T, T)),
)
no(
    "paralleles Mehrfachereignis",
    "„parallelMultiple“",
    around(node("intermediateCatchEvent", "x", "", T, parallelMultiple="true")),
)
no(
    "Vorgang, der durch eine Empfangs-Aufgabe beginnt",
    "„instantiate“",
    around(node("receiveTask", "x", "", messageRef="m", instantiate="true"), message("m", "n", "u")),
)
no("mehr als ein Marker je Fluss (startQuantity)", "„startQuantity“", line(user("x", startQuantity="2")))
no("Startereignis mit Bedingung", "„Startereignis mit Bedingung“", line(begins("x", "conditional", "y")))
no(
    "Ereignis-Teilprozess, der durch Kompensation beginnt",
    "mit Kompensation“ wird nicht",
    line(user("u"), listener("es", begins("x", "compensate"))),
)
no(
    "Skripte in anderen Sprachen als FEEL",
    "werden nicht ausgeführt",
    around(node("scriptTask", "x", "", "<bpmn:script>import os</bpmn:script>", scriptFormat="python")),
)
no(
    "Zuhörer (executionListeners)",
    "werden nicht ausgeführt",
    line(
        user(
            "x",
            extension=(
                '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="y"/></zeebe:executionListeners>'
            ),
        )
    ),
)

# starts, ends, flows
no("Prozess ohne Startereignis", "hat kein Startereignis", process(user("u"), end(), flows("u > end")))
no(
    "Prozess mit mehreren Startereignissen ohne Ereignis",
    "mehrere Startereignisse",
    process(start(), start("x"), end(), flows("start > end", "x > end")),
)
no("Teilprozess mit Ereignis am Start", "beginnt nicht durch ein Ereignis", around(sub("sp", begins("x", "timer", "PT1H"))))
no(
    "Ereignis-Teilprozess ohne Ereignis am Start",
    "ohne Ereignisdefinition",
    around(node("subProcess", "y", "", start("x"), triggeredByEvent="true")),
)
no(
    "Fluss in ein Startereignis",
    "in ein Startereignis führt ein Fluss",
    process(start(), user("u"), flows("start > u > start")),
)
no(
    "Fluss aus einem Endereignis",
    "aus einem Endereignis führt ein Fluss",
    process(start(), end(), user("u"), flows("start > end > u")),
)
no(
    "Fluss in ein Randereignis",
    "in ein Randereignis führt ein Fluss",
    around(boundary_timer("r", "u", "PT1H") + flow("u", "r")),
)
no(
    "Fluss über die Grenze eines Teilprozesses",
    "überschreitet die Grenze",
    around(sub("sp", start("s"), user("v"), flows("s > v")) + flow("v", "end")),
)
no("Fluss ins Leere", "„nirgends“", around(flow("u", "nirgends")))
no(
    "Fluss zu oder von einem Ereignis-Teilprozess",
    "zu oder von einem Ereignis-Teilprozess",
    around(node("subProcess", "x", "", begins("b", "timer", "PT1H"), triggeredByEvent="true") + flow("u", "x")),
)
no("dieselbe Id zweimal", "", around(user("u")))
no("Standardfluss, der nicht dazugehört", "gehört nicht zu diesem Element", line(xor("g", default="start_g")))
no(
    "Schleife ohne Ausgang, in der nichts wartet",
    "endet nie",
    process(start(), xor("g"), script("z", "1", "y"), flows("start > g > z > g")),
)
but(
    "Schleife, in der nichts wartet, mit Ausgang",
    "eine Schleife, in der nichts wartet",
    process(
        start(), xor("g", default="g_z"), script("z", "1", "y"), end(), flow("g", "end", "y > 1"), flows("start > g > z > g")
    ),
)
but("unerreichbares Element", "von keinem Startereignis aus erreicht", around(user("insel")))

# gateways
but(
    "Gateway mit Bedingungen ohne Standardfluss",
    "ohne Standardfluss",
    process(start(), xor("g"), end(), flow("g", "end", "y"), flows("start > g")),
)
but(
    "Fluss ohne Bedingung, der nicht Standard ist",
    "gilt als „sonst“",
    process(start(), xor("g"), end("a"), end("b"), flow("g", "a", "y"), flows("start > g > b")),
)
but(
    "Bedingungen am parallelen Gateway",
    "haben keine Wirkung",
    process(start(), par("g"), end("a"), end("b"), flow("g", "a", "y"), flows("start > g > b")),
)
but(
    "Bedingungen am ereignisbasierten Gateway",
    "haben keine Wirkung",
    process(start(), event_gateway("g"), timer("a", "PT1H"), timer("c", "PT2H"), flow("g", "a", "y"), flows("start > g > c")),
)
no("ereignisbasiertes Gateway mit nur einem Ereignis", "zwei Ereignisse", line(event_gateway("g"), timer("a", "PT1H")))
no(
    "paralleles ereignisbasiertes Gateway",
    "„eventGatewayType“",
    process(
        start(),
        node("eventBasedGateway", "g", eventGatewayType="Parallel"),
        timer("a", "PT1H"),
        timer("c", "PT2H"),
        flows("start > g > a", "g > c"),
    ),
)
no(
    "etwas anderes als ein Ereignis nach einem ereignisbasierten Gateway",
    "das kein Ereignis ist",
    process(start(), event_gateway("g"), user("a"), timer("c", "PT2H"), flows("start > g > a", "g > c")),
)

# tasks
but("Service-Aufgabe ohne Art", "nichts sagt, wer die Arbeit tut", line(node("serviceTask", "x", "<zeebe:taskHeaders/>")))
no("Skript ohne FEEL-Ausdruck", "", line(node("scriptTask", "x", '<zeebe:script resultVariable="y"/>')))
no("Aufruf ohne Prozess", "nennt keinen Prozess", line(node("callActivity", "x")))
no("FEEL, das nicht lesbar ist, mit Zeile und Spalte", "Spalte", line(script("x", "1 +", "y")))
no(
    "Zahl der Versuche, die keine ist",
    "keine Zahl von Versuchen",
    line(node("serviceTask", "x", '<zeebe:taskDefinition type="y" retries="viele"/>')),
)
no("Ergebnis unter einem Namen, der keiner ist", "kein Name einer Variablen", line(script("x", "1", "a b")))
no("Zuordnung unter einem Namen, der keiner ist", "kein Name einer Variablen", line(service("x", inputs={"a b": "=1"})))
but(
    "Angaben, die an einem Element keine Wirkung haben",
    "hat hier keine Wirkung",
    line(user("x", extension='<zeebe:taskDefinition type="y"/>')),
)
but(
    "Eingaben an einem Gateway oder fangenden Ereignis",
    "haben hier keine Wirkung",
    line(user("u"), event("boundaryEvent", "r", "timer", "PT1H", inputs={"a": "=1"}, attachedToRef="u")),
)
but("unbekannte Erweiterungen", "wird nicht verstanden", line(user("x", extension="<zeebe:quatsch/>")))

# more than once
no("Mehrfachausführung ohne Liste und Anzahl", "nennt keine Liste", line(user("x", "<bpmn:multiInstanceLoopCharacteristics/>")))
no(
    "Mehrfachausführung mit anderem behavior als All",
    "„behavior“",
    line(user("x", ONE)),
)
no("Eingabeelement, dessen Name keiner ist", "kein Name einer Variablen", line(user("x", loop("liste", "a b"))))
no("Schleife ohne Bedingung und Höchstzahl", "endet nie", line(user("x", "<bpmn:standardLoopCharacteristics/>")))
no("Höchstzahl, die keine ist", "keine Zahl von Durchläufen", line(user("x", again(most=-1))))
no(
    "Ereignis-Teilprozess mehrfach",
    "nicht mehrfach ausgeführt",
    line(user("u"), node("subProcess", "x", "", loop("l", "i"), begins("b", "timer", "PT1H"), triggeredByEvent="true")),
)

# events
no("Zeitereignis ohne Zeit", "", line(node("intermediateCatchEvent", "x", "", "<bpmn:timerEventDefinition/>")))
no("leere oder negative Dauer", "keine Dauer", line(timer("x", "P")))
no("Zeitpunkt, der keiner ist", "kein Zeitpunkt", line(timer("x", "morgen", "timeDate")))
no("Wiederholung null Mal", "geschieht nie", line(user("u"), beside_timer("x", "u", "R0/PT1H", "timeCycle")))
no(
    "Zeitplan (cron), der keiner ist",
    "liegt nicht zwischen",
    line(user("u"), beside_timer("x", "u", "0 0 25 * * *", "timeCycle")),
)
no(
    "Zeitplan für einen Tag, den es nicht gibt",
    "so einen Tag gibt es nicht",
    line(user("u"), beside_timer("x", "u", "0 0 1 31 2 *", "timeCycle")),
)
but("Wiederholung, wo nur einmal gewartet wird", "nur einmal", line(timer("x", "R3/PT1H", "timeCycle")))
no(
    "Nachrichtenereignis ohne Nachricht",
    "nennt keine Nachricht",
    line(node("intermediateCatchEvent", "x", "", "<bpmn:messageEventDefinition/>")),
)
but(
    "Nachricht ohne Korrelationsschlüssel",
    "keinen Korrelationsschlüssel",
    line(catch("x", "m"), head='<bpmn:message id="m" name="n"/>'),
)
no("Signal ohne Namen", "nennt keinen Namen", line(ending("x", "signal")))
no(
    "Verweis auf eine Nachricht, ein Signal, einen Fehler oder eine Eskalation, die es nicht gibt",
    "das es in dieser Datei nicht gibt",
    line(user("u"), at("u", "x", "error", "nix")),
)
no("Fehler-Ende ohne Code", "nennt keinen Fehlercode", line(ending("x", "error")))
no("Eskalation ohne Code am auslösenden Ereignis", "nennt keinen Code", line(throw("x", "escalation")))
no(
    "Fehler-Randereignis, das nicht unterbricht",
    "unterbricht die Aktivität immer",
    line(user("u"), at("u", "x", "error", "e", beside=True), head=error("e", "E")),
)
no(
    "gefangener Code als Ausdruck",
    "ist ein Ausdruck",
    line(user("u"), at("u", "x", "escalation", "e"), head=escalation("e", "=code")),
)
but(
    "zwei Ereignisse, die dasselbe fangen",
    "fängt hier schon",
    line(user("u"), at("u", "x", "error", "e"), at("u", "y", "error", "e"), head=error("e", "E")),
)
no("Bedingungsereignis ohne Bedingung", "nennt keine Bedingung", line(node("intermediateCatchEvent", "x", "", EMPTY)))
no("Randereignis ohne Aktivität", "hängt an keiner Aktivität", line(user("u"), boundary_timer("x", "start", "PT1H")))
no(
    "Randereignis in einem anderen Teilprozess als seine Aktivität",
    "in einem anderen Teilprozess",
    around(sub("sp", start("s"), user("v"), flows("s > v")) + boundary_timer("x", "v", "PT1H")),
)
but(
    "unbekannte Erweiterung in einer Ereignisdefinition",
    "wird nicht verstanden",
    line(node("intermediateCatchEvent", "x", "", T.replace("Definition><", "Definition>" + QUIRK + "<", 1))),
)
no("Link ohne Ziel", "kein Ziel", process(start(), throw("x", "link", "L"), flows("start > x")))
no(
    "Link mit mehreren Zielen",
    "mehrere Ziele",
    process(start(), throw("x", "link", "L"), catching("a", "link", "L"), catching("c", "link", "L"), flows("start > x")),
)
no(
    "Fluss aus einem auslösenden Link",
    "aus einem auslösenden Link",
    process(start(), throw("x", "link", "L"), catching("a", "link", "L"), end(), flows("start > x > end", "a > end")),
)

# transactions, compensation, ad-hoc
no("Abbruch-Ende außerhalb einer Transaktion", "steht in keiner Transaktion", line(ending("x", "cancel")))
no(
    "Abbruch-Ereignis an etwas anderem als einer Transaktion",
    "hängt an keiner Transaktion",
    line(user("u"), at("u", "x", "cancel")),
)
no(
    "Abbruch-Ereignis, das nicht unterbricht",
    "unterbricht die Transaktion immer",
    line(node("transaction", "tx", "", start("s")), at("tx", "x", "cancel", beside=True)),
)
no(
    "Abbruch einer Transaktion ohne Abbruch-Ereignis",
    "ginge es nicht weiter",
    line(node("transaction", "tx", "", start("s"), ending("x", "cancel"), flows("s > x"))),
)
no("Transaktion nach anderem Verfahren (method)", "„method“", line(node("transaction", "x", "", start("s"), method="##Store")))
no("Kompensations-Ereignis ohne Handlung", "mit keiner Kompensations-Aktivität", line(user("u"), undone_by("u", "weg")))
no("Kompensation einer Aktivität, die es nicht gibt", "gibt es nicht", line(throw("x", "compensate", "nix")))
no(
    "Fluss zu einer Handlung, die rückgängig macht",
    "Kompensations-Aktivität führt ein Fluss",
    around(undone_by("u", "h") + script("h", "1", "y", isForCompensation="true") + flow("u", "h")),
)
no(
    "Ad-hoc-Teilprozess mit Start oder Ende",
    "weder Start- noch Endereignisse",
    line(node("adHocSubProcess", "ah", "", end("x"))),
)
but("Ad-hoc-Teilprozess ohne Aktivität", "enthält keine Aktivität", line(node("adHocSubProcess", "x")))
