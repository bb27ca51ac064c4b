"""SIGTERM drains: a rolling restart of two web servers loses no request, and everybody ends in time with 0."""

from __future__ import annotations

import threading
import time
import uuid

import httpx
import pytest

from tests.integration.town import Front, Town, until

pytestmark = [pytest.mark.integration, pytest.mark.serial]

sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


class Balancer(threading.Thread):
    """Sends applications without a pause to whichever server says that it is ready, as a load balancer does."""

    def __init__(self, fronts: list[Front]) -> None:
        super().__init__(daemon=True)
        self.fronts = fronts
        self.ended = threading.Event()
        self.sent = 0
        self.failed: list[str] = []

    def run(self) -> None:
        while not self.ended.is_set():
            for front in list(self.fronts):
                if ready(front):
                    self._send(front)

    def _send(self, front: Front) -> None:
        self.sent += 1
        try:
            answer = front.post(str(uuid.uuid4()))
        except httpx.HTTPError as error:
            self.failed.append(repr(error))
            return
        if answer.status_code >= 300:
            self.failed.append(f"{answer.status_code} {answer.text[:200]}")


def ready(front: Front) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{front.port}/ready", trust_env=False, timeout=10).status_code == 200
    except httpx.TransportError:
        return False


@sqlite
def test_a_rolling_restart_loses_no_request(town: Town) -> None:
    balancer = Balancer([town.web().wait(), town.web().wait()])
    balancer.start()
    try:
        for _ in range(2):
            old, new = balancer.fronts[0], town.web().wait()
            balancer.fronts.append(new)
            began, before = time.monotonic(), balancer.sent
            old.process.terminate()
            until(lambda old=old: not ready(old), "it says that it is not ready")
            assert old.process.wait(30) == 0
            assert time.monotonic() - began < 30
            balancer.fronts.remove(old)
            town.running.remove(old.process)
            until(lambda before=before: balancer.sent > before + 3, "the others go on")
    finally:
        balancer.ended.set()
        balancer.join(40)
    assert balancer.failed == []
    assert len(town.states()) == balancer.sent
    assert list(town.settings.home.glob("*.drains")) == []


@sqlite
def test_worker_and_tick_end_with_0(town: Town) -> None:
    worker, tick = town.worker(), town.tick()
    town.push(str(uuid.uuid4()))
    until(town.is_done, "the Vorgang ends", town.log)
    began = time.monotonic()
    for process in (worker, tick):
        process.terminate()
    assert [process.wait(30) for process in (worker, tick)] == [0, 0]
    assert time.monotonic() - began < 30
    town.running.clear()
