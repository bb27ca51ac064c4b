"""Servicekonto and tree register as a process of their own, which outlives every fault of ours.

    python -m tests.faults.stubs FOLDER KONTO_PORT REGISTER_PORT SEED

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
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from tests.faults.bundles import SECRET, TOKEN
from web.twins import baumregister, servicekonto
from web.twins.stoerung import Stoerung, parse


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
            line = {"t": time.time(), "path": environ.get("PATH_INFO", ""), "key": environ.get("HTTP_IDEMPOTENCY_KEY", "")}
            os.write(self._line, json.dumps(line).encode() + b"\n")
            os.fsync(self._line)
        return self._as_told()(environ, start_response)

    def _as_told(self) -> Any:
        with self._lock:
            told = self._trouble.read_text() if self._trouble.exists() else ""
            if told != self._told:
                self._told = told
                settings = parse(f"saat={self._seed},{told}") if told else {}
                self._now = Stoerung(self._app, settings, self._prefix) if told else self._app
            return self._now


def main() -> None:
    """Serve both until killed."""
    folder, ports, seed = Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3])), int(sys.argv[4])
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    apps = (
        Ledger(servicekonto.create_app(folder / "konto", SECRET), folder, "konto", "/api/nachrichten", seed),
        Ledger(baumregister.create_app(folder / "register", TOKEN), folder, "register", "/eintraege", seed + 1),
    )
    threads = [
        threading.Thread(target=make_server("127.0.0.1", port, app, threaded=True).serve_forever)
        for port, app in zip(ports, apps, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
