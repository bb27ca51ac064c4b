"""A task for every item of a list, all at once: 1,000 items against 10, and one durable completion with 1,000 open.

Once in memory only (load, step, dump for every completion), where nothing hides what grows, and once durably with all rows.

python -m bench.cost items
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from bench._bare import BareCommit, write_ahead
from bench._diagrams import for_every_item
from bench._measure import Figure, timed
from bench._town import ANNA, apply_with, town
from engine import bpmn
from engine.base import db
from engine.reads.aufgaben import AUFGABEN, A
from engine.verbs.desk import complete_aufgabe

FEW, MANY, LIMIT, BYTES = 10, 1000, 2.0, 250
GROUPS = MANY // FEW
T = TypeVar("T")
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def measure() -> Iterator[Figure]:
    """Starting and finishing all, with and without a list of answers; then the bytes of one completion."""
    for collects in (False, True):
        what = "mit Sammelliste" if collects else "ohne Sammelliste"
        yield Figure(f"je Element, {MANY} zu {FEW}, im Speicher, {what}", _in_memory(collects), LIMIT)
    for collects in (False, True):
        what = "mit Sammelliste" if collects else "ohne Sammelliste"
        yield from _durable(collects, what)


def _in_memory(collects: bool) -> float:
    """Three rounds of: one instance with 1,000 items, and 100 with 10, one after the other."""
    spec = bpmn.parse({"p.bpmn": for_every_item(collects)})

    def run(count: int) -> None:
        outcome = bpmn.start(spec, "p", {"liste": [{"art": f"Baum {n}", "umfang": n} for n in range(count)]}, NOW)
        for task in shuffled(outcome.aufgaben.opened):
            outcome = bpmn.advance(spec, outcome.snapshot, bpmn.TaskCompleted(task.token, {"antwort": "ja"}), NOW)
        assert outcome.state == "completed"

    run(FEW)
    return _of_both(run, FEW, MANY, 3)


def _of_both(run: Callable[[T], None], few: T, many: T, rounds: int) -> float:
    """The time of one large run to that of as many items in small ones, one after the other."""

    def all_few() -> None:
        for _ in range(GROUPS):
            run(few)

    return statistics.median(timed(lambda: run(many)) / timed(all_few) for _ in range(rounds))


def _fields(count: int) -> list[dict[str, Any]]:
    items = [
        {"name": f"e_{n}", "label": "E", "formItems": [{"name": "art", "label": "Art", "stringValue": f"Baum {n}"}]}
        for n in range(1, count + 1)
    ]
    return [{"name": "liste", "label": "Liste", "formItems": items}]


def _durable(collects: bool, what: str) -> Iterator[Figure]:
    diagram = for_every_item(collects).replace(b'"=liste"', b'"=antrag.liste"')
    with town(diagram) as folder:
        few, many = _fields(FEW), _fields(MANY)
        _run(few)
        case = apply_with(many)
        first = _tasks(case)[0]
        bare = BareCommit(folder)
        with write_ahead(folder) as grown:
            bare.heard(lambda: complete_aufgabe(first, {"antwort": "ja"}, by=ANNA))()
            pages = grown()
        one = f"ein Abschluss bei {MANY} offenen, {what}"
        yield Figure(f"{one}: Bytes der Zeilen je Token", bare.payload / MANY, BYTES, None, " B")
        yield Figure(f"{one}: Bytes im Journal von SQLite je Token", pages / MANY, BYTES, None, " B")
        bare.close()
        yield Figure(f"je Element, {MANY} zu {FEW}, dauerhaft, {what}", _of_both(_run, few, many, 2), LIMIT)


def _run(fields: list[dict[str, Any]]) -> None:
    """From the application until every item is done."""
    for task in shuffled(_tasks(apply_with(fields))):
        complete_aufgabe(task, {"antwort": "ja"}, by=ANNA)


def shuffled(tasks: Sequence[T]) -> list[T]:
    """In an order in which people may do them, the same in every run."""
    return random.Random(1).sample(tasks, len(tasks))


def _tasks(case: str) -> list[str]:
    with db.reading() as tx:
        return [row.id for row in tx.all(AUFGABEN.where(A.c.vorgang_id == case).order_by(A.c.id))]
