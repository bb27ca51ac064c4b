"""Incidents: what does not work waits at its element for a person, and nothing is done twice when it is tried again."""

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
    listener,
    play,
    tasks,
    waiting,
    worked,
)
from tests.bpmn.diagrams import again as loop_again
from tests.bpmn.diagrams import (
    at,
    begins,
    call,
    catching,
    end,
    ending,
    error,
    escalation,
    flow,
    flows,
    incl,
    io,
    loop,
    message,
    node,
    process,
    script,
    service,
    signal,
    start,
    throw,
    timer,
    undone_by,
    user,
)

b = Collection()
HEAD = signal("sig", "alarm") + error("err", "F") + escalation("esk", "E") + message("m", "antwort", "nr")
NO_WAY = (end("ja"), end("nein"))


def split(*parts: str, last: str, head: str = "", first: str = "") -> bytes:
    """Parts, and after the last of them two ways, of which none may be true."""
    return process(
        start(),
        *parts,
        *NO_WAY,
        flow(last, "ja", "x > 1"),
        flow(last, "nein", "x < 0"),
        flows(f"start > {first or last}"),
        head=head,
    )


b.of("Störung")
b(
    "an einer Bedingung nach einer Benutzeraufgabe: Ausgaben werden beim neuen Versuch nicht noch einmal zugeordnet",
    split(user("u", outputs={"liste": "=append(liste, n)"}), last="u"),
    play({"liste": [], "x": 0}, done("u", n=1), incident("u"), again("u", x=2), ends=["ja"], variables={"liste": [1]}),
)
b(
    "nach einer Service-Aufgabe: die Arbeit geschieht nicht noch einmal",
    split(service("s", outputs={"n": "=n + 1"}), last="s"),
    play({"x": 0, "n": 0}, worked("s"), incident("s"), again("s", x=2), ends=["ja"], variables={"n": 1}),
)
b(
    "nach einem Skript: es rechnet nicht noch einmal",
    split(script("z", "n + 1", "n"), last="z"),
    play({"x": 0, "n": 0}, incident("z"), again("z", x=2), variables={"n": 1}),
)
b(
    "nach einem sendenden Ereignis: es wird nicht noch einmal gesendet",
    split(node("intermediateThrowEvent", "t", "", '<bpmn:messageEventDefinition messageRef="m"/>'), last="t", head=HEAD),
    play({"x": 0, "nr": "1"}, incident("t"), again("t", x=2), thrown=[("antwort", "1")]),
)
b(
    "nach einer Sende-Aufgabe: es wird nicht noch einmal gesendet",
    split(node("sendTask", "t", "", messageRef="m"), last="t", head=HEAD),
    play({"x": 0, "nr": "1"}, incident("t"), again("t", x=2), thrown=[("antwort", "1")]),
)
b(
    "nach einem fangenden Ereignis: seine Ausgabe wird nicht noch einmal zugeordnet",
    split(catching("c", "signal", "sig", {"n": "=n + 1"}), last="c", head=HEAD),
    play({"x": 0, "n": 0}, {"signal": "alarm", "variables": {}}, incident("c"), again("c", x=2), variables={"n": 1}),
)
b(
    "nach einem Aufruf: was zurückkam, gilt, und eine Berichtigung überschreibt es",
    {
        "p.bpmn": split(call("ruf", "kind"), last="ruf"),
        "k.bpmn": line(script("z", "0", "x"), script("w", "n + 1", "n"), id="kind"),
    },
    play({"n": 0}, incident("ruf"), again("ruf", x=2), ends=["ja"], variables={"n": 1, "x": 2}),
)
b(
    "nach einem Teilprozess: Ausgaben gelten einmal",
    split(inner("sp", user("u"), extension=io(None, {"n": "=n + 1"})), last="sp"),
    play({"x": 0, "n": 0}, done("u"), incident("sp"), again("sp", x=2), variables={"n": 1}),
)
b(
    "nach einer Mehrfachausführung: das Gesammelte bleibt",
    split(user("u", loop("[1, 2]", "i", "alle", "r")), last="u"),
    play({"x": 0}, done("u", r=1), done("u", r=2), incident("u"), again("u", x=2), variables={"alle": [1, 2]}),
)
b(
    "nach einer Eskalation: sie wird nicht noch einmal gefangen",
    line(
        node(
            "subProcess",
            "sp",
            "",
            start("s"),
            throw("t", "escalation", "esk"),
            *NO_WAY,
            flow("t", "ja", "x > 1"),
            flow("t", "nein", "x < 0"),
            flows("s > t"),
        ),
        at("sp", "r", "escalation", "esk", beside=True),
        head=HEAD,
    ),
    play({"x": 0}, incident("t"), again("t", x=2), order=["r", "sp"]),
)
b(
    "nach einem Startereignis",
    process(start(), *NO_WAY, flow("start", "ja", "x > 1"), flow("start", "nein", "x < 0")),
    play({"x": 0}, incident("start"), again("start", x=2), ends=["ja"]),
)
b(
    "an einem inklusiven Gateway, das zugleich zusammenführt und teilt",
    process(
        start(),
        incl("g"),
        user("a"),
        user("c"),
        incl("zu"),
        *NO_WAY,
        flow("zu", "ja", "x > 1"),
        flow("zu", "nein", "x < 0"),
        flows("start > g > a > zu", "g > c > zu"),
    ),
    play({"x": 0}, done("a"), done("c"), incident("zu"), again("zu", x=2), ends=["ja"]),
)
b(
    "an einem parallelen Gateway ist keine möglich: es beachtet keine Bedingung",
    process(
        start(), node("parallelGateway", "g"), *NO_WAY, flow("g", "ja", "x > 1"), flow("g", "nein", "x < 0"), flows("start > g")
    ),
    play({}, ends=["ja", "nein"]),
)
b(
    "an der Liste einer Mehrfachausführung",
    line(user("u", loop("liste", "i"))),
    play({"liste": 5}, incident("u", "keine Liste"), again("u", liste=[1]), done("u")),
)
b(
    "an dem, was ein Eintrag ergibt",
    line(script("z", "i", "r", loop("[1, 2]", "i", "alle", "if gut then i * 2 else function(x) x"))),
    play({"gut": False}, waiting("z", "z"), again("z", gut=True), again("z"), variables={"alle": [2, 4]}),
)
b(
    "an der Bedingung für den Abschluss: der Eintrag zählt nur einmal",
    line(user("u", loop("[1, 2, 3]", "i", "alle", "r", "fertig and numberOfCompletedInstances = 2 or fertig"))),
    play(
        {},
        done("u", r=1),
        incident("u", "Abschluss"),
        again("u", fertig=False),
        tasks("u", "u"),
        done("u", r=2, fertig=True),
        variables={"alle": [1, 2, None]},
    ),
)
b(
    "an der Bedingung eines Ad-hoc-Teilprozesses: gesammelt wird nur einmal",
    line(
        node(
            "adHocSubProcess",
            "ah",
            '<zeebe:adHoc outputCollection="alle" outputElement="=r"/>',
            user("a"),
            user("c"),
            "<bpmn:completionCondition>genug</bpmn:completionCondition>",
        )
    ),
    play({}, done("a", r=1), incident("a"), again("a", genug=False), done("c", r=2, genug=True), variables={"alle": [1, 2]}),
)
b(
    "an der Bedingung einer Schleife: die Runde zählt nur einmal",
    line(user("u", loop_again("weiter", most=2))),
    play({}, done("u"), incident("u", "Schleife"), again("u", weiter=True), tasks("u"), done("u")),
)
b(
    "an einem Zeitereignis",
    line(timer("t", "=wann")),
    play({}, incident("t", "Zeitereignis"), again("t", wann="PT1H"), waiting("t"), later("PT1H")),
)
b(
    "an einem Randereignis hält die Aktivität nicht auf",
    line(user("u"), at("u", "r", "timer", "=wann")),
    play({}, waiting("u", "r"), incident("r"), done("u"), ends=["end"]),
    play({}, again("r", wann="PT1H"), later("PT1H"), ends=["nach_r"]),
)
b(
    "an der Ausgabe eines unterbrechenden Randereignisses: die Aktivität wird erst danach abgebrochen",
    line(user("u"), at("u", "r", "signal", "sig", outputs={"f": "=if gut then 1 else function(x) x"}), head=HEAD),
    play(
        {"gut": False},
        {"signal": "alarm", "variables": {}},
        waiting("u", "r"),
        incident("r", "Funktion"),
        again("r", gut=True),
        ends=["nach_r"],
        variables={"f": 1},
    ),
)
b(
    "am Startereignis eines Ereignis-Teilprozesses",
    line(user("u"), listener("es", begins("b", "timer", "=wann"), user("v"))),
    play({}, waiting("u", "b"), again("b", wann="PT1H"), later("PT1H"), tasks("v"), done("v"), not_passed=["u"]),
)
b(
    "an der Eingabe eines Ereignis-Teilprozesses",
    line(
        user("u"),
        listener("es", begins("b", "signal", "sig"), user("v"), extension=io({"f": "=if gut then 1 else function(x) x"}, None)),
        head=HEAD,
    ),
    play(
        {"gut": False},
        {"signal": "alarm", "variables": {}},
        incident("b", "Funktion"),
        again("b", gut=True),
        tasks("v"),
        done("v"),
    ),
)
b(
    "an einer Nachricht ohne Schlüssel",
    line(node("receiveTask", "r", "", messageRef="m"), head=HEAD),
    play(
        {},
        incident("r", "Korrelationsschlüssel"),
        again("r", nr="1"),
        {"message": {"name": "antwort", "key": "1"}, "variables": {}},
    ),
)
b(
    "an einem Fehler-Ende, das niemand fängt: beim neuen Versuch wird wieder gesucht",
    line(ending("f", "error", "err"), head=HEAD),
    play({}, incident("f", "F"), again("f"), incident("f"), state="incident"),
)
b(
    "in einer Handlung, die rückgängig macht",
    line(user("a"), undone_by("a", "h"), service("h", isForCompensation="true"), throw("t", "compensate")),
    play({}, done("a"), broke("h"), incident("h"), again("h"), worked("h"), ends=["end"]),
)
b(
    "hält andere Zweige nicht auf",
    line(both("g", service("s"), user("u"))),
    play({}, broke("s"), tasks("u"), done("u"), again("s"), worked("s")),
)
b(
    "wird mit ihrer Aktivität abgebrochen",
    line(service("s"), at("s", "r", "timer", "P1D")),
    play({}, broke("s"), later("P1D"), ends=["nach_r"]),
)
b.shown(
    "mehr als 25.000 Schritte ohne Warten: die Schleife wird angehalten",
    "tests/bpmn/test_long_life.py::test_a_loop_that_never_ends_is_stopped_where_it_turns",
)

b.of("Langes Leben")
LONG = "tests/bpmn/test_long_life.py::"
b.shown("5.000 Runden einer Schleife ohne Warten in einem Schritt", f"{LONG}test_five_thousand_turns_in_one_step")
b.shown(
    "1.000 Runden mit einer Benutzeraufgabe: der Vorgang wird nicht größer",
    f"{LONG}test_a_thousand_turns_of_a_task_do_not_grow",
)
b.shown("eine Kette von 1.000 Aufgaben", f"{LONG}test_a_chain_of_a_thousand_tasks")
b.shown(
    "Teilprozesse 30, Aufrufe 20 Ebenen tief, Verschachteltes rückgängig gemacht",
    f"{LONG}test_thirty_sub_processes_and_twenty_calls_deep",
)
b.shown(
    "Lesen und Ausführen hängen nicht davon ab, wie tief Python rufen darf",
    f"{LONG}test_nothing_depends_on_how_deep_python_may_call",
)
b.shown("1.000 Einträge einer Mehrfachausführung, zugleich und nacheinander", f"{LONG}test_a_thousand_items")
