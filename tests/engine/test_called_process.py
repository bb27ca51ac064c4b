"""A called process on the page of its Vorgang: its steps are told by name, and shown at the activity that called it."""

from __future__ import annotations

from engine import reads
from engine.base.rights import SYSTEM
from engine.verbs.design import deploy_bundle
from engine.verbs.desk import complete_aufgabe
from tests.bpmn.diagrams import call, end, flows, process, script, start, user
from tests.engine.cases import ANNA, TYPES, bundle, push, vorgang_of

OUTER = process(start(), call("ruf", "kind"), user("u", name="Außen"), end(), flows("start > ruf > u > end"))
INNER = process(
    start(), user("u", name="Innen"), script("x", "1 + kaputt", "y"), end(), flows("start > u > x > end"), id="kind"
)


def test_what_happens_inside_is_told_by_name_and_shown_at_the_call(amt: str) -> None:
    deploy_bundle({**bundle(OUTER, "ruf", "RU"), "kind.bpmn": INNER}, TYPES, by=SYSTEM)
    case = vorgang_of(push("ruf"))
    assert reads.diagramm(case).tokens == ("ruf",)
    complete_aufgabe(reads.list_aufgaben(vorgang_id=case).items[0].id, {}, by=ANNA)
    shown = reads.diagramm(case)
    assert (shown.tokens, "u" in shown.passed, "ruf" in shown.passed) == (("u",), False, True)
    assert [line.name for line in reads.verlauf(case) if line.element == "u" and line.kind == "completed"] == ["Innen"]
