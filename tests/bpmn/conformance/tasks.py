"""Tasks: of persons, of the outside, of scripts, tables and messages."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    again,
    both,
    broke,
    done,
    incident,
    inner,
    later,
    line,
    play,
    refused,
    tasks,
    told,
    waiting,
    worked,
)
from tests.bpmn.diagrams import DMN, at, decide, end, error, flows, loop, message, node, process, script, service, start, user

b = Collection()
MESSAGE = message("m", "antwort", "nr")
PUBLISH = '<zeebe:publishMessage correlationKey="=nr" messageId="=&quot;id-&quot; + nr" timeToLive="PT1H"/>'
JOB = '<zeebe:taskDefinition type="demo.druckt"/>'

b.of("Benutzeraufgabe")
b(
    "wartet auf einen Menschen; seine Antworten werden Variablen",
    line(user("u")),
    play({}, tasks("u"), done("u", ok=True, n=3), ends=["end"], variables={"ok": True, "n": 3}),
)
b(
    "sieht durch Eingaben eigene Variablen, die es außerhalb nicht gibt",
    line(user("u", inputs={"eigen": "=x + 1"})),
    play({"x": 1}, done("u"), without=["eigen"], variables={"x": 1}),
)
b(
    "überschreibt eine gleichnamige Eingabe nur bei sich, wie Camunda 8",
    line(user("u", inputs={"x": "=5"})),
    play({"x": 1}, done("u", x=9), variables={"x": 1}),
)
b(
    "gibt mit Ausgaben nur heraus, was sie nennen",
    line(user("u", outputs={"summe": "=a + b"})),
    play({}, done("u", a=1, b=2), variables={"summe": 3}, without=["a", "b"]),
)
b("gibt ein leeres Ergebnis heraus: nichts ändert sich", line(user("u")), play({"x": 1}, done("u"), variables={"x": 1}))
b("gibt null als Wert heraus", line(user("u")), play({"x": 1}, done("u", x=None), variables={"x": None}))
b(
    "kommt in einer Schleife immer wieder, jede Runde eine neue Aufgabe",
    process(
        start(),
        node("exclusiveGateway", "m"),
        user("u"),
        node("exclusiveGateway", "g", default="g_m"),
        end(),
        flows("start > m > u > g > m"),
        '<bpmn:sequenceFlow id="g_end" sourceRef="g" targetRef="end"><bpmn:conditionExpression>ja</bpmn:conditionExpression>'
        "</bpmn:sequenceFlow>",
    ),
    play({}, done("u", ja=False), done("u", ja=False), tasks("u"), done("u", ja=True), ends=["end"]),
)
b("wird mit ihrem Vorgang abgebrochen", line(user("u")), play({}, {"terminate": True}, state="terminated", not_passed=["u"]))
b(
    "ist eine Störung, wenn ihre Fälligkeit kein Zeitpunkt ist, und wird danach gestellt",
    line(user("u", extension='<zeebe:taskSchedule dueDate="=faellig"/>')),
    play({"faellig": "bald"}, incident("u", "Fälligkeit"), again("u", faellig="2026-04-01"), tasks("u"), done("u")),
)
b.shown(
    "nennt Formular, Person, Gruppen und Fälligkeit, auch aus FEEL",
    "tests/bpmn/test_elements.py::test_a_user_task_says_who_by_when_and_with_which_form",
)
b.shown("gehört ohne eigene Gruppe der ihrer Bahn", "tests/bpmn/test_elements.py::test_a_lane_is_the_group_of_its_user_tasks")

b.of("Service-Aufgabe")
b("ruht, bis die Arbeit außen getan ist", line(service("s")), play({}, waiting("s"), worked("s", r=1), variables={"r": 1}))
b(
    "gibt nach außen, was ihre Eingaben machen",
    line(service("s", inputs={"a.b": "=x", "fest": "Text"})),
    play({"x": 1}, worked("s"), without=["a", "fest"]),
)
b(
    "nimmt aus der Antwort, was ihre Ausgaben nennen",
    line(service("s", outputs={"y": "=r.n"})),
    play({}, worked("s", r={"n": 4}), variables={"y": 4}, without=["r"]),
)
b(
    "ist eine Störung, wenn die Arbeit endgültig scheitert, und wird danach noch einmal versucht",
    line(service("s")),
    play({}, broke("s"), incident("s"), state="incident"),
    play({}, broke("s"), again("s"), waiting("s"), broke("s"), again("s"), worked("s")),
)
b(
    "kann in einen BPMN-Fehler enden, den ein Randereignis fängt",
    line(service("s"), at("s", "f", "error", "e"), head=error("e", "E")),
    play({}, refused("s", "E", grund="so"), ends=["nach_f"], variables={"grund": "so"}, not_passed=["s"]),
)
b("ist bei einem Fehler, den niemand fängt, eine Störung", line(service("s")), play({}, refused("s", "E"), state="incident"))
b(
    "hat eine Art aus FEEL; ergibt sie keinen Text, ist das eine Störung",
    line(service("s", type="=art")),
    play({"art": "demo.druckt"}, worked("s")),
    play({}, incident("s", "Art"), again("s", art="demo.druckt"), worked("s")),
)
b(
    "nimmt Eingaben nach einer Störung noch einmal auf",
    line(service("s", inputs={"y": "=x"}, outputs={"z": "=y"})),
    play({"x": 1}, broke("s"), again("s", x=2), worked("s"), variables={"z": 2}),
)

b.of("Skript-Aufgabe")
b("rechnet in FEEL und legt das Ergebnis ab", line(script("z", "x * 2", "y")), play({"x": 21}, variables={"y": 42}))
b(
    "legt mit Ausgaben nur ab, was sie nennen",
    line(script("z", "x * 2", "y", outputs={"halb": "=y / 4"})),
    play({"x": 2}, variables={"halb": 1}, without=["y"]),
)
b(
    "ergibt null, wenn der Ausdruck keinen Wert hat, und geht weiter",
    line(script("z", "fehlt + 1", "y")),
    play({}, variables={"y": None}),
)
b(
    "schreibt in die nächste Ebene, in der es die Variable gibt",
    line(
        inner(
            "sp",
            script("z", "x + 1", "x"),
            extension='<zeebe:ioMapping><zeebe:input source="=1" target="x"/></zeebe:ioMapping>',
        )
    ),
    play({"x": 10}, variables={"x": 10}),
)
b(
    "in reinem BPMN: <script> mit scriptFormat feel",
    line(node("scriptTask", "z", "", "<bpmn:script>1 + 1</bpmn:script>", scriptFormat="feel")),
    play({}, passed=["z"]),
)
b(
    "mit taskDefinition ruht und wird außen erledigt",
    line(node("scriptTask", "z", JOB)),
    play({}, waiting("z"), worked("z", r=1)),
)
b(
    "ist eine Störung, wenn das Ergebnis eine Funktion ist",
    line(script("z", "if gut then 1 else function(a) a", "y")),
    play({"gut": False}, incident("z", "Funktion"), again("z", gut=True), variables={"y": 1}),
)

b.of("Geschäftsregel-Aufgabe")
b(
    "trifft eine Entscheidung aus der Tabelle des Pakets",
    {"p.bpmn": line(decide("d", "schutz", "g")), "s.dmn": DMN},
    play({"umfang": 95}, variables={"g": True}),
    play({"umfang": 30}, variables={"g": False}),
)
b(
    "nimmt als Eingabe, was ihre Zuordnung macht",
    {"p.bpmn": line(decide("d", "schutz", "g", {"umfang": "=baum.cm"})), "s.dmn": DMN},
    play({"baum": {"cm": 80}}, variables={"g": True}, without=["umfang"]),
)
b(
    "ist eine Störung, wenn die Tabelle keinen Wert ergibt, und wird danach neu getroffen",
    {"p.bpmn": line(decide("d", "schutz", "g")), "s.dmn": DMN},
    play({}, incident("d", "schutz"), again("d", umfang=100), variables={"g": True}),
)
b(
    "nennt die Entscheidung auch aus FEEL",
    {"p.bpmn": line(decide("d", "=welche", "g")), "s.dmn": DMN},
    play({"umfang": 1, "welche": "schutz"}, variables={"g": False}),
)
b(
    "mit taskDefinition wird außen entschieden",
    line(node("businessRuleTask", "d", JOB)),
    play({}, worked("d", g=1), variables={"g": 1}),
)
b.shown(
    "hält fest, aus welchen Eingaben und Regeln das Ergebnis kam",
    "tests/bpmn/test_events.py::test_a_decision_is_made_and_its_reasons_are_kept",
)

b.of("Sende-Aufgabe")
b(
    "sendet ihre Nachricht mit Schlüssel und geht weiter",
    line(node("sendTask", "s", PUBLISH, messageRef="m"), head=MESSAGE),
    play({"nr": "7"}, thrown=[("antwort", "7")]),
)
b(
    "erreicht, wer im selben Vorgang wartet, in einem eigenen Schritt",
    line(both("g", node("receiveTask", "r", "", messageRef="m"), node("sendTask", "s", "", messageRef="m")), head=MESSAGE),
    play({"nr": "7"}, throws=True, passed=["r", "s"]),
)
b("mit taskDefinition ruht, bis außen gesendet ist", line(node("sendTask", "s", JOB)), play({}, waiting("s"), worked("s")))
b(
    "ist eine Störung, wenn der Schlüssel kein Text ist, und sendet danach",
    line(node("sendTask", "s", PUBLISH, messageRef="m"), head=MESSAGE),
    play({"nr": [1]}, incident("s", "key"), again("s", nr="1"), thrown=[("antwort", "1")]),
)

b.of("Empfangs-Aufgabe")
RECEIVE = line(node("receiveTask", "r", "", messageRef="m"), at("r", "t", "timer", "P1D"), head=MESSAGE)
b(
    "wartet auf ihre Nachricht",
    RECEIVE,
    play({"nr": "1"}, waiting("r", "t"), told("antwort", "1", ja=True), variables={"ja": True}),
)
b(
    "nimmt auch eine Nachricht, die schon vorher kam",
    line(user("u"), node("receiveTask", "r", "", messageRef="m"), head=MESSAGE),
    play({"nr": "1"}, told("antwort", "1", ja=1), tasks("u"), done("u"), variables={"ja": 1}),
)
b("hört nicht auf einen anderen Schlüssel", RECEIVE, play({"nr": "1"}, told("antwort", "2"), waiting("r", "t"), state="active"))
b("wird von einem Randereignis abgebrochen", RECEIVE, play({"nr": "1"}, later("P1D"), ends=["nach_t"]))
b(
    "für jeden Eintrag einer Liste: jede mit ihrem Schlüssel",
    line(node("receiveTask", "r", "", loop("liste", "nr", "aus", "wert"), messageRef="m"), head=MESSAGE),
    play({"liste": ["a", "b"]}, told("antwort", "b", wert=2), told("antwort", "a", wert=1), variables={"aus": [1, 2]}),
)

b.of("Manuelle und unbestimmte Aufgabe")
b("wird durchlaufen", line(node("manualTask", "m"), node("task", "t")), play({}, passed=["m", "t"]))
b(
    "ordnet zu, was ihre Ein- und Ausgaben nennen",
    line(
        node(
            "task",
            "t",
            '<zeebe:ioMapping><zeebe:input source="=2" target="a"/><zeebe:output source="=a * 3" target="c"/>'
            "</zeebe:ioMapping>",
        )
    ),
    play({}, variables={"c": 6}, without=["a"]),
)
