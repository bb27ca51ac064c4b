"""Where processes begin; messages and signals."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    again,
    aside,
    both,
    done,
    heard,
    incident,
    inner,
    later,
    line,
    listener,
    play,
    row,
    tasks,
    told,
    waiting,
    worked,
)
from tests.bpmn.diagrams import (
    at,
    begins,
    call,
    catch,
    catching,
    end,
    ending,
    error,
    escalation,
    flows,
    io,
    message,
    node,
    process,
    script,
    signal,
    start,
    throw,
    user,
)

b = Collection()
HEAD = (
    message("m", "antwort", "nr")
    + signal("sig", "alarm")
    + error("err", "F")
    + error("err2", "G")
    + escalation("esk", "E")
    + escalation("esk2", "D")
)


def sends(id: str, kind: str = "intermediateThrowEvent", extension: str = "") -> str:
    return node(kind, id, extension, '<bpmn:messageEventDefinition messageRef="m"/>')


b.of("Startereignis")
b("ohne Ereignis beginnt, wenn der Vorgang beginnt", line(start("s"), user("u")), play({}, done("u"), ends=["end"]))
STARTS = process(
    start(),
    begins("durch_n", "message", "m", outputs={"text": "=t"}),
    begins("durch_s", "signal", "sig"),
    begins("durch_z", "timer", "P1D"),
    end("a"),
    end("n"),
    end("s"),
    end("z"),
    flows("start > a", "durch_n > n", "durch_s > s", "durch_z > z"),
    head=HEAD,
)
b(
    "mit Nachricht, Signal oder Zeit beginnt den Vorgang an seiner Stelle",
    STARTS,
    play({}, ends=["a"]),
    play({"t": 1}, at="durch_n", ends=["n"], variables={"text": 1}),
    play({}, at="durch_s", ends=["s"]),
    play({}, at="durch_z", ends=["z"]),
)
b.shown("nennt, wodurch ein Prozess beginnt", "tests/bpmn/test_events.py::test_the_events_by_which_a_process_begins_are_named")

b.of("Nachricht")
CATCH = line(catch("c", "m", {"text": "=t"}), head=HEAD)
b("kommt an, wo Name und Schlüssel passen", CATCH, play({"nr": "1"}, told("antwort", "1", t="ja"), variables={"text": "ja"}))
b(
    "mit anderem Schlüssel oder Namen kommt nicht an",
    CATCH,
    play({"nr": "1"}, told("antwort", "2"), told("anders", "1"), waiting("c"), state="active"),
)
b(
    "die zu früh kommt, wird aufgehoben",
    line(user("u"), catch("c", "m"), head=HEAD),
    play({"nr": "1"}, told("antwort", "1", x=1), done("u"), variables={"x": 1}),
)
b(
    "verfällt nach ihrer Frist",
    line(user("u"), catch("c", "m"), head=HEAD),
    play({"nr": "1"}, told("antwort", "1", lasts="P1D"), later("P2D"), done("u"), waiting("c"), state="active"),
    play({"nr": "1"}, told("antwort", "1", lasts="P3D"), later("P2D"), done("u"), ends=["end"]),
)
b(
    "mit derselben Kennung zählt einmal",
    line(catch("c", "m"), catch("d", "m"), head=HEAD),
    play({"nr": "1"}, told("antwort", "1", once="k"), told("antwort", "1", once="k"), waiting("d"), state="active"),
)
b(
    "erreicht nur einen von zweien, die auf sie warten, den älteren",
    line(both("g", catch("c", "m"), catch("d", "m")), head=HEAD),
    play({"nr": "1"}, told("antwort", "1"), waiting("d"), told("antwort", "1"), ends=["end"]),
)
b("hat eine Zahl als Schlüssel: ihre Ziffern", CATCH, play({"nr": 4711}, told("antwort", "4711", t=1), variables={"text": 1}))
b(
    "ohne Schlüssel im Diagramm kommt nur ohne Schlüssel an",
    line(catch("c", "m"), head='<bpmn:message id="m" name="antwort"/>'),
    play({}, told("antwort", "x"), waiting("c"), told("antwort"), ends=["end"]),
)
b(
    "deren Schlüssel keinen Wert hat, ist eine Störung",
    CATCH,
    play({}, incident("c", "Korrelationsschlüssel"), again("c", nr="1"), told("antwort", "1")),
)
b(
    "hat einen Namen aus FEEL",
    line(catch("c", "m"), head=message("m", "=wie", "nr")),
    play({"wie": "gruss", "nr": "1"}, told("gruss", "1"), ends=["end"]),
)
b(
    "behält den Schlüssel von damals, als das Warten begann",
    line(both("g", catch("c", "m"), user("u")), head=HEAD),
    play({"nr": "1"}, done("u", nr="2"), told("antwort", "2"), waiting("c"), told("antwort", "1"), ends=["end"]),
)
b(
    "nach dem Ende des Wartens ändert nichts mehr",
    line(user("u"), at("u", "r", "message", "m"), user("v"), head=HEAD),
    play({"nr": "1"}, done("u"), told("antwort", "1"), tasks("v"), done("v"), ends=["end"]),
)
for kind, word in (("intermediateThrowEvent", "Zwischenereignis"), ("endEvent", "Endereignis")):
    b(
        f"wird von einem {word} gesendet, mit Schlüssel, und der Weg geht weiter",
        line(sends("t", kind), head=HEAD),
        play({"nr": "7"}, thrown=[("antwort", "7")], passed=["t"]),
    )
    b(
        f"über einen Konnektor ruht am {word}, bis sie gesendet ist",
        line(sends("t", kind, '<zeebe:taskDefinition type="demo.druckt"/>'), head=HEAD),
        play({"nr": "7"}, waiting("t"), worked("t"), passed=["t"], thrown=[]),
    )
b(
    "die ein Vorgang sendet, erreicht in einem eigenen Schritt auch ihn selbst",
    line(both("g", catch("c", "m"), sends("t")), head=HEAD),
    play({"nr": "1"}, throws=True, passed=["c", "t"]),
)
b(
    "trägt, was die Eingaben des sendenden Ereignisses machen",
    line(
        both(
            "g",
            catch("c", "m"),
            node("intermediateThrowEvent", "t", io({"was": "=x + 1"}, None), '<bpmn:messageEventDefinition messageRef="m"/>'),
        ),
        head=HEAD,
    ),
    play({"nr": "1", "x": 1}, throws=True, variables={"was": 2}),
)

b.of("Signal")
b(
    "erreicht alle, die im Vorgang darauf warten",
    line(both("g", catching("c", "signal", "sig", {"a": "=x"}), catching("d", "signal", "sig", {"e": "=x"})), head=HEAD),
    play({}, heard("alarm", x=1), variables={"a": 1, "e": 1}),
)
b(
    "auf das niemand wartet, ist vergangen",
    line(user("u"), catching("c", "signal", "sig"), head=HEAD),
    play({}, heard("alarm"), done("u"), waiting("c"), heard("alarm"), ends=["end"]),
)
b(
    "erreicht Randereignis, Ereignis-Teilprozess und Zwischenereignis zugleich",
    line(
        both("g", row(user("u")), catching("c", "signal", "sig")),
        listener("es", begins("b", "signal", "sig", True), script("z", "n + 1", "n")),
        aside(at("u", "r", "signal", "sig", beside=True), script("w", "n + 10", "n")),
        head=HEAD,
    ),
    play({"n": 0}, heard("alarm"), tasks("u"), done("u"), variables={"n": 11}),
)
b(
    "wird von Zwischen- und Endereignis ausgelöst",
    line(throw("t", "signal", "sig"), ending("e", "signal", "sig"), head=HEAD),
    play({}, thrown=[("alarm", ""), ("alarm", "")]),
)
b(
    "das ein Vorgang auslöst, erreicht auch ihn selbst",
    line(both("g", catching("c", "signal", "sig"), throw("t", "signal", "sig")), head=HEAD),
    play({}, throws=True, passed=["c"]),
)
b(
    "trägt nur, was die Eingaben seines Ereignisses machen",
    line(both("g", catching("c", "signal", "sig"), throw("t", "signal", "sig", {"was": "=x"})), head=HEAD),
    play({"x": 3}, throws=True, variables={"was": 3}),
)
b(
    "hat einen Namen aus FEEL",
    line(catching("c", "signal", "sig"), head=signal("sig", "=wie")),
    play({"wie": "laut"}, heard("laut"), ends=["end"]),
)
b(
    "erreicht gerufene Prozesse und Teilprozesse",
    {"p.bpmn": line(call("ruf", "kind")), "k.bpmn": line(inner("sp", catching("c", "signal", "sig")), id="kind", head=HEAD)},
    play({}, waiting("c"), heard("alarm")),
)
