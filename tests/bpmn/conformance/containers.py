"""Sub-processes, transactions, ad-hoc sub-processes."""

from __future__ import annotations

from functools import reduce

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
    tasks,
    waiting,
)
from tests.bpmn.diagrams import (
    at,
    end,
    ending,
    error,
    escalation,
    flow,
    flows,
    io,
    loop,
    node,
    par,
    process,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    undone_by,
    user,
    xor,
)

b = Collection()
HEAD = signal("sig", "alarm") + error("err", "F") + escalation("esk", "E")

b.of("Teilprozess")
b(
    "läuft von seinem Start bis nichts mehr in ihm unterwegs ist",
    line(inner("sp", both("g", user("a"), user("c"))), user("d")),
    play({}, done("a"), tasks("c"), done("c"), tasks("d"), done("d")),
)
b(
    "endet erst, wenn jeder seiner Wege geendet hat",
    line(sub("sp", start("s"), user("u"), end("e1"), end("e2"), flows("s > e1", "s > u > e2"))),
    play({}, tasks("u"), done("u"), passed=["e1", "e2"], ends=["end"]),
)
b("meldet als Ende des Vorgangs nur die Enden des Prozesses selbst", line(inner("sp", end("innen"))), play({}, ends=["end"]))
b(
    "wird mit allem in ihm abgebrochen, wenn ein Randereignis unterbricht",
    line(inner("sp", both("g", user("a"), service("c"), timer("t", "P9D"))), at("sp", "r", "timer", "P1D")),
    play({}, waiting("a", "c", "t", "r"), later("P1D"), ends=["nach_r"], not_passed=["a", "c", "sp"]),
)
b("kann leer sein: Start und Ende", line(inner("sp")), play({}, passed=["sp"]))
b(
    "in einer Schleife beginnt jede Runde mit frischen Variablen",
    process(
        start(),
        xor("m"),
        inner("sp", script("z", "n + 1", "n"), script("w", "append(log, n)", "log"), extension=io({"n": "=0"}, None)),
        xor("g", default="g_m"),
        end(),
        flows("start > m > sp > g > m"),
        flow("g", "end", "count(log) = 3"),
    ),
    play({"log": []}, variables={"log": [1, 1, 1]}),
)
b(
    "30 Ebenen tief läuft und wird wieder verlassen",
    line(reduce(lambda inside, depth: inner(f"sp{depth}", inside), range(30), user("u"))),
    play({}, done("u"), ends=["end"], passed=["sp0", "sp29"]),
)
b(
    "behält nach einer Störung an seiner Ausgabe, was in ihm geschah",
    line(inner("sp", user("u"), extension=io({"lokal": "=1"}, {"y": "=if gut then lokal else function(x) x"}))),
    play({"gut": False}, done("u", lokal=7), incident("sp", "Funktion"), again("sp", gut=True), variables={"y": 7}),
)

b.of("Transaktion")


def booked(name: str) -> tuple[str, ...]:
    return (
        user(name),
        undone_by(name, f"{name}_ab"),
        script(f"{name}_ab", f'append(log, "{name}")', "log", isForCompensation="true"),
    )


def transaction(*more: str, loop: str = "") -> bytes:
    return line(inner("tx", *booked("hotel"), *booked("flug"), *more, kind="transaction", loop=loop), at("tx", "ab", "cancel"))


b(
    "die gut endet, geht weiter wie ein Teilprozess",
    transaction(),
    play({"log": []}, done("hotel"), done("flug"), ends=["end"], variables={"log": []}),
)
b(
    "die abgebrochen wird, macht Erledigtes rückgängig, das Letzte zuerst, und geht am Abbruch-Ereignis weiter",
    transaction(ending("c", "cancel")),
    play({"log": []}, done("hotel"), done("flug"), ends=["nach_ab"], variables={"log": ["flug", "hotel"]}, not_passed=["tx"]),
)
b(
    "bricht vorher ab, was in ihr noch offen ist",
    line(
        node(
            "transaction",
            "tx",
            "",
            start("s"),
            par("g"),
            user("offen"),
            user("u"),
            ending("c", "cancel"),
            flows("s > g > u > c", "g > offen"),
        ),
        at("tx", "ab", "cancel"),
    ),
    play({}, done("u"), ends=["nach_ab"], not_passed=["offen"]),
)
b(
    "wird auch aus einem Teilprozess in ihr abgebrochen",
    line(
        inner("tx", *booked("hotel"), inner("sp", user("u"), ending("c", "cancel")), kind="transaction"),
        at("tx", "ab", "cancel"),
    ),
    play({"log": []}, done("hotel"), done("u"), ends=["nach_ab"], variables={"log": ["hotel"]}),
)
b(
    "wartet beim Abbruch auf Rückgängigmachen, das selbst dauert",
    line(
        inner(
            "tx", user("a"), undone_by("a", "h"), user("h", isForCompensation="true"), ending("c", "cancel"), kind="transaction"
        ),
        at("tx", "ab", "cancel"),
    ),
    play({}, done("a"), tasks("h"), done("h"), ends=["nach_ab"]),
)
b(
    "die ein Fehler verlässt, macht nichts rückgängig",
    line(
        inner("tx", *booked("hotel"), ending("f", "error", "err"), kind="transaction"),
        at("tx", "ab", "cancel"),
        at("tx", "r", "error", "err"),
        head=HEAD,
    ),
    play({"log": []}, done("hotel"), ends=["nach_r"], variables={"log": []}),
)
b(
    "die gut geendet hat, kann später noch rückgängig gemacht werden",
    line(inner("tx", *booked("hotel"), kind="transaction"), at("tx", "ab", "cancel"), throw("t", "compensate")),
    play({"log": []}, done("hotel"), ends=["end"], variables={"log": ["hotel"]}),
)

