"""Event sub-processes, and events at the edge of every activity."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    Step,
    done,
    heard,
    inner,
    later,
    line,
    listener,
    play,
    refused,
    tasks,
    told,
    waiting,
    worked,
)
from tests.bpmn.diagrams import (
    at,
    begins,
    call,
    end,
    ending,
    error,
    escalation,
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
    throw,
    user,
)

b = Collection()
HEAD = message("m", "stopp", "nr") + signal("sig", "alarm") + error("err", "F") + escalation("esk", "E")
GIVEN = {"nr": "1", "x": 0, "n": 0}
COMES: dict[str, tuple[str, str, Step]] = {
    "timer": ("P1D", "einer Zeit", later("P1D")),
    "message": ("m", "einer Nachricht", told("stopp", "1")),
    "signal": ("sig", "einem Signal", heard("alarm")),
    "escalation": ("esk", "einer Eskalation", done("weiter")),
    "conditional": ("x > 5", "einer Bedingung", done("weiter", x=6)),
    "error": ("err", "einem Fehler", refused("s", "F")),
}
"""What may happen to a scope in which `weiter`, then an escalation, and the service task `s` stand."""


def scope(*more: str) -> tuple[str, ...]:
    """A branch with a task, an escalation and another task; and a service task beside it."""
    fork = node("parallelGateway", "gg")
    return (
        fork,
        user("weiter"),
        throw("t", "escalation", "esk"),
        user("u"),
        service("s"),
        *more,
        flows("gg > weiter > t > u", "gg > s"),
    )


b.of("Ereignis-Teilprozess")
for what, (reference, word, comes) in COMES.items():
    for beside in (False, True) if what != "error" else (False,):
        how = "neben allem Übrigen" if beside else "anstelle alles Übrigen"
        rest = ("u" if what in ("escalation", "conditional") else "weiter",) if beside else ()
        parts = (
            start("a0"),
            *scope(),
            event_sub("es", begins("b", what, reference, beside), user("v"), end("ev"), flows("b > v > ev")),
        )
        finish: list[Step] = [tasks("v", *rest), done("v")]
        if beside:
            finish += ([done("weiter")] if rest == ("weiter",) else []) + [done("u"), worked("s")]
        if what == "escalation" or not beside:
            finish = [step for step in finish if step != done("weiter")]
        b(f"beginnt bei {word} {how}: im Prozess", process(*parts, flow("a0", "gg"), head=HEAD), play(GIVEN, comes, *finish))
        b(
            f"beginnt bei {word} {how}: im Teilprozess",
            line(node("subProcess", "sp", "", *parts, flow("a0", "gg")), head=HEAD),
            play(GIVEN, comes, *finish, ends=["end"]),
        )
b(
    "der nichts zu tun hat, hält seinen Prozess nicht auf",
    line(user("u"), listener("es", begins("b", "timer", "P1D"), user("v"))),
    play({}, waiting("u", "b"), done("u"), ends=["end"]),
)
b(
    "daneben kann mehrmals beginnen, durch Nachricht, Signal und Eskalation",
    line(user("u"), listener("es", begins("b", "signal", "sig", True), script("z", "n + 1", "n")), head=HEAD),
    play(GIVEN, heard("alarm"), heard("alarm"), waiting("u", "b"), done("u"), variables={"n": 2}),
)
b(
    "daneben durch eine Dauer beginnt einmal, durch eine Wiederholung so oft sie sagt",
    line(user("u"), listener("es", begins("b", "timer", "P1D", True), script("z", "n + 1", "n"))),
    play(GIVEN, later("P3D"), waiting("u"), done("u"), variables={"n": 1}),
)
b(
    "hält seinen Prozess offen, bis er endet",
    line(user("u"), listener("es", begins("b", "signal", "sig", True), user("v")), head=HEAD),
    play(GIVEN, heard("alarm"), done("u"), tasks("v"), done("v"), ends=["end"]),
)
b(
    "der unterbricht, bricht auch andere ab, die daneben laufen",
    line(
        user("u"),
        listener("e1", begins("b1", "signal", "sig", True), user("v")),
        listener("e2", begins("b2", "message", "m"), user("w")),
        head=HEAD,
    ),
    play(GIVEN, heard("alarm"), told("stopp", "1"), tasks("w"), done("w")),
)
b(
    "der unterbricht, ist danach der letzte: die anderen hören nicht mehr",
    line(
        user("u"),
        listener("e1", begins("b1", "signal", "sig"), user("v")),
        listener("e2", begins("b2", "message", "m"), user("w")),
        head=HEAD,
    ),
    play(GIVEN, waiting("u", "b1", "b2"), heard("alarm"), waiting("v"), told("stopp", "1"), tasks("v"), done("v")),
)
b(
    "sieht und ändert die Variablen seines Teilprozesses",
    line(
        inner(
            "sp",
            user("u"),
            listener("es", begins("b", "signal", "sig"), script("z", "lokal + 1", "lokal")),
            extension=io({"lokal": "=1"}, {"y": "=lokal"}),
        ),
        head=HEAD,
    ),
    play(GIVEN, heard("alarm"), variables={"y": 2}, without=["lokal"]),
)
b(
    "hat durch Eingaben eigene Variablen",
    line(
        user("u"),
        listener("es", begins("b", "signal", "sig"), script("z", "eigen", "y"), extension=io({"eigen": "=7"}, None)),
        head=HEAD,
    ),
    play(GIVEN, heard("alarm"), variables={"y": 7}, without=["eigen"]),
)
b(
    "nimmt die Inhalte seines Ereignisses auf, mit Ausgaben nur die genannten",
    line(user("u"), listener("es", begins("b", "message", "m", outputs={"text": "=t"}), script("z", "text", "y")), head=HEAD),
    play(GIVEN, told("stopp", "1", t="halt", mehr=1), variables={"y": "halt", "text": "halt"}, without=["t", "mehr"]),
)
b(
    "gibt ohne Ausgaben alles weiter, was sein Ereignis bringt, wie Camunda 8",
    line(user("u"), listener("es", begins("b", "message", "m"), script("z", "t", "y")), head=HEAD),
    play(GIVEN, told("stopp", "1", t="halt"), variables={"y": "halt", "t": "halt"}),
)
b(
    "fängt keinen Fehler, der in ihm selbst entsteht",
    line(
        inner(
            "sp",
            user("u"),
            listener("es", begins("b", "error", "err"), ending("e2", "error", "err")),
            ending("e1", "error", "err"),
        ),
        at("sp", "r", "error", "err"),
        head=HEAD,
    ),
    play(GIVEN, done("u"), ends=["nach_r"]),
)
b(
    "geht dem Randereignis seines Teilprozesses vor",
    line(
        inner("sp", user("u"), listener("es", begins("b", "error", "err"), user("v")), ending("e1", "error", "err")),
        at("sp", "r", "error", "err"),
        head=HEAD,
    ),
    play(GIVEN, done("u"), tasks("v"), done("v"), ends=["end"]),
)
b(
    "kann selbst Ereignis-Teilprozesse enthalten",
    line(
        user("u"),
        listener("es", begins("b", "signal", "sig"), user("v"), listener("es2", begins("b2", "message", "m"), user("w"))),
        head=HEAD,
    ),
    play(GIVEN, heard("alarm"), waiting("v", "b2"), told("stopp", "1"), tasks("w"), done("w"), not_passed=["v"]),
)
b(
    "beginnt sofort, wenn seine Bedingung schon am Anfang wahr ist",
    line(user("u"), listener("es", begins("b", "conditional", "x = 0"), user("v"))),
    play(GIVEN, tasks("v"), done("v"), not_passed=["u"]),
)
b(
    "bei einer Bedingung beginnt erst wieder, wenn sie dazwischen falsch war",
    line(
        user("u", loop("[1, 2, 3, 4]", "i")),
        listener("es", begins("b", "conditional", "x > 5", True), script("z", "n + 1", "n")),
    ),
    play(GIVEN, done("u", x=6), done("u", x=7), done("u", x=1), done("u", x=9), variables={"n": 2}),
)
b(
    "hat je Eintrag einer Mehrfachausführung seine eigenen",
    line(inner("sp", user("u"), listener("es", begins("b", "conditional", "i = 2"), user("v")), loop=loop("[1, 2]", "i"))),
    play(GIVEN, tasks("u", "v"), done("u"), done("v")),
)
b(
    "ist mit seinem Teilprozess aus",
    line(inner("sp", user("u"), listener("es", begins("b", "signal", "sig"), user("v"))), user("w"), head=HEAD),
    play(GIVEN, done("u"), waiting("w"), heard("alarm"), tasks("w"), done("w")),
)
b(
    "wird von einem Randereignis mit abgebrochen",
    line(
        inner("sp", user("u"), listener("es", begins("b", "signal", "sig", True), user("v"))),
        at("sp", "r", "message", "m"),
        head=HEAD,
    ),
    play(GIVEN, heard("alarm"), tasks("u", "v"), told("stopp", "1"), ends=["nach_r"]),
)
b(
    "mit einer Beendigung beendet nur sich selbst",
    line(user("u"), listener("es", begins("b", "signal", "sig", True), ending("t", "terminate")), head=HEAD),
    play(GIVEN, heard("alarm"), tasks("u"), done("u"), ends=["end"]),
)
b(
    "in einem Ad-hoc-Teilprozess",
    line(node("adHocSubProcess", "ah", "", user("u"), listener("es", begins("b", "signal", "sig"), user("v"))), head=HEAD),
    play(GIVEN, heard("alarm"), tasks("v"), done("v"), not_passed=["u"]),
)
b(
    "in einer Transaktion",
    line(
        inner("tx", user("u"), listener("es", begins("b", "signal", "sig"), user("v")), kind="transaction"),
        at("tx", "ab", "cancel"),
        head=HEAD,
    ),
    play(GIVEN, heard("alarm"), tasks("v"), done("v"), ends=["end"]),
)
b(
    "durch einen Fehler ohne Code fängt jeden",
    line(service("s"), listener("es", begins("b", "error", ""), user("v"))),
    play(GIVEN, refused("s", "X"), tasks("v"), done("v")),
)

b.of("Randereignis")
HOSTS: dict[str, tuple[str, str, Step]] = {
    "einer Benutzeraufgabe": (user("h"), "h", done("h")),
    "einer Service-Aufgabe": (service("h"), "h", worked("h")),
    "einer Empfangs-Aufgabe": (node("receiveTask", "h", "", messageRef="m2"), "h", told("zwei", "1")),
    "einem Teilprozess": (inner("h", user("drin")), "drin", done("drin")),
    "einer Transaktion": (inner("h", user("drin"), kind="transaction"), "drin", done("drin")),
    "einem Ad-hoc-Teilprozess": (node("adHocSubProcess", "h", "", user("drin")), "drin", done("drin")),
    "einer Aufruf-Aktivität": (call("h", "kind"), "frage", done("frage")),
    "einer Mehrfachausführung": (user("h", loop("[1]", "i")), "h", done("h")),
}
HEAD2 = HEAD + message("m2", "zwei", "nr")


def edges(beside: bool) -> tuple[str, ...]:
    """Four events at the edge of `h`."""
    return (
        at("h", "rz", "timer", "P1D", beside=beside),
        at("h", "rn", "message", "m", beside=beside),
        at("h", "rs", "signal", "sig", beside=beside),
        at("h", "rb", "conditional", "x > 5", beside=beside),
    )


for word, (host, open, ends) in HOSTS.items():
    files = {"k.bpmn": line(user("frage"), id="kind")}
    stopped = {"p.bpmn": line(host, *edges(False), user("danach"), head=HEAD2), **files}
    goes_on = {"p.bpmn": line(host, *edges(True), user("danach"), head=HEAD2), **files}
    b(
        f"an {word} unterbricht bei Zeit, Nachricht oder Signal und ist danach aus".replace(
            "einem Teilprozess", "einem Teilprozess"
        ),
        stopped,
        play(GIVEN, later("P1D"), ends=["nach_rz"]),
        play(GIVEN, told("stopp", "1"), ends=["nach_rn"]),
        play(GIVEN, heard("alarm"), ends=["nach_rs"]),
        play(GIVEN, ends, waiting("danach"), done("danach"), ends=["end"]),
    )
    b(
        f"an {word} daneben lässt alles weiterlaufen".replace("einem Teilprozess", "einem Teilprozess"),
        goes_on,
        play(
            GIVEN,
            heard("alarm"),
            told("stopp", "1"),
            heard("alarm"),
            later("P1D"),
            waiting(open, "rn", "rs"),
            ends,
            done("danach"),
            ends=["end", "nach_rz", "nach_rn", "nach_rs"],
        ),
    )
b(
    "bricht nur seine Aktivität ab, nicht die Zweige daneben",
    process(
        start(),
        node("parallelGateway", "gg"),
        user("a"),
        user("c"),
        at("a", "r", "timer", "P1D"),
        end("ea"),
        end("ec"),
        end("er"),
        flows("start > gg > a > ea", "gg > c > ec", "r > er"),
    ),
    play({}, later("P1D"), tasks("c"), done("c"), ends=["ec", "er"]),
)
b(
    "nimmt von mehreren das, was zuerst geschieht",
    line(user("u"), at("u", "r1", "timer", "P1D"), at("u", "r2", "timer", "P2D")),
    play({}, later("P5D"), ends=["nach_r1"]),
)
b(
    "sieht in Zeit, Namen und Bedingung die eigenen Variablen seiner Aktivität, wie bei Camunda 8",
    line(
        user("u", inputs={"frist": '="P2D"'}), at("u", "r", "timer", "=frist"), at("u", "c", "conditional", 'frist = "jetzt"')
    ),
    play({}, later("P1D"), tasks("u"), later("P1D"), ends=["nach_r"]),
)
b(
    "sieht im Schlüssel einer Nachricht nur, was außen gilt, wie bei Camunda 8",
    line(user("u", inputs={"nr": '="innen"'}), at("u", "r", "message", "m"), head=HEAD),
    play({"nr": "1"}, told("stopp", "innen"), tasks("u"), told("stopp", "1"), ends=["nach_r"]),
)
b(
    "sieht in seinen Ausgaben nur, was außen gilt",
    line(user("u", inputs={"eigen": "=1"}), at("u", "r", "signal", "sig", outputs={"y": "=eigen"}), head=HEAD),
    play({}, heard("alarm"), variables={"y": None}),
)
b(
    "gibt mit Ausgaben nur heraus, was sie nennen",
    line(user("u"), at("u", "r", "message", "m", outputs={"y": "=t"}), head=HEAD),
    play(GIVEN, told("stopp", "1", t=5, mehr=1), variables={"y": 5}, without=["t", "mehr"]),
)
b(
    "steht an der Mehrfachausführung als Ganzem, einmal für alle",
    line(user("u", loop("[1, 2, 3]", "i")), at("u", "r", "timer", "P1D")),
    play({}, waiting("u", "u", "u", "r"), done("u"), later("P1D"), ends=["nach_r"]),
)
b(
    "nimmt eine Nachricht, die schon vor der Aktivität kam",
    line(user("u"), user("w"), at("w", "r", "message", "m"), head=HEAD),
    play(GIVEN, told("stopp", "1"), tasks("u"), done("u"), ends=["nach_r"]),
)
b(
    "mit Fehler an einer Service-Aufgabe: der Code geht vor dem, das jeden fängt",
    line(service("s"), at("s", "alle", "error", ""), at("s", "einer", "error", "err"), head=HEAD),
    play({}, refused("s", "F"), ends=["nach_einer"]),
    play({}, refused("s", "X"), ends=["nach_alle"]),
)
b(
    "führt zurück vor seine Aktivität, so oft es geschieht",
    process(
        start(),
        node("exclusiveGateway", "g"),
        user("u"),
        at("u", "r", "timer", "P1D"),
        script("z", "n + 1", "n"),
        end(),
        flows("start > g > u > end", "r > z > g"),
    ),
    play({"n": 0}, later("P3D"), tasks("u"), done("u"), variables={"n": 3}),
)
