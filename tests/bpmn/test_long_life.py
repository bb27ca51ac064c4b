"""Long life: many turns, long chains, deep nesting, whatever Python's recursion limit is."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import reduce

import pytest

from engine.bpmn import budget
from tests.bpmn.conformance.behaviour import inner, line
from tests.bpmn.diagrams import (
    begin,
    call,
    end,
    flow,
    flows,
    loop,
    process,
    script,
    start,
    throw,
    undone_by,
    user,
    xor,
)

FRAMES = 120
"""More than a step takes for a plain chain, and less than one frame for each element, turn or level would."""


def turning(*middle: str, until: str) -> bytes:
    """A loop around these elements."""
    chain = " > ".join(part.split('id="', 1)[1].split('"', 1)[0] for part in middle)
    return process(
        start(),
        xor("m"),
        *middle,
        xor("g", default="g_m"),
        end(),
        flow("g", "end", until),
        flows(f"start > m > {chain} > g > m"),
    )


def chain(length: int) -> bytes:
    return line(*(script(f"t{number}", "n + 1", "n") for number in range(length)))


def nested(depth: int) -> bytes:
    """Sub-processes inside one another around a task that is undone at the end."""
    task = (user("u"), undone_by("u", "ab"), script("ab", "1", "ab", isForCompensation="true"))
    return line(*reduce(lambda inside, level: (inner(f"sp{level}", *inside),), range(depth), task), throw("t", "compensate"))


def calls(depth: int) -> Mapping[str, bytes]:
    files = {f"k{level}.bpmn": line(call("ruf", f"k{level + 1}"), id=f"k{level}") for level in range(depth - 1)}
    return {"p.bpmn": line(call("ruf", "k0")), **files, "z.bpmn": line(user("u"), id=f"k{depth - 1}")}


@contextmanager
def few_frames() -> Iterator[None]:
    """Only so many more frames than there are now."""
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + FRAMES)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def test_five_thousand_turns_in_one_step() -> None:
    fall = begin(turning(script("z", "n + 1", "n"), until="n = 5000"), n=0)
    assert (fall.state, fall.variables["n"]) == ("completed", Decimal(5000))


def test_a_thousand_turns_of_a_task_do_not_grow() -> None:
    fall = begin(turning(user("u"), until="fertig"))
    sizes = [len(fall.complete("u", fertig=False).outcome.snapshot) for _ in range(1000)]
    assert sizes[-1] <= sizes[10] + 4
    assert fall.complete("u", fertig=True).state == "completed"


def test_a_chain_of_a_thousand_tasks() -> None:
    assert begin(chain(1000), n=0).variables["n"] == Decimal(1000)


def test_thirty_sub_processes_and_twenty_calls_deep() -> None:
    fall = begin(nested(30)).complete("u")
    assert (fall.state, fall.variables["ab"]) == ("completed", Decimal(1))
    assert begin(calls(20)).complete("u", x=1).variables["x"] == Decimal(1)


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_thousand_items(one_by_one: bool) -> None:
    items = loop("for i in 1..1000 return i", "x", "alle", "r", one_by_one=one_by_one)
    fall = begin(line(script("z", "x * 2", "r", items)))
    assert fall.variables["alle"][-1] == Decimal(2000)


def test_nothing_depends_on_how_deep_python_may_call() -> None:
    with few_frames():
        assert begin(chain(1000), n=0).state == "completed"
        assert begin(turning(script("z", "n + 1", "n"), until="n = 1000"), n=0).state == "completed"
        assert begin(nested(30)).complete("u").state == "completed"
        assert begin(calls(20)).complete("u").state == "completed"


def test_a_loop_that_never_ends_is_stopped_where_it_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_STEPS", 500)
    fall = begin(turning(script("z", "n + 1", "n"), until="n < 0"), n=0)
    assert (fall.state, fall.incident.element) in [("incident", element) for element in ("m", "z", "g")]
    assert "Schleife" in fall.incident.message
