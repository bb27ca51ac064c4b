"""Activities that are done more than once: one by one, so many times, while a condition holds."""

from __future__ import annotations

from decimal import Decimal

from tests.bpmn.diagrams import again, begin, end, flows, loop, process, script, start, sub, user

LINE = flows("start > u > end")


def test_one_by_one_the_next_item_waits_for_the_one_before() -> None:
    fall = begin(
        process(start(), user("u", loop("liste", "x", "aus", "x * 2", one_by_one=True)), end(), LINE), liste=[1, None, 3]
    )
    assert fall.waits_at("u")
    fall.complete("u", item=1)
    assert fall.waits_at("u")
    fall.complete("u", item=2).complete("u", item=3)
    assert (fall.state, fall.variables["aus"]) == ("completed", [Decimal(2), None, Decimal(6)])


def test_one_by_one_keeps_to_the_list_it_began_with() -> None:
    content = process(start(), user("u", loop("liste", "x", one_by_one=True)), end(), LINE)
    fall = begin(content, liste=["a", "b"])
    fall.complete("u", liste=[])
    assert fall.waits_at("u")
    assert fall.complete("u", item=2).state == "completed"


def test_one_by_one_ends_early_when_it_is_enough() -> None:
    content = process(
        start(), user("u", loop("liste", "x", until="numberOfCompletedInstances >= 2", one_by_one=True)), end(), LINE
    )
    fall = begin(content, liste=[1, 2, 3, 4])
    fall.complete("u").complete("u")
    assert fall.state == "completed"


def test_a_cardinality_says_how_often() -> None:
    many = "<bpmn:loopCardinality>=n + 1</bpmn:loopCardinality>"
    many = f"<bpmn:multiInstanceLoopCharacteristics>{many}</bpmn:multiInstanceLoopCharacteristics>"
    fall = begin(process(start(), user("u", many), end(), LINE), n=1)
    assert fall.waits_at("u", "u")


def test_a_loop_turns_while_its_condition_holds() -> None:
    fall = begin(process(start(), user("u", again("weiter")), end(), LINE))
    fall.complete("u", weiter=True).complete("u", weiter=True)
    assert fall.waits_at("u")
    assert fall.complete("u", weiter=False).state == "completed"


def test_a_loop_that_is_tested_before_may_turn_never() -> None:
    assert begin(process(start(), user("u", again("false", before=True)), end(), LINE)).state == "completed"


def test_a_loop_stops_at_its_maximum() -> None:
    inner = sub("u", start("s"), script("z", "n + 1", "n"), end("e"), flows("s > z > e"), inside=again("true", most=3))
    fall = begin(process(start(), inner, end(), LINE), n=0)
    assert (fall.state, fall.variables["n"]) == ("completed", Decimal(3))


def test_a_loop_whose_condition_is_no_condition_is_an_incident() -> None:
    fall = begin(process(start(), user("u", again("weiter")), end(), LINE))
    fall.complete("u")
    assert "weder wahr noch falsch" in fall.incident.message
    assert fall.retry("u", weiter=False).state == "completed"
