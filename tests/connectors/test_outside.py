"""The wire to an outside server: every way it can go wrong ends in Refused or Unreachable, in bounded time.

The servers here are sockets that say exactly what the test wants, byte by byte.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from connectors.outside import ask
from engine.base.ports import Refused, Unreachable

Talk = Callable[[socket.socket], None]


@pytest.fixture
def server() -> Iterator[Callable[[Talk], str]]:
    """Start servers that accept one connection, read a request and then do as told."""
    with ExitStack() as stack:

        def start(talk: Talk) -> str:
            listening = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
            thread = threading.Thread(target=_serve, args=(listening, talk), daemon=True)
            thread.start()
            return f"http://127.0.0.1:{listening.getsockname()[1]}/"

        yield start


def _serve(listening: socket.socket, talk: Talk) -> None:
    try:
        line, _ = listening.accept()
        with line:
            line.recv(65536)
            talk(line)
    except OSError:
        pass  # the test cut the line, as it should


def says(text: str) -> Talk:
    return lambda line: line.sendall(text.encode())


def answer(status: str, body: str = "", kind: str = "application/json") -> Talk:
    length = len(body.encode())
    return says(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")


def fetch(url: str, timeout_s: float = 30.0, max_bytes: int = 100_000) -> bytes:
    return ask("Das Register", "GET", url, timeout_s=timeout_s, max_bytes=max_bytes).body


def test_a_good_answer_is_given_back(server: Callable[[Talk], str]) -> None:
    assert fetch(server(answer("200 OK", '{"a": 1}'))) == b'{"a": 1}'


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "413 X", "422 X"])
def test_a_refusal_for_good_is_refused_with_the_sentence_of_the_other_side(server: Callable[[Talk], str], status: str) -> None:
    with pytest.raises(Refused, match=r"Das Register hat abgelehnt \(HTTP \d+\): Kein Postfach\."):
        fetch(server(answer(status, '{"detail": "Kein\\u0000\\n Postfach."}')))


@pytest.mark.parametrize("status", ["408 X", "409 X", "425 X", "429 X", "500 X", "502 X", "503 X", "504 X"])
def test_a_fault_of_the_moment_is_unreachable(server: Callable[[Talk], str], status: str) -> None:
    with pytest.raises(Unreachable, match=status[:3]):
        fetch(server(answer(status, "<html>Wartung</html>", "text/html")))


def test_a_redirect_is_not_followed(server: Callable[[Talk], str]) -> None:
    with pytest.raises(Refused, match="anderen Adresse"):
        fetch(server(says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")))


def test_nobody_listening_is_unreachable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match="nicht erreichbar"):
        fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalb",
        "Unsinn\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["nothing", "half", "nonsense", "bad chunks"],
)
def test_a_broken_answer_is_unreachable(server: Callable[[Talk], str], text: str) -> None:
    with pytest.raises(Unreachable, match="nicht zu Ende"):
        fetch(server(says(text)))


def test_a_silent_server_is_given_up_in_time(server: Callable[[Talk], str]) -> None:
    with pytest.raises(Unreachable, match=r"nicht innerhalb von 0\.5 Sekunden"):
        fetch(server(lambda line: line.recv(1)), timeout_s=0.5)  # says nothing until it is given up


def drip(line: socket.socket, head: bytes) -> None:
    line.sendall(head)
    while True:  # until it is cut
        line.sendall(b"x")
        time.sleep(0.1)


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nX-Lang: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"],
    ids=["in the head", "in the body"],
)
def test_a_server_that_drips_byte_by_byte_is_cut_in_time(server: Callable[[Talk], str], head: bytes) -> None:
    with pytest.raises(Unreachable, match=r"nicht innerhalb von 0\.7 Sekunden"):
        fetch(server(lambda line: drip(line, head)), timeout_s=0.7)


def endless(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        line.sendall(b" " * 65536)


def test_an_endless_answer_is_cut_at_its_limit(server: Callable[[Talk], str]) -> None:
    with pytest.raises(Unreachable, match="mehr als 100000 Bytes"):
        fetch(server(endless))


def test_a_zipped_answer_is_not_unpacked(server: Callable[[Talk], str]) -> None:
    said = ask(
        "Das Register",
        "GET",
        server(says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x01ab")),
        timeout_s=2,
    )
    with pytest.raises(Unreachable, match="Unlesbarem"):
        said.json()


def test_an_answer_that_is_no_json_is_unreachable_because_repeating_is_harmless(server: Callable[[Talk], str]) -> None:
    said = ask("Das Register", "GET", server(answer("200 OK", "[" * 50_000)), timeout_s=2)
    with pytest.raises(Unreachable, match="Unlesbarem"):
        said.json()


def test_proxies_of_the_environment_are_not_used(server: Callable[[Talk], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert fetch(server(answer("200 OK", "da"))) == b"da"


def test_no_timer_is_left_running_after_an_answer(server: Callable[[Talk], str]) -> None:
    fetch(server(answer("200 OK", "da")), timeout_s=30)
    assert not [
        thread for thread in threading.enumerate() if isinstance(thread, threading.Timer) and not thread.finished.is_set()
    ]
