"""WSGI apps over real HTTP, for tests of what talks to them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


WITHIN_S = 30


class _Door:
    """An app that can be shut: nothing works any more on a database that is put away.

    What is answered is closed in any case; the server forgets it when a browser hangs up at its end.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app, self._inside, self._shut, self._changed = app, 0, False, threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        with self._changed:
            if self._shut:
                start_response("503 Service Unavailable", [])
                return
            self._inside += 1
        try:
            with closing(ClosingIterator(self._app(environ, start_response))) as body:
                yield from body
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def shut(self) -> None:
        """Let nobody in any more, and wait until who is inside has come out."""
        with self._changed:
            self._shut = True
            self._changed.wait_for(lambda: self._inside == 0, WITHIN_S)


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve an app until the block ends; gives its address."""
    door = _Door(app)
    server = make_server("127.0.0.1", 0, door, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        door.shut()
