"""Whole instances of a process of fifteen nodes with three user tasks, durable, from application to end.

python -m bench.instances
"""

from __future__ import annotations

import time

from bench._diagrams import fifteen_nodes
from bench._town import ANNA, apply, open_task, town
from engine import reads
from engine.verbs.desk import complete_aufgabe

COUNT = 100


def main() -> None:
    """Run some from beginning to end, one after another."""
    with town(fifteen_nodes(feel=True)):
        start = time.perf_counter()
        for _ in range(COUNT):
            id = apply("x" * 1000)
            for _ in range(3):
                complete_aufgabe(open_task(id), {"a": 7}, by=ANNA)
            assert reads.get_vorgang(id).state == "completed"
        seconds = time.perf_counter() - start
    print(f"{COUNT / seconds:.0f} Vorgänge/s (15 Knoten, drei Benutzeraufgaben, SQLite, jeder Schritt ein Commit)")


if __name__ == "__main__":
    main()
