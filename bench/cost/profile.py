"""Where the time of a completion goes, by part of the program, durably and over HTTP (1 KB of text).

A profiler slows small calls down, so these are shares, not times; what a driver or the standard library does in C counts for
whoever called it, but for SQLite.

python -m bench.cost profile
"""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from bench._diagrams import fifteen_nodes
from bench._measure import Figure
from bench._sizes import SIZES, form_data
from bench._town import ANNA, apply_with, open_task, town
from bench._web import Browser, app_of_town
from engine.verbs.desk import complete_aufgabe

ROUNDS, WARMUP = 400, 20
ANSWERS = {"a": 7}
# The first that stands in a path.
STEP, VERB = "Schritt im Diagramm", "engine: Verb, Zeilen, Protokoll"
PLACES = {
    "SpiffWorkflow": STEP, "/engine/bpmn/": STEP, "/engine/feel/": STEP, "/engine/law/": STEP,
    "sqlalchemy": "SQLAlchemy", "/engine/base/": "engine.base", "/engine/": VERB, "/forms/": VERB,
    "/web/": "web: Sitzung, Rechte, Schnittstelle", "site-packages": "Flask, Werkzeug, webargs", "/bench/": "Messung",
}  # fmt: skip


def measure() -> Iterator[Figure]:
    """Both ways of completing."""
    with town(fifteen_nodes(feel=True)):
        fields = form_data("text", SIZES["1 KB"])
        tasks = iter([open_task(apply_with(fields)) for _ in range(2 * (ROUNDS + WARMUP))])
        browser = Browser(app_of_town())
        yield from _profiled("dauerhaft", lambda: complete_aufgabe(next(tasks), ANSWERS, by=ANNA))
        yield from _profiled("HTTP", lambda: browser.complete(next(tasks), ANSWERS))


def _profiled(name: str, act: Callable[[], object]) -> Iterator[Figure]:
    for _ in range(WARMUP):
        act()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(ROUNDS):
        act()
    profile.disable()
    found: Counter[str] = Counter()
    entries: dict[Any, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # not in the stubs
    for function, (_, _, own, _, callers) in entries.items():
        if "sqlite3" in function[2]:
            found["SQLite: Commit" if "commit" in function[2] else "SQLite: Anweisungen"] += own
        elif function[0] == "~":
            for caller, spent in callers.items():
                found[_place(caller[0])] += spent[2]
        else:
            found[_place(function[0])] += own
    for place, seconds in found.most_common():
        yield Figure(f"{name}, {place}", 100 * seconds / found.total(), None, None, " %")


def _place(path: str) -> str:
    return next((place for part, place in PLACES.items() if part in path), "Standardbibliothek")
