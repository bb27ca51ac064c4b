"""A user task that comes a thousand times: turn 1000 against turn 10, in time and in bytes of state.

Once in memory only (load, step, dump), where nothing hides what grows, and once durably with all rows.

python -m bench.cost loop
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa

from bench._diagrams import user_loop
from bench._measure import Figure, timed
from bench._sizes import SIZES, form_data
from bench._town import ANNA, apply_with, open_task, town
from engine import bpmn
from engine.base import db
from engine.model import vorgang
from engine.verbs.desk import complete_aufgabe

LATE, EARLY, SOME, INSTANCES = 1000, 10, 6, 30
TIME, AIM, BYTES = 1.25, 1.1, 1.1
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
AGAIN = {"fertig": False}


def measure() -> Iterator[Figure]:
    """In memory in every size, and durably with 1 KB."""
    for size, count in SIZES.items():
        yield from _in_memory(size, "x" * count)
    yield from _durable()


def _in_memory(size: str, text: str) -> Iterator[Figure]:
    """Two groups of instances, one at turn 10 and one at turn 1000, stepped in turn."""
    spec = bpmn.parse({"p.bpmn": user_loop()})
    outcome = bpmn.start(spec, "p", {"text": text, **AGAIN}, NOW)
    at = {}
    for turn in range(1, LATE + 1):
        token = outcome.aufgaben.opened[0].token
        if turn in (EARLY, LATE):
            at[turn] = outcome.snapshot, token
        outcome = bpmn.advance(spec, outcome.snapshot, bpmn.TaskCompleted(token, AGAIN), NOW)

    def step(turn: int) -> float:
        snapshot, token = at[turn]
        return statistics.median(
            timed(lambda: bpmn.advance(spec, snapshot, bpmn.TaskCompleted(token, AGAIN), NOW)) for _ in range(9)
        )

    times = statistics.median(step(LATE) / step(EARLY) for _ in range(INSTANCES))
    yield Figure(f"{size}: Runde {LATE} / Runde {EARLY}, Zeit im Speicher", times, TIME, AIM)
    yield Figure(f"{size}: Runde {LATE} / Runde {EARLY}, Bytes", len(at[LATE][0]) / len(at[EARLY][0]), BYTES)


def _durable() -> Iterator[Figure]:
    """One case past turn 1000 goes on some turns, and every time another one from turn 10 on."""
    fields = form_data("text", SIZES["1 KB"])
    with town(user_loop()):
        late, *early = [apply_with(fields) for _ in range(INSTANCES + 1)]
        _turns(late, LATE)
        ratios = []
        for case in early:
            _turns(case, EARLY)
            seconds: dict[int, list[float]] = {LATE: [], EARLY: []}
            for number in range(SOME):
                tasks = {LATE: open_task(late), EARLY: open_task(case)}
                order = (LATE, EARLY) if number % 2 else (EARLY, LATE)  # the first after a look pays for cold memory
                for turn in order:
                    seconds[turn].append(timed(partial(_turn, tasks[turn])))
            ratios.append(statistics.median(seconds[LATE]) / statistics.median(seconds[EARLY]))
        states = _state(late), _state(early[0])
    yield Figure(f"Runde {LATE} / Runde {EARLY}, Zeit dauerhaft", statistics.median(ratios), TIME, AIM)
    yield Figure(f"Runde {LATE} / Runde {EARLY}, Bytes dauerhaft", states[0] / states[1], BYTES)


def _turn(task: str) -> None:
    complete_aufgabe(task, AGAIN, by=ANNA)


def _turns(case: str, count: int) -> None:
    for _ in range(count - 1):
        _turn(open_task(case))


def _state(case: str) -> int:
    with db.reading() as tx:
        return len(tx.scalar(sa.select(vorgang.T.c.snapshot).where(vorgang.T.c.id == case)))
