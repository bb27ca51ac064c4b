"""The supervisor: what dies is started again, what is to end ends with grace, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from engine.base.db import Installation
from tests.integration.town import ROOT, environment, until
from web.demo.place import free_port
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
SERVE_ALL = "import sys\nfrom web.cli import main\nsys.exit(main(['serve', '--all']))"


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
    supervisor = Supervisor([child("a", f"open({str(starts)!r}, 'a').write('x')")])
    with supervisor.running():
        time.sleep(3)
    assert 2 <= len(starts.read_text()) <= 5


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
    command = [sys.executable, "-W", "error", "-c", SERVE_ALL]
    with (tmp_path / "log").open("wb") as log:
        served = subprocess.Popen(command, cwd=ROOT, env=environment(settings), stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", trust_env=False, timeout=5) as client:
            until(lambda: answers(client), f"it is ready; log: {(tmp_path / 'log').read_text()}")
            assert client.get("/ready").json() == {"database": True, "disk": True, "redis": True, "stays": True}
            for module in ("web.serve", "web.worker", "web.tick"):
                old = pid_of(served.pid, module)
                os.kill(old, signal.SIGKILL)
                until(lambda module=module, old=old: pid_of(served.pid, module) not in (0, old), f"{module} runs again")
            until(lambda: answers(client), "it is ready again")
    finally:
        served.terminate()
        assert served.wait(35) == 0
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
