"""Errors and escalations: caught by what encloses them."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    aside,
    both,
    done,
    incident,
    inner,
    line,
    listener,
    play,
    refused,
    row,
    tasks,
)
from tests.bpmn.diagrams import (
    at,
    begins,
    end,
    ending,
    error,
    escalation,
    flows,
    message,
    node,
    par,
    script,
    service,
    signal,
    start,
    sub,
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


b.of("Fehler")
b(
    "geht an das nächste, was außen herum steht und seinen Code fängt",
    line(inner("a", inner("c", ending("f", "error", "err"), kind="subProcess")), at("a", "r", "error", "err"), head=HEAD),
    play({}, ends=["nach_r"], passed=["f"], not_passed=["a", "c"]),
)
b(
    "wird innen gefangen, bevor er nach außen geht",
    line(
        inner("a", sub("c", start("s"), ending("f", "error", "err"), flows("s > f")), at("c", "r1", "error", "err")),
        at("a", "r2", "error", "err"),
        head=HEAD,
    ),
    play({}, passed=["r1", "a"], ends=["end"]),
)
b(
    "mit anderem Code wird nicht gefangen und geht weiter hinaus",
    line(
        inner("a", sub("c", start("s"), ending("f", "error", "err"), flows("s > f")), at("c", "r1", "error", "err2")),
        at("a", "r2", "error", "err"),
        head=HEAD,
    ),
    play({}, ends=["nach_r2"]),
)
b(
    "ohne Code am fangenden Ereignis fängt jeden",
    line(service("s"), at("s", "r", "error", ""), head=HEAD),
    play({}, refused("s", "IRGENDEIN"), ends=["nach_r"]),
)
b(
    "wird von Geschwistern mit demselben Code nicht gefangen",
    line(
        both(
            "g",
            row(sub("a", start("s"), user("u"), ending("f", "error", "err"), flows("s > u > f"))),
            row(inner("c", user("v"))),
        ),
        at("c", "r", "error", "err"),
        head=HEAD,
    ),
    play({}, done("u"), incident("f"), done("v"), state="incident", not_passed=["r"]),
)
b(
    "den niemand fängt, ist eine Störung und kein Erfolg",
    line(ending("f", "error", "err"), head=HEAD),
    play({}, incident("f", "F"), state="incident", ends=[]),
)
b(
    "bricht ab, was in seinem Teilprozess noch läuft",
    line(
        sub("a", start("s"), par("g"), user("u"), user("v"), ending("f", "error", "err"), flows("s > g > u", "g > v > f")),
        at("a", "r", "error", "err"),
        head=HEAD,
    ),
    play({}, done("v"), ends=["nach_r"]),
)
b(
    "trägt die Variablen der Arbeit, die ihn meldet; mit Ausgaben nur die genannten",
    line(service("s"), at("s", "r", "error", "err", outputs={"y": "=grund"}), head=HEAD),
    play({}, refused("s", "F", grund="g", mehr=1), variables={"y": "g"}, without=["grund", "mehr"]),
)
b(
    "an einem Fehler-Ende trägt dessen Eingaben",
    line(
        sub("a", start("s"), ending("f", "error", "err", {"grund": "=x"}), flows("s > f")),
        at("a", "r", "error", "err"),
        head=HEAD,
    ),
    play({"x": 5}, variables={"grund": 5}),
)
b(
    "hat einen Code aus FEEL am auslösenden Ereignis",
    line(inner("a", ending("f", "error", "dyn")), at("a", "r", "error", "err"), head=HEAD + error("dyn", "=code")),
    play({"code": "F"}, ends=["nach_r"]),
    play({}, incident("f", "Fehlercode"), state="incident"),
)
b(
    "an einem Fehler-Ende des Prozesses, das ein Ereignis-Teilprozess fängt: auch dieses Ende ist erreicht",
    line(ending("f", "error", "err"), listener("l", begins("b", "error", "err")), head=HEAD),
    play({}, ends=["f"], passed=["f", "b", "l"], not_passed=["end"]),
)

b.of("Eskalation")
INNER = sub("a", start("s"), throw("t", "escalation", "esk", {"was": "=1"}), user("u"), end("e"), flows("s > t > u > e"))
b(
    "daneben: der Teilprozess läuft weiter",
    line(INNER, at("a", "r", "escalation", "esk", beside=True), head=HEAD),
    play({}, tasks("u"), done("u"), ends=["end", "nach_r"], variables={"was": 1}),
)
b(
    "unterbrechend: der Teilprozess wird abgebrochen",
    line(INNER, at("a", "r", "escalation", "esk"), head=HEAD),
    play({}, ends=["nach_r"], passed=["t"], not_passed=["u"]),
)
b("die niemand fängt, geht einfach weiter", line(INNER, head=HEAD), play({}, done("u"), ends=["end"], without=["was"]))
b(
    "mit anderem Code wird nicht gefangen",
    line(INNER, at("a", "r", "escalation", "esk2"), head=HEAD),
    play({}, done("u"), ends=["end"]),
)
b(
    "ohne Code am fangenden Ereignis fängt jede; ein genauer Code geht vor",
    line(INNER, at("a", "alle", "escalation", ""), at("a", "eine", "escalation", "esk"), head=HEAD),
    play({}, ends=["nach_eine"]),
)
b(
    "an einem Endereignis endet auch dessen Weg",
    line(
        sub("a", start("s"), ending("t", "escalation", "esk"), flows("s > t")),
        at("a", "r", "escalation", "esk", beside=True),
        head=HEAD,
    ),
    play({}, ends=["end", "nach_r"], passed=["t"]),
)
b(
    "geht durch Teilprozesse nach außen zum nächsten, was sie fängt, und nicht weiter",
    line(
        inner("b", INNER, at("a", "r1", "escalation", "esk", beside=True)),
        at("b", "r2", "escalation", "esk", beside=True),
        head=HEAD,
    ),
    play({}, done("u"), passed=["r1"], not_passed=["r2"], ends=["end"]),
)
b(
    "mehrmals daneben wird jedes Mal gefangen",
    line(
        sub(
            "a",
            start("s"),
            throw("t1", "escalation", "esk"),
            throw("t2", "escalation", "esk"),
            end("e"),
            flows("s > t1 > t2 > e"),
        ),
        aside(at("a", "r", "escalation", "esk", beside=True), script("z", "n + 1", "n")),
        head=HEAD,
    ),
    play({"n": 0}, variables={"n": 2}),
)
