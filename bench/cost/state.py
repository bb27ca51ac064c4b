"""What a snapshot holds besides the live data: a list that grows over 300 turns, and 1 MB around a sub-process.

Live data is what the variables are as plain JSON, nothing else: numbers bare, no tags, no names of scopes.

python -m bench.cost state
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bench._diagrams import growing_list, sub_process
from bench._measure import Figure
from bench._sizes import SIZES, variables
from engine import bpmn

TURNS, LIMIT = 300, 1.5
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def measure() -> Iterator[Figure]:
    """Lists of bare numbers (little data, much around it), of words and of records; then sub-processes."""
    for name, answer, what in (
        ("Zahlen", 7, "antwort"),
        ("Beträge", Decimal("210.50"), "antwort"),
        ("Wörter", "Stieleiche", "antwort"),
        ("Einträge", {"art": "Stieleiche", "umfang": Decimal("210.5"), "notiz": "steht zu nah am Haus"}, "antwort"),
    ):
        yield Figure(f"Liste über {TURNS} Runden ({name}): Zustand / Daten", _list(answer, what), LIMIT)
    for size, count in SIZES.items():
        limit = LIMIT if count >= 1_000_000 else None
        for depth in (1, 10):
            yield Figure(f"{size} um {depth} Teilprozess(e): Zustand / Daten", _sub_process(count, depth), limit)


def _list(answer: Any, what: str) -> float:
    spec = bpmn.parse({"p.bpmn": growing_list(what)})
    outcome = bpmn.start(spec, "p", {"liste": [], "fertig": False}, NOW)
    for _ in range(TURNS):
        token = outcome.aufgaben.opened[0].token
        outcome = bpmn.advance(spec, outcome.snapshot, bpmn.TaskCompleted(token, {"antwort": answer}), NOW)
    found = bpmn.variables(spec, outcome.snapshot)
    assert len(found["liste"]) == TURNS
    return len(outcome.snapshot) / live(found)


def _sub_process(size: int, depth: int) -> float:
    spec = bpmn.parse({"p.bpmn": sub_process(depth)})
    outcome = bpmn.start(spec, "p", variables("liste", size), NOW)
    return len(outcome.snapshot) / live(bpmn.variables(spec, outcome.snapshot))


def live(data: Mapping[str, Any]) -> int:
    """Bytes of variables as plain JSON, without blanks."""
    return len(json.dumps(dict(data), default=_plain, separators=(",", ":"), ensure_ascii=False).encode())


def _plain(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return str(value)
    return int(value) if value == value.to_integral_value() else float(value)
