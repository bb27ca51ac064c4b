"""Compensation: what was completed is undone."""

from __future__ import annotations

from functools import reduce

from tests.bpmn.conformance.behaviour import (
    Collection,
    both,
    done,
    heard,
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
    end,
    ending,
    error,
    flow,
    flows,
    io,
    loop,
    node,
    process,
    script,
    service,
    signal,
    start,
    throw,
    undone_by,
    user,
    xor,
)

b = Collection()
HEAD = signal("sig", "alarm") + error("err", "F")
LOG = {"log": []}


def booked(name: str, task: str = "") -> tuple[str, ...]:
    """A task and the script that undoes it."""
    undo = script(f"{name}_ab", f'append(log, "{name}")', "log", isForCompensation="true")
    return task or user(name), undone_by(name, f"{name}_ab"), undo


AB = (*booked("a"), *booked("c"))

b.of("Kompensation")
b(
    "macht Erledigtes rückgängig, das Letzte zuerst (BPMN 2.0.2)",
    line(*AB, throw("t", "compensate")),
    play(LOG, done("a"), done("c"), variables={"log": ["c", "a"]}, order=["c_rueck", "c_ab", "a_rueck", "a_ab", "t"]),
)
b(
    "an einem Endereignis",
    line(*AB, ending("t", "compensate")),
    play(LOG, done("a"), done("c"), ends=["t"], variables={"log": ["c", "a"]}),
)
b(
    "nur einer bestimmten Aktivität",
    line(*AB, throw("t", "compensate", "a")),
    play(LOG, done("a"), done("c"), variables={"log": ["a"]}),
)
b(
    "macht nur rückgängig, was erledigt ist",
    line(*booked("a"), both("g", throw("t", "compensate"), *(user("c"),)), undone_by("c", "c_ab"), booked("c")[2]),
    play(LOG, done("a"), tasks("c"), done("c"), variables={"log": ["a"]}),
)
b(
    "geschieht für jede Ausführung nur einmal",
    line(*AB, throw("t", "compensate"), ending("t2", "compensate")),
    play(LOG, done("a"), done("c"), variables={"log": ["c", "a"]}),
)
b("ohne etwas Erledigtes geht einfach weiter", line(throw("t", "compensate"), user("u")), play(LOG, tasks("u"), done("u")))
b(
    "wartet, bis das Rückgängigmachen erledigt ist: eine Benutzeraufgabe",
    line(user("a"), undone_by("a", "h"), user("h", isForCompensation="true"), throw("t", "compensate"), user("u")),
    play({}, done("a"), tasks("h"), done("h"), tasks("u"), done("u")),
)
b(
    "eins nach dem anderen: das frühere erst, wenn das spätere zurückgenommen ist",
    line(
        user("a"),
        undone_by("a", "ha"),
        user("ha", isForCompensation="true"),
        user("c"),
        undone_by("c", "hc"),
        user("hc", isForCompensation="true"),
        throw("t", "compensate"),
    ),
    play({}, done("a"), done("c"), tasks("hc"), done("hc"), tasks("ha"), done("ha")),
)
b(
    "durch eine Service-Aufgabe ruht, bis sie getan ist",
    line(user("a"), undone_by("a", "h"), service("h", isForCompensation="true"), throw("t", "compensate")),
    play({}, done("a"), waiting("h"), worked("h")),
)
b(
    "durch einen Teilprozess",
    line(
        user("a"),
        undone_by("a", "h"),
        inner("h", user("u"), script("z", "1", "zurück"), isForCompensation="true"),
        throw("t", "compensate"),
    ),
    play({}, done("a"), tasks("u"), done("u"), variables={"zurück": 1}),
)
b(
    "durch eine Mehrfachausführung",
    line(user("a"), undone_by("a", "h"), user("h", loop("[1, 2]", "x"), isForCompensation="true"), throw("t", "compensate")),
    play({}, done("a"), tasks("h", "h"), done("h"), done("h")),
)
b(
    "durch einen Aufruf",
    {
        "p.bpmn": line(
            user("a"),
            undone_by("a", "h"),
            call("h", "kind").replace('<bpmn:callActivity id="h"', '<bpmn:callActivity id="h" isForCompensation="true"'),
            throw("t", "compensate"),
        ),
        "k.bpmn": line(user("u"), id="kind"),
    },
    play({}, done("a"), tasks("u"), done("u")),
)
b(
    "wirkt in erledigte Teilprozesse hinein, mit den Variablen, die sie am Ende hatten",
    line(
        inner(
            "sp",
            user("a"),
            undone_by("a", "h"),
            script("h", "append(log, lokal)", "log", isForCompensation="true"),
            extension=io({"lokal": "=1"}, None),
        ),
        throw("t", "compensate"),
    ),
    play(LOG, done("a", lokal=7), variables={"log": [7]}, without=["lokal"]),
)
b(
    "verschachtelt: von außen nach innen, überall das Letzte zuerst",
    line(
        *booked("a"),
        inner("sp", *booked("c"), inner("tief", *booked("d")), *booked("e")),
        *booked("f"),
        throw("t", "compensate"),
    ),
    play(LOG, done("a"), done("c"), done("d"), done("e"), done("f"), variables={"log": ["f", "e", "d", "c", "a"]}),
)
b(
    "eines Teilprozesses mit eigener Handlung: nur diese, das Innere bleibt (BPMN 2.0.2)",
    line(*booked("sp", inner("sp", *booked("c"))), throw("t", "compensate")),
    play(LOG, done("c"), variables={"log": ["sp"]}),
)
b(
    "eines bestimmten Teilprozesses macht sein Inneres rückgängig",
    line(*booked("a"), inner("sp", *booked("c")), throw("t", "compensate", "sp")),
    play(LOG, done("a"), done("c"), variables={"log": ["c"]}),
)
b(
    "innerhalb eines Teilprozesses betrifft nur diesen",
    line(*booked("a"), inner("sp", *booked("c"), throw("t", "compensate"))),
    play(LOG, done("a"), done("c"), variables={"log": ["c"]}),
)
b(
    "aus einem Ereignis-Teilprozess betrifft, was um ihn herum erledigt ist",
    line(*AB, user("u"), listener("es", begins("s", "signal", "sig"), throw("t", "compensate")), head=HEAD),
    play(LOG, done("a"), done("c"), heard("alarm"), variables={"log": ["c", "a"]}, not_passed=["u"]),
)
b(
    "aus einem Ereignis-Teilprozess, den ein Fehler begonnen hat: auch im Teilprozess",
    line(inner("sp", *AB, service("s"), listener("es", begins("f", "error", "err"), throw("t", "compensate"))), head=HEAD),
    play(
        LOG,
        done("a"),
        done("c"),
        {"error": {"job": "s", "code": "F"}, "variables": {}},
        variables={"log": ["c", "a"]},
        ends=["end"],
    ),
)
b(
    "einer Mehrfachausführung: einmal für das Ganze",
    line(*booked("a", user("a", loop("[1, 2]", "x"))), throw("t", "compensate")),
    play(LOG, done("a"), done("a"), variables={"log": ["a"]}),
)
b(
    "in Teilprozessen einer Mehrfachausführung: für jeden Eintrag, mit seinen Variablen, der letzte zuerst",
    line(
        inner(
            "sp",
            user("a"),
            undone_by("a", "h"),
            script("h", "append(log, x)", "log", isForCompensation="true"),
            loop=loop("[1, 2, 3]", "x", one_by_one=True),
        ),
        throw("t", "compensate"),
    ),
    play(LOG, done("a"), done("a"), done("a"), variables={"log": [3, 2, 1]}),
)
b(
    "in einer Schleife: für jede Runde einmal",
    process(
        start(),
        xor("m"),
        *booked("a"),
        xor("g", default="g_m"),
        throw("t", "compensate"),
        end(),
        flows("start > m > a > g > m", "t > end"),
        flow("g", "t", "fertig"),
    ),
    play(LOG, done("a", fertig=False), done("a", fertig=True), variables={"log": ["a", "a"]}),
)
b(
    "einer Standardschleife: einmal für das Ganze",
    line(*booked("a", user("a", loop_again("weiter"))), throw("t", "compensate")),
    play(LOG, done("a", weiter=True), done("a", weiter=False), variables={"log": ["a"]}),
)
b(
    "lässt Zweige daneben in Ruhe",
    line(both("g", user("u"), throw("t", "compensate"))),
    play(LOG, tasks("u"), done("u"), passed=["t"]),
)
b(
    "kann von einem Randereignis des Teilprozesses abgebrochen werden",
    line(
        inner("sp", user("a"), undone_by("a", "h"), user("h", isForCompensation="true"), throw("t", "compensate")),
        at("sp", "r", "timer", "P1D"),
    ),
    play({}, done("a"), tasks("h"), later("P1D"), ends=["nach_r"], not_passed=["h", "t"]),
)
b(
    "paralleler Aktivitäten: zuletzt Erledigtes zuerst",
    line(both("g", user("a"), user("c")), *booked("a")[1:], *booked("c")[1:], throw("t", "compensate")),
    play(LOG, done("c"), done("a"), variables={"log": ["a", "c"]}),
)
b(
    "abgebrochener Aktivitäten gibt es nicht",
    line(*booked("a"), at("a", "r", "timer", "P1D"), user("u")).replace(
        b'<bpmn:endEvent id="nach_r"></bpmn:endEvent>', ending("nach_r", "compensate").encode()
    ),
    play(LOG, later("P1D"), ends=["nach_r"], variables={"log": []}),
)
b(
    "von Aufgaben, Skripten und Empfangs-Aufgaben gleichermaßen",
    line(*booked("a", script("a", "1", "x")), *booked("c", node("manualTask", "c")), throw("t", "compensate")),
    play(LOG, variables={"log": ["c", "a"]}),
)
b(
    "30 Ebenen tief",
    line(reduce(lambda inside, depth: (inner(f"sp{depth}", *inside),), range(30), booked("a"))[0], throw("t", "compensate")),
    play(LOG, done("a"), variables={"log": ["a"]}),
)
