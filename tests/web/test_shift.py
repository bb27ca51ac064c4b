"""The working life of a worker: at whatever moment it is told to end, it ends."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis
from rq.exceptions import StopRequested
from rq.worker.base import WorkerStatus

from web import worker
from web.hands import Hands
from web.redis import EmbeddedRedis

Act = Callable[..., Any]


@pytest.fixture(autouse=True)
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hands of its own, for they end; whoever listened to signals before, listens again."""
    hands = Hands()
    monkeypatch.setattr(worker, "_hands", lambda: hands)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, listener in before.items():
        signal.signal(number, listener)


def told(act: Act) -> Act:
    """SIGTERM comes, then the act goes on as it would."""

    def first_told(*args: Any, **kwargs: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        return act(*args, **kwargs)

    return first_told


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often it waited for a ring although it had been told to end: there it would stay."""
    waits: list[str] = []

    def wait(*args: object, **kwargs: object) -> None:
        waits.append("for a ring")
        raise StopRequested

    monkeypatch.setattr(worker.Queue, "dequeue_any", wait)
    return waits


@pytest.mark.parametrize("moment", ["__init__", "work", "bootstrap", "check_for_suspension", "heartbeat", "teardown"])
def test_it_ends_at_whatever_moment_of_a_round_it_is_told_to(
    redis: EmbeddedRedis, waits: list[str], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def fails(*args: object) -> None:
        raise ValueError  # so that the round ends without being told

    if moment == "teardown":
        monkeypatch.setattr(worker.Worker, "check_for_suspension", fails)
    monkeypatch.setattr(worker.Worker, moment, told(getattr(worker.Worker, moment)))
    worker.Shift(redis.url).run()
    assert waits == []


def test_it_ends_when_told_before_the_first_round(
    redis: EmbeddedRedis, waits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Redis, "ping", told(Redis.ping))
    worker.Shift(redis.url).run()
    assert waits == []


def test_it_ends_when_told_while_redis_is_away(redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ping = list[str](), Redis.ping

    def counted(one: Redis, **kwargs: Any) -> Any:
        asked.append("whether it is there")
        assert len(asked) == 1
        return ping(one, **kwargs)

    def without_redis(one: worker.Worker, *args: object) -> None:
        redis.stop()
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Redis, "ping", counted)
    monkeypatch.setattr(worker.Worker, "heartbeat", without_redis)
    worker.Shift(redis.url).run()
    assert asked == ["whether it is there"]


def test_what_was_said_and_swallowed_is_said_again_but_not_in_the_middle_of_a_job(redis: EmbeddedRedis) -> None:
    one = worker.Worker(Redis.from_url(redis.url))
    with pytest.raises(StopRequested):
        one.request_stop(signal.SIGTERM, None)
    with pytest.raises(StopRequested):
        one.heartbeat()
    one._state = WorkerStatus.BUSY
    one.heartbeat()
    one.teardown()
