"""Data: scopes of variables, input and output mappings, null, no merging."""

from __future__ import annotations

from decimal import Decimal

from tests.bpmn.conformance.behaviour import Collection, again, both, done, incident, inner, line, play, told, waiting, worked
from tests.bpmn.diagrams import catch, io, loop, message, script, service, user

b = Collection()

b.of("Variablen")
b(
    "einer Eingabe verdecken gleichnamige außen, ohne sie zu ändern",
    line(inner("sp", script("z", "x * 2", "y"), extension=io({"x": "=5"}, None))),
    play({"x": 1}, variables={"x": 1, "y": 10}),
)
b(
    "werden dort geändert, wo es sie gibt, sonst im Prozess angelegt",
    line(inner("sp", script("z", "1", "neu"), script("w", "2", "innen"), extension=io({"innen": "=0"}, None))),
    play({}, variables={"neu": 1}, without=["innen"]),
)
b(
    "eines Teilprozesses enden mit ihm",
    line(inner("sp", user("u"), extension=io({"tmp": "=1"}, None)), script("z", "tmp", "rest")),
    play({}, done("u"), variables={"rest": None}, without=["tmp"]),
)
b(
    "paralleler Zweige gehen nicht verloren, was der eine schreibt, sieht der andere",
    line(both("g", user("a", outputs={"liste": "=append(liste, x)"}), user("c", outputs={"liste": "=append(liste, x)"}))),
    play({"liste": []}, done("c", x="c"), done("a", x="a"), variables={"liste": ["c", "a"]}),
)
b(
    "werden ersetzt und nie verschmolzen: Listen und Kontexte",
    line(user("u")),
    play({"k": {"a": 1}, "l": [1, 2]}, done("u", k={"b": 2}, l=[3]), variables={"k": {"b": 2}, "l": [3]}),
)
b(
    "mit dem Wert null bleiben null und sind nicht gelöscht",
    line(user("u"), script("z", "x = null", "leer")),
    play({"x": 1}, done("u", x=None), variables={"x": None, "leer": True}),
)
b(
    "in Listen und Kontexten behalten null",
    line(user("u")),
    play({}, done("u", l=[None, 1], k={"a": None}), variables={"l": [None, 1], "k": {"a": None}}),
)
b(
    "verschachtelter Teilprozesse sieht man von innen nach außen",
    line(
        inner(
            "a",
            inner("c", script("z", "[x, y, w]", "alle"), extension=io({"x": "=3"}, None)),
            extension=io({"x": "=2", "y": "=2"}, None),
        )
    ),
    play({"x": 1, "y": 1, "w": 1}, variables={"alle": [3, 2, 1]}),
)
b(
    "behalten Zahlen mit allen Stellen",
    line(script("z", "1234567890.1234567890123456789 + 0.1", "x"), user("u"), script("w", "x - 0.1", "y")),
    play({}, done("u"), variables={"x": Decimal("1234567890.2234567890123456789")}),
)

b.of("Eingaben und Ausgaben")
b(
    "gelten der Reihe nach: spätere sehen frühere",
    line(service("s", inputs={"a": "=1", "c": "=a + 1"}, outputs={"r": "=c", "q": "=r + 1"})),
    play({}, worked("s"), variables={"r": 2, "q": 3}),
)
b(
    "mit Punkten bauen einen Kontext",
    line(user("u", outputs={"akte.name": "=n", "akte.ort": "=o"})),
    play({}, done("u", n="A", o="B"), variables={"akte": {"name": "A", "ort": "B"}}),
)
b(
    "als Ausgabe mit Punkten ergänzen, was im Kontext schon steht",
    line(user("u", outputs={"akte.neu": "=1"})),
    play({"akte": {"alt": 0}}, done("u"), variables={"akte": {"alt": 0, "neu": 1}}),
)
b(
    "als Eingabe mit Punkten bauen einen eigenen Kontext, der den äußeren verdeckt",
    line(inner("sp", script("z", "akte", "innen"), extension=io({"akte.neu": "=1"}, None))),
    play({"akte": {"alt": 0}}, variables={"innen": {"neu": 1}, "akte": {"alt": 0}}),
)
b("ohne führendes = sind Text", line(user("u", outputs={"x": "Text"})), play({}, done("u"), variables={"x": "Text"}))
b("ohne Wert ergeben null", line(user("u", outputs={"x": "=fehlt.auch"})), play({"x": 1}, done("u"), variables={"x": None}))
b(
    "eines Teilprozesses bestimmen, was hinein- und herauskommt",
    line(inner("sp", script("z", "ein * 2", "aus"), extension=io({"ein": "=x", "aus": "=null"}, {"ergebnis": "=aus"}))),
    play({"x": 4}, variables={"ergebnis": 8}, without=["ein", "aus"]),
)
b(
    "einer Aufgabe in einer Mehrfachausführung gelten für jede einzelne",
    line(service("s", loop("[1, 2]", "x", "alle", "y"), inputs={"ein": "=x * 10"}, outputs={"y": "=ein + r"})),
    play({}, worked("s", r=1), worked("s", r=2), variables={"alle": [11, 22]}, without=["y", "r", "ein"]),
)
b(
    "die scheitern, lassen nichts halb getan: alle oder keine",
    line(user("u", outputs={"a": "=1", "f": "=if gut then 1 else function(x) x"})),
    play({"gut": False}, done("u"), incident("u", "Funktion"), state="incident", without=["a"]),
    play({"gut": False}, done("u"), again("u", gut=True), variables={"a": 1, "f": 1}),
)
b(
    "als Eingabe, die scheitern, sind eine Störung, bevor die Arbeit beginnt",
    line(service("s", inputs={"f": "=if gut then 1 else function(x) x"})),
    play({"gut": False}, waiting("s"), incident("s"), again("s", gut=True), worked("s")),
)
b(
    "eines Ereignisses ordnen zu, was es bringt",
    line(catch("c", "m", {"text": "=t"}), head=message("m", "n", "nr")),
    play({"nr": "1"}, told("n", "1", t="hallo", u=1), variables={"text": "hallo"}, without=["t", "u"]),
)
