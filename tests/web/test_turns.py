"""Whose turn it is: one Auftrag for each ring, of the municipality that was served longest ago."""

from __future__ import annotations

import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from threading import Event

import pytest
from redis import Redis
from rq import Queue

from web import doorbell, worker
from web.doorbell import OWN, PARKED, QUEUE, TURNS, RedisDoorbell, queue_of
from web.hands import Hands
from web.redis import EmbeddedRedis

MANY = 40


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


def worked_off(redis: EmbeddedRedis, only: str = "") -> Redis:
    """A worker, of all or of one, takes every ring that is in its queue."""
    connection = Redis.from_url(redis.url)
    one = worker.Worker(connection, only)
    queue = Queue(queue_of(only), connection=connection, serializer="json")
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


def test_a_ring_for_which_there_is_no_room_is_put_back_when_an_auftrag_ends(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns, room = Towns(monkeypatch, voll=3, leer=1), [False]
    run, run_next = towns.run, towns.run_next
    monkeypatch.setattr(worker, "run", lambda town, id, more: run(town, id, more) if room[0] or town == "leer" else [])
    monkeypatch.setattr(worker, "run_next", lambda town, more: run_next(town, more) if room[0] or town == "leer" else [])
    monkeypatch.setattr(worker, "crowded", lambda town: not room[0] and bool(towns.open[town]))
    monkeypatch.setattr(worker, "left", lambda town: bool(towns.open[town]))
    bell = RedisDoorbell(redis.url)
    for town in towns.open:
        for id in towns.open[town]:
            bell.ring(town, id)
    connection = worked_off(redis)
    queue = Queue(QUEUE, connection=connection, serializer="json")
    assert towns.done == ["leer"]
    assert (connection.llen(PARKED + "voll"), len(queue)) == (3, 0)  # as many as Aufträge, whichever town they were for
    room[0] = True
    bell.ring("voll", "voll0")  # as the reconciler does
    while len(queue):
        worked_off(redis)
    assert Counter(towns.done) == {"leer": 1, "voll": 3}
    assert connection.llen(PARKED + "voll") == 0


def test_a_ring_that_is_parked_when_there_is_room_again_is_put_back_at_once(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns = Towns(monkeypatch, voll=0)
    monkeypatch.setattr(worker, "left", lambda town: True)
    monkeypatch.setattr(worker, "crowded", lambda town: False)
    RedisDoorbell(redis.url).ring("voll", "voll0")
    connection = worked_off(redis)
    assert (connection.llen(PARKED + "voll"), connection.llen(f"rq:queue:{QUEUE}")) == (0, 1)
    assert towns.done == []


def test_what_ended_while_it_was_in_the_way_is_noticed(redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    towns = Towns(monkeypatch, voll=1)
    run, run_next, tries = towns.run, towns.run_next, [0]

    def too_early(town: str, more: object) -> list[str]:
        tries[0] += 1
        return run_next(town, more) if tries[0] > 1 else []

    monkeypatch.setattr(worker, "run", lambda town, id, more: run(town, id, more) if tries[0] > 1 else [])
    monkeypatch.setattr(worker, "run_next", too_early)
    monkeypatch.setattr(worker, "left", lambda town: bool(towns.open[town]))
    RedisDoorbell(redis.url).ring("voll", "voll0")
    connection = worked_off(redis)
    assert towns.done == ["voll"]
    assert (connection.llen(PARKED + "voll"), connection.llen(f"rq:queue:{QUEUE}")) == (0, 0)


def test_what_was_done_beyond_the_ring_that_was_taken_needs_its_own_ring_no_more(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns = Towns(monkeypatch, gross=5)
    monkeypatch.setattr(worker, "run", lambda town, id, more: [*towns.run(town, id, more), *towns.run_next(town, more)])
    bell = RedisDoorbell(redis.url)
    for id in list(towns.open["gross"]):
        bell.ring("gross", id)
    connection = Redis.from_url(redis.url)
    one, queue = worker.Worker(connection), Queue(QUEUE, connection=connection, serializer="json")
    first = queue.jobs[0]
    for id in queue.job_ids[:3]:  # the first is taken; the next two found no room before
        connection.lrem(queue.key, 1, id)
    connection.rpush(PARKED + "gross", "gross-gross1", "gross-gross2")
    one.execute_job(first, queue)
    assert towns.done == ["gross"] * 2
    assert queue.job_ids == [f"gross-gross{number}" for number in (3, 4, 2)]  # put back is one that still is one
    assert sorted(connection.keys("rq:job:*")) == [f"rq:job:gross-gross{number}".encode() for number in (2, 3, 4)]


def test_a_turn_goes_on_until_its_time_is_over_or_the_worker_is_to_end(redis: EmbeddedRedis) -> None:
    one = worker.Worker(Redis.from_url(redis.url))
    assert one._goes_on(time.monotonic() + 60)
    assert not one._goes_on(time.monotonic() - 1)
    one.asked_to_end = True
    assert not one._goes_on(time.monotonic() + 60)


def test_a_worker_in_which_something_hangs_beside_is_watched_on_no_more_and_so_ends(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    enough, hands, watched = Event(), Hands(), list[float]()
    monkeypatch.setattr(worker, "_hands", lambda: hands)
    monkeypatch.setattr(worker.faulthandler, "dump_traceback_later", lambda after, exit: watched.append(after))
    one = worker.Worker(Redis.from_url(redis.url))

    def hangs(beside: Callable[[list[str]], object]) -> list[str]:
        beside(["x"])
        enough.wait(60)
        return []

    hands.do(hangs)
    for longest, times in ((3600.0, 1), (-1.0, 1), (3600.0, 2)):
        monkeypatch.setattr(worker, "HANGS_AFTER_S", longest)
        one._beaten = float("-inf")
        one.heartbeat()
        assert len(watched) == times
    enough.set()


def test_who_rings_for_many_does_not_wait_each_time_for_a_redis_that_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(doorbell, "PATIENCE_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bell = RedisDoorbell(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        for number in range(5):
            bell.ring("husum", f"{number}")
        assert len(caplog.records) == 1
        monkeypatch.setattr(doorbell, "SILENT_FOR_S", 0.0)
        bell._not_before = 0.0  # as time does
        for number in range(2):
            bell.ring("husum", f"{number}")
        assert len(caplog.records) == 3


# --- workers of one municipality -------------------------------------------------------------------------------


def test_rings_of_a_town_with_a_worker_of_its_own_go_there_and_no_other_takes_them(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns = Towns(monkeypatch, husum=2, kiel=2)
    connection = Redis.from_url(redis.url)
    worker.be_there(connection, "husum")
    bell = RedisDoorbell(redis.url)
    for number in range(2):
        bell.ring("husum", f"husum{number}")
        bell.ring("husum", f"husum{number}")  # waits there already
        bell.ring("kiel", f"kiel{number}")
    assert len(Queue(queue_of("husum"), connection=connection)) == 2
    worked_off(redis)
    assert towns.done == ["kiel", "kiel"]
    worked_off(redis, "husum")
    assert towns.done == ["kiel", "kiel", "husum", "husum"]
    assert len(Queue(queue_of("husum"), connection=connection)) == 0


def test_a_worker_of_one_town_leaves_the_turns_of_the_others_alone(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns = Towns(monkeypatch, husum=1, kiel=1)
    connection, bell = Redis.from_url(redis.url), RedisDoorbell(redis.url)
    bell.ring("kiel", "kiel0")
    worker.be_there(connection, "husum")
    bell.ring("husum", "husum0")
    worked_off(redis, "husum")
    assert towns.done == ["husum"]
    assert connection.zrange(TURNS, 0, -1) == [b"kiel"]


def test_when_the_worker_of_a_town_is_gone_for_long_the_workers_of_all_are_rung_for(
    redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns = Towns(monkeypatch, husum=1)
    connection, bell = Redis.from_url(redis.url), RedisDoorbell(redis.url)
    worker.be_there(connection, "husum")
    assert 0 < connection.ttl(OWN + "husum") <= 90
    bell.ring("husum", "husum0")
    worked_off(redis)
    assert towns.done == []
    connection.delete(OWN + "husum")  # as time does
    bell.ring("husum", "husum0")  # as the reconciler does
    worked_off(redis)
    assert towns.done == ["husum"]
    worked_off(redis, "husum")  # comes back, and finds only what is done
    assert towns.done == ["husum"]