b.of("Ad-hoc-Teilprozess")
PARTS = user("a") + user("c") + user("d") + flow("c", "d")


def adhoc(until: str = "", active: str = "", into: str = "", **more: str) -> bytes:
    given = (f' activeElementsCollection="={active}"' if active else "") + into
    condition = f"<bpmn:completionCondition>{until}</bpmn:completionCondition>" if until else ""
    return line(node("adHocSubProcess", "ah", f"<zeebe:adHoc{given}/>" if given else "", PARTS, condition, **more))


b(
    "beginnt alles, zu dem kein Fluss führt, und endet, wenn alles Begonnene getan ist",
    adhoc(),
    play({}, tasks("a", "c"), done("c"), tasks("a", "d"), done("a"), done("d")),
)
b(
    "beginnt nur, was seine Liste nennt, wie Camunda 8",
    adhoc(active="liste"),
    play({"liste": ["a"]}, tasks("a"), done("a")),
    play({"liste": []}, passed=["ah"]),
)
b("beginnt jedes Element der Liste nur einmal", adhoc(active="liste"), play({"liste": ["a", "a"]}, tasks("a"), done("a")))
b(
    "ist eine Störung, wenn die Liste etwas nennt, mit dem er nicht beginnen kann",
    adhoc(active="liste"),
    play({"liste": ["d"]}, incident("ah", "keine Aktivität"), again("ah", liste=["c"]), done("c"), done("d")),
    play({"liste": "a"}, incident("ah", "keine Liste"), state="incident"),
)
b(
    "endet, sobald seine Bedingung wahr ist, und bricht den Rest ab",
    adhoc("genug"),
    play({"genug": False}, done("a", genug=True), not_passed=["c"]),
)
b(
    "lässt mit cancelRemainingInstances=false den Rest zu Ende kommen, beginnt aber nichts Neues",
    adhoc("genug", cancelRemainingInstances="false"),
    play({"genug": False}, done("a", genug=True), tasks("c"), done("c", genug=False), tasks("d"), done("d")),
)
b(
    "geht mit ordering=Sequential eins nach dem anderen",
    adhoc(ordering="Sequential"),
    play({}, tasks("a"), done("a"), tasks("c"), done("c"), tasks("d"), done("d")),
)
b(
    "der nie genug hat, ist eine Störung, wenn nichts mehr offen ist",
    adhoc("genug"),
    play({"genug": False}, done("a"), done("c"), done("d"), incident("ah", "nicht erfüllt"), again("ah", genug=True)),
)
b(
    "sammelt, was jede Aktivität ergab",
    adhoc(into=' outputCollection="alle" outputElement="=wert"'),
    play({"wert": 0}, done("c", wert=3), done("a", wert=1), done("d", wert=4), variables={"alle": [3, 1, 4]}),
)
b(
    "dessen Bedingung weder wahr noch falsch ist, ist eine Störung, keine stille Verneinung",
    adhoc("genug"),
    play({}, done("a"), incident("a", "weder wahr noch falsch"), again("a", genug=True), not_passed=["c"]),
)
b(
    "wird von einem Randereignis abgebrochen",
    line(node("adHocSubProcess", "ah", "", PARTS), at("ah", "r", "timer", "P1D")),
    play({}, later("P1D"), ends=["nach_r"]),
)
b(
    "für jeden Eintrag einer Liste",
    line(node("adHocSubProcess", "ah", "", loop("[1, 2]", "x"), user("a"))),
    play({}, tasks("a", "a"), done("a"), done("a")),
)
