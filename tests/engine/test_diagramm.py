"""The live diagram: where a case stands, how often it was where, in its own process and in those it calls."""

from __future__ import annotations

from typing import Any

import pytest

from engine import reads
from engine.base.errors import Unknown
from engine.base.rights import SYSTEM
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from tests.bpmn.diagrams import end, flow, flows, loop, node, process, start, user, xor
from tests.engine.cases import ANNA, TYPES, bundle, push, vorgang_of

CALL = node("callActivity", "rufen", '<zeebe:calledElement processId="q"/>', name="Nachsehen lassen")
LATER = node("callActivity", "spaeter", '<zeebe:calledElement processId="r"/>')


def called(id: str) -> bytes:
    return process(start(f"{id}1"), user(f"{id}2", name=f"In {id}"), end(f"{id}3"), flows(f"{id}1 > {id}2 > {id}3"), id=id)


@pytest.fixture
def case(amt: str) -> str:
    own = process(
        start(), user("drehen", name="Drehen"), xor("g", default="g_rufen"), CALL,
        user("alle", loop("[1, 2, 3]", item="n"), name="Alle fragen"), LATER, end(),
        flow("g", "drehen", "nochmal"), flows("start > drehen > g > rufen > alle > spaeter > end"),
    )  # fmt: skip
    files = {**bundle(own, "kreis", "KR"), "q.bpmn": called("q"), "r.bpmn": called("r")}
    deploy_bundle(files, TYPES, by=SYSTEM)
    return vorgang_of(push("kreis"))


def do(case: str, element: str, **data: Any) -> None:
    task = next(task for task in reads.list_aufgaben(vorgang_id=case).items if task.element == element)
    complete_aufgabe(task.id, data, by=ANNA)


def nodes(case: str, process: str | None = None) -> dict[str, tuple[str, int, int | None, int | None]]:
    return {one.element: (one.state, one.count, one.done, one.total) for one in reads.diagramm(case, process).nodes}


def test_a_loop_counts_its_turns(case: str) -> None:
    assert nodes(case)["drehen"] == ("hier", 0, None, None)
    for _ in range(3):
        do(case, "drehen", nochmal=True)
    assert nodes(case)["drehen"] == ("hier", 3, None, None)
    assert "g_drehen" in reads.diagramm(case).passed
    assert "g_rufen" not in reads.diagramm(case).passed


def test_what_is_done_for_every_item_says_how_many_are_done(case: str) -> None:
    do(case, "drehen", nochmal=False)
    do(case, "q2")
    assert nodes(case)["alle"] == ("hier", 0, 0, 3)
    do(case, "alle")
    do(case, "alle")
    assert nodes(case)["alle"] == ("hier", 2, 2, 3)
    do(case, "alle")
    assert nodes(case)["alle"] == ("erledigt", 3, None, None)


def test_a_called_process_has_a_diagram_of_its_own(case: str) -> None:
    assert [(one.id, one.reached) for one in reads.diagramm(case).processes] == [("p", True), ("q", False), ("r", False)]
    do(case, "drehen", nochmal=False)
    assert reads.diagramm(case).tokens == ("rufen",)
    inner = reads.diagramm(case, "q")
    assert (inner.file, inner.process, inner.tokens, inner.passed) == ("q.bpmn", "q", ("q2",), ("q1", "q1_q2"))
    assert b'id="q2"' in reads.diagram_xml(case, "q")
    do(case, "q2")
    assert reads.diagramm(case, "q").tokens == ()
    assert nodes(case, "q")["q2"] == ("erledigt", 1, None, None)
    assert nodes(case, "r") == {}


def test_processes_of_others_are_not_shown(case: str) -> None:
    for look in (reads.diagramm, reads.diagram_xml):
        with pytest.raises(Unknown):
            look(case, "posteingang")
