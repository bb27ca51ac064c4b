"""Completing a user task durably and over HTTP, against a raw SpiffWorkflow step in memory (R) and a bare commit (C).

R completes the same task of the same diagram in a plain SpiffWorkflow workflow that is kept in memory: nothing is loaded.
C runs the statements of the durable completion again on a copy of its database: same rows, same sync, nothing around them.
HTTP is the interface's `complete` as a server calls it (WSGI, in this process): session, rights, sight, page's token.

python -m bench.cost completion
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench._bare import BareCommit, write_ahead
from bench._diagrams import fifteen_nodes, raw_spiff, raw_step
from bench._measure import Act, Figure, interleaved, ms, ratio
from bench._sizes import KINDS, SIZES, form_data, variables
from bench._town import ANNA, apply_with, open_task, town
from bench._web import Browser, app_of_town
from engine.base import db
from engine.bpmn.codec import encode
from engine.verbs.desk import complete_aufgabe

ROUNDS = {"1 KB": 200, "100 KB": 80, "1 MB": 25}
WARMUP = 5
LIMITS = {"1 KB": (2.0, 1.3), "100 KB": (2.5, 1.8), "1 MB": (None, None)}
HTTP_LIMITS = {"1 KB": (4.0, 2.5), "100 KB": (4.0, 2.5), "1 MB": (None, None)}
ANSWERS = {"a": 7}


def measure() -> Iterator[Figure]:
    """Both kinds of values in every size."""
    for kind in KINDS:
        for size in SIZES:
            yield from _measure(kind, size)


def _measure(kind: str, size: str) -> Iterator[Figure]:
    rounds, fields = ROUNDS[size], form_data(kind, SIZES[size])
    values = variables(kind, SIZES[size])
    with town(fifteen_nodes(feel=True)) as folder:
        tasks = iter([open_task(apply_with(fields)) for _ in range(2 * (rounds + WARMUP) + 2)])
        new = raw_spiff(fifteen_nodes(feel=False), folder)
        raw = iter([new({**values, **ANSWERS}) for _ in range(2 * (rounds + WARMUP))])
        browser, bare = Browser(app_of_town()), BareCommit(folder)
        ways: dict[str, tuple[Act, tuple[float | None, float | None]]] = {
            "dauerhaft": (lambda: complete_aufgabe(next(tasks), ANSWERS, by=ANNA), LIMITS[size]),
            "HTTP": (lambda: browser.complete(next(tasks), ANSWERS), HTTP_LIMITS[size]),
        }
        for name, (way, limits) in ways.items():  # one after the other: each has its own share of SQLite's checkpoints
            sides: dict[str, Act] = {name: bare.heard(way), "C": bare, "R": lambda: raw_step(next(raw), ANSWERS)}
            found = interleaved(sides, rounds, WARMUP)
            print(f"  {kind} {size}: " + ", ".join(f"{side} {ms(seconds)}" for side, seconds in found.items()))
            yield Figure(f"{kind} {size}: {name} / (R + C)", ratio(found[name], found["R"], found["C"]), *limits)
        yield from _written(kind, size, folder, bare, browser, tasks)
        bare.close()


def _written(kind: str, size: str, folder: Path, bare: BareCommit, browser: Browser, tasks: Iterator[str]) -> Iterator[Figure]:
    """Statements, commits and bytes of one completion."""
    live = len(encode(variables(kind, SIZES[size])))
    with write_ahead(folder) as grown, db.statement_counter() as count:
        bare.heard(lambda: complete_aufgabe(next(tasks), ANSWERS, by=ANNA))()
        pages = grown()
    yield Figure(f"{kind} {size}: Bytes der Zeilen je Abschluss", bare.payload, 1.3 * live + 15_000, None, " B")
    yield Figure(f"{kind} {size}: Bytes im Journal von SQLite (ganze Seiten)", pages, None, None, " B")
    yield Figure(f"{kind} {size}: SQL-Anweisungen je Abschluss", count.statements, 12, 8)
    yield Figure(f"{kind} {size}: Commits je Abschluss", count.commits, 1)
    with db.statement_counter() as count:
        browser.complete(next(tasks), ANSWERS)
    yield Figure(f"{kind} {size}: SQL-Anweisungen über HTTP", count.statements)
