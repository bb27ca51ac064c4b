"""Sets letters as accessible PDF in a warm child of this process, with limits nobody inside can lift.

typst has no limit of its own on time or memory, so it works in a child: bound by the kernel (memory, CPU time), killed by
us when the wall clock runs out, and replaced. The child is a fresh Python on its own file, not a fork and not
multiprocessing: a fork after first use hangs, and multiprocessing would load the whole worker into the child.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from connectors.letter.child import HEAD, LENGTH
from connectors.letter.layout import job
from engine.base.ports import Letter, Refused, Unreachable

CHILD = Path(__file__).with_name("child.py")
TEMPLATE = Path(__file__).with_name("brief.typ")
# One thread and one heap: each further one reserves address space, which is what the memory limit counts.
ENVIRONMENT = {"RAYON_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
TOO_MUCH = frozenset({signal.SIGXCPU, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS})
NO_PICTURE = "failed to decode image"
UNDISPLAYABLE = re.compile(r'text `"(.+)"` could not be displayed')
MAX_PDF_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Typeset:
    """A letter as PDF, and how many pages it has."""

    content: bytes
    pages: int


class Typst:
    """A ports.Renderer with one warm child. Letters of several threads are set one after the other."""

    def __init__(self, *, memory_bytes: int = 1 << 30, cpu_s: int = 15, wall_s: float = 30.0) -> None:
        self._memory_bytes, self._cpu_s, self._wall_s = memory_bytes, cpu_s, wall_s
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def render(self, letter: Letter, logo: bytes = b"") -> bytes:
        """The letter as PDF/UA-1 and PDF/A-3a in one file; the same letter gives the same bytes (see typeset)."""
        return self.typeset(letter, logo).content

    def typeset(self, letter: Letter, logo: bytes = b"") -> Typeset:
        """Set a letter, with the bytes of the picture in its head.

        Raises:
            Refused: this letter cannot be set, now or later.
            Unreachable: it took too long, or the child was killed from outside; again may help.
        """
        brief, timestamp = job(letter, logo)
        request = json.dumps({"brief": brief, "timestamp": timestamp}).encode()
        with self._lock:
            state, said, pages = self._set(request)
        if state != b"P":
            raise _refusal(said.decode())
        return Typeset(said, pages)

    def close(self) -> None:
        """End the child."""
        with self._lock:
            if self._child is not None and self._child.owner == os.getpid():
                self._child.end()
            self._child = None

    def _set(self, request: bytes) -> tuple[bytes, bytes, int]:
        """One job for the child; a child that failed, or grew too large, is replaced by a fresh one."""
        child = self._warm_child()
        try:
            state, said, pages, memory = child.exchange(request, self._wall_s)
        except TimeoutError as cause:
            self._replace()
            raise Unreachable(f"Das Schreiben war nach {self._wall_s:g} Sekunden nicht gesetzt.") from cause
        except ConnectionError as cause:
            code = child.end()
            self._replace()
            raise _why(code) from cause
        except BaseException:
            self._replace()  # an answer may still be on the line, and would be taken for the next letter's
            raise
        if memory > self._memory_bytes // 4:
            self._replace()  # typst keeps what it computed; a large letter must not weigh on the next
        return state, said, pages

    def _warm_child(self) -> _Child:
        # After a fork the child belongs to the parent process; two must not talk on one line.
        if self._child is None or self._child.owner != os.getpid() or self._child.ended():
            return self._replace()
        return self._child

    def _replace(self) -> _Child:
        if self._child is not None and self._child.owner == os.getpid():
            self._child.end()
        self._child = _Child(self._memory_bytes, self._cpu_s)
        return self._child


class _Child:
    """A child process and the line to it."""

    def __init__(self, memory_bytes: int, cpu_s: int) -> None:
        self.owner = os.getpid()
        self._line, theirs = socket.socketpair()
        # -I: no variables, no working folder, no user packages; only what is installed.
        command = [sys.executable, "-I", str(CHILD), str(TEMPLATE), str(memory_bytes), str(cpu_s)]
        with theirs:
            self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own file, numbers of ours
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
            )

    def exchange(self, request: bytes, wall_s: float) -> tuple[bytes, bytes, int, int]:
        """Send a job, wait for its answer: state, bytes, pages, address space in use."""
        end = time.monotonic() + wall_s
        self._line.settimeout(wall_s)
        self._line.sendall(LENGTH.pack(len(request)) + request)
        state, length, pages, memory = HEAD.unpack(self._receive(HEAD.size, end))
        if length > MAX_PDF_BYTES:
            raise Refused(f"Das Schreiben wäre als PDF größer als {MAX_PDF_BYTES} Bytes.")
        return state, self._receive(length, end), pages, memory

    def _receive(self, count: int, end: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._line.settimeout(left)
            part = self._line.recv(min(count - len(parts), 1 << 20))
            if not part:
                raise ConnectionResetError("the child is gone")
            parts += part
        return bytes(parts)

    def ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> int:
        """End the process if it still runs; its exit code (negative: the signal that ended it)."""
        self._line.close()
        try:
            # A child that closed the line by itself is dying of its own cause: that cause is what we want to know.
            return self.process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def _why(code: int) -> Refused | Unreachable:
    """What a dead child means for the letter it was at."""
    if code < 0 and -code in TOO_MUCH:
        return Refused("Das Schreiben überschreitet die Grenzen für Rechenzeit oder Speicher; bitte kürzen.")
    return Unreachable("Das Setzen des Schreibens wurde von außen abgebrochen.")


def _refusal(message: str) -> Refused:
    """typst's own words, in German where we know them."""
    if found := UNDISPLAYABLE.search(message):
        sign = found.group(1)
        return Refused(f"Das Zeichen „{sign}“ kann nicht gedruckt werden: Keine der mitgelieferten Schriften enthält es.")
    if NO_PICTURE in message:
        return Refused("Das Logo im Briefkopf ist beschädigt oder kein PNG oder JPEG.")
    return Refused(f"Das Schreiben lässt sich nicht als barrierefreies PDF setzen: {message[:300]}")
