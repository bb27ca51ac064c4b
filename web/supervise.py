"""Keeps processes running: starts them, starts them again when they die, ends them with grace.

Every child is a fresh interpreter in a session of its own, so that Ctrl-C reaches the supervisor only, and ends with it.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from engine.base.errors import Problem
from web.mortal import mortal
from web.redis import EmbeddedRedis

_log = logging.getLogger(__name__)

ROUND_S = 0.2
ENDS_WITHIN_S = 30.0
STEADY_S = 10.0
"""A child that ran this long before it died is started again at once."""
BACKOFF_S, BACKOFF_MAX_S = 0.5, 15.0
TESTS_ONLY = "AMTSWEG_CRASH_AT"


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running: a name for the log, and its command line."""

    name: str
    command: tuple[str, ...]

    @classmethod
    def module(cls, name: str, module: str, *arguments: str) -> Child:
        """A module of ours, run by this interpreter."""
        return cls(name, (sys.executable, "-m", module, *arguments))


@dataclass(slots=True)
class _Kept:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    next_start: float = 0.0
    deaths: int = 0


@dataclass
class Supervisor:
    """Keeps children running, and with `redis` the embedded Redis before them; with `log` what they print goes to that file."""

    children: Sequence[Child]
    redis: EmbeddedRedis | None = None
    log: Path | None = None
    _kept: list[_Kept] = field(init=False)
    _ending: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._kept = [_Kept(child) for child in self.children]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have everything running inside the block, and ended after it.

        Raises:
            Unavailable: the embedded Redis does not start.
        """
        if self.redis is not None:
            self.redis.ensure()
        # The thread that starts children must live as long as they shall (see web.mortal): this one does.
        thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ending.set()
            thread.join()

    def pids(self) -> dict[str, int]:
        """The children that run now."""
        return {kept.child.name: kept.process.pid for kept in self._kept if kept.process and kept.process.poll() is None}

    def _keep(self) -> None:
        rounds = 0
        while not self._ending.wait(ROUND_S if rounds else 0):
            if rounds % 5 == 0:
                self._keep_redis()
            for kept in self._kept:
                try:
                    self._look_after(kept)
                except OSError:
                    _log.exception("process could not be started", extra={"child": kept.child.name})
            rounds += 1
        self._end()

    def _keep_redis(self) -> None:
        try:
            if self.redis is not None:
                self.redis.ensure()
        except Problem as problem:
            _log.error("embedded redis is away", extra={"reason": problem.sentence})

    def _look_after(self, kept: _Kept) -> None:
        now = time.monotonic()
        if kept.process is not None:
            code = kept.process.poll()
            if code is None:
                return
            kept.process = None
            kept.deaths = 1 if now - kept.started > STEADY_S else kept.deaths + 1
            wait = min(BACKOFF_S * 2 ** (kept.deaths - 2), BACKOFF_MAX_S) if kept.deaths > 1 else 0.0
            kept.next_start = now + wait
            _log.warning("process died", extra={"child": kept.child.name, "code": code, "again_in_s": wait})
            os.unsetenv(TESTS_ONLY)
        if now >= kept.next_start:
            kept.process = self._start(kept.child)
            kept.started = now
            _log.info("process started", extra={"child": kept.child.name, "pid": kept.process.pid})

    def _start(self, child: Child) -> subprocess.Popen[bytes]:
        with ExitStack() as stack:
            output = stack.enter_context(self.log.open("ab")) if self.log is not None else None
            return subprocess.Popen(  # noqa: S603  # the command line is our own
                mortal(list(child.command)), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    def _end(self) -> None:
        """Let everybody finish, for 30 seconds; Redis last, because they still use it."""
        running = [kept.process for kept in self._kept if kept.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + ENDS_WITHIN_S
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("process did not end in time and is killed", extra={"pid": process.pid})
                process.kill()
                process.wait()
        if self.redis is not None:
            self.redis.stop()


def hand_on(variables: Mapping[str, str]) -> None:
    """Let children inherit these variables. They are only written here; web.settings reads them, over there."""
    for name, value in variables.items():
        os.putenv(name, value)


def wait_for_end() -> None:
    """Wait until SIGTERM or SIGINT comes; more of them while we end change nothing."""
    told: SimpleQueue[None] = SimpleQueue()  # an Event, set by a signal, can wait for the lock of the wait that it interrupts
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.put(None))
    told.get()
