"""Conditions, links, ends, and events that do nothing."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    again,
    aside,
    both,
    done,
    incident,
    inner,
    line,
    play,
    row,
    tasks,
)
from tests.bpmn.diagrams import (
    at,
    catching,
    end,
    ending,
    error,
    escalation,
    flow,
    flows,
    io,
    loop,
    message,
    node,
    par,
    process,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    user,
    xor,
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


b.of("Bedingungsereignis")
b(
    "wartet, bis eine Änderung die Bedingung wahr macht",
    line(both("g", catching("c", "conditional", "x > 5"), row(user("u"), user("v")))),
    play({"x": 0}, done("u", x=3), tasks("v"), done("v", x=6), passed=["c"]),
)
b("die schon wahr ist, geht sofort weiter", line(catching("c", "conditional", "x > 5")), play({"x": 9}, ends=["end"]))
b(
    "sieht auch eine Änderung, die gleich wieder vergeht",
    line(both("g", catching("c", "conditional", "x > 5"), row(script("a", "9", "x"), script("d", "0", "x")))),
    play({"x": 0}, passed=["c"], variables={"x": 0}),
)
b(
    "ohne Wert gilt als noch nicht wahr",
    line(both("g", catching("c", "conditional", "x > 5"), user("u"))),
    play({}, tasks("u"), done("u", x=6), passed=["c"]),
)
b(
    "sieht die Variablen ihres Teilprozesses",
    line(inner("sp", both("g", catching("c", "conditional", "lokal = 2"), user("u")), extension=io({"lokal": "=1"}, None))),
    play({}, done("u", lokal=2), passed=["c"], without=["lokal"]),
)
b(
    "am Rand unterbricht",
    line(both("g", user("u"), user("v")), at("u", "r", "conditional", "x > 5")),
    play({"x": 0}, done("v", x=6), incident("g_zu"), ends=["nach_r"], state="incident"),
)
b(
    "am Rand daneben geschieht bei jedem Wechsel von falsch zu wahr",
    line(
        user("u", loop("[1, 2, 3, 4]", "i")),
        aside(at("u", "r", "conditional", "x > 5", beside=True), script("z", "n + 1", "n")),
    ),
    play({"x": 0, "n": 0}, done("u", x=6), done("u", x=8), done("u", x=0), done("u", x=7), variables={"n": 2}),
)
b(
    "die nichts mehr wahr machen kann, ist eine Störung",
    line(catching("c", "conditional", "x > 5")),
    play({"x": 0}, incident("c", "Bedingung"), again("c", x=6), ends=["end"]),
)

b.of("Link")
b(
    "geht an dem fangenden Link mit seinem Namen weiter",
    process(
        start(),
        throw("hin", "link", "L"),
        catching("her", "link", "L"),
        user("u"),
        end(),
        flows("start > hin", "her > u > end"),
    ),
    play({}, done("u"), passed=["hin", "her"]),
)
b(
    "kann von mehreren Stellen zu einer führen",
    process(
        start(),
        par("g"),
        throw("h1", "link", "L"),
        throw("h2", "link", "L"),
        catching("her", "link", "L"),
        script("z", "n + 1", "n"),
        end(),
        flows("start > g > h1", "g > h2", "her > z > end"),
    ),
    play({"n": 0}, variables={"n": 2}),
)
b(
    "kann rückwärts führen: eine Schleife",
    process(
        start(),
        xor("m"),
        user("u"),
        xor("g", default="g_end"),
        throw("hin", "link", "L"),
        catching("her", "link", "L"),
        end(),
        flows("start > m > u > g > end", "her > m"),
        flow("g", "hin", "nochmal"),
    ),
    play({}, done("u", nochmal=True), tasks("u"), done("u", nochmal=False), ends=["end"]),
)
b(
    "gilt nur in seinem Teilprozess",
    line(
        *(
            sub(
                f"sp{i}",
                start(f"s{i}"),
                throw(f"hin{i}", "link", "L"),
                catching(f"her{i}", "link", "L"),
                end(f"e{i}"),
                flows(f"s{i} > hin{i}", f"her{i} > e{i}"),
            )
            for i in (1, 2)
        )
    ),
    play({}, passed=["her1", "her2"], ends=["end"]),
)

b.of("Endereignis")
b(
    "ohne Ereignis beendet nur seinen Weg",
    process(start(), par("g"), end("a"), user("u"), end("c"), flows("start > g > a", "g > u > c")),
    play({}, tasks("u"), done("u"), ends=["a", "c"]),
)
b("ein Weg ohne Endereignis endet auch", process(start(), user("u"), flows("start > u")), play({}, done("u"), ends=[]))
b(
    "mit Beendigung beendet alles im Vorgang",
    process(
        start(),
        par("g"),
        user("u"),
        service("s"),
        user("v"),
        ending("t", "terminate"),
        flows("start > g > u", "g > s", "g > v > t"),
    ),
    play({}, done("v"), state="terminated", ends=["t"], not_passed=["u"]),
)
b(
    "mit Beendigung in einem Teilprozess beendet nur diesen; er geht normal weiter",
    line(sub("sp", start("s"), par("g"), user("u"), ending("t", "terminate"), flows("s > g > u", "g > t")), user("v")),
    play({}, tasks("v"), done("v"), ends=["end"], not_passed=["u"]),
)
b(
    "mit Beendigung beendet auch eine Störung daneben",
    process(start(), par("g"), service("s"), user("v"), ending("t", "terminate"), flows("start > g > s", "g > v > t")),
    play({}, {"fail": "s"}, done("v"), state="terminated"),
)
b(
    "mit Beendigung in einem Eintrag einer Mehrfachausführung beendet nur diesen Eintrag",
    line(inner("sp", user("u"), ending("t", "terminate"), loop=loop("[1, 2]", "x"))),
    play({}, done("u"), tasks("u"), done("u"), ends=["end"]),
)
b(
    "nennt, wie der Vorgang dann heißt",
    line(node("endEvent", "e", '<zeebe:properties><zeebe:property name="status" value="VERWORFEN"/></zeebe:properties>')),
    play({}, ends=["e"]),
)

b.of("Auslösendes Zwischenereignis")
b("ohne Ereignis wird durchlaufen", line(throw("t")), play({}, passed=["t"]))
b(
    "ordnet Ausgaben zu",
    line(node("intermediateThrowEvent", "t", io(None, {"meilenstein": "=1"}))),
    play({}, variables={"meilenstein": 1}),
)
