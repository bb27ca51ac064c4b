"""Runs a twin: a threaded HTTP server until SIGTERM or Ctrl-C."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def serve(app: WSGIApplication, *, name: str, host: str, port: int) -> None:
    """Serve until told to end; prints one line when ready. Port 0 takes a free one and the line tells which."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its access log would hold mailbox ids
    server = make_server(host, port, app, threaded=True)

    def end(*_: object) -> None:
        # shutdown() waits for the loop this handler interrupts: it needs a thread of its own.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    sys.stdout.write(f"{name} ready on http://{host}:{server.server_port}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    finally:
        server.server_close()
