"""The supervisor: what dies is started again, what is to end ends with grace, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx
import pytest

from engine.base.db import Installation
from tests.integration.town import ROOT, SLUG, Town, environment, until
from web.demo.place import free_port
from web.doorbell import RedisDoorbell
from web.mortal import GONE
from web.settings import Settings
from web.supervise import Child, Supervisor

pytestmark = pytest.mark.integration
SLEEPS = "import time\ntime.sleep(60)"
GRACE = """
import signal, sys, time
def end(*_):
    time.sleep(0.3)
    print("in Ruhe", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("da", flush=True)
time.sleep(60)
"""
PARENT = f"""
import sys, time
from web.supervise import Child, Supervisor
supervisor = Supervisor([Child(name, (sys.executable, "-c", {SLEEPS!r})) for name in "ab"])
with supervisor.running():
    while len(supervisor.pids()) < 2:
        time.sleep(0.05)
    print(*supervisor.pids().values(), flush=True)
    time.sleep(60)
"""
AMTSWEG = "import sys\nfrom web.cli import main\nsys.exit(main(sys.argv[1:]))"


def child(name: str, program: str) -> Child:
    return Child(name, (sys.executable, "-c", program))


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_dies_is_started_again_and_the_others_are_left_alone():
    supervisor = Supervisor([child("a", SLEEPS), child("b", SLEEPS)])
    with supervisor.running():
        before = until(lambda: len(supervisor.pids()) == 2 and supervisor.pids(), "both run")
        os.kill(before["a"], signal.SIGKILL)
        after = until(lambda: supervisor.pids().get("a", before["a"]) != before["a"] and supervisor.pids(), "a runs again")
        assert after["b"] == before["b"]
    assert not any(map(alive, {*before.values(), *after.values()}))


def test_what_dies_at_once_is_started_again_ever_more_rarely(tmp_path):
    starts = tmp_path / "starts"
    supervisor, began = Supervisor([child("a", f"open({str(starts)!r}, 'a').write('x')")]), time.monotonic()
    with supervisor.running():
        until(lambda: starts.exists() and len(starts.read_text()) == 4, "it has been started four times")
    assert time.monotonic() - began >= 0.5 + 1.0, "the second time at once, then after ever longer"


def test_the_end_is_graceful_and_what_was_printed_is_in_the_log(tmp_path):
    supervisor = Supervisor([child("a", GRACE)], log=tmp_path / "log")
    with supervisor.running():
        until(lambda: (tmp_path / "log").exists() and "da" in (tmp_path / "log").read_text(), "it runs")
    assert (tmp_path / "log").read_text() == "da\nin Ruhe\n"


def test_nothing_outlives_a_supervisor_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert all(map(alive, pids))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not any(map(alive, pids)), "the children end")


def test_who_answers_ends_when_the_server_was_killed_before_it_had_loaded():
    orphan = "import multiprocessing, types; multiprocessing.parent_process = lambda: types.SimpleNamespace(pid=2**31 - 1)"
    command = [sys.executable, "-c", f"{orphan}; import web.serve; web.serve.application()"]
    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == GONE


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_serve_all_runs_everything_and_mends_what_is_killed(installation: Installation, tmp_path: Path):
    settings = Settings(home=installation.home, secret=installation.secret, port=free_port(), plain_http=True)
    command = [sys.executable, "-W", "error", "-c", AMTSWEG, "serve", "--all"]
    with (tmp_path / "log").open("wb") as log:
        served = subprocess.Popen(command, cwd=ROOT, env=environment(settings), stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", trust_env=False, timeout=5) as client:
            until(lambda: answers(client), "it is ready", (tmp_path / "log").read_text)
            assert client.get("/ready").json() == {"database": True, "disk": True, "redis": True, "stays": True}
            for module in ("web.serve", "web.worker", "web.tick"):
                old = until(lambda module=module: pid_of(served.pid, module), f"{module} runs")
                os.kill(old, signal.SIGKILL)
                until(lambda module=module, old=old: pid_of(served.pid, module) not in (0, old), f"{module} runs again")
            until(lambda: answers(client), "it is ready again")
    finally:
        served.terminate()
        assert served.wait(60) == 0
    assert "Amtsweg läuft" in (tmp_path / "log").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").is_success
    except httpx.TransportError:
        return False


def pid_of(parent: int, module: str) -> int:
    """The child of a process that runs a module; 0 if there is none now."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status = (path / "stat").read_text().rsplit(")", 1)[1].split()
            words = (path / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(status[1]) == parent and status[0] != "Z" and module.encode() in words and b"web.mortal" not in words:
            return int(path.name)
    return 0


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_worker_of_one_municipality_works_from_its_own_queue_and_leaves_that_of_all_alone(town: Town):
    bell = RedisDoorbell(town.redis.url)
    bell.ring("husum", "01")
    command = [sys.executable, "-W", "error", "-c", AMTSWEG, "worker", "--kommune", SLUG]
    with (town.folder / "log").open("ab") as log:
        town.running.append(subprocess.Popen(command, cwd=ROOT, env=environment(town.settings), stdout=log, stderr=log))
    until(lambda: bell.has_own(SLUG), "it says that it is there", town.log)
    town.push(str(uuid.uuid4()))
    assert town.queue().lrange("rq:queue:amtsweg", 0, -1) == [b"husum-01"]
    until(lambda: town.messages() == 1, "the receipt is sent", town.log)
    assert town.end() == [0]
    assert town.queue().lrange("rq:queue:amtsweg", 0, -1) == [b"husum-01"], "that is for a worker of all"
    assert "Traceback" not in town.log()


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["serve", "worker", "tick"])
def test_what_is_to_serve_a_municipality_that_is_not_there_says_so_and_starts_nothing(installation: Installation, command: str):
    settings = Settings(home=installation.home, secret=installation.secret, plain_http=True)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", AMTSWEG, command, "--kommune", "nirgends"],
        check=False, cwd=ROOT, env=environment(settings), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.strip() == "Die Kommune „nirgends“ gibt es hier nicht."
