"""A user task that comes a thousand times: turn 1000 against turn 10, in time and in bytes of state.

python -m bench.loop
"""

from __future__ import annotations

import datetime as dt
import statistics

from bench._diagrams import user_loop
from bench._measure import timed, verdict
from engine import bpmn

TURNS, AROUND, INSTANCES = 1000, 10, 40
LIMIT = 1.25
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def main() -> None:
    """Two groups of instances, one at turn 10 and one at turn 1000, stepped in turn."""
    spec = bpmn.parse({"p.bpmn": user_loop()})
    outcome = bpmn.start(spec, "p", {"text": "x" * 1000, "fertig": False}, NOW)
    early: list[tuple[bytes, str]] = []
    for turn in range(TURNS):
        token = outcome.aufgaben.opened[0].token
        if turn == AROUND:
            early = [(outcome.snapshot, token)] * INSTANCES
        outcome = bpmn.advance(spec, outcome.snapshot, bpmn.TaskCompleted(token, {"fertig": False}), NOW)
    late = [(outcome.snapshot, outcome.aufgaben.opened[0].token)] * INSTANCES

    def step(at: tuple[bytes, str]) -> float:
        return timed(lambda: bpmn.advance(spec, at[0], bpmn.TaskCompleted(at[1], {"fertig": False}), NOW))

    ratios = [
        statistics.median(step(pair[1]) for _ in range(9)) / statistics.median(step(pair[0]) for _ in range(9))
        for pair in zip(early, late, strict=True)
    ]
    print(verdict(statistics.median(ratios), LIMIT, f"Runde {TURNS} / Runde {AROUND}, Zeit"))
    print(verdict(len(late[0][0]) / len(early[0][0]), LIMIT, f"Runde {TURNS} / Runde {AROUND}, Bytes ({len(late[0][0])})"))


if __name__ == "__main__":
    main()
