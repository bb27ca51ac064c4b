"""The server of the tests leaves nothing open and nothing running, whatever a browser does."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.served import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WITHIN_S = 30
BODY = b"the whole answer"


class Answer:
    """A body that ends when the browser has gone, and knows whether it was closed."""

    def __init__(self) -> None:
        self.gone, self.closed = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield BODY
        assert self.gone.wait(WITHIN_S)

    def close(self) -> None:
        self.closed.set()


def asked(address: str) -> socket.socket:
    """A browser that has asked for a page."""
    at = urlsplit(address)
    browser = socket.create_connection((at.hostname, at.port or 0))
    browser.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return browser


def test_what_is_answered_is_closed_when_the_browser_hangs_up_at_its_end() -> None:
    answer = Answer()

    def app(_: WSGIEnvironment, start_response: StartResponse) -> Answer:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
        return answer

    with served(app) as address:
        with asked(address) as browser:
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as a browser that leaves a page
            assert browser.recv(1)
        answer.gone.set()
        assert answer.closed.wait(WITHIN_S)


def test_it_ends_when_all_is_answered_that_was_asked() -> None:
    done = list[str]()

    def app(_: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        begun.set()
        assert ending.wait(WITHIN_S)
        done.append("answered")
        start_response("204 No Content", [])
        return iter(())

    begun, ending = threading.Event(), threading.Event()
    with ExitStack() as stack:
        with served(app) as address:
            stack.enter_context(asked(address))
            assert begun.wait(WITHIN_S)
            threading.Timer(0.1, ending.set).start()
        assert done == ["answered"]
