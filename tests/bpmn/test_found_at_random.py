"""Faults that random processes have shown, each as the smallest diagram that shows it."""

from __future__ import annotations

from typing import Any

from tests.bpmn.diagrams import (
    START,
    begins,
    end,
    event_sub,
    flows,
    par,
    process,
    start,
    user,
)
from tests.bpmn.drive import Reloaded


def begin(content: Any, **variables: Any) -> Reloaded:
    return Reloaded(content, variables, START)


def test_what_is_interrupted_leaves_no_arrivals_at_its_joins() -> None:
    content = process(
        start(), par("auf"), user("a"), user("b"), par("zu"), end(),
        event_sub("es", begins("s", "timer", "P1D"), user("c"), end("e"), flows("s > c > e")),
        flows("start > auf > a > zu > end", "auf > b > zu"),
    )  # fmt: skip
    fall = begin(content)
    fall.complete("a")
    assert fall.fire("s").waits_at("c")
