"""WSGI apps over real HTTP, for tests of what talks to them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def _closed(app: WSGIApplication) -> WSGIApplication:
    """The app, with what it answers closed in any case: the server forgets it when a browser hangs up in the middle."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as body:
            yield from body

    return answer


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an app until the block ends; gives its address."""
    server = make_server("127.0.0.1", 0, _closed(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
