"""The embedded Redis: one for a data folder, ended with whoever started it, never in the way of the next start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from engine.base.errors import Unavailable
from tests.integration.town import ROOT, until
from web.redis import LONGEST_SOCKET, EmbeddedRedis, answers, redis_url, socket_of, url_of
from web.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    made = EmbeddedRedis(tmp_path)
    yield made
    made.stop()


def test_it_answers_at_the_url_of_the_settings_and_keeps_nothing_on_disk(embedded, tmp_path):
    embedded.ensure()
    redis = Redis.from_url(redis_url(Settings(home=tmp_path)))
    redis.set("a", "b")
    assert redis.config_get("appendonly", "save", "port") == {"appendonly": "no", "save": "", "port": "0"}
    redis.close()
    embedded.stop()
    assert not answers(embedded.path)
    embedded.ensure()
    assert Redis.from_url(embedded.url).get("a") is None


def test_a_second_process_attaches_and_does_not_end_it(embedded, tmp_path):
    embedded.ensure()
    second = EmbeddedRedis(tmp_path)
    second.ensure()
    second.stop()
    assert answers(embedded.path)


def test_many_at_once_start_one(tmp_path):
    many = [EmbeddedRedis(tmp_path) for _ in range(5)]
    all_have, enough = threading.Barrier(len(many) + 1), threading.Event()

    def begin(one: EmbeddedRedis) -> None:
        one.ensure()
        all_have.wait(60)
        enough.wait(60)  # it ends with the thread that started it

    threads = [threading.Thread(target=begin, args=(one,)) for one in many]
    for thread in threads:
        thread.start()
    try:
        all_have.wait(60)
        assert sum(one.pid is not None for one in many) == 1
        assert answers(many[0].path)
    finally:
        enough.set()
        for thread in threads:
            thread.join()
        for one in many:
            one.stop()


def test_a_socket_left_by_a_killed_one_is_no_obstacle(embedded, tmp_path):
    embedded.ensure()
    assert embedded.pid is not None
    os.kill(embedded.pid, signal.SIGKILL)
    until(lambda: not answers(embedded.path), "it is gone")
    assert embedded.path.exists()
    other = EmbeddedRedis(tmp_path)
    other.ensure()
    assert answers(other.path)
    other.stop()


def test_it_dies_with_a_parent_that_is_killed(tmp_path):
    program = "import sys, time; from pathlib import Path; from web.redis import EmbeddedRedis\n"
    program += "EmbeddedRedis(Path(sys.argv[1])).ensure(); print('up', flush=True); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    assert answers(socket_of(tmp_path))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not answers(socket_of(tmp_path)), "the orphan ends")


def test_a_deep_folder_gets_a_short_socket_that_only_we_can_reach(tmp_path):
    deep = tmp_path.joinpath(*["sehr-tief-verschachtelt"] * 6)
    embedded = EmbeddedRedis(deep)
    assert len(os.fsencode(embedded.path)) <= LONGEST_SOCKET
    embedded.ensure()
    try:
        assert Redis.from_url(embedded.url).ping()
        assert embedded.path.parent.stat().st_mode & 0o077 == 0
    finally:
        embedded.stop()
    assert not embedded.path.parent.exists()


def test_a_folder_that_others_may_enter_is_refused(tmp_path):
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis").chmod(0o777)
    with pytest.raises(Unavailable, match="offen"):
        EmbeddedRedis(tmp_path).ensure()


def test_a_socket_on_which_something_else_answers_is_not_ours(tmp_path):
    path = tmp_path / "x.sock"
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(path))
        line.listen()

        def hang_up() -> None:
            line.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        assert not answers(path)
        thread.join()


def test_odd_signs_in_a_folder_survive_in_the_url(tmp_path):
    embedded = EmbeddedRedis(tmp_path / "a b%?#ü")
    embedded.ensure()
    try:
        assert Redis.from_url(embedded.url).ping()
        assert embedded.url == url_of(embedded.path)
    finally:
        embedded.stop()
