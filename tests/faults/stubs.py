"""Servicekonto, tree register and print shop as a process of their own, which outlives every fault of ours.

    python -m tests.faults.stubs FOLDER SEED KONTO_PORT REGISTER_PORT PRINTER_PORT

Each keeps its effects in a SQLite file of its own (synchronous), and every request it got in a ledger (append, fsync) before it
does anything. How they misbehave stands in FOLDER/trouble, read anew when it changes; empty means well.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from tests.faults import printer
from tests.faults.bundles import SECRET, TOKEN
from web.twins import baumregister, servicekonto
from web.twins.stoerung import Stoerung, parse

LEDGERS = ("konto", "register", "druckerei")


class Told(Stoerung):
    """A server that says each time how it is going to misbehave."""

    def __init__(self, say: Callable[[str], None], *args: Any) -> None:
        super().__init__(*args)
        self._say = say

    def _draw(self) -> str:
        kind = super()._draw()
        self._say(kind)
        return kind


class Ledger:
    """Writes down each request with its key, then lets it through to a server that may misbehave."""

    def __init__(self, app: Any, folder: Path, name: str, prefix: str, seed: int) -> None:
        self._app, self._prefix, self._seed = app, prefix, seed
        self._trouble = folder / "trouble"
        self._told: str | None = None
        self._line = os.open(folder / f"{name}.ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._now: Any = app
        self._lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if environ.get("REQUEST_METHOD") == "POST":
            self._write({"path": environ.get("PATH_INFO", ""), "key": environ.get("HTTP_IDEMPOTENCY_KEY", "")})
        return self._as_told()(environ, start_response)

    def _write(self, line: dict[str, str]) -> None:
        os.write(self._line, json.dumps({"t": time.time(), **line}).encode() + b"\n")
        os.fsync(self._line)

    def _as_told(self) -> Any:
        with self._lock:
            told = self._trouble.read_text() if self._trouble.exists() else ""
            if told != self._told:
                self._told = told
                settings = parse(f"saat={self._seed},{told}") if told else {}
                say = lambda kind: self._write({"misbehaved": kind})  # noqa: E731
                self._now = Told(say, self._app, settings, self._prefix) if told else self._app
            return self._now


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Every line of every ledger, with the name of who wrote it."""
    for name in LEDGERS:
        for line in (folder / f"{name}.ledger").read_bytes().splitlines():
            yield {"of": name, **json.loads(line)}


def main() -> None:
    """Serve all until killed."""
    folder, seed, ports = Path(sys.argv[1]), int(sys.argv[2]), [int(port) for port in sys.argv[3:]]
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    apps = (
        (servicekonto.create_app(folder / "konto", SECRET), "/api/nachrichten"),
        (baumregister.create_app(folder / "register", TOKEN), "/eintraege"),
        (printer.create_app(folder / "druckerei"), "/blaetter"),
    )
    threads = []
    for number, ((app, prefix), name, port) in enumerate(zip(apps, LEDGERS, ports, strict=True)):
        told = Ledger(app, folder, name, prefix, seed + number)
        threads.append(threading.Thread(target=make_server("127.0.0.1", port, told, threaded=True).serve_forever))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
