"""Activities that are done more than once: multi-instance and standard loop."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    done,
    heard,
    incident,
    inner,
    later,
    line,
    play,
    refused,
    tasks,
    worked,
)
from tests.bpmn.conformance.behaviour import (
    again as retry,
)
from tests.bpmn.diagrams import (
    DMN,
    again,
    at,
    begins,
    call,
    end,
    error,
    event_sub,
    flow,
    flows,
    io,
    loop,
    message,
    node,
    process,
    script,
    service,
    signal,
    start,
    user,
)

b = Collection()
HEAD = signal("sig", "alarm") + error("err", "F") + message("m", "n", "x")
COUNT = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>={}</bpmn:loopCardinality>"
    "</bpmn:multiInstanceLoopCharacteristics>"
)


def every(one_by_one: bool, until: str = "", collection: str = "liste") -> str:
    return loop(collection, "x", "alle", "r", until, one_by_one=one_by_one)


b.of("Mehrfachausführung")
b(
    "zugleich: für jeden Eintrag eine, die Ergebnisse in der Reihenfolge der Liste",
    line(user("u", every(False))),
    play(
        {"liste": [1, 2, 3]},
        tasks("u", "u", "u"),
        done("u", item=3, r="c"),
        done("u", item=1, r="a"),
        done("u", item=2, r="b"),
        variables={"alle": ["a", "b", "c"]},
        without=["r", "x"],
    ),
)
b(
    "nacheinander: die nächste beginnt, wenn die vorige endet",
    line(user("u", every(True))),
    play({"liste": [1, 2]}, tasks("u"), done("u", r="a"), tasks("u"), done("u", item=2, r="b"), variables={"alle": ["a", "b"]}),
)
for one_by_one, word in ((False, "zugleich"), (True, "nacheinander")):
    b(
        f"{word} über eine leere Liste ist sofort vorbei, das Ergebnis ist leer",
        line(user("u", every(one_by_one))),
        play({"liste": []}, ends=["end"], variables={"alle": []}),
    )
    b(
        f"{word} nimmt null als Eintrag",
        line(script("z", "if x = null then 0 else x * 2", "r", every(one_by_one))),
        play({"liste": [None, 4, None]}, variables={"alle": [0, 8, 0]}),
    )
    b(
        f"{word} nimmt null als Ergebnis",
        line(user("u", every(one_by_one))),
        play({"liste": [1, 2]}, done("u", r=1), done("u"), variables={"alle": [1, None]}),
    )
    b(
        f"{word} endet früher, wenn die Bedingung für den Abschluss wahr ist; was fehlt, ist null",
        line(user("u", every(one_by_one, "numberOfCompletedInstances = 2"))),
        play({"liste": [1, 2, 3]}, done("u", r=1), done("u", r=2), variables={"alle": [1, 2, None]}),
    )
    b(
        f"{word} sieht in der Bedingung, was der Eintrag brachte",
        line(user("u", every(one_by_one, "r = 9"))),
        play({"liste": [1, 2, 3]}, done("u", r=1), done("u", r=9), variables={"alle": [1, 9, None]}),
    )
    b(
        f"{word} für Teilprozesse, jeder mit eigenen Variablen",
        line(
            inner(
                "sp", user("u"), script("z", "x + plus", "r"), loop=every(one_by_one), extension=io({"plus": "=x"}, {"r": "=r"})
            )
        ),
        play({"liste": [1, 2]}, done("u"), done("u"), variables={"alle": [2, 4]}, without=["plus"]),
    )
    b(
        f"{word} für Service-Aufgaben",
        line(service("s", every(one_by_one), inputs={"ein": "=x"})),
        play({"liste": [1, 2]}, worked("s", r=1), worked("s", r=2), variables={"alle": [1, 2]}),
    )
    b(
        f"{word} für Geschäftsregeln",
        {
            "p.bpmn": line(
                node(
                    "businessRuleTask",
                    "d",
                    '<zeebe:calledDecision decisionId="schutz" resultVariable="r"/>',
                    loop("liste", "umfang", "alle", "r", one_by_one=one_by_one),
                )
            ),
            "s.dmn": DMN,
        },
        play({"liste": [70, 90]}, variables={"alle": [False, True]}),
    )
    b(
        f"{word} für Aufrufe",
        {
            "p.bpmn": line(call("ruf", "kind", every(one_by_one))),
            "k.bpmn": line(user("f"), script("z", "x * 10", "r"), id="kind"),
        },
        play({"liste": [1, 2]}, done("f"), done("f"), variables={"alle": [10, 20]}),
    )
    b(
        f"{word} in einer Mehrfachausführung",
        line(
            inner(
                "sp",
                script("z", "x * y", "r", loop("[1, 10]", "y", "innen", "r", one_by_one=one_by_one)),
                loop=loop("liste", "x", "alle", "innen", one_by_one=one_by_one),
            )
        ),
        play({"liste": [1, 2]}, variables={"alle": [[1, 10], [2, 20]]}),
    )
    b(
        f"{word} wird als Ganzes von einem Randereignis abgebrochen",
        line(user("u", every(one_by_one)), at("u", "r", "timer", "P1D")),
        play({"liste": [1, 2, 3]}, done("u"), later("P1D"), ends=["nach_r"], without=["alle"]),
    )
    b(
        f"{word} in einer Schleife beginnt jede Runde neu",
        process(
            start(),
            node("exclusiveGateway", "m"),
            user("u", every(one_by_one)),
            script("z", "n + 1", "n"),
            node("exclusiveGateway", "g", default="g_m"),
            end(),
            flows("start > m > u > z > g > m"),
            flow("g", "end", "n = 2"),
        ),
        play(
            {"liste": [1, 2], "n": 0},
            done("u", r=1),
            done("u", r=2),
            done("u", r=3),
            done("u", r=4),
            variables={"alle": [3, 4]},
        ),
    )
b(
    "nacheinander bleibt bei der Liste, mit der sie begann",
    line(user("u", every(True))),
    play({"liste": [1, 2]}, done("u", liste=[]), tasks("u"), done("u"), ends=["end"]),
)
b(
    "kennt den Zähler loopCounter ab 1",
    line(script("z", "loopCounter", "r", every(False))),
    play({"liste": ["a", "b"]}, variables={"alle": [1, 2]}, without=["loopCounter"]),
)
b(
    "ohne Eingabeelement und ohne Sammlung geschieht einfach so oft",
    line(user("u", loop("[1, 2]"))),
    play({}, tasks("u", "u"), done("u"), done("u")),
)
b(
    "nach Anzahl (loopCardinality): so oft, wie der Ausdruck sagt",
    line(user("u", COUNT.format("n + 1"))),
    play({"n": 1}, tasks("u", "u"), done("u"), done("u")),
    play({"n": -1}, ends=["end"]),
)
b(
    "nach Anzahl ist eine Störung, wenn der Ausdruck keine ganze Zahl ab 0 ergibt",
    line(user("u", COUNT.format("n"))),
    play({"n": 1.5}, incident("u", "ganze Zahl"), retry("u", n=1), done("u")),
)
b(
    "in reinem BPMN: loopDataInputRef und inputDataItem",
    line(
        user(
            "u",
            "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>liste</bpmn:loopDataInputRef>"
            '<bpmn:inputDataItem id="i" name="x"/></bpmn:multiInstanceLoopCharacteristics>',
        )
    ),
    play({"liste": [1, 2]}, tasks("u", "u"), done("u"), done("u")),
)
b(
    "mit einem Ergebnis aus einem Kontext",
    line(user("u", loop("[1]", "x", "alle", "urteil.note"))),
    play({}, done("u", urteil={"note": 3, "text": "t"}), variables={"alle": [3]}, without=["urteil"]),
)
b(
    "mit einem gerechneten Ergebnis",
    line(user("u", loop("[1, 2]", "x", "alle", "x * f"))),
    play({"f": 10}, done("u"), done("u"), variables={"alle": [10, 20]}),
)
b(
    "deren Sammlung wie eine vorhandene Variable heißt, ersetzt sie erst am Ende",
    line(user("u", every(False))),
    play({"liste": [1], "alle": ["alt"]}, done("u", r=1), variables={"alle": [1]}),
)
b(
    "zählt in der Bedingung: alle, fertige, laufende",
    line(user("u", every(False, "numberOfInstances = 3 and numberOfActiveInstances = 1 and numberOfTerminatedInstances = 0"))),
    play({"liste": [1, 2, 3]}, done("u", r=1), tasks("u", "u"), done("u", r=2), ends=["end"]),
)
b(
    "gibt heraus, was ein Eintrag außer dem Gesammelten bringt",
    line(user("u", every(False))),
    play({"liste": [1, 2]}, done("u", r=1, n=1), done("u", r=2, n=2), variables={"n": 2, "alle": [1, 2]}),
)
b(
    "endet als Ganzes, wenn in einem Eintrag ein Fehler geschieht",
    line(service("s", every(False)), at("s", "r", "error", "")),
    play({"liste": [1, 2, 3]}, worked("s"), refused("s", "X"), ends=["nach_r"]),
)
b(
    "von 500 Einträgen geht auch",
    line(script("z", "x + 1", "r", every(False, collection="for i in 1..500 return i"))),
    play({}, passed=["z"]),
)
b(
    "von sofort fertigen Aufgaben nacheinander, 500 Einträge",
    line(script("z", "x", "r", every(True, collection="for i in 1..500 return i"))),
    play({}, passed=["z"]),
)
b(
    "mit Ereignis-Teilprozess in jedem Eintrag",
    line(
        inner(
            "sp",
            user("u"),
            event_sub(
                "es", begins("bb", "signal", "sig", True), script("z", "append(log, x)", "log"), end("ee"), flows("bb > z > ee")
            ),
            loop=every(False),
        ),
        head=HEAD,
    ),
    play({"liste": [1, 2], "log": []}, heard("alarm"), done("u"), heard("alarm"), done("u"), variables={"log": [1, 2, 2]}),
)

b.of("Standardschleife")
b(
    "geschieht, solange die Bedingung wahr ist, mindestens einmal",
    line(user("u", again("weiter"))),
    play({}, done("u", weiter=True), tasks("u"), done("u", weiter=False), ends=["end"]),
)
b(
    "vorher geprüft geschieht auch gar nicht",
    line(user("u", again("weiter", before=True))),
    play({"weiter": False}, ends=["end"]),
    play({"weiter": True}, done("u", weiter=False)),
)
b(
    "höchstens so oft, wie loopMaximum sagt",
    line(script("z", "n + 1", "n", again("true", most=3))),
    play({"n": 0}, variables={"n": 3}),
)
b("nur mit loopMaximum, ohne Bedingung", line(script("z", "n + 1", "n", again(most=4))), play({"n": 0}, variables={"n": 4}))
b(
    "mit loopMaximum 0 geschieht gar nicht, wenn vorher geprüft wird",
    line(script("z", "n + 1", "n", again(before=True, most=0))),
    play({"n": 0}, variables={"n": 0}),
)
b(
    "kennt den Zähler loopCounter",
    line(script("z", "n + loopCounter", "n", again("loopCounter < 3"))),
    play({"n": 0}, variables={"n": 6}, without=["loopCounter"]),
)
b(
    "für Teilprozesse, mit Randereignis am Ganzen",
    line(inner("sp", user("u"), loop=again("true")), at("sp", "r", "timer", "P1D")),
    play({}, done("u"), done("u"), tasks("u"), later("P1D"), ends=["nach_r"]),
)
b(
    "für Service-Aufgaben und Aufrufe",
    {
        "p.bpmn": line(service("s", again("n < 2"), outputs={"n": "=n + 1"}), call("ruf", "kind", again("k < 2"))),
        "k.bpmn": line(script("z", "k + 1", "k"), id="kind"),
    },
    play({"n": 0, "k": 0}, worked("s"), worked("s"), variables={"n": 2, "k": 2}),
)
b(
    "ist bei einer Bedingung, die weder wahr noch falsch ist, eine Störung",
    line(user("u", again("weiter", before=True))),
    play({}, incident("u", "Schleife"), retry("u", weiter=False)),
)
b(
    "nacheinander in einer Schleife im Diagramm beginnt jede Runde neu zu zählen",
    line(inner("sp", script("z", "append(log, loopCounter)", "log", again(most=2)), loop=loop("[1, 2]", "y", one_by_one=True))),
    play({"log": []}, variables={"log": [1, 2, 1, 2]}),
)
