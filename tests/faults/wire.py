"""A TCP proxy before PostgreSQL's socket: slow, cut, or it loses the answer to a COMMIT that the server has done."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

PIECE = 65536


class Wire:
    """Listens on 127.0.0.1. `lose` is the share of COMMITs whose answer is lost, `delay_s` what each request waits."""

    def __init__(self, target: Callable[[], str], seed: int) -> None:
        self._target, self._random = target, random.Random(seed)
        self.lose, self.delay_s, self.refuse = 0.0, 0.0, False
        self.lost = 0
        self._lines: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def heal(self) -> None:
        """Be a wire again."""
        self.lose, self.delay_s, self.refuse = 0.0, 0.0, False

    def cut(self) -> None:
        """Cut every connection now."""
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.refuse:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self._target())
            except OSError:
                near.close()
                far.close()
                continue
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._lines |= {near, far}
            deaf = threading.Event()
            threading.Thread(target=self._there, args=(near, far, deaf), daemon=True).start()
            threading.Thread(target=self._back, args=(near, far, deaf), daemon=True).start()

    def _there(self, near: socket.socket, far: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while part := near.recv(PIECE):
                if self.delay_s:
                    time.sleep(self.delay_s)
                if b"COMMIT" in part and self._random.random() < self.lose:
                    deaf.set()  # the server does it; who asked never hears
                    self.lost += 1
                far.sendall(part)
        self._end(near, far)

    def _back(self, near: socket.socket, far: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while part := far.recv(PIECE):
                if deaf.is_set():
                    break
                near.sendall(part)
        self._end(near, far)

    def _end(self, *lines: socket.socket) -> None:
        for line in lines:
            self._lines.discard(line)
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
