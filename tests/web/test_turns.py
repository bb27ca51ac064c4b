"""Whose turn it is: one Auftrag for each ring, of the municipality that was served longest ago."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from web import worker
from web.doorbell import QUEUE, TURNS, RedisDoorbell
from web.redis import EmbeddedRedis

MANY = 40


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    made = EmbeddedRedis(tmp_path)
    made.ensure()
    yield made
    made.stop()


class Towns:
    """What is to be done in each town, and the order in which it was done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **jobs: int) -> None:
        self.open = {town: deque(f"{town}{number}" for number in range(count)) for town, count in jobs.items()}
        self.done: list[str] = []
        monkeypatch.setattr(worker, "run", self.run)
        monkeypatch.setattr(worker, "run_next", self.run_next)

    def run(self, town: str, id: str, more: object) -> list[str]:
        if id not in self.open.get(town, ()):
            return []
        self.open[town].remove(id)
        self.done.append(town)
        return [id]

    def run_next(self, town: str, more: object) -> list[str]:
        return self.run(town, self.open[town][0], more) if self.open.get(town) else []


def worked_off(redis: EmbeddedRedis) -> Redis:
    """A worker takes every ring that is in the queue."""
    connection = Redis.from_url(redis.url)
    one = worker.Worker(connection)
    queue = Queue(QUEUE, connection=connection, serializer="json")
    for job in queue.jobs:
        connection.lrem(queue.key, 1, job.id)
        one.execute_job(job, queue)
    return connection


def test_ten_thousand_rings_of_one_town_do_not_hold_up_another(redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    towns = Towns(monkeypatch, gross=MANY, klein=1, mittel=3)
    bell = RedisDoorbell(redis.url)
    for town in ("gross", "klein", "mittel"):
        for id in towns.open[town]:
            bell.ring(town, id)
    worked_off(redis)
    assert Counter(towns.done) == {"gross": MANY, "klein": 1, "mittel": 3}
    assert towns.done.index("klein") <= 2
    assert [town for town in towns.done[:7] if town == "mittel"] == ["mittel"] * 3


def test_every_ring_is_worth_one_auftrag_even_when_the_turns_are_forgotten(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns = Towns(monkeypatch, gross=5, klein=5)
    bell = RedisDoorbell(redis.url)
    for number in range(5):
        bell.ring("gross", f"gross{number}")
        bell.ring("klein", f"klein{number}")
    Redis.from_url(redis.url).delete(TURNS)
    worked_off(redis)
    assert Counter(towns.done) == {"gross": 5, "klein": 5}


def test_a_turn_of_nobody_or_of_who_has_nothing_to_do_does_no_harm(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns = Towns(monkeypatch, gross=1)
    bell = RedisDoorbell(redis.url)
    bell.ring("gross", "gross0")
    Redis.from_url(redis.url).zadd(TURNS, {"gibt-es-nicht": -2, b"\xff\xfe": -1})
    connection = worked_off(redis)
    assert towns.done == ["gross"]
    assert connection.zrange(TURNS, 0, -1) == [b"gross"]
