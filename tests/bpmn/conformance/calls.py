"""Calls of other processes."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    again,
    broke,
    done,
    heard,
    incident,
    later,
    line,
    listener,
    play,
    refused,
    tasks,
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
    flow,
    flows,
    loop,
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
HEAD = signal("sig", "alarm") + error("err", "F") + escalation("esk", "E")

b.of("Aufruf-Aktivität")
CHILD = line(user("frage"), script("z", "basis + 1", "ergebnis"), id="kind")


def calls(activity: str, child: bytes = CHILD, *more: str, head: str = "") -> dict[str, bytes]:
    return {"p.bpmn": line(activity, *more, head=head), "k.bpmn": child}


b(
    "führt einen anderen Prozess des Pakets aus und gibt zurück, was er anlegte",
    calls(call("ruf", "kind")),
    play({"basis": 1}, done("frage", antwort="ja"), variables={"antwort": "ja", "ergebnis": 2}, ends=["end"]),
)
b(
    "gibt ohne propagateAllParentVariables nur hinein, was ihre Eingaben machen",
    calls(
        call("ruf", "kind", down=False, inputs={"hinein": "=1"}), line(script("z", "[hinein, basis]", "ergebnis"), id="kind")
    ),
    play({"basis": 5}, variables={"ergebnis": [1, None]}),
)
b(
    "gibt ohne propagateAllChildVariables nichts heraus",
    calls(call("ruf", "kind", up=False)),
    play({"basis": 1}, done("frage", a=1), without=["a", "ergebnis"]),
)
b(
    "gibt mit Ausgaben nur heraus, was sie nennen",
    calls(call("ruf", "kind", outputs={"x": "=ergebnis"})),
    play({"basis": 1}, done("frage", a=1), variables={"x": 2}, without=["a", "ergebnis"]),
)
b(
    "ändert außen nichts, bevor der gerufene Prozess endet",
    calls(call("ruf", "kind", up=False)),
    play({"basis": 1}, done("frage", basis=9), variables={"basis": 1}),
)
b(
    "gibt Geändertes beim Ende zurück",
    calls(call("ruf", "kind")),
    play({"basis": 1}, done("frage", basis=9), variables={"basis": 9, "ergebnis": 10}),
)
b(
    "behält ihre eigenen Eingaben für sich, auch wenn alles zurückkommt, wie Camunda 8",
    calls(call("ruf", "kind", inputs={"basis": "=40"})),
    play({"basis": 1}, done("frage"), variables={"basis": 1, "ergebnis": 41}),
)
b(
    "nennt den Prozess auch aus FEEL",
    calls(call("ruf", "=welcher")),
    play({"welcher": "kind", "basis": 1}, done("frage")),
    play({"welcher": "fehlt"}, incident("ruf", "gibt es im Paket nicht"), again("ruf", welcher="kind"), done("frage")),
)
b(
    "fängt am Rand einen Fehler aus dem gerufenen Prozess",
    calls(
        call("ruf", "kind"), line(ending("f", "error", "err"), id="kind", head=HEAD), at("ruf", "r", "error", "err"), head=HEAD
    ),
    play({}, ends=["nach_r"]),
)
b(
    "fängt am Rand eine Eskalation, während der gerufene Prozess weiterläuft",
    calls(
        call("ruf", "kind"),
        line(throw("t", "escalation", "esk"), user("u"), id="kind", head=HEAD),
        at("ruf", "r", "escalation", "esk", beside=True),
        head=HEAD,
    ),
    play({}, tasks("u"), done("u"), passed=["r", "ruf"]),
)
b(
    "bricht den gerufenen Prozess mit ab, wenn ein Randereignis unterbricht",
    calls(call("ruf", "kind"), CHILD, at("ruf", "r", "timer", "P1D")),
    play({"basis": 1}, tasks("frage"), later("P1D"), ends=["nach_r"]),
)
b(
    "geht nach einer Beendigung im gerufenen Prozess weiter",
    calls(call("ruf", "kind"), line(ending("t", "terminate"), id="kind"), user("u")),
    play({}, tasks("u"), done("u")),
)
b(
    "hat die Ereignis-Teilprozesse des gerufenen Prozesses",
    calls(
        call("ruf", "kind"),
        line(user("frage"), listener("es", begins("es_s", "signal", "sig"), script("z", "1", "gehört")), id="kind", head=HEAD),
    ),
    play({}, heard("alarm"), variables={"gehört": 1}, not_passed=["frage"]),
)
b(
    "darf Ids haben, die es in beiden Prozessen gibt",
    calls(call("ruf", "kind"), line(user("u"), id="kind"), user("u")),
    play({}, done("u"), tasks("u"), done("u")),
)
b(
    "für jeden Eintrag einer Liste, jeder Aufruf mit eigenen Variablen",
    calls(
        call("ruf", "kind", loop("[1, 2]", "x", "alle", "ergebnis")),
        line(script("z", "x * loopCounter", "ergebnis"), id="kind"),
    ),
    play({}, variables={"alle": [1, 4]}, without=["ergebnis", "x", "loopCounter"]),
)
b(
    "ruft sich selbst, solange es einen Ausgang gibt",
    process(
        start(),
        script("z", "n - 1", "n"),
        xor("g", default="g_ruf"),
        call("ruf", "p"),
        end("genug"),
        end(),
        flow("g", "genug", "n = 0"),
        flows("start > z > g > ruf > end"),
    ),
    play({"n": 20}, passed=["ruf"]),
)
b(
    "die sich ohne Ende selbst ruft, ist eine Störung",
    line(call("ruf", "p")),
    play({}, incident("ruf", "ineinander"), state="incident"),
)
b(
    "ruft keinen Prozess, der nur durch ein Ereignis beginnt",
    calls(call("ruf", "kind"), line(begins("k", "signal", "sig"), id="kind", head=HEAD)),
    play({}, incident("ruf", "nur durch ein Ereignis"), state="incident"),
)
b(
    "20 Ebenen tief läuft und gibt durch alle zurück",
    {
        "p.bpmn": line(call("ruf", "k0")),
        **{
            f"k{i}.bpmn": line(call("ruf", f"k{i + 1}") if i < 19 else script("z", "x + 1", "y"), id=f"k{i}") for i in range(20)
        },
    },
    play({"x": 1}, variables={"y": 2}),
)
b(
    "setzt eine Störung innen fort, als wäre sie im eigenen Prozess",
    calls(call("ruf", "kind"), line(service("s"), id="kind")),
    play({}, broke("s"), again("s"), worked("s")),
)
b(
    "kann rückgängig gemacht werden wie jede Aktivität",
    calls(
        call("ruf", "kind"),
        line(id="kind"),
        undone_by("ruf", "ab"),
        script("ab", "1", "zurück", isForCompensation="true"),
        throw("t", "compensate"),
    ),
    play({}, variables={"zurück": 1}),
)
b(
    "gibt einen Fehler nach außen weiter, den innen niemand fängt, sonst ist er eine Störung an seinem Ende",
    calls(call("ruf", "kind"), line(ending("f", "error", "err"), id="kind", head=HEAD)),
    play({}, incident("f", "F"), state="incident"),
)
b(
    "lässt Arbeit außen am gerufenen Prozess in BPMN-Fehler enden",
    calls(call("ruf", "kind"), line(service("s"), id="kind"), at("ruf", "r", "error", "")),
    play({}, refused("s", "X"), ends=["nach_r"]),
)
