"""Gateways that split and join."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    again,
    both,
    done,
    incident,
    inner,
    later,
    line,
    play,
    row,
    tasks,
    waiting,
)
from tests.bpmn.diagrams import (
    at,
    catching,
    end,
    flow,
    flows,
    incl,
    loop,
    par,
    process,
    script,
    start,
    sub,
    throw,
    user,
    xor,
)

b = Collection()

b.of("Exklusives Gateway")
FORK = process(
    start(),
    xor("g", default="g_c"),
    end("a"),
    end("b"),
    end("c"),
    flow("g", "a", "x > 10"),
    flow("g", "b", "x > 5"),
    flows("start > g > c"),
)
b("nimmt den ersten Fluss, dessen Bedingung wahr ist", FORK, play({"x": 11}, ends=["a"]), play({"x": 6}, ends=["b"]))
b("nimmt sonst den Standardfluss", FORK, play({"x": 1}, ends=["c"]))
b(
    "wertet die Bedingung des Standardflusses nie aus",
    process(
        start(),
        xor("g", default="s"),
        end("a"),
        end("b"),
        flow("g", "a", "false"),
        flow("g", "b", "false", id="s"),
        flows("start > g"),
    ),
    play({}, ends=["b"]),
)
b(
    "ohne wahre Bedingung und ohne Standard ist eine Störung, nach der neu gewählt wird",
    process(start(), xor("g"), end("a"), end("b"), flow("g", "a", "x = 1"), flow("g", "b", "x = 2"), flows("start > g")),
    play({"x": 3}, incident("g", "Standardfluss"), again("g", x=2), ends=["b"]),
)
b(
    "mit einer Bedingung, die weder wahr noch falsch ist, ist eine Störung",
    FORK,
    play({}, incident("g", "weder wahr noch falsch"), again("g", x=6), ends=["b"]),
)
b(
    "führt zusammen, ohne zu warten: jeder Weg geht für sich weiter",
    process(
        start(),
        par("pp"),
        user("a"),
        user("c"),
        xor("g"),
        script("z", "n + 1", "n"),
        end(),
        flows("start > pp > a > g > z > end", "pp > c > g"),
    ),
    play({"n": 0}, done("a"), done("c"), variables={"n": 2}),
)
b("mit einem einzigen Fluss ohne Bedingung geht ihn", line(xor("g")), play({}, ends=["end"]))
b(
    "liest Bedingungen aus den Variablen seines Teilprozesses",
    line(
        sub(
            "sp",
            start("s"),
            xor("g", default="g_e2"),
            end("e1"),
            end("e2"),
            flow("g", "e1", "x = 2"),
            flows("s > g > e2"),
            inputs={"x": "=2"},
        )
    ),
    play({"x": 1}, passed=["e1"], not_passed=["e2"]),
)

b.of("Paralleles Gateway")
b(
    "geht alle Wege zugleich und wartet beim Zusammenführen auf jeden",
    line(both("g", user("a"), user("c"), user("d"))),
    play({}, tasks("a", "c", "d"), done("d"), done("a"), tasks("c"), done("c"), ends=["end"]),
)
b(
    "zählt je Fluss: zwei Ankünfte auf einem Fluss ersetzen die fehlende nicht",
    process(
        start(),
        par("g"),
        user("a"),
        user("c"),
        user("d"),
        xor("m"),
        par("zu"),
        end(),
        flows("start > g > a > m > zu > end", "g > c > m", "g > d > zu"),
    ),
    play({}, done("a"), done("c"), tasks("d"), done("d"), incident("zu", "nichts mehr"), state="incident", ends=["end"]),
)
b(
    "kann zugleich zusammenführen und teilen",
    process(
        start(), par("g"), user("a"), user("c"), par("m"), user("d"), user("e"), flows("start > g > a > m > d", "g > c > m > e")
    ),
    play({}, done("a"), done("c"), tasks("d", "e"), done("d"), done("e")),
)
b(
    "führt in einer Schleife jede Runde neu zusammen, in jeder Reihenfolge",
    process(
        start(),
        xor("m"),
        par("g"),
        user("a"),
        user("c"),
        par("zu"),
        script("z", "n + 1", "n"),
        xor("w", default="w_m"),
        end(),
        flows("start > m > g > a > zu > z > w > m", "g > c > zu"),
        flow("w", "end", "n = 3"),
    ),
    play({"n": 0}, done("a"), done("c"), done("c"), done("a"), done("a"), done("c"), variables={"n": 3}),
)
b(
    "beachtet keine Bedingungen",
    process(start(), par("g"), end("a"), end("b"), flow("g", "a", "false"), flows("start > g > b")),
    play({}, ends=["a", "b"]),
)
b(
    "das nie voll wird, ist am Ende eine Störung, kein stiller Erfolg",
    process(
        start(),
        xor("g", default="g_a"),
        user("a"),
        user("c"),
        par("zu"),
        end(),
        flow("g", "c", "x"),
        flows("start > g > a > zu > end", "c > zu"),
    ),
    play({"x": False}, done("a"), incident("zu"), state="incident"),
)
b(
    "verschachtelt wartet innen, dann außen",
    line(both("g", row(user("a"), both("h", user("c"), user("d"))), user("e"))),
    play({}, done("e"), done("a"), tasks("c", "d"), done("c"), done("d"), ends=["end"]),
)
b(
    "zählt in jedem Eintrag einer Mehrfachausführung für sich",
    line(inner("sp", both("g", user("a"), user("c")), loop=loop("[1, 2]", "x"))),
    play({}, done("a"), done("a"), tasks("c", "c"), done("c"), done("c")),
)

b.of("Inklusives Gateway")
INCL = line(both("g", user("a"), user("c"), gateway=incl))
COND = process(
    start(),
    incl("g", default="g_d"),
    user("a"),
    user("c"),
    user("d"),
    incl("zu"),
    user("danach"),
    end(),
    flow("g", "a", "x"),
    flow("g", "c", "y"),
    flows("start > g > d > zu > danach > end", "a > zu", "c > zu"),
)
b(
    "geht jeden Weg, dessen Bedingung wahr ist, und wartet auf diese",
    COND,
    play({"x": True, "y": True}, tasks("a", "c"), done("c"), tasks("a"), done("a"), tasks("danach"), done("danach")),
    play({"x": True, "y": False}, done("a"), tasks("danach"), done("danach")),
)
b("geht sonst den Standardfluss", COND, play({"x": False, "y": False}, done("d"), done("danach")))
b("geht einen Fluss ohne Bedingung immer", INCL, play({}, tasks("a", "c"), done("a"), done("c")))
b(
    "ohne wahre Bedingung und ohne Standard ist eine Störung",
    process(start(), incl("g"), end("a"), end("b"), flow("g", "a", "x = 1"), flow("g", "b", "x > 0"), flows("start > g")),
    play({"x": 0}, incident("g"), again("g", x=1), ends=["a", "b"]),
)
b(
    "wartet nicht auf einen Weg, der anderswo geendet hat",
    process(
        start(),
        incl("g"),
        user("a"),
        user("c"),
        end("weg"),
        incl("zu"),
        end(),
        flows("start > g > a > zu > end", "g > c > x > zu"),
        xor("x", default="x_zu"),
        flow("x", "weg", "true"),
    ),
    play({}, done("a"), tasks("c"), done("c"), ends=["end", "weg"]),
)
b(
    "wartet auf einen Weg, der über ein Randereignis noch kommen kann",
    process(
        start(),
        incl("g"),
        user("a"),
        user("c"),
        at("c", "t", "timer", "P1D"),
        incl("zu"),
        end("weg"),
        end(),
        flows("start > g > a > zu > end", "g > c > weg", "t > zu"),
    ),
    play({}, done("a"), waiting("c", "t"), later("P1D"), ends=["end"]),
    play({}, done("a"), done("c"), ends=["end", "weg"]),
)
b(
    "führt auch zusammen, was kein inklusives Gateway geteilt hat",
    process(start(), par("g"), user("a"), user("c"), incl("zu"), end(), flows("start > g > a > zu > end", "g > c > zu")),
    play({}, done("a"), tasks("c"), done("c"), ends=["end"]),
)
b(
    "wartet auf einen Weg durch einen Link",
    process(
        start(),
        incl("g"),
        user("a"),
        user("c"),
        throw("hin", "link", "L"),
        catching("her", "link", "L"),
        incl("zu"),
        end(),
        flows("start > g > a > zu > end", "g > c > hin", "her > zu"),
    ),
    play({}, done("a"), tasks("c"), done("c"), ends=["end"]),
)
b(
    "in einer Schleife wartet nicht auf sich selbst",
    process(
        start(),
        xor("m"),
        incl("g"),
        user("a"),
        user("c"),
        incl("zu"),
        xor("w", default="w_m"),
        end(),
        flows("start > m > g > a > zu > w > m", "g > c > zu"),
        flow("w", "end", "genug"),
    ),
    play({}, done("a"), done("c", genug=False), done("c"), done("a", genug=True), ends=["end"]),
)
b(
    "im Teilprozess sieht nur, was in ihm unterwegs ist",
    line(both("pp", user("u"), inner("sp", both("g", user("a"), user("c"), gateway=incl)))),
    play({}, done("a"), done("c"), tasks("u"), done("u")),
)
