"""What it costs to verify 20,000 cases: time, memory, and how much slower others become meanwhile.

They are applications of 1 KB that wait for a clerk; of every second one the first task is done. Verifying runs in a process of
its own with the least priority, as by night; meanwhile, and before and after, this process asks for a page and takes in an
application, in turn. The figures are the median and the p95 of the one divided by those of the other.

python -m bench.verify               on SQLite
python -m bench.verify postgresql    on a PostgreSQL server of its own; a number after it: with so many cases
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench._diagrams import fifteen_nodes
from bench._measure import Figure, timed
from bench._town import SECRET, SLUG, apply, open_task, server, signed_in, town
from bench._web import LOGIN, app_of_town
from engine import reads
from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.desk import complete_aufgabe
from engine.verbs.verification import ask_verification
from web.settings import Settings

CASES, ALONE, LIMIT = 20_000, 100, 1.5


def fill(count: int) -> None:
    """Take in so many applications; of every second case the first task is completed."""
    for number in range(count):
        case = apply("x" * 1000)
        if number % 2:
            complete_aufgabe(open_task(case), {"a": 7}, by=SYSTEM)


def rss_mb(pid: int) -> float:
    """The most memory that a process has had so far."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0]) / 1024 if found else 0.0


def measure(folder: Path, database: str) -> list[Figure]:
    """Measure in the municipality that was entered."""
    client = signed_in(app_of_town(), SLUG, LOGIN)
    asked: dict[str, Callable[[], object]] = {
        "Startseite": lambda: client.get(f"/{SLUG}/").status_code == 200 or sys.exit("no page"),
        "Antrag": lambda: apply("x" * 1000),
    }
    sides: dict[str, dict[str, list[float]]] = {when: {name: [] for name in asked} for when in ("allein", "daneben")}

    def ask(when: str) -> None:
        for name, act in asked.items():
            sides[when][name].append(timed(act))
        time.sleep(0.02)

    for _ in range(ALONE):
        ask("allein")
    ask_verification(by=SYSTEM)
    settings = Settings(home=folder, database=database, secret=SECRET, plain_http=True)
    journal = [] if database != "sqlite" else [db.current_installation().folder(SLUG) / "kommune.sqlite-wal"]
    began, most, wal = time.perf_counter(), 0.0, 0
    environment = {**os.environ, **settings.environ()}
    with subprocess.Popen([sys.executable, "-m", "web.verifying"], env=environment) as child:
        while child.poll() is None:
            ask("daneben")
            most = max(most, rss_mb(child.pid))
            wal = max([wal, *(path.stat().st_size for path in journal if path.exists())])
        took = time.perf_counter() - began
    for _ in range(ALONE):
        ask("allein")
    last = reads.verifications().last
    assert last is not None and last.broken == 0, reads.verifications().findings[:5]  # noqa: PT018
    figures = [
        Figure("Prüfen mit Anfragen daneben, mit Start des Prozesses", took, unit=" s"),
        Figure("Prüfen selbst", (last.ended_at - last.started_at).total_seconds(), unit=" s"),  # type: ignore[operator]
        Figure("Speicher des Prozesses, höchstens", most, unit=" MB"),
    ]
    if journal:
        figures.append(Figure("WAL, höchstens", wal / 1e6, unit=" MB"))
    for name in asked:
        alone, beside = sides["allein"][name], sides["daneben"][name]
        figures.append(Figure(f"{name}, Median daneben / allein", statistics.median(beside) / statistics.median(alone), LIMIT))
        p95 = [statistics.quantiles(found, n=20)[-1] for found in (beside, alone)]
        figures.append(Figure(f"{name}, p95 daneben / allein ({len(beside)} Anfragen)", p95[0] / p95[1]))
    return figures


def main() -> int:
    """Everything on one kind of database."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    with server(kind) as database, town(fifteen_nodes(feel=True), database) as folder:
        fill(int(sys.argv[2]) if len(sys.argv) > 2 else CASES)
        figures = measure(folder, database)
    for figure in figures:
        print(f"{kind}: {figure}")
    return 0 if all(figure.kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
