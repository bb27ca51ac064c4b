"""Inclusive gateways: every true way is taken, and the join waits for those that can still come."""

from __future__ import annotations

import itertools

import pytest

from tests.bpmn.diagrams import begin, boundary_timer, end, flow, flows, incl, process, start, sub, throw, user, xor

FORK = process(
    start(), incl("auf", default="auf_c"), user("a"), user("b"), user("c"), incl("zu"), user("danach"), end(),
    flow("auf", "a", "x"), flow("auf", "b", "y"), flows("start > auf > c > zu > danach > end", "a > zu", "b > zu"),
)  # fmt: skip


@pytest.mark.parametrize(("x", "y", "open"), [(True, True, "ab"), (True, False, "a"), (False, True, "b"), (False, False, "c")])
def test_every_true_way_is_taken_else_the_default(x: bool, y: bool, open: str) -> None:
    for order in itertools.permutations(open):
        fall = begin(FORK, x=x, y=y)
        assert fall.waits_at(*open)
        for task in order[:-1]:
            fall.complete(task)
            assert "danach" not in {wait.element for wait in fall.waits.values()}
        fall.complete(order[-1])
        assert fall.waits_at("danach")


def test_a_join_goes_on_when_the_other_way_ends_elsewhere() -> None:
    content = process(
        start(), incl("auf"), user("a"), user("b"), xor("g", default="g_zu"), end("weg"), incl("zu"), end(),
        flows("start > auf > a > zu > end", "auf > b > g > zu"), flow("g", "weg", "abbrechen"),
    )  # fmt: skip
    fall = begin(content)
    fall.complete("a")
    assert fall.waits_at("b")
    fall.complete("b", abbrechen=True)
    assert (fall.state, sorted(fall.ends)) == ("completed", ["end", "weg"])


def test_a_join_waits_for_what_an_event_at_the_edge_may_bring() -> None:
    content = process(
        start(), incl("auf"), user("a"), user("b"), boundary_timer("spaet", "b", "P1D"), incl("zu"), end("anders"), end(),
        flows("start > auf > a > zu > end", "auf > b > anders", "spaet > zu"),
    )  # fmt: skip
    fall = begin(content)
    fall.complete("a")
    assert fall.waits_at("b", "spaet")
    assert fall.fire("spaet").ends == ["end"]


def test_a_join_in_a_loop_joins_every_turn() -> None:
    content = process(
        start(), xor("m"), incl("auf"), user("a"), user("b"), incl("zu"), xor("g", default="g_m"), end(),
        flows("start > m > auf > a > zu > g > m", "auf > b > zu"), flow("g", "end", "genug"),
    )  # fmt: skip
    fall = begin(content)
    for turn in range(5):
        fall.complete("ab"[turn % 2]).complete("ba"[turn % 2], genug=turn == 4)
    assert fall.state == "completed"
    assert fall.passed.count("zu") == 5


def test_a_join_waits_for_a_sub_process_and_a_link() -> None:
    content = process(
        start(), incl("auf"), user("a"), sub("sp", start("s"), user("in"), end("e"), flows("s > in > e")),
        throw("weg", "link", "L"),
        '<bpmn:intermediateCatchEvent id="da"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateCatchEvent>',
        incl("zu"), end(), flows("start > auf > a > zu > end", "auf > sp > weg", "da > zu"),
    )  # fmt: skip
    fall = begin(content)
    fall.complete("a")
    assert fall.waits_at("in")
    assert fall.complete("in").ends == ["end"]


def test_no_true_way_and_no_default_is_an_incident() -> None:
    fall = begin(
        process(start(), incl("g"), end("a"), end("b"), flow("g", "a", "x"), flow("g", "b", "x"), flows("start > g")), x=False
    )
    assert fall.incident.element == "g"
    assert sorted(fall.retry("g", x=True).ends) == ["a", "b"]
