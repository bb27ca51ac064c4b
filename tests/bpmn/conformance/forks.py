"""The first of several events, and the flows out of activities."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    again,
    done,
    heard,
    incident,
    inner,
    later,
    line,
    play,
    tasks,
    told,
    waiting,
)
from tests.bpmn.diagrams import (
    at,
    catch,
    catching,
    end,
    event_gateway,
    flow,
    flows,
    message,
    node,
    par,
    process,
    script,
    signal,
    start,
    sub,
    timer,
    user,
    xor,
)

b = Collection()

b.of("Ereignisbasiertes Gateway")
RACE = process(
    start(),
    event_gateway("g"),
    catch("m1", "m"),
    timer("t", "P14D"),
    catching("s", "signal", "sig"),
    end("a"),
    end("b"),
    end("c"),
    flows("start > g > m1 > a", "g > t > b", "g > s > c"),
    head=message("m", "antwort", "nr") + signal("sig", "alarm"),
)
b(
    "wartet auf mehrere Ereignisse; das erste entscheidet, die anderen sind aus",
    RACE,
    play({"nr": "1"}, waiting("m1", "t", "s"), told("antwort", "1"), ends=["a"]),
    play({"nr": "1"}, later("P14D"), ends=["b"]),
    play({"nr": "1"}, heard("alarm"), ends=["c"]),
)
b(
    "nimmt eine Nachricht, die schon da ist",
    process(
        start(),
        user("u"),
        event_gateway("g"),
        catch("m1", "m"),
        timer("t", "P1D"),
        flows("start > u > g > m1", "g > t"),
        head=message("m", "antwort", "nr"),
    ),
    play({"nr": "1"}, told("antwort", "1"), done("u"), passed=["m1"], not_passed=["t"]),
)
b(
    "lässt auch Empfangs-Aufgaben zu",
    process(
        start(),
        event_gateway("g"),
        node("receiveTask", "r", "", messageRef="m"),
        timer("t", "P1D"),
        end("a"),
        end("b"),
        flows("start > g > r > a", "g > t > b"),
        head=message("m", "antwort", "nr"),
    ),
    play({"nr": "1"}, told("antwort", "1", x=1), ends=["a"], variables={"x": 1}),
)
b(
    "mit einer Bedingung, die schon wahr ist, geht sofort weiter",
    process(
        start(),
        event_gateway("g"),
        catching("c", "conditional", "x"),
        timer("t", "P1D"),
        end("a"),
        end("b"),
        flows("start > g > c > a", "g > t > b"),
    ),
    play({"x": True}, ends=["a"]),
    play({"x": False}, waiting("t"), later("P1D"), ends=["b"]),
)
b(
    "in einer Schleife wartet jede Runde neu",
    process(
        start(),
        xor("m0"),
        event_gateway("g"),
        catch("m1", "m"),
        timer("t", "P1D"),
        script("z", "n + 1", "n"),
        end(),
        flows("start > m0 > g > m1 > z > m0", "g > t > end"),
        head=message("m", "antwort", "nr"),
    ),
    play({"nr": "1", "n": 0}, told("antwort", "1"), told("antwort", "1"), later("P1D"), variables={"n": 2}),
)
b(
    "nach einer Störung an einem seiner Ereignisse wartet weiter",
    RACE,
    play(
        {},
        incident("m1", "Korrelationsschlüssel"),
        again("m1", nr="1"),
        waiting("m1", "t", "s"),
        told("antwort", "1"),
        ends=["a"],
    ),
    play({}, incident("m1"), later("P14D"), ends=["b"]),
)
b(
    "wird mit seinem Teilprozess abgebrochen",
    line(
        sub("sp", start("s"), event_gateway("g"), catch("m1", "m"), timer("t", "P9D"), flows("s > g > m1", "g > t")),
        at("sp", "frist", "timer", "P1D"),
        head=message("m", "antwort", "nr"),
    ),
    play({"nr": "1"}, later("P1D"), ends=["nach_frist"]),
)

b.of("Flüsse aus Aktivitäten")
b(
    "ohne Bedingung werden alle gegangen (implizites Teilen)",
    process(start(), user("u"), user("a"), user("c"), flows("start > u > a", "u > c")),
    play({}, done("u"), tasks("a", "c"), done("a"), done("c")),
)
b(
    "mit Bedingung nur die wahren",
    process(start(), user("u"), end("a"), end("b"), flow("u", "a", "n > 1"), flow("u", "b", "n > 2"), flows("start > u")),
    play({}, done("u", n=2), ends=["a"]),
    play({}, done("u", n=3), ends=["a", "b"]),
)
b(
    "sonst der Standardfluss",
    process(start(), user("u", default="u_b"), end("a"), end("b"), flow("u", "a", "n > 1"), flows("start > u > b")),
    play({}, done("u", n=0), ends=["b"]),
    play({}, done("u", n=5), ends=["a"]),
)
b(
    "ohne wahre Bedingung und ohne Standard sind eine Störung an der Aktivität; die Antworten bleiben",
    process(start(), user("u"), end("a"), flow("u", "a", "n > 1"), flows("start > u")),
    play({}, done("u", n=0), incident("u"), again("u", n=2), ends=["a"]),
)
b(
    "die zusammenkommen, lösen die Aktivität je einmal aus",
    process(
        start(), par("g"), user("a"), user("c"), script("z", "n + 1", "n"), end(), flows("start > g > a > z > end", "g > c > z")
    ),
    play({"n": 0}, done("a"), done("c"), variables={"n": 2}),
)
b(
    "aus Teilprozessen und Startereignissen folgen denselben Regeln",
    process(
        start(),
        inner("sp", script("z", "1", "x")),
        end("a"),
        end("b"),
        end("c"),
        flow("sp", "a", "x = 1"),
        flow("sp", "b", "x = 2"),
        flows("start > sp", "start > c"),
    ),
    play({}, ends=["a", "c"]),
)
