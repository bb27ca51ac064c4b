"""Verifies what is stored, and tidies up, in a process of its own: `python -m web.verifying`, started by the clock when wanted.

Verifying reads everything there is and compares it, for minutes. In the clock's own process it would share one interpreter with
the timers, in a worker's it would hold up what has to go out; here it has the least priority the machine knows and is ended at
once. It verifies one municipality after another and ends (docs/adr/0014).
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time

from engine.base import db
from engine.base.rights import SYSTEM
from engine.verbs.tidying import tidy, tidying_is_due
from engine.verbs.verification import run_verification
from web import logs
from web.mortal import mortal
from web.settings import Settings
from web.tick import in_each, operators_own, ready_kommunen

log = logging.getLogger(__name__)

NICE = 19
AGAIN_S = 60.0
"""So long nothing is begun after a process that has failed."""
ENDS_WITHIN_S = 10.0


class Verifier:
    """Starts the process that verifies when there is something to verify; one at a time. Ends with who started it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._not_before = float("-inf")

    @property
    def pid(self) -> int | None:
        """The process that verifies now."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def begin(self) -> None:
        """Begin, unless it goes on, or has failed a moment ago."""
        if self.pid is not None:
            return
        if self._child is not None:
            code, self._child = self._child.returncode, None
            if code:
                log.warning("verifying has failed", extra={"code": code, "again_in_s": AGAIN_S})
                self._not_before = time.monotonic() + AGAIN_S
        if time.monotonic() >= self._not_before:
            command = mortal([sys.executable, "-m", "web.verifying"])
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # the command line is our own

    def end(self) -> None:
        """End it; the run is handed back, or taken over when its lease is over."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def main() -> None:
    """Verify every municipality where that is wanted and tidy it up, then end; SIGTERM ends between two pieces."""
    from web.compose import compose

    logs.configure("verify")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    os.nice(NICE)
    compose(Settings.from_env())

    def work() -> None:
        if run_verification(ended.is_set, by=SYSTEM) or tidying_is_due():
            tidy()

    in_each([*ready_kommunen(), *operators_own()], work, ended.is_set)
    db.close()


if __name__ == "__main__":
    main()
