"""Service tasks through the queue, against RQ's own workers on jobs that do nothing: same Redis, one process each.

A service task of ours is all of it: rung for, claimed, loaded, called (`demo.druckt` writes a line nowhere), run, saved with
history, Protokoll and outbox, synced as in production; the next one of the same Vorgang is claimed and rung for by the worker.
A job of RQ is `os.getpid()`, of which nothing is kept. Each figure is the slope between a short and a long run, from the start
of the process to the empty queue, so that starting costs nobody anything. The three sides take turns.

python -m bench.worker                 on SQLite, then on a PostgreSQL server of its own
python -m bench.worker postgresql      on one of them
python -m bench.worker sqlite 9        so many rounds
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from redis import Redis
from rq import Queue

from bench._diagrams import service_chain
from bench._measure import ratio, verdict
from bench._town import SECRET, apply, server, town
from engine.base import db
from engine.model import auftrag
from engine.step import use_doorbell
from web.doorbell import QUEUE, RedisDoorbell
from web.redis import EmbeddedRedis
from web.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SHORT, LONG, ROUNDS = 100, 700, 5
IN_A_VORGANG = 5
FORKS, SIMPLE, OURS = "RQ, forkend", "RQ, SimpleWorker", "Amtsweg"
CLASSES = {FORKS: "rq.worker.Worker", SIMPLE: "rq.worker.SimpleWorker"}
LIMITS = {FORKS: 2.5, SIMPLE: 0.7}
GIVES_UP_S = 300.0


@dataclass(frozen=True)
class Place:
    """Where the workers work: an installation with its Redis."""

    settings: Settings
    redis: Redis
    log: Path

    def queue(self, name: str) -> Queue:
        return Queue(name, connection=self.redis, serializer="json")

    @contextmanager
    def running(self, *module: str) -> Iterator[None]:
        """A worker process, as an installation starts it, until the block ends."""
        environment = {**os.environ, **self.settings.environ()}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log
            )
        try:
            yield
            assert process.poll() is None, f"the worker has died: {self.log.read_text()}"
        finally:
            process.terminate()
            process.wait()

    def until_empty(self, queue: Queue) -> None:
        """Wait until nothing waits and nothing is at work."""
        began = time.monotonic()
        while self.redis.llen(queue.key) + self.redis.llen(queue.intermediate_queue_key):
            assert time.monotonic() < began + GIVES_UP_S, f"the queue does not get empty: {self.log.read_text()}"
            time.sleep(0.01)


def of_rq(place: Place, side: str, count: int) -> float:
    """Seconds in which a worker of RQ does so many jobs."""
    queue = place.queue("bench")
    for _ in range(count):
        queue.enqueue_call("os.getpid", result_ttl=0)
    began = time.perf_counter()
    with place.running(
        "rq.cli", "worker", "-q", "-S", "json", "-w", CLASSES[side], "-u", str(place.settings.redis_url), "bench"
    ):
        place.until_empty(queue)
        seconds = time.perf_counter() - began
    assert len(queue.failed_job_registry) == 0
    return seconds


def of_ours(place: Place, count: int) -> float:
    """Seconds in which our worker does so many service tasks."""
    before = done()
    for _ in range(count // IN_A_VORGANG):
        apply("x" * 1000)
    began = time.perf_counter()
    with place.running("web.worker"):
        place.until_empty(place.queue(QUEUE))
        seconds = time.perf_counter() - began
    assert done() - before == count, f"not all was done: {place.log.read_text()}"
    return seconds


def done() -> int:
    """How many service tasks have been done so far."""
    with db.reading() as tx:
        return int(tx.scalar(sa.select(sa.func.count()).where(auftrag.T.c.state == auftrag.DONE)))


def slope(run: Callable[[int], float]) -> float:
    """Seconds for one more job."""
    short, long = run(SHORT), run(LONG)
    return (long - short) / (LONG - SHORT)


def measure(kind: str, rounds: int) -> bool:
    """Print each side's rate and whether the limits are kept."""
    with server(kind) as database, town(service_chain(IN_A_VORGANG), database) as folder:
        embedded = EmbeddedRedis(folder)
        embedded.ensure()
        settings = Settings(home=folder, database=database, secret=SECRET, redis_url=embedded.url)
        place = Place(settings, Redis.from_url(embedded.url), folder / "worker.log")
        use_doorbell(RedisDoorbell(embedded.url))
        sides: dict[str, Callable[[int], float]] = {
            FORKS: lambda count: of_rq(place, FORKS, count),
            SIMPLE: lambda count: of_rq(place, SIMPLE, count),
            OURS: lambda count: of_ours(place, count),
        }
        found: dict[str, list[float]] = {side: [] for side in sides}
        try:
            for _ in range(rounds):
                for side, run in sides.items():
                    found[side].append(slope(run))
                print("  " + ", ".join(f"{side} {1000 * seconds[-1]:.2f} ms" for side, seconds in found.items()), flush=True)
        finally:
            embedded.stop()
    return told(kind, found)


def told(kind: str, found: dict[str, list[float]]) -> bool:
    """Print medians and ratios; True if every limit is kept."""
    for side, seconds in found.items():
        middle = statistics.median(seconds)
        print(f"{kind}, {side}: {1 / middle:.0f} Aufträge/s, {1000 * middle:.2f} ms je Auftrag")
    ratios = {side: ratio(found[side], found[OURS]) for side in LIMITS}
    for side, value in ratios.items():
        print(verdict(value, LIMITS[side], f"{kind}: Rate gegen {side}", at_least=True))
    return all(value >= LIMITS[side] for side, value in ratios.items())


def main(kinds: str = "sqlite,postgresql", rounds: str = str(ROUNDS)) -> int:
    """Measure; gives 1 if a limit was missed."""
    kept = [measure(kind, int(rounds)) for kind in kinds.split(",")]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
